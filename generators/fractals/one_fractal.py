"""1p-frac: one system, with one class per perturbation.

Source: Nakamura et al. 2024 and SUPER-TADORY/1p-frac (1p-frac_generater/src).
"""

from __future__ import annotations

import numpy as np
from synthbench.generators.fractals import anderson, categories, ifs

from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import Generator, reduced, stream

SEED = 2024
"""Seed of the streams of the systems."""


class OneFractal(Generator):
    """1p-frac: one system; class j is the system with every parameter of every map multiplied by U(0.9, 1.1), with one
    image per class.

    The system has two maps and a sigma-factor of U(3.4, 3.6) with Anderson & Farrell's distribution; the particular
    system is our choice. The probabilities are the unperturbed system's. 100,000 points at 512 px, in FractalDB's
    patches. A perturbation that diverges or fills 5 % of the image or less is drawn again (``redrawn`` counts them).

    Args:
        count: number of classes.
        delta: the perturbation: factors U(1 - delta, 1 + delta).
    """

    instances = 1
    SIDE, POINTS, FILL = 512, 100_000, 0.05

    def __init__(self, count: int = 1000, delta: float = 0.1) -> None:
        if not 0 < delta < 1:
            raise UsageError(f"delta must be between 0 and 1, not {delta}.")
        self.labels = categories.numbered(count, 10**6)
        self.delta = delta
        self.redrawn = 0
        rng = stream(SEED, 0)
        self._base = anderson.system(rng, n=2, factor=rng.uniform(3.4, 3.6))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        own, p = stream(SEED, label + 1), categories.probabilities(self._base)
        side = max(size, self.SIDE)
        choices = ifs.choices(ifs.points_at(side, self.SIDE, self.POINTS))
        for _ in range(ifs.TRIES):
            points = ifs.orbit(self._base * own.uniform(1 - self.delta, 1 + self.delta, self._base.shape), p, choices)
            if points is not None:
                masks = own.integers(1, 512, len(choices), dtype=np.uint16)
                index = ifs.patches(ifs.pixels(points, side, round(ifs.MARGIN * side / self.SIDE)), masks, side)
                if np.count_nonzero(index) > self.FILL * side**2:
                    return reduced(ifs.painted(index, ifs.GRAY, True, False), size)
            self.redrawn += 1
        raise GeneratorError(
            f"class {self.labels[label]!r} diverges at delta = {self.delta}, or fills too little; take a smaller one."
        )
