"""FractalDB, and a version with one image per class (OFDB).

Sources: ``categories``; Nakamura et al. 2023 for one image per class.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from synthbench.generators.fractals import categories, ifs
from synthbench.generators.fractals.colour import rgb

from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import Generator, reduced

ASSETS = ("kept2d.txt",)
PATCH_SEEDS, FLIPS = 10, 4

WEIGHTS = np.ones((25, 6))
"""Rows of weights of a..f: none, then each of the six times 1 - 2w, 1 - w, 1 + w and 1 + 2w, w = 0.4."""
for _row in range(24):
    WEIGHTS[1 + _row, _row // 4] = (0.2, 0.6, 1.4, 1.8)[_row % 4]


class FractalDB(Generator):
    """FractalDB: a system's orbit drawn in gray 3x3 patches; a class has 1000 instances, like the original's files.

    Instance: 25 rows of weights (none, or one of a..f of every map times 0.2, 0.6, 1.4 or 1.8), 10 patch seeds, 4
    flips. The random numbers of the orbit are the same for all, those of the patches depend on the patch seed. There
    are 200,000 points at 362 px; in larger images their number grows with the area and the margin with the side, and a
    patch stays 3x3 px.

    Deviation: a drawing that diverges (5 % of the pairs of class and weights; the original saves a nearly empty image)
    is drawn again as another instance; ``redrawn`` counts them.

    Args:
        count: number of categories, the first of the 10,000 shipped ones; with ``path``, the maximum number.
        path: a folder of the original's category files (CSV), or the folder of its folders ``csv0`` to ``csv39``; the
            files' names become the labels. None for the shipped categories.
        draw: ``patch``, or ``point`` for single pixels.
        colour: point k has the hue (k mod 128) / 128 at saturation and value 0.75 (HSV), with red and blue exchanged as
            in the original, else gray 127.
        instances: use only this many of the 1000; 1 is one image per class.
    """

    def __init__(
        self,
        count: int = 1000,
        path: str | None = None,
        draw: Literal["patch", "point"] = "patch",
        colour: bool = False,
        instances: int = 1000,
    ) -> None:
        if count < 1:
            raise UsageError(f"count must be at least 1, not {count}.")
        if draw not in ("patch", "point"):
            raise UsageError(f"fractaldb draws no {draw!r}; allowed: patch, point.")
        most = PATCH_SEEDS * FLIPS * len(WEIGHTS)
        if not 1 <= instances <= most:
            raise UsageError(f"instances must be 1 to {most}, not {instances}.")
        self.draw, self.instances, self.redrawn = draw, instances, 0
        self._palette = _hues() if colour else ifs.GRAY
        self._files = None if path is None else list(categories.read(path).items())[:count]
        self.labels = (
            categories.numbered(count, len(categories.kept()))
            if self._files is None
            else tuple(name for name, _ in self._files)
        )

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
        for _ in range(ifs.TRIES):
            row, seed, flip = (
                int(n) for n in np.unravel_index(int(rng.integers(self.instances)), (len(WEIGHTS), PATCH_SEEDS, FLIPS))
            )
            points = ifs.orbit(maps * WEIGHTS[row], p, choices)
            if points is not None:
                cells = ifs.pixels(points, side, round(ifs.MARGIN * side / ifs.REFERENCE))
                patches = self.draw == "patch"
                index = ifs.patches(cells, ifs.masks(len(choices), seed), side) if patches else ifs.dots(cells, side)
                return reduced(ifs.painted(index, self._palette, not flip & 2, bool(flip & 1)), size)
            self.redrawn += 1
        raise GeneratorError(f"category {self.labels[label]!r} diverges with every weight; leave it out.")


def _hues() -> np.ndarray:
    """(129, 3) uint8: black, then the 128 hues at saturation and value 0.75, blue first."""
    wheel = rgb(np.arange(128) / 128, np.full(128, 0.75), np.full(128, 0.75))
    return np.vstack([np.zeros((1, 3), np.uint8), wheel[:, ::-1]])
