"""StyleGAN2's large convolutions on a CPU, in about half of PyTorch's time (``benchmarks/stylegan.py``).

A 3x3 convolution computes 6x6 pixels at once from 8x8 by products of transformed pixels and kernels: 64 multiplications
instead of 324 (Winograd's algorithm F(6x6, 3x3): Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
Networks"). A convolution that doubles the image has two taps on even and one on odd rows and columns; four even ones at
once take 5 multiplications instead of 8 (F(4, 2)), odd ones are not changed, so 16 pixels of the image take 81
multiplications instead of 144. The transforms are compiled (numba); the products are PyTorch's. Results are those of
the plain convolution up to float32 rounding, about 1e-5 of the largest value.

Images are (C, H, W) float32 as elsewhere, but with channels last in memory, and C is a multiple of ``LANES``.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import torch

LANES = 64
"""Channels transformed together: their tiles fit the L1 cache."""
TILE = 6
"""Side in pixels of a transform's output; it reads two more."""
TILES = 128
"""Tiles kept at once: enough for fast products, few enough for the core's caches."""
_KERNEL = np.array(
    [[1, 0, 0], *([-2 / 9, -s * 2 / 9, -2 / 9] for s in (1, -1)), *([1 / 90, s / 45, 2 / 45] for s in (1, -1)),
     *([32 / 45, s * 16 / 45, 8 / 45] for s in (1, -1)), [0, 0, 1]]
)  # fmt: skip
"""A kernel's values at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, scaled as ``_pixels`` and ``_results``
need them."""
_TAPS = np.array([[0, 0, 1 / 2], [-1 / 2, 0, -1 / 2], [1 / 6, 0, -1 / 6], [1 / 3, 0, 1 / 6], [1, 0, 0], [0, 1, 0]])
"""The two even taps' values at the points 0, 1, -1, 2 and infinity, scaled as ``_points`` needs them, and the
odd tap."""
_P1, _P2, _P3, _P4, _P5, _P6, _P7, _P8, _P9 = (
    np.float32(v) for v in (21 / 4, 17 / 4, 1 / 4, 5 / 4, 1 / 2, 5 / 2, 2, 4, 5)
)
_R2, _R3, _R4, _R8, _R16, _R32 = (np.float32(v) for v in (2, 3, 4, 8, 16, 32))
_R1_2, _R1_4, _R1_8, _R1_16, _R1_32 = (np.float32(1 / v) for v in (2, 4, 8, 16, 32))
_ZERO, _QUARTER, _MOST = np.float32(0), np.float32(0.25), np.float32(0.75)


class Act(NamedTuple):
    """The operations after a convolution: y times ``demodulation`` (O,), plus ``noise`` (H, W) and ``bias`` (O,),
    leaky ReLU of ``slope`` times ``gain``, clipped to +- ``clamp``."""

    demodulation: np.ndarray
    noise: np.ndarray
    bias: np.ndarray
    slope: np.float32
    gain: np.float32
    clamp: np.float32


def tiles(weight: torch.Tensor) -> torch.Tensor:
    """(O, I, 3, 3) in the form for ``convolve``: (64, I, O)."""
    n_out, n_in = weight.shape[:2]
    both = torch.from_numpy(np.kron(_KERNEL, _KERNEL)).float()
    return (both @ weight.permute(2, 3, 1, 0).reshape(9, -1)).reshape(64, n_in, n_out)


def taps(weight: torch.Tensor) -> torch.Tensor:
    """(O, I, 3, 3) in the form for ``double``: (36, I, O), 25 for even rows and columns, 5 for odd columns, 5 for
    odd rows, 1 for both odd."""
    n_out, n_in = weight.shape[:2]
    both = torch.from_numpy(np.kron(_TAPS, _TAPS).reshape(6, 6, 9)).float()
    order = torch.cat([both[:5, :5].flatten(0, 1), both[:5, 5], both[5, :5], both[5:, 5]])
    return (order @ weight.permute(2, 3, 1, 0).reshape(9, -1)).reshape(36, n_in, n_out)


def runs(x: torch.Tensor, n_out: int) -> bool:
    """Whether (C, H, W) can be convolved here: on a CPU, without gradients, and with whole lanes of input and output
    channels."""
    plain = x.device.type == "cpu" and x.dtype == torch.float32 and torch.is_inference_mode_enabled()
    return plain and len(x) % LANES == 0 and n_out % LANES == 0


