"""Contours: wavy rings (VisualAtom) and noisy polygons (RCDB), drawn line by line. A class is a set of parameters.

Sources: Takashima et al. 2023 and masora1030/CVPR2023-FDSL-on-VisualAtom (visual_atomic_renderer/render_VisualAtom.py,
with the options of make_VisualAtom.sh); Kataoka et al. 2022 and masora1030/CVPR2022-Pretrained-ViT-PyTorch
(rcdb_render/make_rcdb.py); their noise is ``pnoise1`` of the package ``noise`` (caseman/noise, _perlin.c).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numba
import numpy as np

from synthbench.errors import UsageError
from synthbench.generator import Generator, reduced, stream

CANVAS = 512
"""Size in pixels of the original images, to which all lengths refer."""
SEEDS = {"visualatom": 2023, "rcdb": 2022}
REACH = {"visualatom": 512, "rcdb": 400}
"""Twice the maximum distance of a centre from the middle, along each axis."""
BACKGROUND = {"visualatom": 0, "rcdb": 255}
SLOPES = np.array([1, 2, 3, 4, 5, 6, 7, 8] + 8 * [-1], np.float32)
"""The gradients of the noise, with equal probabilities: the package sets every second one to -1 as its sign."""


class Shape(NamedTuple):
    """The parameters of a class; lengths in pixels of a canvas of 512."""

    vertices: int
    lines: int
    noise: float
    """lambda: the mean distance of a line from the previous one, U(0, 4)."""
    width: float
    """The increment of every line, U(0, 0.1)."""
    waves: tuple[int, int]
    """VisualAtom's frequencies, 0..20, different or both 0; (0, 0) for RCDB, which has none."""
    half_axes: tuple[float, float] | None
    """VisualAtom's ellipse around which the first line is drawn; None for RCDB, where every image draws its own."""


class Contours(Generator):
    """Closed outlines, one around the other, each 1 px wide in a random gray: on black for VisualAtom, on white
    for RCDB.

    The lines start from an ellipse, which itself is not drawn. Each line moves every vertex, x along cos t and y along
    sin t, t = 2 pi j / vertices, by lambda (1 - p) + sin(n1 t) / 2 + sin(n2 t) / 2 + width (VisualAtom) or by lambda (1
    - 2 p) + width (RCDB) pixels. p is 1-D Perlin noise at a random position, independent for each line, vertex and
    axis: outlines are jagged, not smooth.

    The centre (anywhere in the image; within 200 px of the middle along each axis for RCDB), the grays and the noise
    are random for each image, for RCDB also the ellipse. Images are drawn at 512 px, like the originals, and downscaled
    (bicubic, antialiased); in larger ones lengths scale with the side and lines stay 1 px wide.

    Args:
        kind: ``visualatom`` (200 to 1000 vertices, ellipse of radius 10 to 60, waves) or ``rcdb`` (3 to 200 vertices,
            exponential with mean 100, ellipse of radius 0 to 100, no waves). Half axes are the radius times
            U(1, 2) each.
        count: number of classes.
    """

    def __init__(self, kind: Literal["visualatom", "rcdb"] = "visualatom", count: int = 1000) -> None:
        if kind not in SEEDS:
            raise UsageError(f"contours have no kind {kind!r}; allowed: {', '.join(SEEDS)}.")
        if count < 1:
            raise UsageError(f"count must be at least 1, not {count}.")
        self.kind = kind
        self.labels = tuple(f"{label:05d}" for label in range(count))

    def shape(self, label: int) -> Shape:
        """The parameters of a class."""
        rng = stream(SEEDS[self.kind], label)
        atom = self.kind == "visualatom"
        vertices = int(rng.integers(200, 1001)) if atom else _exponential(rng)
        lines, noise, width = int(rng.integers(1, 201)), rng.uniform(0, 4), rng.uniform(0, 0.1)
        return Shape(
            vertices, lines, noise, width, _waves(rng) if atom else (0, 0), _half_axes(rng, 10, 60) if atom else None
        )

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        shape, reach = self.shape(label), REACH[self.kind]
        angle = 2 * np.pi * np.arange(shape.vertices) / shape.vertices
        along = np.stack([np.cos(angle), np.sin(angle)])
        centre = (CANVAS + rng.integers(-reach, reach + 1, 2)) / 2
        half_axes = shape.half_axes or _half_axes(rng, 0, 100)
        p = perlin(rng, (shape.lines, 2, shape.vertices))
        waves = (np.sin(shape.waves[0] * angle) + np.sin(shape.waves[1] * angle)) / 2
        steps = shape.noise * (1 - p * (1 if self.kind == "visualatom" else 2)) + waves + shape.width
        side = max(size, CANVAS)
        points = centre[:, None] + (np.array(half_axes)[:, None] + np.cumsum(steps, axis=0)) * along
        image = np.full((side, side), BACKGROUND[self.kind], np.uint8)
        grays = rng.integers(0, 256, shape.lines, dtype=np.uint8)
        _stroke(image, (points * (side / CANVAS)).astype(np.int32), grays)  # towards 0, as in Pillow
        return np.repeat(reduced(image, size)[..., None], 3, axis=2)


def perlin(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """float32: 1-D Perlin noise at independent positions, with mean 0, mostly within 1."""
    t, cells = rng.random(shape, np.float32), rng.integers(0, 256, shape, dtype=np.uint8)
    left, right = SLOPES[cells & 15] * t, SLOPES[cells >> 4] * (t - 1)
    return np.asarray(np.float32(0.4) * (left + t * t * t * (t * (t * 6 - 15) + 10) * (right - left)))


def _half_axes(rng: np.random.Generator, low: int, high: int) -> tuple[float, float]:
    radius = int(rng.integers(low, high + 1))
    return radius * rng.uniform(1, 2), radius * rng.uniform(1, 2)


def _waves(rng: np.random.Generator) -> tuple[int, int]:
    """Two frequencies, each uniform in 0..20; equal ones are drawn again, unless both are 0."""
    first, second = (int(n) for n in rng.integers(0, 21, 2))
    while first == second != 0:
        second = int(rng.integers(0, 21))
    return first, second


def _exponential(rng: np.random.Generator) -> int:
    """3..200 from an exponential of mean 100, with values outside drawn again."""
    while not 3 <= (vertices := int(rng.exponential(100))) <= 200:
        pass
    return vertices


@numba.njit(cache=True, nogil=True)
def _stroke(image: Any, points: Any, grays: Any) -> None:
    """Draw the closed polygons ``points`` (lines, 2, vertices) one after the other into a square image."""
    size, n = image.shape[0], points.shape[2]
    for line in range(grays.shape[0]):
        for j in range(n):
            x, y, x1, y1 = (
                points[line, 0, j],
                points[line, 1, j],
                points[line, 0, (j + 1) % n],
                points[line, 1, (j + 1) % n],
            )
            if max(x, x1) < 0 or max(y, y1) < 0 or min(x, x1) >= size or min(y, y1) >= size:
                continue
            dx, dy = abs(x1 - x), abs(y1 - y)
            sx, sy = (1 if x < x1 else -1), (1 if y < y1 else -1)
            steep = dy >= dx
            major, minor = (dy, dx) if steep else (dx, dy)
            error = 2 * minor - major
            for step in range(major + 1):  # Bresenham, with Pillow's tie-breaking
                if 0 <= x < size and 0 <= y < size:
                    image[y, x] = grays[line]
                if step < major:
                    aside = error >= 0 and minor > 0
                    error += 2 * minor - (2 * major if aside else 0)
                    x += sx if aside or not steep else 0
                    y += sy if aside or steep else 0
