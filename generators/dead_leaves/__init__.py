"""Dead leaves: opaque shapes of random size, place and colour, each painted over those before it.

Source: Lee, Mumford and Huang 2001; Baradad et al. 2021, Sec. 3.1 (the constants of its code, mbaradad/learning_with_noise at a31abe3).
"""

from __future__ import annotations

import math
from functools import cache

import numba
import numpy as np

from synthbench.errors import UsageError
from synthbench.generator import Generator

SHAPES = ("circle", "square", "oriented", "rectangle", "triangle", "quadrilateral")
MOST_LEAVES = 5000


class DeadLeaves(Generator):
    """Leaves until every pixel is covered, or 5,000 of them.

    Radius: inverse CDF over 200 points in [0.03, 1] of the density r^-3 - 1, times the image size, at least one pixel. Centre and
    colour are uniform. Every shape is inscribed in the leaf's circle; a pixel belongs to it if its centre does (the original lets PIL
    rasterise polygons, which differs by border pixels).

    Args:
        shape: one of ``SHAPES``, or ``mixed`` for a uniform choice among the six per leaf.
    """

    labels = ("dead-leaves",)

    def __init__(self, shape: str = "mixed") -> None:
        if shape not in (*SHAPES, "mixed"):
            raise UsageError(f"dead leaves have no shape {shape!r}; allowed: {', '.join(SHAPES)}, mixed.")
        self.shape = shape

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        n = MOST_LEAVES
        radius = np.maximum(np.floor(np.interp(rng.random(n), *_radius_cdf()) * size), 1.0)
        centre = rng.integers(0, size, (n, 2))
        colour = (255 * rng.random((n, 3))).astype(np.uint8)
        kind = rng.integers(0, len(SHAPES), n) if self.shape == "mixed" else np.full(n, SHAPES.index(self.shape))
        angles = _angles(kind, rng.random((n, 4)))
        image = np.zeros((size, size, 3), np.uint8)
        _paint(image, radius, centre, colour, kind, angles)
        return image


@cache
def _radius_cdf() -> tuple[np.ndarray, np.ndarray]:
    """Cumulative probability and radius (as a fraction of the image) at 200 points."""
    radius = np.linspace(0.03, 1, 200)
    mass = radius**-3 - 1
    return np.cumsum(mass) / mass.sum(), radius


def _angles(kind: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(n, 4) angles of each leaf's corners on its circle, in order; a triangle repeats its last corner, a circle ignores them."""
    quarter = np.arange(4) * math.pi / 2
    turn = 2 * math.pi * u
    half = u[:, :1] * math.pi / 2
    rectangle = np.hstack([half, math.pi - half, math.pi + half, 2 * math.pi - half])
    triangle = np.sort(turn[:, :3], axis=1)[:, [0, 1, 2, 2]]
    square = np.broadcast_to(quarter + math.pi / 4, u.shape)
    corners = np.stack([square, square, quarter + turn[:, :1], rectangle, triangle, np.sort(turn, axis=1)])
    return corners[kind, np.arange(len(kind))]


@numba.njit(cache=True)
def _paint(image, radius, centre, colour, kind, angles):  # type: ignore[no-untyped-def]
    size = image.shape[0]
    covered = np.zeros((size, size), np.bool_)
    left = size * size
    for n in range(radius.shape[0]):
        r, cy, cx = radius[n], centre[n, 0], centre[n, 1]
        ys, xs = r * np.sin(angles[n]), r * np.cos(angles[n])
        for y in range(max(0, int(cy - r)), min(size, int(cy + r) + 1)):
            for x in range(max(0, int(cx - r)), min(size, int(cx + r) + 1)):
                dy, dx = y - cy, x - cx
                inside = True
                if kind[n] == 0:
                    inside = dy * dy + dx * dx <= r * r
                else:
                    for i in range(4):
                        j = (i + 1) % 4
                        if (xs[j] - xs[i]) * (dy - ys[i]) - (ys[j] - ys[i]) * (dx - xs[i]) < -1e-9:
                            inside = False
                            break
                if inside:
                    image[y, x] = colour[n]
                    if not covered[y, x]:
                        covered[y, x] = True
                        left -= 1
        if left == 0:
            return
