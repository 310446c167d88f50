"""Fractals of iterated function systems: FractalDB and its successors, and those of Anderson & Farrell. A class is a system.

Sources: ``categories`` (FractalDB, ExFractalDB) and ``anderson``; Nakamura et al. 2023 (one image a class) and 2024 (one fractal);
the commits are 1b8fb9f, 7a28054, b87adf2, ea761ec (nakamura196/OFDB) and 413d318 (1p-frac).

Fractals are drawn at the size of their data sets (362 px, 224 px for Anderson & Farrell's) and reduced (bicubic, antialiased), as those data
sets would be: a smaller image is not one of coarser dots. Larger images are drawn at their own size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from PIL import Image
from synthbench.generators.fractals import anderson, categories, ifs

from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import Generator, stream

PATCH_SEEDS, FLIPS, VIEWS = 10, 4, 12
TRIES = 200
"""Draws after which a class is given up: its systems diverge."""

_GRAY = np.repeat(np.array([0] + [127] * 128, np.uint8)[:, None], 3, axis=1)
_SPIN = np.array([[np.cos(0.5), -np.sin(0.5), 0], [np.sin(0.5), np.cos(0.5), 0], [0, 0, 1]])


class FractalDB(Generator):
    """FractalDB: a system's orbit drawn in gray 3x3 patches; a class has 1000 instances, as the original's files.

    Instance: 25 rows of weights (none, or one of a..f of every map times 0.2, 0.6, 1.4 or 1.8), 10 patch seeds, 4 flips. The random numbers
    of the orbit are the same for all, those of the patches are a patch seed's. 200,000 points at 362 px; in larger images points grow with
    the area and the margin with the side, and a patch stays 3x3 px.

    Deviation: a drawing that diverges (5 % of the pairs of class and weights; the original saves a nearly empty image) is drawn again as
    another instance; ``redrawn`` counts them.

    Args:
        count: how many categories, the first ones of the 10,000 that ship with synthbench; with ``path``, at most so many.
        path: a folder of the original's category files (CSV), whose names become the labels; None for our own categories.
        draw: ``patch``, or ``point`` for single pixels.
        colour: the colour of point k is hue (k mod 128) / 128 at saturation and intensity 0.75 (HSI), else gray 127.
        instances: take the first so many of the 1000; 1 is one image a class.
    """

    def __init__(
        self, count: int = 1000, path: str | None = None, draw: Literal["patch", "point"] = "patch", colour: bool = False, instances: int = 1000
    ) -> None:
        if draw not in ("patch", "point"):
            raise UsageError(f"fractaldb draws no {draw!r}; allowed: patch, point.")
        most = PATCH_SEEDS * FLIPS * len(WEIGHTS)
        if not 1 <= instances <= most:
            raise UsageError(f"instances must be 1 to {most}, not {instances}.")
        self.draw, self.instances, self.redrawn = draw, instances, 0
        self._palette = _hues() if colour else _GRAY
        self._files = None if path is None else list(categories.read(path).items())[:count]
        self.labels = _labels(count, len(categories.kept())) if self._files is None else tuple(name for name, _ in self._files)
        if not self.labels:
            raise UsageError(f"count must be at least 1, not {count}.")

    def system(self, label: int) -> tuple[np.ndarray, np.ndarray]:
        """The maps (n, 6) and probabilities (n,) of a class."""
        if self._files is not None:
            return self._files[label][1][:, :6], self._files[label][1][:, 6]
        maps = categories.candidate(int(categories.kept()[label]))
        return maps, categories.probabilities(maps)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        maps, p = self.system(label)
        for _ in range(TRIES):
            row, seed, flip = np.unravel_index(int(rng.integers(self.instances)), (len(WEIGHTS), PATCH_SEEDS, FLIPS))
            points = ifs.orbit(maps * WEIGHTS[row], p, ifs.choices(ifs.points_at(size)))
            if points is not None:
                return _drawn(points, size, int(seed) if self.draw == "patch" else None, int(flip), self._palette)
            self.redrawn += 1
        raise GeneratorError(f"category {self.labels[label]!r} diverges with every weight; leave it out.")


class OneFractal(Generator):
    """1p-frac: one system; class j is the system with every parameter of every map times U(0.9, 1.1), one image a class.

    The system has two maps and sigma-factor 3.5 (Anderson & Farrell's law at its lower end) and is our own choice; it is drawn as
    FractalDB draws. A perturbation that diverges is drawn again.

    Args:
        count: how many classes.
        delta: the perturbation: factors U(1 - delta, 1 + delta).
    """

    instances = 1

    def __init__(self, count: int = 1000, delta: float = 0.1) -> None:
        if not 0 < delta < 1:
            raise UsageError(f"delta must be between 0 and 1, not {delta}.")
        self.labels = _labels(count, 10**6)
        self.delta = delta
        self.redrawn = 0
        self._base = anderson.system(stream(ONE_FRACTAL, 0), n=2, factor=3.5)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        own = stream(ONE_FRACTAL, label + 1)
        for _ in range(TRIES):
            maps = self._base * own.uniform(1 - self.delta, 1 + self.delta, self._base.shape)
            points = ifs.orbit(maps, categories.probabilities(maps), ifs.choices(ifs.points_at(size)))
            if points is not None:
                return _drawn(points, size, 0, 0, _GRAY)
            self.redrawn += 1
        raise GeneratorError(f"class {self.labels[label]!r} diverges at delta = {self.delta}; take a smaller one.")


class ExFractalDB(Generator):
    """ExFractalDB: a system in space, seen from 12 sides, drawn as FractalDB draws.

    The views are the axes of an icosahedron's 12 corners, orthographic, the cloud scaled to [-1, 1] along each axis first (the source has
    12 views; these directions are ours). An instance: 12 views, 10 patch seeds, 4 flips.

    Args:
        count: how many categories, the first ones of the 1000 that ship with synthbench.
    """

    def __init__(self, count: int = 1000) -> None:
        self.labels = _labels(count, len(categories.kept(3)))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        maps = categories.candidate(int(categories.kept(3)[label]), 3)
        view, seed, flip = (int(rng.integers(n)) for n in (VIEWS, PATCH_SEEDS, FLIPS))
        points = ifs.orbit(maps, categories.probabilities(maps), ifs.choices(ifs.points_at(size)))
        if points is None:
            raise GeneratorError(f"category {self.labels[label]!r} diverges at {size} px.")
        low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
        x, y, z = 2 * (points - low) / (high - low) - 1
        seen = np.stack([axis[0] * x + axis[1] * y + axis[2] * z for axis in _view(view)])  # not BLAS: its sums differ by machine
        return _drawn(seen, size, seed, flip, _GRAY)


class AndersonFarrell(Generator):
    """Fractals of contractive systems in colour over diamond-square noise.

    Each image jitters its system and takes a new window, colours and background. One that shows nothing is drawn again (``redrawn``
    counts them); after 20 the background stays alone.

    Args:
        count: how many systems.
        most: 1 for one fractal over the whole image; 5 for the multi-instance images: 1 to 5 of them, of sides U(0.15, 0.6) of the image,
            at random places, the first of the class, the others of random ones. (The original takes the small ones from a cache and labels
            an image with all its classes; here each is drawn anew and the label is the first's.)
    """

    def __init__(self, count: int = 1000, most: int = 1) -> None:
        if most < 1:
            raise UsageError(f"most must be at least 1, not {most}.")
        self.labels = _labels(count, 10**9)
        self.most, self.redrawn = most, 0

    def system(self, label: int) -> np.ndarray:
        """The maps (n, 6) of a class."""
        return anderson.system(stream(ANDERSON_FARRELL, label))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        whole = max(size, anderson.REFERENCE)
        image = anderson.background(whole, rng)
        n = int(rng.integers(1, self.most + 1))
        for i in range(n):
            side = whole if self.most == 1 else int(rng.uniform(0.15, 0.6) * whole)
            top, left = rng.integers(0, whole - side + 1, 2)
            own = label if i == 0 else int(rng.integers(len(self.labels)))
            fractal = self._object(lambda own=own, side=side: anderson.drawn(self.system(own), side, rng))  # type: ignore[misc]
            if fractal is not None:
                part = image[top : top + side, left : left + side]
                np.copyto(part, fractal, where=fractal.any(axis=2, keepdims=True))
        return _reduced(anderson.blurred(image, rng), size)

    def _object(self, draw: Callable[[], np.ndarray | None]) -> np.ndarray | None:
        for _ in range(20):
            if (made := draw()) is not None:
                return made
            self.redrawn += 1
        return None


WEIGHTS = np.ones((25, 6))
"""Rows of weights of a..f: none, then each of the six times 1 - 2w, 1 - w, 1 + w and 1 + 2w, w = 0.4."""
for _row in range(24):
    WEIGHTS[1 + _row, _row // 4] = (0.2, 0.6, 1.4, 1.8)[_row % 4]

ONE_FRACTAL, ANDERSON_FARRELL = 2024, 2022
"""Seeds of the streams that make the systems."""


def _labels(count: int, most: int) -> tuple[str, ...]:
    if not 1 <= count <= most:
        raise UsageError(f"count must be 1 to {most}, not {count}.")
    return tuple(f"{label:05d}" for label in range(count))


def _drawn(points: np.ndarray, size: int, seed: int | None, flip: int, palette: np.ndarray) -> np.ndarray:
    """Points (2, n) as an image (size, size, 3) uint8, the y axis up, then flipped (bit 0: left-right, bit 1: top-bottom)."""
    side = ifs.side_at(size)
    cells = ifs.pixels(points, side, round(ifs.MARGIN * side / ifs.REFERENCE))
    index = ifs.dots(cells, side) if seed is None else ifs.patches(cells, ifs.masks(points.shape[1], seed), side)
    return _reduced(ifs.painted(index, palette, not flip & 2, bool(flip & 1)), size)


def _reduced(image: np.ndarray, size: int) -> np.ndarray:
    """(side, side, 3) uint8 as (size, size, 3)."""
    return image if len(image) == size else np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def _view(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors (3,) across the line of sight from a corner of the icosahedron, turned a little so that no view is along an axis."""
    golden = (1 + 5**0.5) / 2
    signs = (1 if number & 1 else -1, 1 if number & 2 else -1)
    corner = np.roll([0, signs[0], signs[1] * golden], number // 4) @ _SPIN
    sight = corner / np.linalg.norm(corner)
    right = np.array([sight[1], -sight[0], 0.0]) / np.hypot(sight[0], sight[1])
    return right, np.cross(sight, right)


def _hues() -> np.ndarray:
    """(129, 3) uint8: black, then 128 hues of the HSI colour space at saturation and intensity 0.75, clipped to what a screen shows."""
    colours = np.zeros((129, 3))
    for k in range(128):
        third, angle = divmod(k / 128 * 2 * np.pi, 2 * np.pi / 3)
        low, high = 0.75 * (1 - 0.75), 0.75 * (1 + 0.75 * np.cos(angle) / np.cos(np.pi / 3 - angle))
        colours[1 + k] = np.roll([high, 3 * 0.75 - low - high, low], int(third))
    return np.clip(255 * colours, 0, 255).astype(np.uint8)
