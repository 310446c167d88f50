"""Orbits of iterated function systems and their drawing: the hot loops of this family.

An orbit is the chaos game: x' = A_i x + b_i with map i drawn by its probability, without burn-in. Only sums and
products in a fixed order are used, and integers decide which map is next, so the bytes are the same on every machine.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np

REFERENCE, POINTS, MARGIN = 362, 200_000, 6
"""Side, points and margin of an image of FractalDB. In larger images points grow with the area and margins with the
side, so that the density is the same."""
GRAY = np.repeat(np.array([0] + [127] * 128, np.uint8)[:, None], 3, axis=1)
"""(129, 3) uint8 for ``painted``: black, then gray."""
TRIES = 200
"""Number of draws after which a class is given up because its systems diverge."""
LARGEST = 1e9
"""An orbit beyond this distance from the origin diverges: the systems of the search stay within a few thousand."""


@lru_cache(maxsize=8)
def choices(n: int) -> np.ndarray:
    """(n,) uint32: the same random numbers for every system, as the original seeds them; those for a smaller n are
    the first of those for a larger one."""
    return np.random.Generator(np.random.Philox(key=0)).integers(0, 2**32, n, dtype=np.uint32)


@lru_cache(maxsize=16)
def masks(n: int, seed: int) -> np.ndarray:
    """(n,) uint16 in 1..511: the 3x3 patches of a patch seed, one for each point, bit 3 row + column."""
    return np.random.Generator(np.random.Philox(key=2**64 + seed)).integers(1, 512, n, dtype=np.uint16)


def thresholds(p: np.ndarray) -> np.ndarray:
    """(n - 1,) uint32: map i follows if exactly i of them are at most the random number. p: (n,) weights, not all 0."""
    cumulative = np.cumsum(p, dtype=np.float64)
    return np.minimum(cumulative[:-1] / cumulative[-1] * 2.0**32, 2.0**32 - 1).astype(np.uint32)


def points_at(side: int, reference: int = REFERENCE, points: int = POINTS) -> int:
    """Number of points of an image drawn at this side: ``points`` at ``reference`` px, otherwise proportional to the
    area."""
    return round(points * (side / reference) ** 2)


def orbit(maps: np.ndarray, p: np.ndarray, u: np.ndarray, start: tuple[float, float] = (0.0, 0.0)) -> np.ndarray | None:
    """The first n points.

    Args:
        maps: (m, 6) float64 rows a, b, c, d, e, f: x' = ax + by + e, y' = cx + dy + f. Or (m, 12): a 3x3 matrix by
            rows, then the shift.
        p: (m,) weights of the maps.
        u: (n,) uint32 uniform random numbers, which select the map of each point.
        start: where an orbit in the plane starts; in space it is the origin.

    Returns:
        (2 or 3, n) float64, or None if the orbit diverges.
    """
    rows, limits = np.ascontiguousarray(maps, np.float64), thresholds(p)
    out = np.empty((2 if rows.shape[1] == 6 else 3, len(u)))
    stays = _walk2(rows, limits, u, out, LARGEST, *start) if len(out) == 2 else _walk3(rows, limits, u, out, LARGEST)
    return out if stays else None


@numba.njit(cache=True, nogil=True)
def _walk2(maps, limits, u, out, largest, x, y):  # type: ignore[no-untyped-def]
    m = limits.shape[0]
    for k in range(u.shape[0]):
        i = 0
        for j in range(m):  # no branch: the next map cannot be predicted
            i += u[k] >= limits[j]
        x, y = maps[i, 0] * x + maps[i, 1] * y + maps[i, 4], maps[i, 2] * x + maps[i, 3] * y + maps[i, 5]
        out[0, k] = x
        out[1, k] = y
        if k % 64 == 0 and not (abs(x) < largest and abs(y) < largest):
            return False
    return abs(x) < largest and abs(y) < largest


@numba.njit(cache=True, nogil=True)
def _walk3(maps, limits, u, out, largest):  # type: ignore[no-untyped-def]
    x = y = z = 0.0
    m = limits.shape[0]
    for k in range(u.shape[0]):
        i = 0
        for j in range(m):
            i += u[k] >= limits[j]
        a = maps[i]
        x, y, z = (
            a[0] * x + a[1] * y + a[2] * z + a[9],
            a[3] * x + a[4] * y + a[5] * z + a[10],
            a[6] * x + a[7] * y + a[8] * z + a[11],
        )
        out[0, k] = x
        out[1, k] = y
        out[2, k] = z
        if k % 64 == 0 and not (abs(x) < largest and abs(y) < largest and abs(z) < largest):
            return False
    return abs(x) < largest and abs(y) < largest and abs(z) < largest


@numba.njit(cache=True, nogil=True)
def pixels(points, size, margin):  # type: ignore[no-untyped-def]
    """(2, n) int32 columns and rows of points (2, n): each axis, including the origin, is stretched to the canvas
    without its margins."""
    out = np.empty(points.shape, np.int32)
    for axis in range(2):
        low = high = 0.0
        for k in range(points.shape[1]):
            low = min(low, points[axis, k])
            high = max(high, points[axis, k])
        scale = (size - 2 * margin) / (high - low) if high > low else 0.0
        for k in range(points.shape[1]):
            out[axis, k] = int((points[axis, k] - low) * scale + margin)
    return out


@numba.njit(cache=True, nogil=True)
def filled(cells, size):  # type: ignore[no-untyped-def]
    """Number of pixels covered by the first half of the points (2, n), and by all of them."""
    seen = np.zeros((size, size), np.bool_)
    count = half = 0
    for k in range(cells.shape[1]):
        if k == cells.shape[1] // 2:
            half = count
        count += not seen[cells[1, k], cells[0, k]]
        seen[cells[1, k], cells[0, k]] = True
    return half, count


@numba.njit(cache=True, nogil=True)
def patches(cells, masks, size):  # type: ignore[no-untyped-def]
    """(size, size) uint8: at each point, in order, its 3x3 patch is pasted over existing pixels, 1 + k mod 128 where
    its bit is set, else 0."""
    image = np.zeros((size, size), np.uint8)
    for k in range(cells.shape[1]):
        x, y, mask = cells[0, k], cells[1, k], np.int64(masks[k])
        value = np.uint8(1 + (k & 127))
        for r in range(3):
            for c in range(3):
                image[y + r, x + c] = value * ((mask >> (3 * r + c)) & 1)
    return image


@numba.njit(cache=True, nogil=True)
def dots(cells, size):  # type: ignore[no-untyped-def]
    """(size, size) uint8: 1 + k mod 128 at each point k, 0 elsewhere."""
    image = np.zeros((size, size), np.uint8)
    for k in range(cells.shape[1]):
        image[cells[1, k], cells[0, k]] = 1 + (k & 127)
    return image


@numba.njit(cache=True, nogil=True)
def painted(index, palette, upside_down, mirrored):  # type: ignore[no-untyped-def]
    """(S, S, 3) uint8: ``palette`` (129, 3) at ``index`` (S, S), flipped or not."""
    size = index.shape[0]
    out = np.empty((size, size, 3), np.uint8)
    for y in range(size):
        row = size - 1 - y if upside_down else y
        for x in range(size):
            value = index[row, size - 1 - x if mirrored else x]
            for c in range(3):
                out[y, x, c] = palette[value, c]
    return out
