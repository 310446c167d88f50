"""Contours: wavy rings (VisualAtom) and noisy polygons (RCDB), stroked line by line. A class is a set of parameters.

Sources: Takashima et al. 2023 and masora1030/CVPR2023-FDSL-on-VisualAtom at de80c69; Kataoka et al. 2022 and
masora1030/CVPR2022-Pretrained-ViT-PyTorch at 7a28054.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numba
import numpy as np
from PIL import Image

from synthbench.errors import UsageError
from synthbench.generator import Generator, stream

CANVAS = 512
"""Pixels to which radii and steps refer."""
CELLS = 16
"""Cells of the Perlin noise around an outline."""
SEEDS = {"visualatom": 2023, "rcdb": 2022}


class Shape(NamedTuple):
    """What a class fixes; lengths in pixels of a canvas of 512."""

    vertices: int
    lines: int
    noise: float
    """lambda: how far a line may be from the one before it, U(0, 4)."""
    width: float
    """What every line adds, U(0, 0.1)."""
    radius: float
    oval: tuple[float, float]
    """Factors of the first outline's half axes, U(1, 2)."""
    waves: tuple[int, int]
    """The two different frequencies, 0..20, of VisualAtom; (0, 0) for RCDB, which has none."""


class Contours(Generator):
    """Closed outlines on black, one around the other, each 1 px wide in a random gray of 1..255.

    The first outline is an ellipse of half axes radius times oval. Each next one moves vertex j along (cos t, sin t), t = 2 pi j / vertices,
    by lambda (1 - p) + sin(n1 t) / 2 + sin(n2 t) / 2 + width pixels; p is 1-D Perlin noise around the outline, new for each line, in [0, 1].
    An image is drawn at 512 px, as the original's are, and reduced (bicubic, antialiased); in larger ones lengths scale with the side and
    lines stay 1 px wide.

    An image draws the centre (up to 32 px of 512 off the middle: the range is ours), the grays and the noise.

    Args:
        kind: ``visualatom`` (200 to 1000 vertices, radius 10 to 60, waves) or ``rcdb`` (3 to 200 vertices, exponential with mean 100, radius 0
            to 100, no waves).
        count: how many classes.
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
        n1, n2 = (int(n) for n in rng.choice(21, 2, replace=False)) if atom else (0, 0)
        return Shape(
            vertices, int(rng.integers(1, 201)), rng.uniform(0, 4), rng.uniform(0, 0.1), rng.uniform(10, 60) if atom else rng.uniform(0, 100),
            (rng.uniform(1, 2), rng.uniform(1, 2)), (n1, n2),
        )  # fmt: skip

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        shape = self.shape(label)
        angle = 2 * np.pi * np.arange(shape.vertices) / shape.vertices
        step = 0.5 * np.sin(shape.waves[0] * angle) + 0.5 * np.sin(shape.waves[1] * angle) + shape.width
        along = np.stack([np.cos(angle), np.sin(angle)])
        centre = CANVAS / 2 + rng.uniform(-32, 32, 2)
        first = centre[:, None] + shape.radius * np.array(shape.oval)[:, None] * along
        slopes = rng.uniform(-1, 1, (shape.lines, CELLS))
        side, grays = max(size, CANVAS), rng.integers(1, 256, shape.lines, dtype=np.uint8)
        image = Image.fromarray(_stroke(first, along, step, shape.noise, slopes, grays, side, side / CANVAS))
        return np.repeat(np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))[..., None], 3, axis=2)


def _exponential(rng: np.random.Generator) -> int:
    """3..200 from an exponential of mean 100, values outside drawn again."""
    while not 3 <= (vertices := int(rng.exponential(100))) <= 200:
        pass
    return vertices


@numba.njit(cache=True, nogil=True)
def _stroke(first: Any, along: Any, step: Any, noise: float, slopes: Any, grays: Any, size: int, scale: float) -> Any:
    """(size, size) uint8; see ``Contours``. slopes: (lines, cells) of the Perlin noise, in [-1, 1]."""
    image = np.zeros((size, size), np.uint8)
    n, cells = first.shape[1], slopes.shape[1]
    moved = np.zeros(n)
    columns, rows = np.empty(n, np.int64), np.empty(n, np.int64)
    for line in range(grays.shape[0]):
        for j in range(n):
            if line > 0:
                place = j * cells / n
                cell = int(place)
                t = place - cell
                fade = t * t * t * (t * (t * 6 - 15) + 10)
                left, right = slopes[line, cell] * t, slopes[line, (cell + 1) % cells] * (t - 1)
                moved[j] += noise * (0.5 - left - fade * (right - left)) + step[j]  # 1 - p, p = 0.5 + the noise
            columns[j] = int(np.floor((first[0, j] + moved[j] * along[0, j]) * scale))
            rows[j] = int(np.floor((first[1, j] + moved[j] * along[1, j]) * scale))
        for j in range(n):
            x, y, x1, y1 = columns[j], rows[j], columns[(j + 1) % n], rows[(j + 1) % n]
            dx, dy = abs(x1 - x), -abs(y1 - y)
            sx, sy = (1 if x < x1 else -1), (1 if y < y1 else -1)
            error = dx + dy
            while True:  # Bresenham
                if 0 <= x < size and 0 <= y < size:
                    image[y, x] = grays[line]
                if x == x1 and y == y1:
                    break
                twice = 2 * error
                if twice >= dy:
                    error += dy
                    x += sx
                if twice <= dx:
                    error += dx
                    y += sy
    return image
