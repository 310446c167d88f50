"""Dead leaves: opaque shapes of random size, position and colour, each painted over the previous ones.

Source: Lee, Mumford and Huang 2001; Baradad et al. 2021, Sec. 3.1 (the constants of its code,
mbaradad/learning_with_noise at a31abe3).
"""

from __future__ import annotations

import math
from functools import cache

import numba
import numpy as np

from synthbench import load_generator
from synthbench.errors import UsageError
from synthbench.generator import Generator, announce, label_of, reduced, stream

SHAPES = ("circle", "square", "oriented", "rectangle", "triangle", "quadrilateral")
MOST_LEAVES = 5000
TEXTURES = 128
"""Number of textures that the leaves share."""
TEXTURE_SEED = 2**63
"""Seed of the textures' streams, outside the range of usual seeds."""


class DeadLeaves(Generator):
    """Leaves are added until every pixel is covered, up to 5,000.

    Images are drawn at 128 px, the size of the source's small data sets, or at 256 px, that of its large ones, and
    downscaled (bicubic, antialiased); larger images are drawn at their own size.

    Radius: one of 200 values in [0.03, 1] (the one at which the CDF of r^-3 - 1 over the 200 is nearest to U(0, 1))
    times the image size, at least one pixel. Centre and colour are uniform. Every shape is inscribed in the leaf's
    circle. A pixel belongs to a circle, a square (upright or oriented) or a rectangle if its centre does. Triangles and
    quadrilaterals have their corners at whole pixels, truncated towards 0, and include their outline, as in OpenCV's
    ``fillPoly``: most leaves have a radius of 3 or 4 px, where the outline is half of the area.

    Deviations: the original paints every polygon with ``fillPoly``. Upright squares and rectangles are the same;
    oriented squares, whose corners it truncates before and after the rotation, have 23.2 px at a radius of 3 there and
    18.1 here, 119.8 and 127.5 at 8. OpenCV clips edges that leave the image and rounds them again, so that they may be
    a pixel off. The original also treats a pixel of a black leaf as uncovered.

    Textured leaves show an image of another entrant instead of a colour. The original draws each leaf's texture from
    10,000 stored Spectrum+Color+WMM images and shows it at the leaf's own pixels. Here it is one of ``TEXTURES``
    images, which every worker renders when it first needs them (at 256 px in less than a minute; 10,000 would take an
    hour) and which are the same for every data set. It is shifted cyclically by a random amount for each leaf, so that
    two adjacent leaves with the same texture can be told apart; images that wrap around, like these, keep their
    distribution when they are shifted.

    Args:
        shape: one of ``SHAPES``, or ``mixed`` for a uniform choice among the six per leaf.
        texture: an entrant whose images are used as textures, as in ``spectrum-color-wmm``; None for plain colours.
    """

    labels = ("dead-leaves",)

    def __init__(self, shape: str = "mixed", texture: str | None = None) -> None:
        if shape not in (*SHAPES, "mixed"):
            raise UsageError(f"dead leaves have no shape {shape!r}; allowed: {', '.join(SHAPES)}, mixed.")
        self.shape = shape
        self._texture = None if texture is None else load_generator(texture)
        self._textures: dict[tuple[int, int], np.ndarray] = {}

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return reduced(self._drawn(rng, 128 if size <= 128 else max(size, 256)), size)

    def _drawn(self, rng: np.random.Generator, size: int) -> np.ndarray:
        n = MOST_LEAVES
        radius = np.maximum(np.floor(radii(rng.random(n)) * size), 1.0)
        centre = rng.integers(0, size, (n, 2))
        colour = (255 * rng.random((n, 3))).astype(np.uint8)
        kind = rng.integers(0, len(SHAPES), n) if self.shape == "mixed" else np.full(n, SHAPES.index(self.shape))
        owner = np.full((size, size), n, np.int32)
        paint(owner, radius, centre, kind, rng.random((n, 4)))
        if self._texture is None:
            return np.vstack([colour, np.zeros((1, 3), np.uint8)])[owner]
        return self._textured(owner, rng)

    def _textured(self, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Fill the leaves with textures instead of colours; ``owner`` is the visible leaf at each pixel,
        ``MOST_LEAVES`` if there is none."""
        size = len(owner)
        chosen = rng.integers(0, TEXTURES, MOST_LEAVES)
        shift = rng.integers(0, size, (MOST_LEAVES, 2))
        image = np.zeros((size, size, 3), np.uint8)
        bare = owner == MOST_LEAVES
        leaf = np.where(bare, 0, owner)
        y, x = np.indices(owner.shape)
        y, x = (y + shift[leaf, 0]) % size, (x + shift[leaf, 1]) % size
        which = np.where(bare, -1, chosen[leaf]).ravel()
        order = which.argsort(kind="stable")
        ends = np.searchsorted(which[order], np.arange(TEXTURES + 1))
        flat = image.reshape(-1, 3)
        for number in np.unique(which[which >= 0]).tolist():
            pixels = order[ends[number] : ends[number + 1]]
            flat[pixels] = self._made(number, size)[y.ravel()[pixels], x.ravel()[pixels]]
        return image

    def _made(self, number: int, size: int) -> np.ndarray:
        """A texture (size, size, 3), rendered when it is first requested."""
        assert self._texture is not None
        if (number, size) not in self._textures:
            announce(self.labels[0])  # the worker's deadline applies to one texture, not to all of them
            label = label_of(number, len(self._texture.labels))
            self._textures[number, size] = self._texture.render(label, stream(TEXTURE_SEED, number), size)
        return self._textures[number, size]

    def close(self) -> None:
        self._textures.clear()
        if self._texture is not None:
            self._texture.close()


def radii(u: np.ndarray) -> np.ndarray:
    """(n,) radii as fractions of the image for random numbers U(0, 1): the one of 200 whose cumulative probability
    is nearest."""
    cdf, radius = _radius_cdf()
    return radius[np.searchsorted((cdf[1:] + cdf[:-1]) / 2, u)]


@cache
def _radius_cdf() -> tuple[np.ndarray, np.ndarray]:
    """Cumulative probability and radius (as a fraction of the image) at 200 points."""
    radius = np.linspace(0.03, 1, 200)
    mass = radius**-3 - 1
    return np.cumsum(mass) / mass.sum(), radius


@numba.njit(cache=True)
def paint(owner, radius, centre, kind, turns):  # type: ignore[no-untyped-def]
    """Set each pixel to the number of the leaf that is visible there after all have been painted; uncovered pixels are
    not changed.

    The leaf that covers the last uncovered pixel ends the image and is entirely visible. The leaves are therefore laid
    twice: forwards, to count them, and backwards from the last one, each into the pixels that are still free. Each
    pixel is visited only twice, however many leaves cover it, because ``free[y, x]`` gives the first free pixel from x
    on.
    """
    n = _lay(owner, radius, centre, kind, turns, radius.shape[0], False)
    _lay(owner, radius, centre, kind, turns, n, True)


@numba.njit(cache=True)
def _lay(owner, radius, centre, kind, turns, n, backwards):  # type: ignore[no-untyped-def]
    """Lay the first n leaves until no pixel is uncovered; returns the number of leaves used. Backwards, they are
    painted."""
    size = owner.shape[0]
    free = np.empty((size, size + 1), np.int32)
    free[:] = np.arange(size + 1)
    bare_in = np.full(size, size)
    bare = size * size
    xs, ys, px, py = np.empty(5), np.empty(5), np.empty(5, np.int64), np.empty(5, np.int64)
    for step in range(n):
        leaf = n - 1 - step if backwards else step
        r, cy, cx = radius[leaf], centre[leaf, 0], centre[leaf, 1]
        shape = SHAPES[kind[leaf]]
        _corners(shape, r, turns[leaf], xs, ys)
        outlined = shape in ("triangle", "quadrilateral")
        if outlined:
            for i in range(5):
                px[i], py[i] = int(cx + xs[i]) - cx, int(cy + ys[i]) - cy  # int() truncates
        for y in range(max(0, int(cy - r)), min(size, int(cy + r) + 1)):
            if bare_in[y] == 0:
                continue
            left, right = _outlined(px, py, y - cy) if outlined else _span(shape == "circle", int(r), xs, ys, y - cy)
            x, end = max(0, cx + left), min(size - 1, cx + right)
            while x <= end:
                root = x  # the first free pixel from x on
                while free[y, root] != root:
                    root = free[y, root]
                while free[y, x] != root:
                    free[y, x], x = root, free[y, x]
                if root > end:
                    break
                if backwards:
                    owner[y, root] = leaf
                free[y, root] = root + 1
                bare_in[y] -= 1
                bare -= 1
                x = root + 1
        if bare == 0:
            return step + 1
    return n


@numba.njit(cache=True)
def _corners(shape, r, turn, xs, ys):  # type: ignore[no-untyped-def]
    """The corners of a leaf on its circle, counter-clockwise, with the first one repeated at the end, from four random
    numbers U(0, 1).

    A triangle repeats its last corner, a circle has none.
    """
    if shape == "circle":
        return
    quarter, full = np.arange(4) * math.pi / 2, 2 * math.pi * turn
    if shape == "square":
        angles = quarter + math.pi / 4
    elif shape == "oriented":
        angles = quarter + full[0]
    elif shape == "rectangle":
        half = turn[0] * math.pi / 2
        angles = np.array([half, math.pi - half, math.pi + half, 2 * math.pi - half])
    else:
        angles = full
        if shape == "triangle":
            angles[3] = max(angles[0], angles[1], angles[2])
        for i in range(1, 4):  # sorting four numbers; numpy's sort takes ten times as long for so few
            for j in range(i, 0, -1):
                if angles[j] < angles[j - 1]:
                    angles[j], angles[j - 1] = angles[j - 1], angles[j]
    for i in range(5):
        xs[i], ys[i] = r * np.cos(angles[i % 4]), r * np.sin(angles[i % 4])


@numba.njit(cache=True)
def _span(circle, r, xs, ys, dy):  # type: ignore[no-untyped-def]
    """The first and the last column, relative to the centre, of a leaf in a row; the last is less than the first if
    there is none."""
    left, right = -r, r
    if circle:
        right = int(math.sqrt(r * r - dy * dy))
        return -right, right
    for i in range(4):
        x, y, across, up = xs[i], ys[i], xs[i + 1] - xs[i], ys[i + 1] - ys[i]
        side = across * (dy - y)  # inside: side - up * (dx - x) >= -1e-9
        if up > 0:
            dx = right if up < 1e-9 else int(min(max(x + side / up, left), right))
            while dx < right and side - up * (dx + 1 - x) >= -1e-9:
                dx += 1
            while dx >= left and side - up * (dx - x) < -1e-9:
                dx -= 1
            right = min(right, dx)
        elif up < 0:
            dx = left if up > -1e-9 else int(min(max(x + side / up, left), right))
            while dx > left and side - up * (dx - 1 - x) >= -1e-9:
                dx -= 1
            while dx <= right and side - up * (dx - x) < -1e-9:
                dx += 1
            left = max(left, dx)
        elif side < -1e-9:
            return 1, 0
        if left > right:
            return 1, 0
    return left, right


@numba.njit(cache=True)
def _outlined(xs, ys, y):  # type: ignore[no-untyped-def]
    """The first and the last column in row ``y`` of a convex polygon and its outline; the last is less than the first
    if there is none.

    The outline is drawn as 8-connected lines by Bresenham's rule, each from its left end. It includes all columns where
    the inside ends.
    """
    left, right = 1, 0
    for i in range(4):
        a, b = (i, i + 1) if xs[i] <= xs[i + 1] else (i + 1, i)
        across, up, k = xs[b] - xs[a], abs(ys[b] - ys[a]), abs(y - ys[a])
        if y < min(ys[a], ys[b]) or y > max(ys[a], ys[b]):
            continue
        if up == 0:
            first, last = 0, across
        elif up > across:  # a single pixel: the nearest, or the left one of two
            first = (2 * k * across + up - 1) // (2 * up)
            last = first
        else:  # the columns to which this row is the nearest, or of two rows the one nearer to the left end
            first, last = max(0, (2 * k - 1) * across // (2 * up) + 1), min(across, (2 * k + 1) * across // (2 * up))
        if left > right:
            left, right = xs[a] + first, xs[a] + last
        else:
            left, right = min(left, xs[a] + first), max(right, xs[a] + last)
    return left, right
