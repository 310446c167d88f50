"""White noise: the lowest bar that has images at all."""

from __future__ import annotations

import numpy as np

from synthbench.generator import Generator


class WhiteNoise(Generator):
    """Every channel of every pixel uniform in 0..255, independent of all others."""

    labels = ("white-noise",)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
