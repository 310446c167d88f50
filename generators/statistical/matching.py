"""Histogram matching: values are mapped by a rising, piecewise linear function so that their histogram becomes a given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numba
import numpy as np


@dataclass(frozen=True)
class Targets:
    """M histograms of K bins each: the cumulative share at the K + 1 edges (rising strictly), the first edge, the width of a bin, and the
    standard deviation that the matched values get where ``match`` is asked to standardise."""

    cumulative: np.ndarray
    first: np.ndarray
    step: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, *, first: np.ndarray, step: np.ndarray, spread: np.ndarray) -> Self:
        """From (M, K) counts; ``first`` is the centre of the first bin. Empty bins get 1e-8 of a mean one, so that the inverse exists."""
        filled = counts + counts.mean(1, keepdims=True) * 1e-8
        cumulative = np.zeros((len(counts), counts.shape[1] + 1))
        np.cumsum(filled, axis=1, out=cumulative[:, 1:])
        return cls(cumulative / cumulative[:, -1:], first - step / 2, step, spread)

    @classmethod
    def joined(cls, parts: Sequence[Targets]) -> Self:
        names = ("cumulative", "first", "step", "spread")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def match(maps: np.ndarray, targets: Targets, *, standardise: bool) -> None:
    """Map the values of each map in place so that it has its target histogram.

    Both distributions are taken as histograms of K bins that are flat inside a bin, the map's own over its range, so the mapping is
    K straight pieces. That needs no sorting; the values' order within a bin is kept.

    Args:
        maps: (M, H, W) float32, contiguous.
        standardise: afterwards shift and scale each map to mean 0 and the target's ``spread``: bins make the moments only nearly right.
    """
    _match(maps, targets.cumulative, targets.first, targets.step, targets.spread, standardise)


def histogram(rows: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (M, bins) of each row's values, the centre of the first bin (the least value) and the width of a bin; the last bin's centre is
    the greatest value."""
    counts = np.zeros((len(rows), bins))
    low, high = rows.min(1), rows.max(1)
    step = (high - low) / (bins - 1)
    for i, row in enumerate(rows):
        counts[i] = np.bincount(((row - low[i]) / step[i] + 0.5).astype(np.int64), minlength=bins)[:bins]
    return counts, low, step


@numba.njit(cache=True, fastmath={"nnan", "nsz"})  # for the minimum and the maximum; changes no value
def _match(maps, cumulative, first, step, spread, standardise):  # type: ignore[no-untyped-def]
    bins = cumulative.shape[1] - 1
    n = maps.shape[1] * maps.shape[2]
    table, rise = np.empty(bins + 1, np.float32), np.empty(bins, np.float32)
    counts = np.empty((4, bins), np.int32)  # four in turn: a processor that adds to one number twice in a row has to wait
    inside_bin, bin_of = np.empty(n, np.float32), np.empty(n, np.uint16)
    half = np.float32(0.5)
    for m in range(maps.shape[0]):
        values = maps[m].ravel()
        low, high = values[0], values[0]
        for i in range(n):
            low, high = min(low, values[i]), max(high, values[i])
        if not high > low:
            continue
        scale = np.float32((bins - 1) / (high - low))
        for i in range(n):
            place = (values[i] - low) * scale + half
            b = np.int32(place)
            bin_of[i] = b
            inside_bin[i] = place - np.float32(b)
        counts[:] = 0
        for i in range(n // 4):
            counts[0, bin_of[4 * i]] += 1
            counts[1, bin_of[4 * i + 1]] += 1
            counts[2, bin_of[4 * i + 2]] += 1
            counts[3, bin_of[4 * i + 3]] += 1
        for i in range(n // 4 * 4, n):
            counts[0, bin_of[i]] += 1
        seen, j = 0, 0
        table[0] = first[m]
        for b in range(bins):
            seen += counts[0, b] + counts[1, b] + counts[2, b] + counts[3, b]
            share = seen / n
            while j < bins - 1 and cumulative[m, j + 1] < share:
                j += 1
            inside = (share - cumulative[m, j]) / (cumulative[m, j + 1] - cumulative[m, j])
            table[b + 1] = first[m] + step[m] * (j + min(max(inside, 0.0), 1.0))
            rise[b] = table[b + 1] - table[b]
        for i in range(n):
            values[i] = np.float64(table[bin_of[i]]) + np.float64(inside_bin[i]) * np.float64(rise[bin_of[i]])
        if standardise:
            mean, deviation = _moments(values)
            if deviation > 0:
                gain, shift = np.float32(spread[m] / deviation), np.float32(mean)
                for i in range(n):
                    values[i] = (values[i] - shift) * gain


@numba.njit(cache=True)
def _moments(values):  # type: ignore[no-untyped-def]
    """Mean and standard deviation, by four sums in turn: their order is fixed, so that every machine finds the same."""
    n = values.shape[0]
    a = b = c = d = aa = bb = cc = dd = 0.0
    for i in range(0, n // 4 * 4, 4):
        p, q, r, s = np.float64(values[i]), np.float64(values[i + 1]), np.float64(values[i + 2]), np.float64(values[i + 3])
        a, b, c, d = a + p, b + q, c + r, d + s
        aa, bb, cc, dd = aa + p * p, bb + q * q, cc + r * r, dd + s * s
    for i in range(n // 4 * 4, n):
        p = np.float64(values[i])
        a, aa = a + p, aa + p * p
    mean = (a + b + (c + d)) / n
    return mean, np.sqrt(max((aa + bb + (cc + dd)) / n - mean * mean, 0.0))
