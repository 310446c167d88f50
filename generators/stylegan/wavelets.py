"""StyleGAN2 with wavelets as kernels: the weight of a convolution is one kernel for each input channel times one number
for each output channel.

Such a weight, W[o, i] = g_o k_j(i), makes all output channels the same map up to a factor. A convolution is therefore
computed once instead of once for each pair of channels: input channels that share a kernel, or its negative, are added
first, then 20 single maps are convolved. The result equals the full convolution except for the order of sums, with a
hundredth of the arithmetic.
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
from synthbench.generators.stylegan.synthesis import add_rgb, convolve, style

CACHED = 2**16
"""Activations kept at once on a CPU."""
RESIDUES = {2: (1, 1, -1), 6: (1, 1, 1), 10: (-1, -1, 1), 14: (-1, -1, -1)}
"""The signs of the source's edges at 45, 135, 225 and 315 degrees along their diagonal, where the exact value is 0:
Pillow's rotation and the source's subtraction of the mean leave 1e-16 to 1e-8 there."""


@dataclass(frozen=True)
class Bank:
    """The kernels up to their signs (K, 3, 3), and for each of the 40: its index among them (40,) int64, and its
    sign (40,)."""

    kernels: torch.Tensor
    index: torch.Tensor
    sign: torch.Tensor


@dataclass(frozen=True)
class Layer:
    """The random numbers of an image for a convolution: each input channel's kernel of the 40 (I,) int64, each
    output channel's factor and bias (O,), the noise times its strength (R, R)."""

    kernel: torch.Tensor
    factor: torch.Tensor
    bias: torch.Tensor
    noise: torch.Tensor


@dataclass(frozen=True)
class Draw:
    """The random numbers of an image: for each convolution, and the weights (3, I) of each RGB layer."""

    convs: Sequence[Layer]
    rgbs: Sequence[torch.Tensor]


@dataclass(frozen=True)
class WaveletNetwork:
    """The fixed part of a network: the constant (C, 4, 4), the affine weights (I, Z) of each convolution and of each
    RGB layer."""

    constant: torch.Tensor
    convs: Sequence[torch.Tensor]
    rgbs: Sequence[torch.Tensor]
    bank: Bank


