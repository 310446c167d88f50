"""Contractive systems by their singular values, and drawing and colouring as in Anderson & Farrell.

Source: Anderson & Farrell 2022, "Improving Fractal Pre-training", Sec. 3; catalys1/fractal-pretraining
(fractals/ifs.py, fractals/diamondsquare.py, fractal_learning/training/datamodule/datasets/generator.py). Its OpenCV
uses hues of a byte in steps of 2 degrees, so 256 steps go around the wheel 1.42 times.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from synthbench.generators.fractals import ifs
from synthbench.generators.fractals.colour import rgb

REFERENCE, POINTS = 224, 100_000


def singular_values(n: int, factor: float, rng: np.random.Generator) -> np.ndarray:
    """(n, 2) float64: s1 >= s2 of n maps, 0 <= s <= 1, whose sum of s1 + 2 s2 is ``factor``, drawn one after the other.

    Args:
        n: number of maps.
        factor: 0 to 3 n.
    """
    values = np.empty((n, 2))
    p, q = factor, factor - 3 * n + 3
    for i in range(n - 1):
        s1 = rng.uniform(max(0.0, q / 3), min(1.0, p))
        p, q = p - s1, q - s1
        s2 = rng.uniform(max(0.0, q / 2), min(s1, p / 2))
        p, q = p - 2 * s2, q - 2 * s2 + 3
        values[i] = s1, s2
    s2 = rng.uniform(max(0.0, (p - 1) / 2), p / 3)
    values[-1] = p - 2 * s2, s2
    return values


def system(rng: np.random.Generator, n: int | None = None, factor: float | None = None) -> np.ndarray:
    """(n, 6) float64 rows a, b, c, d, e, f of a system.

    A = U diag(s1, s2) V with two rotations by U(-pi, pi) and random signs of the two axes, shifts U(-1, 1).

    Args:
        rng: the random stream.
        n: number of maps; if None, 2, 3 or 4 with equal probability.
        factor: sum of s1 + 2 s2; U((5 + n) / 2, (6 + n) / 2) if None.
    """
    n = int(rng.integers(2, 5)) if n is None else n
    factor = rng.uniform((5 + n) / 2, (6 + n) / 2) if factor is None else factor
    s = singular_values(n, factor, rng)
    turns, signs, shifts = (
        rng.uniform(-math.pi, math.pi, (n, 2)),
        rng.choice([-1.0, 1.0], (n, 2)),
        rng.uniform(-1, 1, (n, 2)),
    )
    maps = np.empty((n, 6))
    for i in range(n):
        cu, su, cv, sv = (f(t) for t in turns[i] for f in (math.cos, math.sin))
        s1, s2 = s[i] * signs[i]
        maps[i, :4] = (
            cu * s1 * cv - su * s2 * sv,
            -cu * s1 * sv - su * s2 * cv,
            su * s1 * cv + cu * s2 * sv,
            cu * s2 * cv - su * s1 * sv,
        )
    maps[:, 4:] = shifts
    return maps


def jittered(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The system with one map multiplied by U(0.8, 1.1), if that map is still contractive; four tries, otherwise the
    unchanged system."""
    for _ in range(4):
        i, by = int(rng.integers(len(maps))), rng.uniform(0.8, 1.1)
        changed = maps.copy()
        changed[i, :] *= by
        a, b, c, d = changed[i, :4]
        if _largest_singular_value(a, b, c, d) <= 1:
            return changed
    return maps


def _largest_singular_value(a: float, b: float, c: float, d: float) -> float:
    total, det = a * a + b * b + c * c + d * d, a * d - b * c
    return math.sqrt((total + math.sqrt(max(total * total - 4 * det * det, 0.0))) / 2)


def fixed_point(maps: np.ndarray) -> tuple[float, float]:
    """The fixed point of the first map, where the orbit starts; the origin if there is none."""
    a, b, c, d, e, f = (float(v) for v in maps[0])
    det = (1 - a) * (1 - d) - b * c
    return (((1 - d) * e + b * f) / det, (c * e + (1 - a) * f) / det) if abs(det) > 1e-12 else (0.0, 0.0)


