"""Histogram matching: values are mapped by an increasing, piecewise linear function so that their histogram becomes the
target histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numba
import numpy as np


@dataclass(frozen=True)
class Targets:
    """M histograms of K bins each: the cumulative share at the K + 1 edges (rising strictly), the first edge, the width
    of a bin, and the standard deviation of the matched values if ``match`` standardises."""

    cumulative: np.ndarray
    first: np.ndarray
    step: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, *, first: np.ndarray, step: np.ndarray, spread: np.ndarray) -> Self:
        """From (M, K) counts; ``first`` is the centre of the first bin.

        Empty bins get 1e-8 of the mean count, so that the inverse exists.
        """
        filled = counts + counts.mean(1, keepdims=True) * 1e-8
        cumulative = np.zeros((len(counts), counts.shape[1] + 1))
        np.cumsum(filled, axis=1, out=cumulative[:, 1:])
        return cls(cumulative / cumulative[:, -1:], first - step / 2, step, spread)

    @classmethod
    def joined(cls, parts: Sequence[Targets]) -> Self:
        names = ("cumulative", "first", "step", "spread")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def match(maps: np.ndarray, targets: Targets, *, standardise: bool, first: int = 0) -> None:
    """Map the values of maps in place so that each has its target histogram.

    Both distributions are treated as histograms of K bins that are flat inside a bin, the map's own over its range, so
    the mapping has K linear pieces. Sorting is not needed; the order of values within a bin is kept.

    Args:
        maps: (M, P, H, W, C) float32, P * C maps of each of M images, numbered along C first.
        targets: M * T of them: for the maps ``first`` to ``first`` + T - 1 of each image.
        standardise: afterwards shift and scale each map to mean 0 and the target's ``spread``, because with bins the
            moments are only approximate.
    """
    _match(maps, targets.cumulative, targets.first, targets.step, targets.spread, standardise, first)


def histogram(rows: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (M, bins) of each row's values, the centre of the first bin (the smallest value) and the width of a
    bin; the last bin's centre is the largest value."""
    counts = np.zeros((len(rows), bins))
    low, high = rows.min(1), rows.max(1)
    step = (high - low) / (bins - 1)
    for i, row in enumerate(rows):
        counts[i] = np.bincount(((row - low[i]) / step[i] + 0.5).astype(np.int64), minlength=bins)[:bins]
    return counts, low, step


@numba.njit(cache=True)
def _match(maps, cumulative, first, step, spread, standardise, start):  # type: ignore[no-untyped-def]
    bins = cumulative.shape[1] - 1
    height, width, parts = maps.shape[2:]
    n, each = height * width, len(cumulative) // len(maps)
    values, inside, bin_of = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.uint16)
    table, rise = np.empty(bins + 1, np.float32), np.empty(bins, np.float32)
    for m in range(len(cumulative)):
        number = start + m % each
        plane = maps[m // each, number // parts, :, :, number % parts]
        for y in range(height):
            for x in range(width):
                values[y * width + x] = plane[y, x]
        low, high = _range(values)
        if not high > low:
            continue
        scale = np.float32((bins - 1) / (high - low))
        for i in range(n):
            place = (values[i] - low) * scale + np.float32(0.5)
            b = np.int32(place)
            bin_of[i], inside[i] = b, place - np.float32(b)
        _tabulate(bin_of, cumulative[m], first[m], step[m], table, rise)
        if standardise:
            _standardise(values, bin_of, inside, table, rise, spread[m])
        else:
            for i in range(n):
                values[i] = np.float64(table[bin_of[i]]) + np.float64(inside[i]) * np.float64(rise[bin_of[i]])
        for y in range(height):
            for x in range(width):
                plane[y, x] = values[y * width + x]


@numba.njit(cache=True)
def _range(values):  # type: ignore[no-untyped-def]
    """The smallest and the largest value, four at a time."""
    a = b = c = d = values[0]
    e = f = g = h = values[0]
    n = len(values)
    for i in range(0, n // 4 * 4, 4):
        p, q, r, s = values[i], values[i + 1], values[i + 2], values[i + 3]
        a, b, c, d = p if p < a else a, q if q < b else b, r if r < c else c, s if s < d else d
        e, f, g, h = p if p > e else e, q if q > f else f, r if r > g else g, s if s > h else h
    for i in range(n // 4 * 4, n):
        a, e = min(a, values[i]), max(e, values[i])
    return min(a, b, c, d), max(e, f, g, h)


@numba.njit(cache=True)
def _tabulate(bin_of, cumulative, first, step, table, rise):  # type: ignore[no-untyped-def]
    """The mapped positions of the edges of a map's bins, and the slope in each bin."""
    n, bins = len(bin_of), len(rise)
    # four in turn: adding to the same number twice in a row makes the processor wait
    counts = np.zeros((4, bins), np.int32)
    for i in range(n // 4):
        counts[0, bin_of[4 * i]] += 1
        counts[1, bin_of[4 * i + 1]] += 1
        counts[2, bin_of[4 * i + 2]] += 1
        counts[3, bin_of[4 * i + 3]] += 1
    for i in range(n // 4 * 4, n):
        counts[0, bin_of[i]] += 1
    seen, j = 0, 0
    table[0] = first
    for b in range(bins):
        here = counts[0, b] + counts[1, b] + counts[2, b] + counts[3, b]
        if here == 0 and b > 0:
            table[b + 1] = table[b]
        else:
            seen += here
            share = seen / n
            while j < bins - 1 and cumulative[j + 1] < share:
                j += 1
            part = (share - cumulative[j]) / (cumulative[j + 1] - cumulative[j])
            table[b + 1] = first + step * (j + min(max(part, 0.0), 1.0))
        rise[b] = table[b + 1] - table[b]


@numba.njit(cache=True)
def _standardise(values, bin_of, inside, table, rise, spread):  # type: ignore[no-untyped-def]
    """The mapped values, shifted to mean 0 and scaled to a standard deviation.

    Four sums in turn, in a fixed order on every machine.
    """
    n = len(values)
    for i in range(n):
        values[i] = table[bin_of[i]] + inside[i] * rise[bin_of[i]]
    a = b = c = d = aa = bb = cc = dd = 0.0
    for i in range(0, n // 4 * 4, 4):
        p, q, r, s = (
            np.float64(values[i]),
            np.float64(values[i + 1]),
            np.float64(values[i + 2]),
            np.float64(values[i + 3]),
        )
        a, b, c, d = a + p, b + q, c + r, d + s
        aa, bb, cc, dd = aa + p * p, bb + q * q, cc + r * r, dd + s * s
    for i in range(n // 4 * 4, n):
        p = np.float64(values[i])
        a, aa = a + p, aa + p * p
    mean = (a + b + (c + d)) / n
    deviation = np.sqrt(max((aa + bb + (cc + dd)) / n - mean * mean, 0.0))
    if deviation > 0:
        gain, shift = np.float32(spread / deviation), np.float32(mean)
        for i in range(n):
            values[i] = (values[i] - shift) * gain
