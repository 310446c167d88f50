"""StyleGAN2's large convolutions on a CPU, in about a third of PyTorch's time (``benchmarks/stylegan.py``).

A 3x3 convolution takes 6x6 pixels at once from 8x8 by products of transformed pixels and kernels: 64 multiplications instead of 324 (Winograd's
algorithm F(6x6, 3x3): Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"). One that doubles the image is one matrix
product, whose results are summed and filtered in a single pass. The transforms are compiled (numba); the products are PyTorch's. Results are
those of the plain convolution up to float32 rounding, about 1e-5 of the largest value.

Images are (C, H, W) float32 as elsewhere, but their channels lie together in memory, and C is a multiple of ``LANES``.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import torch

LANES = 64
"""Channels that are transformed together: their tiles fit the core's first cache."""
TILE = 6
"""Pixels of a side that a transform gives; it reads two more."""
TILES = 128
"""Tiles that are held at once: enough for fast products, few enough for the core's caches."""
_KERNEL = np.array(
    [[1, 0, 0], *([-2 / 9, -s * 2 / 9, -2 / 9] for s in (1, -1)), *([1 / 90, s / 45, 2 / 45] for s in (1, -1)),
     *([32 / 45, s * 16 / 45, 8 / 45] for s in (1, -1)), [0, 0, 1]]
)  # fmt: skip
"""A kernel's values at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, scaled as ``_pixels`` and ``_results`` need them."""

_P1, _P2, _P3, _P4, _P5, _P6, _P7, _P8, _P9 = (np.float32(v) for v in (21 / 4, 17 / 4, 1 / 4, 5 / 4, 1 / 2, 5 / 2, 2, 4, 5))
_R2, _R4, _R8, _R16, _R32 = (np.float32(v) for v in (2, 4, 8, 16, 32))
_R1_2, _R1_4, _R1_8, _R1_16, _R1_32 = (np.float32(1 / v) for v in (2, 4, 8, 16, 32))
_QUARTER, _MOST = np.float32(0.25), np.float32(0.75)


class Act(NamedTuple):
    """What follows a convolution: y times ``demodulation`` (O,), plus ``noise`` (H, W) and ``bias`` (O,), leaky ReLU of ``slope`` times
    ``gain``, clipped to +- ``clamp``."""

    demodulation: np.ndarray
    noise: np.ndarray
    bias: np.ndarray
    slope: np.float32
    gain: np.float32
    clamp: np.float32


def tiles(weight: torch.Tensor) -> torch.Tensor:
    """(O, I, 3, 3) as ``convolve`` takes it: (64, I, O)."""
    n_out, n_in = weight.shape[:2]
    both = torch.from_numpy(np.kron(_KERNEL, _KERNEL)).float()
    return (both @ weight.permute(2, 3, 1, 0).reshape(9, -1)).reshape(64, n_in, n_out)


def taps(weight: torch.Tensor) -> torch.Tensor:
    """(O, I, 3, 3) as ``double`` takes it: (I, 9 * O)."""
    return weight.permute(1, 2, 3, 0).reshape(weight.shape[1], -1)


def runs(x: torch.Tensor, n_out: int) -> bool:
    """Whether the results of (C, H, W), before any doubling, can be had here: plain numbers on a CPU, not to be differentiated, and of a size
    that pays."""
    plain = x.device.type == "cpu" and x.dtype == torch.float32 and torch.is_inference_mode_enabled()
    return plain and x.shape[1] == x.shape[2] >= TILE and len(x) % LANES == 0 and n_out % LANES == 0