def convolve(x: torch.Tensor, style: torch.Tensor, weight: torch.Tensor, act: Act) -> torch.Tensor:
    """(I, H, H) times ``style`` (I,) to (O, H, H): the 3x3 convolution by ``tiles`` of a weight, and the activation."""
    image = x.permute(1, 2, 0).contiguous()
    side, (_, n_in, n_out) = len(image), weight.shape
    across = -(-side // TILE)
    rows = min(across, max(1, TILES // across))
    pixels, products = torch.empty(64, rows * across, n_in), torch.empty(64, rows * across, n_out)
    made = torch.empty(side, side, n_out)
    for top in [*range(0, across - rows, rows), across - rows]:
        _pixels(_grouped(image), _grouped(style), top, across, _grouped(pixels))
        torch.bmm(pixels, weight, out=products)
        _results(_grouped(products), top, across, act, _grouped(made))
    return made.permute(2, 0, 1)


def _grouped(x: torch.Tensor) -> np.ndarray:
    """(..., C) as (..., C / LANES, LANES), so that the compiler knows that the lanes are contiguous."""
    return x.view(*x.shape[:-1], x.shape[-1] // LANES, LANES).numpy()


def double(x: torch.Tensor, style: torch.Tensor, weight: torch.Tensor, act: Act) -> torch.Tensor:
    """(I, H, H) times ``style`` (I,) to (O, 2H, 2H): the transposed convolution of stride 2 by ``taps`` of a weight,
    [1, 3, 3, 1] / 4 along both axes, and the activation. H is a multiple of 4."""
    image = (x.permute(1, 2, 0) * style).contiguous()
    side, (_, n_in, n_out) = len(image), weight.shape
    across = side // 4 + 1  # the last one holds only row or column ``side`` of the even ones
    step = max(1, TILES // across)
    most = [25 * step * across, 5 * step * side, 20 * step * across, 4 * step * side]
    # pages are touched once
    before, after = [torch.empty(n * n_in) for n in most[:3]], [torch.empty(n * n_out) for n in most]
    line = np.zeros((4, 2 * side, n_out), np.float32)
    made = torch.empty(2 * side, 2 * side, n_out)
    for top in range(0, across, step):
        rows = min(step, across - top)
        odd = min(4 * rows, side - 4 * top)
        shapes = [(25, rows * across), (5, rows * side), (5, odd * across), (1, odd * side)]
        parts = [room[: n * m * n_in].view(n, m, n_in) for room, (n, m) in zip(before, shapes[:3], strict=True)]
        products = [room[: n * m * n_out].view(n, m, n_out) for room, (n, m) in zip(after, shapes, strict=True)]
        _even(_grouped(image), top, *map(_grouped, parts))
        parts.append(image[4 * top : 4 * top + odd].view(1, odd * side, n_in))
        for part, taps, product in zip(parts, torch.split(weight, [25, 5, 5, 1]), products, strict=True):
            torch.bmm(part, taps, out=product)
        # there are no odd ones for the last row of tiles
        lines = [(rows, across), (rows, side), (odd, across), (odd, side)]
        by_row = [
            product.view(len(product), n, m * n_out).numpy() for product, (n, m) in zip(products, lines, strict=True)
        ]
        _filtered(by_row[0], by_row[1], by_row[2], by_row[3], top, across, act, line, made.numpy())
    return made.permute(2, 0, 1)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _pixels(x, style, top, across, out):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """B^T d B of Lavin and Gray of the rows of tiles from ``top``, outside the image 0."""
    side = len(x)
    d = np.empty((8, 8, LANES), np.float32)
    t = np.empty((8, 8, LANES), np.float32)
    for i in range(out.shape[1] // across):
        for j in range(across):
            for c in range(x.shape[2]):
                for a in range(8):
                    for b in range(8):
                        row, column = TILE * (top + i) + a - 1, TILE * j + b - 1
                        if 0 <= row < side and 0 <= column < side:
                            for lane in range(LANES):
                                d[a, b, lane] = x[row, column, c, lane] * style[c, lane]
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
                            out[8 * a + b, i * across + j, c, lane] = d[a, b, lane]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _results(products, top, across, act, out):  # type: ignore[no-untyped-def]
    """A^T m A of Lavin and Gray, and the activation, for the rows of tiles from ``top``."""
    m = np.empty((8, 8, LANES), np.float32)
    t = np.empty((6, 8, LANES), np.float32)
    demodulation, bias = act.demodulation.reshape(-1, LANES), act.bias.reshape(-1, LANES)
    side = len(out)
    for tile in range(products.shape[1]):
        y, x = TILE * (top + tile // across), TILE * (tile % across)
        for c in range(out.shape[2]):
            for k in range(64):
                for lane in range(LANES):
                    m[k // 8, k % 8, lane] = products[k, tile, c, lane]
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
                        out[y + a, x + b, c, lane] = _activated(
                            m[a, b, lane], noise, demodulation[c, lane], bias[c, lane], act
                        )


@numba.njit(inline="always", error_model="numpy")
def _activated(value, noise, demodulation, bias, act):  # type: ignore[no-untyped-def]
    value = value * demodulation + (noise + bias)
    value = (value if value > _ZERO else value * act.slope) * act.gain
    value = value if value < act.clamp else act.clamp
    return value if value > -act.clamp else -act.clamp


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _even(x, top, both, rows, columns):  # type: ignore[no-untyped-def]
    """The pixels at the points of F(4, 2), for the rows of tiles from ``top``: along columns (5, rows * side, C) for
    odd columns of even rows, along rows (5, odd * across, C) for odd rows, along both (25, rows * across, C) for
    even rows and columns."""
    side = len(x)
    across = side // 4 + 1
    d, t = np.empty((5, LANES), np.float32), np.empty((5, LANES), np.float32)
    for i in range(both.shape[1] // across):
        for j in range(side):
            for c in range(x.shape[2]):
                for k in range(5):
                    row = 4 * (top + i) + k - 1
                    for lane in range(LANES):
                        d[k, lane] = x[row, j, c, lane] if 0 <= row < side else _ZERO
                _points(d, t)
                for k in range(5):
                    for lane in range(LANES):
                        rows[k, i * side + j, c, lane] = t[k, lane]
        for a in range(5):
            _along(rows[a, i * side : (i + 1) * side], both[5 * a : 5 * a + 5, i * across : (i + 1) * across], d, t)
    for i in range(columns.shape[1] // across):
        _along(x[4 * top + i], columns[:, i * across : (i + 1) * across], d, t)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _along(row, out, d, t):  # type: ignore[no-untyped-def]
    """One row of pixels (H, C) at the points of its tiles (5, H / 4 + 1, C)."""
    for tile in range(out.shape[1]):
        for c in range(row.shape[1]):
            for k in range(5):
                column = 4 * tile + k - 1
                for lane in range(LANES):
                    d[k, lane] = row[column, c, lane] if 0 <= column < len(row) else _ZERO
            _points(d, t)
            for k in range(5):
                for lane in range(LANES):
                    out[k, tile, c, lane] = t[k, lane]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _points(d, out):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        v0, v1, v2, v3, v4 = d[0, lane], d[1, lane], d[2, lane], d[3, lane], d[4, lane]
        out[0, lane] = _R2 * (v0 - v2) - v1 + v3
        out[1, lane] = v3 - v2 - _R2 * v1
        out[2, lane] = v3 + _R2 * v1 - _R3 * v2
        out[3, lane] = v3 - v1
        out[4, lane] = _R2 * (v1 - v3) - v2 + v4


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _weighed(out, a, b, c, d, e, k):  # type: ignore[no-untyped-def]
    """The result k of F(4, 2), from the products at its five points."""
    if k == 0:
        for o in range(len(out)):
            out[o] = a[o] + b[o] + c[o] + d[o]
    elif k == 1:
        for o in range(len(out)):
            out[o] = b[o] - c[o] + _R2 * d[o]
    elif k == 2:
        for o in range(len(out)):
            out[o] = b[o] + c[o] + _R4 * d[o]
    else:
        for o in range(len(out)):
            out[o] = b[o] - c[o] + _R8 * d[o] + e[o]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _filtered(both, rows, columns, none, top, across, act, line, out):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """The rows of the transposed convolution from those of tiles from ``top``, filtered along the row into ``line``
    (4, 2 * side, O), the last four of them, and down the columns into ``out``."""
    side, n_out = len(out) // 2, out.shape[2]
    demodulation, bias = act.demodulation, act.bias
    part, even = np.empty((5, across * n_out), np.float32), np.empty((4, across * n_out), np.float32)
    odd = np.zeros((side + 2, n_out), np.float32)  # a pixel of zeros on both sides
    inside = odd.reshape(-1)[n_out : (side + 1) * n_out]
    end = top + both.shape[1]
    for u in range(8 * top, 2 * side + 2 if end == across else 8 * end):
        i, held = u // 2, line[u % 4]
        if u > 2 * side:
            held[:] = 0
        else:
            if u % 2 == 0:
                at, k = i // 4 - top, i % 4
                for b in range(5):
                    _weighed(
                        part[b], both[b, at], both[5 + b, at], both[10 + b, at], both[15 + b, at], both[20 + b, at], k
                    )
                _weighed(inside, rows[0, at], rows[1, at], rows[2, at], rows[3, at], rows[4, at], k)
            else:
                at = i - 4 * top
                part[:] = columns[:, at]
                inside[:] = none[0, at]
            for k in range(4):
                _weighed(even[k], part[0], part[1], part[2], part[3], part[4], k)
            tiles = even.reshape(4, across, n_out)
            for j in range(side):
                here, right = tiles[j % 4, j // 4], tiles[(j + 1) % 4, (j + 1) // 4]
                left_odd, here_odd, right_odd = odd[j], odd[j + 1], odd[j + 2]
                one, other = held[2 * j], held[2 * j + 1]
                for o in range(n_out):
                    one[o] = _QUARTER * (left_odd[o] + right[o]) + _MOST * (here[o] + here_odd[o])
                for o in range(n_out):
                    other[o] = _QUARTER * (here[o] + right_odd[o]) + _MOST * (here_odd[o] + right[o])
        y = u - 2
        if y >= 0:
            a, b, c, d = line[(y - 1) % 4], line[y % 4], line[(y + 1) % 4], line[(y + 2) % 4]
            for x in range(2 * side):
                noise = act.noise[y, x]
                made, v0, v1, v2, v3 = out[y, x], a[x], b[x], c[x], d[x]
                for o in range(n_out):
                    made[o] = _activated(
                        _QUARTER * (v0[o] + v3[o]) + _MOST * (v1[o] + v2[o]), noise, demodulation[o], bias[o], act
                    )