def window(points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest x, y of a random window: the centre up to a fifth of the points' extent off theirs, the
    half sides U(0.5, 2) / 2 of the extent."""
    low, high = points.min(axis=1), points.max(axis=1)
    centre, half = (
        (low + high) / 2 + rng.uniform(-0.2, 0.2, 2) * (high - low),
        (high - low) * rng.uniform(0.5, 2, 2) / 2,
    )
    return centre - half, centre + half


def density(points: np.ndarray, low: np.ndarray, high: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Number of points per pixel of a window, relative to the largest number: (size, size) float64 in [0, 1].

    Each point counts in the cells of one random 3x3 mask (any but the empty one). The picture is transposed and
    flipped, each with probability 0.5.
    """
    counts = _count(points, low, (size - 1) / np.maximum(high - low, 1e-9), int(rng.integers(1, 512)), size)
    transposed, upside_down, mirrored = rng.random(3) < 0.5
    counts = counts.T if transposed else counts
    counts = counts[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
    return counts / max(int(counts.max()), 1)


@numba.njit(cache=True, nogil=True)
def _count(points, low, scale, mask, size):  # type: ignore[no-untyped-def]
    counts = np.zeros((size, size), np.int32)
    for k in range(points.shape[1]):
        # towards 0, as in the source
        x, y = int((points[0, k] - low[0]) * scale[0]), int((points[1, k] - low[1]) * scale[1])
        if -1 <= x <= size and -1 <= y <= size:
            for cell in range(9):
                row, column = y + cell // 3 - 1, x + cell % 3 - 1
                if (mask >> cell) & 1 and 0 <= row < size and 0 <= column < size:
                    counts[row, column] += 1
    return counts


def coloured(gray: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A density as hues, 255 steps of 2 degrees from a random one: (S, S, 3) uint8, black where it is 0."""
    hue = (gray * 255 + rng.uniform(0, 255)).astype(np.int64) % 256
    saturation, value = rng.uniform(0.3, 1), rng.uniform(0.5, 1)
    wheel = rgb(np.arange(256) / 180 % 1, np.full(256, saturation), np.full(256, value))
    return np.asarray(wheel[hue] * (gray > 0)[..., None].astype(np.uint8))


def background(size: int, rng: np.random.Generator) -> np.ndarray:
    """Diamond-square noise, one field, its hue, saturation and value each scaled and shifted at random:
    (size, size, 3) uint8.

    Saturation and value are clipped to [0, 1] (below 0 the source's bytes overflow; few pixels go there).
    """
    field = diamond_square(max(size - 1, 1).bit_length(), rng.uniform(0.4, 0.8), rng)[:size, :size]
    hue = np.floor(255 * (field * rng.uniform(0.25, 1) + rng.uniform(0, 1))) % 256 / 180 % 1
    saturation = np.clip(field * rng.uniform(0.1, 0.3) + rng.uniform(0.4, 0.6), 0, 1)
    return rgb(hue, saturation, np.clip(field * rng.uniform(0.3, 0.6) + rng.uniform(0.4, 0.6), 0, 1))


def diamond_square(levels: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """A diamond-square field, around 0.5: (2^levels + 1, 2^levels + 1) float64.

    The corners are U(0, 1), the noise of level k = 1, 2, ... is U(-1, 1) exp((1 - k) decay) / 2, and the borders
    wrap around.

    Args:
        levels: number of halvings of the square; 8 for an image of 224 px.
        decay: decrease of the noise from one level to the next.
        rng: the random stream.
    """
    step = 2**levels
    side = step + 1
    noise = rng.uniform(-0.5, 0.5, (side, side))
    field = np.zeros((side, side))
    field[::step, ::step] = 0.5 + noise[::step, ::step]
    amplitude = 1.0
    while step > 1:
        half = step // 2
        a = field[::step, ::step]
        centres = field[half::step, half::step]
        centres[:] = (a[:-1, :-1] + a[:-1, 1:] + a[1:, :-1] + a[1:, 1:]) / 4 + amplitude * noise[half::step, half::step]
        # the midpoints of the edges, from their two ends and the adjacent centres
        for f, z in ((field, noise), (field.T, noise.T)):
            ends, beside = f[::step, ::step], f[half::step, half::step]
            total = ends[:, :-1] + ends[:, 1:] + np.vstack([beside[-1:], beside]) + np.vstack([beside, beside[:1]])
            f[::step, half::step] = total / 4 + amplitude * z[::step, half::step]
        amplitude *= math.exp(-decay)
        step = half
    return field


def blurred(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred with probability 0.5 by a 3x3 Gaussian, sigma U(0.5, 1): (S, S, 3) uint8."""
    if rng.random() >= 0.5:
        return image
    side = math.exp(-0.5 / rng.uniform(0.5, 1) ** 2)
    padded = np.pad(image.astype(np.float64), ((1, 1), (1, 1), (0, 0)), mode="reflect")
    rows = (side * (padded[:-2] + padded[2:]) + padded[1:-1]) / (1 + 2 * side)
    return np.asarray((side * (rows[:, :-2] + rows[:, 2:]) + rows[:, 1:-1]) / (1 + 2 * side) + 0.5).astype(np.uint8)


def attractor(maps: np.ndarray, size: int, reference: int, rng: np.random.Generator) -> np.ndarray:
    """Points (2, n) of a contractive system from a fixed point on: 100,000 at the reference size, in proportion to the
    area at others."""
    det = np.abs(maps[:, 0] * maps[:, 3] - maps[:, 1] * maps[:, 2])
    n = max(ifs.points_at(size, reference, POINTS), 500)
    points = ifs.orbit(maps, det, rng.integers(0, 2**32, n, dtype=np.uint32), fixed_point(maps))
    assert points is not None, "no map of a contractive system expands"
    return points


def windowed(maps: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A system's coloured picture on black, jittered and in a random window: (size, size, 3) uint8, all black if no
    point is inside."""
    points = attractor(jittered(maps, rng), size, REFERENCE, rng)
    return coloured(density(points, *window(points, rng), size, rng), rng)


def whole(maps: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A system's whole coloured picture on black: (size, size, 3) uint8."""
    points = attractor(maps, size, REFERENCE // 2, rng)
    return coloured(density(points, points.min(axis=1), points.max(axis=1), size, rng), rng)


def place(image: np.ndarray, fractal: np.ndarray, rng: np.random.Generator) -> None:
    """Put a picture on black onto an image (S, S, 3), resized to a side of U(0.15, 0.6) of it, with its centre
    anywhere."""
    size = len(image)
    side = int(rng.uniform(0.15, 0.6) * size)
    top, left = (int(n) for n in rng.integers(-(side // 2), size - side // 2, 2))
    part = bilinear(fractal, side)[max(-top, 0) : size - top, max(-left, 0) : size - left]
    composite(image[max(top, 0) : top + side, max(left, 0) : left + side], part)


def composite(image: np.ndarray, fractal: np.ndarray) -> None:
    """Set the pixels of an image where the picture of the same shape is not black."""
    np.copyto(image, fractal, where=fractal.any(axis=2, keepdims=True))


def bilinear(image: np.ndarray, size: int) -> np.ndarray:
    """(S, S, 3) uint8 resized to (size, size, 3) from the four nearest pixels, as in OpenCV: not antialiased."""
    at = np.clip((np.arange(size) + 0.5) * len(image) / size - 0.5, 0, len(image) - 1)
    low = at.astype(int)
    high, share = np.minimum(low + 1, len(image) - 1), (at - low)[:, None]
    rows = image[low] + (image[high].astype(float) - image[low]) * share[..., None]
    return np.asarray(rows[:, low] + (rows[:, high] - rows[:, low]) * share + 0.5).astype(np.uint8)
