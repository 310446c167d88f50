"""The images of Anderson & Farrell: one fractal or several over noise. Source: ``anderson``."""

from __future__ import annotations

import numpy as np
from synthbench.generators.fractals import anderson, categories

from synthbench.errors import UsageError
from synthbench.generator import Generator, reduced, stream

SEED = 2022
"""Seed of the streams of the systems."""


class AndersonFarrell(Generator):
    """Fractals of contractive systems in colour over diamond-square noise.

    One fractal: an image jitters its system and uses a new window, colours and background. An empty one is drawn again
    (``redrawn`` counts them); after 20 tries only the background is left.

    Several: fractals of the whole extent of their systems, not jittered, drawn at half of the image's side, coloured,
    resized (bilinear) to sides U(0.15, 0.6) of the image and placed over one another anywhere with their centre in it.
    (This follows the source's latest configuration, data/multifractal.yaml. The source takes fractals and backgrounds
    from a cache and labels an image with all its classes; here all are new, the first is of the image's class, and the
    others are of random classes.)

    Args:
        count: number of systems.
        most: 1 for one fractal over the whole image; 5 for the multi-instance images of 1 to 5.
    """

    def __init__(self, count: int = 1000, most: int = 1) -> None:
        if most < 1:
            raise UsageError(f"most must be at least 1, not {most}.")
        self.labels = categories.numbered(count, 10**9)
        self.most, self.redrawn = most, 0

    def system(self, label: int) -> np.ndarray:
        """The maps (n, 6) of a class."""
        return anderson.system(stream(SEED, label))

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
