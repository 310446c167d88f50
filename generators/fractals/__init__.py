"""Fractals of iterated function systems: FractalDB and its successors, and those of Anderson & Farrell. A class is a system.

Sources: ``categories`` (FractalDB), ``space`` (ExFractalDB) and ``anderson``; Nakamura et al. 2023 (one image a class) and 2024
(SUPER-TADORY/1p-frac, 1p-frac_generater/src).

Fractals are drawn at the size of their data sets (362 px; 512 px for 1p-frac, 224 px for ExFractalDB and Anderson & Farrell's) and reduced
(bicubic, antialiased), as those data sets would be: a smaller image is not one of coarser dots. Larger images are drawn at their own size.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from synthbench.generators.fractals import anderson, categories, ifs, space

from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import Generator, reduced, stream

PATCH_SEEDS, FLIPS = 10, 4
TRIES = 200
"""Draws after which a class is given up: its systems diverge."""

_GRAY = np.repeat(np.array([0] + [127] * 128, np.uint8)[:, None], 3, axis=1)


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
        colour: point k has the hue (k mod 128) / 128 at saturation and value 0.75 (HSV), with red and blue exchanged as in the original,
            else gray 127.
        instances: take the first so many of the 1000; 1 is one image a class.
    """

    def __init__(
        self, count: int = 1000, path: str | None = None, draw: Literal["patch", "point"] = "patch", colour: bool = False, instances: int = 1000
    ) -> None:
        if count < 1:
            raise UsageError(f"count must be at least 1, not {count}.")
        if draw not in ("patch", "point"):
            raise UsageError(f"fractaldb draws no {draw!r}; allowed: patch, point.")
        most = PATCH_SEEDS * FLIPS * len(WEIGHTS)
        if not 1 <= instances <= most:
            raise UsageError(f"instances must be 1 to {most}, not {instances}.")
        self.draw, self.instances, self.redrawn = draw, instances, 0
        self._palette = _hues() if colour else _GRAY
        self._files = None if path is None else list(categories.read(path).items())[:count]
        self.labels = _labels(count, len(categories.kept())) if self._files is None else tuple(name for name, _ in self._files)

    def system(self, label: int) -> tuple[np.ndarray, np.ndarray]:
        """The maps (n, 6) and probabilities (n,) of a class."""
        if self._files is not None:
            return self._files[label][1][:, :6], self._files[label][1][:, 6]
        maps = categories.candidate(int(categories.kept()[label]))
        return maps, categories.probabilities(maps)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        maps, p = self.system(label)
        side = max(size, ifs.REFERENCE)
        choices = ifs.choices(ifs.points_at(side))
        for _ in range(TRIES):
            row, seed, flip = (int(n) for n in np.unravel_index(int(rng.integers(self.instances)), (len(WEIGHTS), PATCH_SEEDS, FLIPS)))
            points = ifs.orbit(maps * WEIGHTS[row], p, choices)
            if points is not None:
                cells = ifs.pixels(points, side, round(ifs.MARGIN * side / ifs.REFERENCE))
                patches = self.draw == "patch"
                index = ifs.patches(cells, ifs.masks(len(choices), seed), side) if patches else ifs.dots(cells, side)
                return reduced(ifs.painted(index, self._palette, not flip & 2, bool(flip & 1)), size)
            self.redrawn += 1
        raise GeneratorError(f"category {self.labels[label]!r} diverges with every weight; leave it out.")


