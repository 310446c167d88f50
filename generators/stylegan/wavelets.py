"""StyleGAN2 with wavelets for kernels: a network whose every convolution is one kernel for each input channel times one number for each
output channel.

Such a weight, W[o, i] = g_o k_j(i), makes all output channels the same map up to a factor. So a convolution is computed once instead of
once for each pair of channels: input channels that share a kernel are added up first, then 40 single maps are convolved. The result is that
of the full convolution but for the order of the sums, at a hundredth of the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from PIL import Image
from scipy import fft, ndimage
from synthbench.generators.stylegan.synthesis import ToRGB, add_rgb, convolve, style

CACHED = 2**16
"""Activations that are held at once on a CPU."""


@dataclass(frozen=True)
class WaveletConv:
    """What a network fixes of a convolution: affine (I, Z), bias (O,), noise times strength (R, R)."""

    affine: torch.Tensor
    bias: torch.Tensor
    noise: torch.Tensor


@dataclass(frozen=True)
class Draw:
    """What an image draws for a convolution: the kernel of each input channel (I,) int64, the factor of each output channel (O,)."""

    kernel: torch.Tensor
    factor: torch.Tensor


@dataclass(frozen=True)
class WaveletNetwork:
    """A synthesis network of wavelets: a constant (C, 4, 4), the convolutions in order, an RGB layer for each resolution, kernels
    (40, 3, 3)."""

    constant: torch.Tensor
    convs: Sequence[WaveletConv]
    rgbs: Sequence[ToRGB]
    kernels: torch.Tensor


@cache
def kernels(oriented: bool) -> np.ndarray:
    """The 40 kernels (40, 3, 3) float32: the central 3x3 of 11x11 edges and bars, rotated bilinearly, and four others, all with both signs.

    Quantised to signs: 16 edges over 360 degrees, 8 bars over 180. ``oriented``, real values: 8 edges over 180, 8 bars over 180, mean zero.
    """
    edge = np.sign(5 - np.arange(11.0)) * np.ones((11, 1))
    bar = np.where(np.arange(11) == 5, -1.0, 1.0) * np.ones((11, 1))
    cross = np.array([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]])
    centre = np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
    others = [centre, 2 * centre - 1, cross, 2 * cross - 1]
    bars = [_turned(bar, 180 * i / 8) for i in range(8)]
    if oriented:
        edges = [_turned(edge, 180 * i / 8) for i in range(8)]
        half = [k - k.mean() for k in edges + bars] + others
        return np.array(half + [-k for k in half], np.float32)
    edges = [_turned(edge, 360 * i / 16) for i in range(16)]
    half = bars + others
    return np.sign(np.array(edges + half + [-k for k in half])).astype(np.float32)


def _turned(template: np.ndarray, degrees: float) -> np.ndarray:
    return ndimage.rotate(template, degrees, order=1, reshape=False)[4:7, 4:7].round(6)


def noise_map(rng: np.random.Generator, size: int, alpha: float) -> np.ndarray:
    """(size, size) of standard deviation 1 and spectrum 1 / r^alpha with random phases: a (size + 1)^2 grid of frequencies, cropped."""
    n = size + 1
    r = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n))
    r[0, 0] = np.inf
    phase = rng.uniform(-math.pi, math.pi, r.shape)
    phase[n // 2 + 1 :, 0] = -phase[n // 2 : 0 : -1, 0]  # antisymmetric: the image is real
    made: np.ndarray = fft.irfft2(r**-alpha * np.exp(1j * phase), s=(n, n))[:size, :size]
    return made / made.std()


def envelope(rng: np.random.Generator, size: int) -> np.ndarray:
    """(size, size): 4x4 numbers of the Laplace law, enlarged by Lanczos interpolation."""
    small = Image.fromarray(rng.laplace(size=(4, 4)).astype(np.float32))
    return np.asarray(small.resize((size, size), Image.Resampling.LANCZOS), np.float64)


def synthesise(network: WaveletNetwork, ws: torch.Tensor, draws: Sequence[Draw]) -> torch.Tensor:
    """(3, R, R) RGB of any range, from (n_styles, Z) vectors w and a draw for each convolution."""
    power = network.kernels.square().sum((1, 2))
    styles = [style(conv.affine, torch.ones_like(conv.affine[:, 0]), w) for conv, w in zip(network.convs, ws, strict=False)]
    rgb: torch.Tensor | None = None
    sums = torch.tensordot(_grouping(draws[0], styles[0], len(power)), network.constant, 1)
    for i, (conv, draw, s) in enumerate(zip(network.convs, draws, styles, strict=True)):
        y = convolve(sums, network.kernels[None], up=i % 2 == 1)[0]
        total = (s * s * power[draw.kernel]).sum()
        gain = draw.factor * torch.rsqrt(draw.factor**2 * total + 1e-8)
        rows = []
        if i % 2 == 0:
            rows.append(network.rgbs[i // 2].rows(ws[i + 1]))
        if i + 1 < len(draws):
            rows.append(_grouping(draws[i + 1], styles[i + 1], len(power)))
        sums = _read(torch.stack([gain, torch.ones_like(gain), conv.bias], 1), y, conv.noise, torch.cat(rows))
        if i % 2 == 0:
            rgb = add_rgb(rgb, sums[:3], network.rgbs[i // 2].bias)
            sums = sums[3:]
    assert rgb is not None
    return rgb


def _read(factors: torch.Tensor, y: torch.Tensor, noise: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Weighted sums (M, H, W) over the channels of a layer, ``rows`` (M, C), where channel c is sqrt(2) ReLU of y, the noise and 1 times
    ``factors[c]`` (C, 3). On the CPU the channels are made a few rows of pixels at a time: all of them would not fit the cache."""
    inputs = torch.stack([y.flatten(), noise.flatten(), torch.ones_like(y).flatten()])
    rows = rows * math.sqrt(2)
    step = max(16, CACHED // len(factors)) if y.device.type == "cpu" else y.numel()
    parts = [torch.mm(rows, torch.relu_(torch.mm(factors, part))) for part in torch.split(inputs, step, 1)]
    return torch.cat(parts, 1).reshape(-1, *y.shape)


def _grouping(draw: Draw, s: torch.Tensor, n: int) -> torch.Tensor:
    """(n kernels, I): which channels a kernel's map adds up, and with which factors."""
    rows = torch.zeros(n, len(s), dtype=s.dtype, device=s.device)
    rows[draw.kernel, torch.arange(len(s), device=s.device)] = s
    return rows