@cache
def kernels(oriented: bool) -> np.ndarray:
    """The 40 kernels (40, 3, 3) float32: the central 3x3 of 11x11 edges and bars, rotated bilinearly, and four others,
    all with both signs.

    Quantised to signs: 16 edges over 360 degrees, 8 bars over 180. ``oriented``, real values: 8 edges over 180, 8 bars
    over 180, mean zero.

    Source: ``get_wavelets`` of training/network_randomized.py (signs) and of network_randomized_v3.py (``oriented``) in
    mbaradad/learning_with_noise. Ours have exactly the source's signs, and its real values up to 1e-6; the order
    differs. The source takes the sign of the rounding error of a zero, see ``RESIDUES``; we list these signs, because
    rounding could differ between machines.
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
    edges = [np.sign(_turned(edge, 360 * i / 16)) for i in range(16)]
    for i, diagonal in RESIDUES.items():
        edges[i][edges[i] == 0] = diagonal
    half = bars + others
    return np.sign(np.array(edges + half + [-k for k in half])).astype(np.float32)


def _turned(template: np.ndarray, degrees: float) -> np.ndarray:
    return ndimage.rotate(template, degrees, order=1, reshape=False)[4:7, 4:7].round(6)


@cache
def bank(oriented: bool) -> Bank:
    """The ``kernels`` without repetitions: the negative of another kernel is that kernel with the sign -1."""
    made: list[np.ndarray] = []
    index, sign = [], []
    for kernel in kernels(oriented):
        same = [(i, s) for i, k in enumerate(made) for s in (1.0, -1.0) if np.array_equal(s * k, kernel)]
        if not same:
            made.append(kernel)
        i, s = same[0] if same else (len(made) - 1, 1.0)
        index.append(i)
        sign.append(s)
    return Bank(torch.from_numpy(np.array(made)), torch.tensor(index), torch.tensor(sign))


def noise_map(rng: np.random.Generator, size: int, alpha: float, enveloped: bool = False) -> np.ndarray:
    """(size, size) float32 of spectrum 1 / r^alpha with random phases: a (size + 1)^2 grid of frequencies, cropped,
    mean zero; multiplied by an ``envelope`` if requested; scaled to standard deviation 1."""
    n = size + 1
    phase = rng.random((n, n // 2 + 1), np.float32) * np.float32(2 * math.pi)
    phase[n // 2 + 1 :, 0] = -phase[n // 2 : 0 : -1, 0]  # antisymmetric: the image is real
    spectrum = np.exp(_log_radius(n) * np.float32(-alpha)) * (np.cos(phase) + 1j * np.sin(phase))
    spectrum[0, 0] = 0
    made: np.ndarray = fft.irfft2(spectrum, s=(n, n))[:size, :size]
    made = made - made.mean()
    if enveloped:
        made = made * envelope(rng, size)
    return made / made.std()


@cache
def _log_radius(n: int) -> np.ndarray:
    """(n, n // 2 + 1) float32: the logarithm of each frequency's distance from zero, in steps of the grid; 0 for
    zero itself."""
    r = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)) * n
    r[0, 0] = 1
    return np.log(r).astype(np.float32)


def envelope(rng: np.random.Generator, size: int) -> np.ndarray:
    """(size, size) float32: 4x4 Laplace-distributed numbers, enlarged by Lanczos interpolation."""
    small = Image.fromarray(rng.laplace(size=(4, 4)).astype(np.float32))
    return np.asarray(small.resize((size, size), Image.Resampling.LANCZOS))


def synthesise(network: WaveletNetwork, ws: torch.Tensor, draw: Draw) -> torch.Tensor:
    """(3, R, R) RGB of any range, from (n_styles, Z) vectors w and an image's random numbers."""
    bank = network.bank
    power = bank.kernels.square().sum((1, 2))[bank.index]
    styles = [_style(affine, w) for affine, w in zip(network.convs, ws, strict=False)]
    rgb: torch.Tensor | None = None
    sums = torch.tensordot(_grouping(draw.convs[0], styles[0], bank), network.constant, 1)
    for i, (layer, s) in enumerate(zip(draw.convs, styles, strict=True)):
        y = convolve(sums, bank.kernels[None], up=i % 2 == 1)[0]
        total = (s * s * power[layer.kernel]).sum()
        gain = layer.factor * torch.rsqrt(layer.factor**2 * total + 1e-8)
        rows = []
        if i % 2 == 0:
            weight = draw.rgbs[i // 2]
            rows.append(weight * (_style(network.rgbs[i // 2], ws[i + 1]) / math.sqrt(weight.shape[1])))
        if i + 1 < len(draw.convs):
            rows.append(_grouping(draw.convs[i + 1], styles[i + 1], bank))
        sums = _read(torch.stack([gain, torch.ones_like(gain), layer.bias], 1), y, layer.noise, torch.cat(rows))
        if i % 2 == 0:
            rgb = add_rgb(rgb, sums[:3])
            sums = sums[3:]
    assert rgb is not None
    return rgb


def _style(affine: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return style(affine, torch.ones_like(affine[:, 0]), w)


def _read(factors: torch.Tensor, y: torch.Tensor, noise: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Weighted sums (M, H, W) over the channels of a layer, ``rows`` (M, C), where channel c is sqrt(2) ReLU of y,
    the noise and 1 times ``factors[c]`` (C, 3). On the CPU the channels are computed a few rows of pixels at a time,
    because all of them would not fit the cache."""
    inputs = torch.stack([y.flatten(), noise.flatten(), torch.ones_like(y).flatten()])
    rows = rows * math.sqrt(2)
    step = max(16, CACHED // len(factors)) if y.device.type == "cpu" else y.numel()
    parts = [torch.mm(rows, torch.relu_(torch.mm(factors, part))) for part in torch.split(inputs, step, 1)]
    return torch.cat(parts, 1).reshape(-1, *y.shape)


def _grouping(layer: Layer, s: torch.Tensor, bank: Bank) -> torch.Tensor:
    """(K, I): the channels that are added for each kernel's map, with their factors."""
    rows = torch.zeros(len(bank.kernels), len(s), dtype=s.dtype, device=s.device)
    rows[bank.index[layer.kernel], torch.arange(len(s), device=s.device)] = s * bank.sign[layer.kernel]
    return rows