def convolve(x: torch.Tensor, style: torch.Tensor, weight: torch.Tensor, act: Act) -> torch.Tensor:
    """(I, H, H) times ``style`` (I,) to (O, H, H): the 3x3 convolution by ``tiles`` of a weight, and the activation."""
    image = np.ascontiguousarray(x.permute(1, 2, 0).numpy())
    side, (_, n_in, n_out) = len(image), weight.shape
    across = -(-side // TILE)
    rows = min(across, max(1, TILES // across))
    pixels, products = np.empty((64, rows * across, n_in), np.float32), torch.empty(64, rows * across, n_out)
    made = np.empty((side, side, n_out), np.float32)
    for top in [*range(0, across - rows, rows), across - rows]:
        _pixels(image, style.numpy(), top, across, pixels)
        torch.bmm(torch.from_numpy(pixels), weight, out=products)
        _results(products.numpy(), top, across, act, made)
    return torch.from_numpy(made).permute(2, 0, 1)


def double(x: torch.Tensor, style: torch.Tensor, weight: torch.Tensor, act: Act) -> torch.Tensor:
    """(I, H, H) times ``style`` (I,) to (O, 2H, 2H): the transposed convolution of stride 2 by ``taps`` of a weight, [1, 3, 3, 1] / 4 along
    both axes, and the activation."""
    side, n_out = x.shape[1], weight.shape[1] // 9
    products = torch.mm(x.permute(1, 2, 0).reshape(side * side, -1), weight * style[:, None])
    made = np.empty((2 * side, 2 * side, n_out), np.float32)
    _filtered(products.view(side, side, 9, n_out).numpy(), act, made)
    return torch.from_numpy(made).permute(2, 0, 1)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _pixels(x, style, top, across, out):  # type: ignore[no-untyped-def]
    """B^T d B of Lavin and Gray of the rows of tiles from ``top``, outside the image 0."""
    side = len(x)
    d = np.empty((8, 8, LANES), np.float32)
    t = np.empty((8, 8, LANES), np.float32)
    for i in range(out.shape[1] // across):
        for j in range(across):
            for c in range(0, x.shape[2], LANES):
                for a in range(8):
                    for b in range(8):
                        row, column = TILE * (top + i) + a - 1, TILE * j + b - 1
                        if 0 <= row < side and 0 <= column < side:
                            for lane in range(LANES):
                                d[a, b, lane] = x[row, column, c + lane] * style[c + lane]
                        else:
                            d[a, b, :] = 0
                for b in range(8):
                    for lane in range(LANES):
                        v0, v1, v2, v3 = d[0, b, lane], d[1, b, lane], d[2, b, lane], d[3, b, lane]
                        v4, v5, v6, v7 = d[4, b, lane], d[5, b, lane], d[6, b, lane], d[7, b, lane]
                        t[0, b, lane] = v0 - v6 + (v4 - v2) * _P1
                        even, odd = v2 + v6 - v4 * _P2, v1 + v5 - v3 * _P2
                        t[1, b, lane] = even + odd
                        t[2, b, lane] = even - odd
                        even, odd = v6 + v2 * _P3 - v4 * _P4, v1 * _P5 - v3 * _P6 + v5 * _P7
                        t[3, b, lane] = even + odd
                        t[4, b, lane] = even - odd
                        even, odd = v6 + v2 * _P8 - v4 * _P9, v1 * _P7 - v3 * _P6 + v5 * _P5
                        t[5, b, lane] = even + odd
                        t[6, b, lane] = even - odd
                        t[7, b, lane] = v7 - v1 + (v3 - v5) * _P1
                for a in range(8):
                    for lane in range(LANES):
                        v0, v1, v2, v3 = t[a, 0, lane], t[a, 1, lane], t[a, 2, lane], t[a, 3, lane]
                        v4, v5, v6, v7 = t[a, 4, lane], t[a, 5, lane], t[a, 6, lane], t[a, 7, lane]
                        d[a, 0, lane] = v0 - v6 + (v4 - v2) * _P1
                        even, odd = v2 + v6 - v4 * _P2, v1 + v5 - v3 * _P2
                        d[a, 1, lane] = even + odd
                        d[a, 2, lane] = even - odd
                        even, odd = v6 + v2 * _P3 - v4 * _P4, v1 * _P5 - v3 * _P6 + v5 * _P7
                        d[a, 3, lane] = even + odd
                        d[a, 4, lane] = even - odd
                        even, odd = v6 + v2 * _P8 - v4 * _P9, v1 * _P7 - v3 * _P6 + v5 * _P5
                        d[a, 5, lane] = even + odd
                        d[a, 6, lane] = even - odd
                        d[a, 7, lane] = v7 - v1 + (v3 - v5) * _P1
                    for b in range(8):
                        for lane in range(LANES):
                            out[8 * a + b, i * across + j, c + lane] = d[a, b, lane]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _results(products, top, across, act, out):  # type: ignore[no-untyped-def]
    """A^T m A of Lavin and Gray, and the activation, for the rows of tiles from ``top``."""
    m = np.empty((8, 8, LANES), np.float32)
    t = np.empty((6, 8, LANES), np.float32)
    side = len(out)
    for tile in range(products.shape[1]):
        y, x = TILE * (top + tile // across), TILE * (tile % across)
        for c in range(0, out.shape[2], LANES):
            for k in range(64):
                for lane in range(LANES):
                    m[k // 8, k % 8, lane] = products[k, tile, c + lane]
            for b in range(8):
                for lane in range(LANES):
                    v0, v7 = m[0, b, lane], m[7, b, lane]
                    even1, odd1 = m[1, b, lane] + m[2, b, lane], m[1, b, lane] - m[2, b, lane]
                    even2, odd2 = m[3, b, lane] + m[4, b, lane], m[3, b, lane] - m[4, b, lane]
                    even3, odd3 = m[5, b, lane] + m[6, b, lane], m[5, b, lane] - m[6, b, lane]
                    t[0, b, lane] = v0 + even1 + even2 + even3
                    t[1, b, lane] = odd1 + odd2 * _R2 + odd3 * _R1_2
                    t[2, b, lane] = even1 + even2 * _R4 + even3 * _R1_4
                    t[3, b, lane] = odd1 + odd2 * _R8 + odd3 * _R1_8
                    t[4, b, lane] = even1 + even2 * _R16 + even3 * _R1_16
                    t[5, b, lane] = v7 + odd1 + odd2 * _R32 + odd3 * _R1_32
            for a in range(min(TILE, side - y)):
                for lane in range(LANES):
                    v0, v7 = t[a, 0, lane], t[a, 7, lane]
                    even1, odd1 = t[a, 1, lane] + t[a, 2, lane], t[a, 1, lane] - t[a, 2, lane]
                    even2, odd2 = t[a, 3, lane] + t[a, 4, lane], t[a, 3, lane] - t[a, 4, lane]
                    even3, odd3 = t[a, 5, lane] + t[a, 6, lane], t[a, 5, lane] - t[a, 6, lane]
                    m[a, 0, lane] = v0 + even1 + even2 + even3
                    m[a, 1, lane] = odd1 + odd2 * _R2 + odd3 * _R1_2
                    m[a, 2, lane] = even1 + even2 * _R4 + even3 * _R1_4
                    m[a, 3, lane] = odd1 + odd2 * _R8 + odd3 * _R1_8
                    m[a, 4, lane] = even1 + even2 * _R16 + even3 * _R1_16
                    m[a, 5, lane] = v7 + odd1 + odd2 * _R32 + odd3 * _R1_32
                for b in range(min(TILE, side - x)):
                    noise = act.noise[y + a, x + b]
                    for lane in range(LANES):
                        o = c + lane
                        out[y + a, x + b, o] = _activated(m[a, b, lane], noise, act, o)


@numba.njit(inline="always", error_model="numpy")
def _activated(value, noise, act, channel):  # type: ignore[no-untyped-def]
    value = value * act.demodulation[channel] + (noise + act.bias[channel])
    value = max(value, value * act.slope) * act.gain  # the slope is at most 1
    return min(max(value, -act.clamp), act.clamp)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _filtered(products, act, out):  # type: ignore[no-untyped-def]
    """Sum (H, H, 9, O) products of pixels and taps into the rows of the transposed convolution, filter each along the row, and the last
    four down the columns."""
    side, n_out = products.shape[0], products.shape[3]
    sums = np.zeros((side + 2, 3, n_out), np.float32)  # of one row: by the pixel, with a border of zeros, and the tap along the row
    rows = np.zeros((4, 2 * side, n_out), np.float32)
    for u in range(-1, 2 * side + 2):
        row = rows[u % 4]
        if u < 0 or u > 2 * side:
            row[:] = 0
        else:
            i = u // 2
            for j in range(side):
                for k in range(3):
                    total = sums[j + 1, k]
                    if u % 2 == 1:
                        one = products[i, j, 3 + k]
                        for o in range(n_out):
                            total[o] = one[o]
                    elif i == 0:
                        one = products[i, j, k]
                        for o in range(n_out):
                            total[o] = one[o]
                    elif i == side:
                        one = products[i - 1, j, 6 + k]
                        for o in range(n_out):
                            total[o] = one[o]
                    else:
                        one, other = products[i, j, k], products[i - 1, j, 6 + k]
                        for o in range(n_out):
                            total[o] = one[o] + other[o]
            for j in range(side):
                left0, left1, left2 = sums[j, 0], sums[j, 1], sums[j, 2]
                mid0, mid1, mid2 = sums[j + 1, 0], sums[j + 1, 1], sums[j + 1, 2]
                right0, right1 = sums[j + 2, 0], sums[j + 2, 1]
                even, odd = row[2 * j], row[2 * j + 1]
                for o in range(n_out):
                    even[o] = _QUARTER * (left1[o] + right0[o] + mid2[o]) + _MOST * (mid0[o] + left2[o] + mid1[o])
                for o in range(n_out):
                    odd[o] = _QUARTER * (mid0[o] + left2[o] + right1[o]) + _MOST * (mid1[o] + right0[o] + mid2[o])
        y = u - 2
        if y >= 0:
            a, b, c, d = rows[(y - 1) % 4], rows[y % 4], rows[(y + 1) % 4], rows[(y + 2) % 4]
            for x in range(2 * side):
                noise = act.noise[y, x]
                ax, bx, cx, dx, made = a[x], b[x], c[x], d[x], out[y, x]
                for o in range(n_out):
                    made[o] = _activated(_QUARTER * (ax[o] + dx[o]) + _MOST * (bx[o] + cx[o]), noise, act, o)
