"""ExFractalDB: systems in space, viewed from all sides. Source: ``space``."""

from __future__ import annotations

import numpy as np
from synthbench.generators.fractals import categories, ifs, space

from synthbench.errors import GeneratorError
from synthbench.generator import Generator, reduced

ASSETS = ("kept3d.txt",)


class ExFractalDB(Generator):
    """ExFractalDB: 10,000 points of a system in space, white on black, one pixel each, viewed by a camera that moves
    around them.

    Instance: 145 rows of weights, 12 views. The cloud is centred and scaled, keeping its proportions; the camera looks
    horizontally at its centre from a distance of 4, every 30 degrees plus or minus pi degrees, with a field of view of
    45 degrees.

    Deviations: weights with a diverging orbit (the original leaves the image out) are drawn again; ``redrawn`` counts
    them. The original's loop stops one point short of the 10,000 by which it divides their sum for the centre.

    Args:
        count: number of categories, the first of the 1000 shipped ones.
    """

    def __init__(self, count: int = 1000) -> None:
        self.labels = categories.numbered(count, len(categories.kept(3)))
        self.redrawn = 0

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        maps = categories.candidate(int(categories.kept(3)[label]), 3)
        p, side = categories.probabilities(maps), max(size, space.REFERENCE)
        for _ in range(ifs.TRIES):
            row, view = int(rng.integers(len(space.WEIGHTS))), int(rng.integers(space.VIEWS))
            points = space.cloud(maps * space.WEIGHTS[row], p, ifs.points_at(side, space.REFERENCE, space.POINTS))
            if points is not None:
                return reduced(np.repeat(space.seen(points, space.angle(view, rng), side)[..., None], 3, axis=2), size)
            self.redrawn += 1
        raise GeneratorError(f"category {self.labels[label]!r} diverges with every weight; leave it out.")
