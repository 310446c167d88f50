"""StyleGAN2's synthesis network, one image at a time: modulated convolutions and RGB layers whose outputs add up over
the resolutions.

Written from Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN" (Sec. 2 and 4, Fig. 2 and 7),
and the layout of the tensors in NVIDIA's StyleGAN2-ADA checkpoints; no code of NVIDIA's is used. Images are processed
one by one, because convolutions round differently in batches of different sizes, and an image must not depend on its
neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from synthbench.generators.stylegan import winograd
from torch.nn import functional

Z = 512
"""Numbers in a latent vector z or w."""
LARGE = 16
"""Minimum side in pixels of results for which the compiled convolutions are faster; twice as many if the image is not
doubled."""


def channels(resolution: int) -> int:
    """Feature maps at a resolution."""
    return min(32768 // resolution, 512)


def resolutions(top: int) -> list[int]:
    """4, 8, ..., top."""
    return [2**i for i in range(2, top.bit_length())]


def n_styles(top: int) -> int:
    """Number of vectors w that a network uses: one for each convolution, and one for the last RGB layer (14 at 256
    px)."""
    return 2 * len(resolutions(top))


def convolutions(top: int) -> list[tuple[int, int, int]]:
    """(resolution, channels in, channels out) of each convolution, in order; the first of the two at a resolution above
    4 doubles it."""
    found = [(4, channels(4), channels(4))]
    for resolution in resolutions(top)[1:]:
        found += [
            (resolution, channels(resolution // 2), channels(resolution)),
            (resolution, channels(resolution), channels(resolution)),
        ]
    return found


@dataclass(frozen=True)
class Conv:
    """A modulated 3x3 convolution: weight (O, I, 3, 3), affine (I, Z) and (I,), bias (O,), noise (R, R) times
    its strength."""

    weight: torch.Tensor
    power: torch.Tensor  # (O, I): the weight's squares, summed over the kernel
    affine: torch.Tensor
    affine_bias: torch.Tensor
    bias: torch.Tensor
    noise: torch.Tensor | None

    @cached_property
    def tiles(self) -> torch.Tensor:
        """The weight for ``winograd.convolve``, 7 times as large."""
        return winograd.tiles(self.weight)

    @cached_property
    def taps(self) -> torch.Tensor:
        """The weight for ``winograd.double``."""
        return winograd.taps(self.weight)


@dataclass(frozen=True)
class ToRGB:
    """A modulated 1x1 convolution to RGB: weight (3, I), affine (I, Z) and (I,), bias (3,)."""

    weight: torch.Tensor
    affine: torch.Tensor
    affine_bias: torch.Tensor
    bias: torch.Tensor

    def rows(self, w: torch.Tensor) -> torch.Tensor:
        """The weight of one image (3, I): modulated, not demodulated, scaled by 1 / sqrt(I)."""
        return self.weight * (style(self.affine, self.affine_bias, w) / math.sqrt(self.weight.shape[1]))


@dataclass(frozen=True)
class Network:
    """A synthesis network: a constant (C, 4, 4), the convolutions in order, an RGB layer for each resolution."""

    constant: torch.Tensor
    convs: Sequence[Conv]
    rgbs: Sequence[ToRGB]
    slope: float
    """Slope of the leaky ReLU; 0 is ReLU."""
    clamp: float | None
    """Activations and the RGB of each resolution are clipped to +- this; None does not clip."""


def style(affine: torch.Tensor, bias: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """The factors of a layer's input channels (I,)."""
    return torch.mv(affine, w) / math.sqrt(Z) + bias


def synthesise(network: Network, ws: torch.Tensor) -> torch.Tensor:
    """(3, R, R) RGB, about -1 to 1 for a trained network, from (n_styles, Z) vectors w."""
    x, rgb = network.constant, None
    for i, conv in enumerate(network.convs):
        s = style(conv.affine, conv.affine_bias, ws[i])
        demodulation = torch.rsqrt(torch.mv(conv.power, s * s) + 1e-8)
        x = _layer(x, s, conv, demodulation, network, up=i % 2 == 1)
        if i % 2 == 0:
            layer = network.rgbs[i // 2]
            added = torch.tensordot(layer.rows(ws[i + 1]), x, 1) + layer.bias[:, None, None]
            rgb = add_rgb(rgb, clipped(added, network.clamp))
    assert rgb is not None
    return rgb


def _layer(
    x: torch.Tensor, s: torch.Tensor, conv: Conv, demodulation: torch.Tensor, network: Network, up: bool
) -> torch.Tensor:
    """A convolution and its activation."""
    side = x.shape[1] * (2 if up else 1)
    if side >= (LARGE if up else 2 * LARGE) and winograd.runs(x, len(conv.bias)):
        noise = torch.zeros(side, side) if conv.noise is None else conv.noise
        clamp = math.inf if network.clamp is None else network.clamp
        act = winograd.Act(
            demodulation.numpy(),
            noise.numpy(),
            conv.bias.numpy(),
            np.float32(network.slope),
            np.float32(math.sqrt(2)),
            np.float32(clamp),
        )
        return winograd.double(x, s, conv.taps, act) if up else winograd.convolve(x, s, conv.tiles, act)
    y = convolve(x * s[:, None, None], conv.weight, up) * demodulation[:, None, None]
    if conv.noise is not None:
        y = y + conv.noise
    return clipped(functional.leaky_relu(y + conv.bias[:, None, None], network.slope) * math.sqrt(2), network.clamp)


def clipped(x: torch.Tensor, clamp: float | None) -> torch.Tensor:
    """``x`` clipped to -clamp and clamp; unchanged for None."""
    return x if clamp is None else x.clamp(-clamp, clamp)


def add_rgb(below: torch.Tensor | None, rgb: torch.Tensor) -> torch.Tensor:
    """A resolution's RGB on top of the smaller one's, doubled."""
    return rgb if below is None else double(below) + rgb


def _binomial(like: torch.Tensor) -> torch.Tensor:
    """The low-pass filter [1, 3, 3, 1] in two dimensions, (C, 1, 4, 4) for (C, H, W), with sum 4, which compensates
    for the zeros between doubled pixels."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=like.dtype, device=like.device)
    return (torch.outer(line, line) / 16).expand(len(like), 1, 4, 4)


def double(x: torch.Tensor) -> torch.Tensor:
    """(C, H, W) to (C, 2H, 2W): zeros between the pixels, then the binomial filter."""
    return functional.conv_transpose2d(x[None], _binomial(x), stride=2, padding=1, groups=len(x))[0]


def convolve(x: torch.Tensor, weight: torch.Tensor, up: bool) -> torch.Tensor:
    """(I, H, W) to (O, H, W); with ``up`` to (O, 2H, 2W) by a transposed convolution and the binomial filter."""
    if not up:
        return functional.conv2d(x[None], weight, padding=1)[0]
    wide = functional.conv_transpose2d(x[None], weight.transpose(0, 1), stride=2)[0]  # 2H + 1
    return functional.conv2d(wide[None], _binomial(wide), padding=1, groups=len(wide))[0]