class OneFractal(Generator):
    """1p-frac: one system; class j is the system with every parameter of every map times U(0.9, 1.1), one image a class.

    The system has two maps and a sigma-factor of U(3.4, 3.6) by Anderson & Farrell's law; which one is drawn is ours. The probabilities are
    the unperturbed system's. 100,000 points at 512 px, in FractalDB's patches. A perturbation that diverges or fills 5 % of the image or
    less is drawn again (``redrawn`` counts them).

    Args:
        count: how many classes.
        delta: the perturbation: factors U(1 - delta, 1 + delta).
    """

    instances = 1
    SIDE, POINTS, FILL = 512, 100_000, 0.05

    def __init__(self, count: int = 1000, delta: float = 0.1) -> None:
        if not 0 < delta < 1:
            raise UsageError(f"delta must be between 0 and 1, not {delta}.")
        self.labels = _labels(count, 10**6)
        self.delta = delta
        self.redrawn = 0
        rng = stream(ONE_FRACTAL, 0)
        self._base = anderson.system(rng, n=2, factor=rng.uniform(3.4, 3.6))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        own, p = stream(ONE_FRACTAL, label + 1), categories.probabilities(self._base)
        side = max(size, self.SIDE)
        choices = ifs.choices(ifs.points_at(side, self.SIDE, self.POINTS))
        for _ in range(TRIES):
            points = ifs.orbit(self._base * own.uniform(1 - self.delta, 1 + self.delta, self._base.shape), p, choices)
            if points is not None:
                masks = own.integers(1, 512, len(choices), dtype=np.uint16)
                index = ifs.patches(ifs.pixels(points, side, round(ifs.MARGIN * side / self.SIDE)), masks, side)
                if np.count_nonzero(index) > self.FILL * side**2:
                    return reduced(ifs.painted(index, _GRAY, True, False), size)
            self.redrawn += 1
        raise GeneratorError(f"class {self.labels[label]!r} diverges at delta = {self.delta}, or fills too little; take a smaller one.")


class ExFractalDB(Generator):
    """ExFractalDB: 10,000 points of a system in space, white on black, one pixel each, seen by a camera that goes around them.

    Instance: 145 rows of weights, 12 views. The cloud is centred and scaled with its proportions; the camera looks level at its middle from
    a distance of 4, every 30 degrees give or take pi degrees, with a field of view of 45 degrees.

    Deviation: weights with which the orbit diverges (the original leaves the image out) are drawn again; ``redrawn`` counts them.

    Args:
        count: how many categories, the first ones of the 1000 that ship with synthbench.
    """

    def __init__(self, count: int = 1000) -> None:
        self.labels = _labels(count, len(categories.kept(3)))
        self.redrawn = 0

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        maps = categories.candidate(int(categories.kept(3)[label]), 3)
        p, side = categories.probabilities(maps), max(size, space.REFERENCE)
        for _ in range(TRIES):
            row, view = int(rng.integers(len(space.WEIGHTS))), int(rng.integers(space.VIEWS))
            points = space.cloud(maps * space.WEIGHTS[row], p, ifs.points_at(side, space.REFERENCE, space.POINTS))
            if points is not None:
                return reduced(np.repeat(space.seen(points, space.angle(view, rng), side)[..., None], 3, axis=2), size)
            self.redrawn += 1
        raise GeneratorError(f"category {self.labels[label]!r} diverges with every weight; leave it out.")


class AndersonFarrell(Generator):
    """Fractals of contractive systems in colour over diamond-square noise.

    One fractal: an image jitters its system and takes a new window, colours and background. One that shows nothing is drawn again
    (``redrawn`` counts them); after 20 the background stays alone.

    Several: fractals of the whole extent of their systems, not jittered, drawn at half of the image's side, coloured, resized (bilinear) to
    sides U(0.15, 0.6) of the image and put anywhere as long as their middle is in it, over one another. (So the source's latest
    configuration, data/multifractal.yaml. It takes fractals and backgrounds from a cache and labels an image with all its classes; here
    each is drawn anew, the first is of the class, the others are of random ones, and the label is the first's.)

    Args:
        count: how many systems.
        most: 1 for one fractal over the whole image; 5 for the multi-instance images of 1 to 5.
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
        image = anderson.background(max(size, anderson.REFERENCE), rng)
        if self.most == 1:
            self._single(image, label, rng)
        else:
            others = rng.integers(len(self.labels), size=int(rng.integers(self.most)))
            for own in (label, *others.tolist()):
                anderson.place(image, anderson.whole(self.system(own), len(image) // 2, rng), rng)
        return reduced(anderson.blurred(image, rng), size)

    def _single(self, image: np.ndarray, label: int, rng: np.random.Generator) -> None:
        for _ in range(20):
            fractal = anderson.windowed(self.system(label), len(image), rng)
            if fractal.any():
                anderson.composite(image, fractal)
                return
            self.redrawn += 1


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


def _hues() -> np.ndarray:
    """(129, 3) uint8: black, then the 128 hues at saturation and value 0.75, blue first."""
    wheel = anderson.rgb(np.arange(128) / 128, np.full(128, 0.75), np.full(128, 0.75))
    return np.vstack([np.zeros((1, 3), np.uint8), wheel[:, ::-1]])
