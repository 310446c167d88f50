"""The augmentation of ``augment.py`` for the CPU, compiled: the same operations on one sample after another, so that
a view stays in the core's cache. A 64 px view takes 0.13 ms of CPU time, and 0.6 ms with the batched tensor code
(one thread). ``benchmarks/pretrain.py`` compares whole steps, where the difference is hard to measure on a shared
machine. Samples are independent, so threads do not change the result."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

_f = np.float32
_RED, _GREEN, _BLUE = _f(0.2989), _f(0.587), _f(0.114)
_ZERO, _ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX = _f(0), _f(1), _f(2), _f(3), _f(4), _f(5), _f(6)
_TINY = _f(1e-8)


def views(
    images: np.ndarray, params: Any, size: int, mean: tuple[float, ...], std: tuple[float, ...], threads: int
) -> np.ndarray:
    """One view of each image: (B, H, 3, W) uint8 and B rows of ``augment.Params`` -> (B, size, size, 3)
    float32, normalised."""
    n = len(images)
    out = np.empty((n, size, size, 3), np.float32)
    scale = 1 / np.asarray(std)
    args = (
        images, params.top, params.left, params.height, params.width, params.flip, params.jitter, params.order,
        params.factors.astype(np.float32), params.gray, scale.astype(np.float32),
        (np.asarray(mean) * scale).astype(np.float32), out,
    )  # fmt: skip
    bounds = np.linspace(0, n, min(threads, n) + 1).astype(int)
    with ThreadPoolExecutor(len(bounds) - 1) as pool:
        list(pool.map(lambda span: _views(*args, *span), itertools.pairwise(bounds)))
    return out


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _views(images, top, left, height, width, flip, jitter, order, factors, gray, scale, shift, out, start, stop):  # type: ignore[no-untyped-def]  # noqa: PLR0913 - compiled
    size = out.shape[1]
    planes = np.empty((3, size * size), np.float32)
    # in a crop of one or two pixels, weights of 0 reach its neighbours
    half = np.zeros((3, images.shape[3]), np.float32)
    for i in range(start, stop):
        _resized_crop(images[i], top[i], left[i], height[i], width[i], flip[i], half, planes)
        if jitter[i]:
            for place in range(4):
                which = order[i, place]
                if which == 3:
                    _hue(planes, factors[i, 3] * _SIX)
                else:
                    _blend(planes, which, factors[i, which])
        red, green, blue = planes[0], planes[1], planes[2]
        if gray[i]:
            for j in range(size * size):
                luma = red[j] * _RED + green[j] * _GREEN + blue[j] * _BLUE
                red[j], green[j], blue[j] = luma, luma, luma
        flat = out[i].reshape(size * size, 3)
        for j in range(size * size):
            flat[j, 0] = red[j] * scale[0] - shift[0]
            flat[j, 1] = green[j] * scale[1] - shift[1]
            flat[j, 2] = blue[j] * scale[2] - shift[2]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _filter(start, length, end, size):  # type: ignore[no-untyped-def]
    """Triangle filter from [start, start + length) to ``size`` pixels: first source pixel of each, and the weights
    from there on, before pixel ``end``."""
    scale = length / size
    support = max(scale, 1.0)
    first = np.empty(size, np.uint64)
    taps = math.ceil(2 * support) + 1
    weights = np.zeros((taps, size), np.float32)
    for o in range(size):
        centre = start + (o + 0.5) * scale
        low = max(math.floor(centre - support + 0.5), math.floor(start))
        low = max(min(low, end - taps), 0)
        first[o] = low
        total = 0.0
        for t in range(taps):
            if start <= low + t + 0.5 < start + length:
                weight = 1 - abs(low + t + 0.5 - centre) / support
                if weight > 0:
                    weights[t, o] = weight
                    total += weight
        for t in range(taps):
            weights[t, o] /= total
    return first, weights


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _resized_crop(image, top, left, height, width, flip, half, planes):  # type: ignore[no-untyped-def]
    """(H, 3, W) uint8 -> three planes in [0, 1]; ``half`` holds one row that is resampled in height only.

    Corners may lie between pixels.
    """
    size = int(math.sqrt(planes.shape[1]))
    begin, end = math.floor(left), min(math.ceil(left + width), image.shape[2])  # rounding may move it outside
    first_row, row_weights = _filter(top, height, min(math.ceil(top + height), image.shape[0]), size)
    first, weights = _filter(left, width, end, size)
    row_weights *= _f(1 / 255)
    for y in range(size):
        half[:, begin:end] = _ZERO
        for t in range(row_weights.shape[0]):
            weight = row_weights[t, y]
            if weight != 0:
                for c in range(3):
                    source, target = image[first_row[y] + np.uint64(t), c, begin:end], half[c, begin:end]
                    for x in range(end - begin):
                        target[x] += weight * _f(source[x])
        for c in range(3):
            target = planes[c, y * size : (y + 1) * size]
            target[:] = _ZERO
            for t in range(weights.shape[0]):
                source_from, row_weight = half[c, t:], weights[t]
                for o in range(size):
                    target[o] += row_weight[o] * source_from[first[o]]
            if flip:
                target[:] = target[::-1].copy()


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _blend(planes, which, factor):  # type: ignore[no-untyped-def]
    """Brightness (0), contrast (1) and saturation (2): a blend with black, with the mean gray, with each
    pixel's gray."""
    red, green, blue = planes[0], planes[1], planes[2]
    n = len(red)
    other = _ONE - factor
    grays = np.zeros(n, np.float32)
    if which != 0:
        for j in range(n):
            grays[j] = red[j] * _RED + green[j] * _GREEN + blue[j] * _BLUE
    if which == 1:
        total = 0.0
        for j in range(n):
            total += grays[j]
        grays[:] = _f(total / n)
    for c in range(3):
        plane = planes[c]
        for j in range(n):
            value = plane[j] * factor + grays[j] * other
            value = value if value > _ZERO else _ZERO
            plane[j] = value if value < _ONE else _ONE


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _hue(planes, shift):  # type: ignore[no-untyped-def]
    """Shift the hue by ``shift`` sixths of a turn; see ``augment._hue``.

    All values are computed and then selected, because the compiler only vectorises this form.
    """
    red, green, blue = planes[0], planes[1], planes[2]
    for j in range(len(red)):
        r, g, b = red[j], green[j], blue[j]
        value = r if r > g else g
        value = value if value > b else b
        lowest = r if r < g else g
        lowest = lowest if lowest < b else b
        chroma = value - lowest
        inverse = _ONE / (chroma if chroma > _TINY else _TINY)
        from_red, from_green, from_blue = (g - b) * inverse, (b - r) * inverse + _TWO, (r - g) * inverse + _FOUR
        hue = from_red if value == r else (from_green if value == g else from_blue)
        turned = hue + shift
        red[j] = value - chroma * _part(turned + _FIVE)
        green[j] = value - chroma * _part(turned + _THREE)
        blue[j] = value - chroma * _part(turned + _ONE)


@numba.njit(nogil=True, inline="always", error_model="numpy")
def _part(k):  # type: ignore[no-untyped-def]
    once = k - _SIX if k >= _SIX else k  # k mod 6: k is between -3 and 13
    twice = once - _SIX if once >= _SIX else once
    within = twice + _SIX if twice < _ZERO else twice
    other = _FOUR - within
    least = within if within < other else other
    above = least if least > _ZERO else _ZERO
    return above if above < _ONE else _ONE
