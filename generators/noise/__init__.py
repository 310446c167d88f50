"""White noise: the simplest baseline with images."""

from __future__ import annotations

import numpy as np

from synthbench.generator import Generator


class WhiteNoise(Generator):
    """Every channel of every pixel is independent and uniform in 0..255."""

    labels = ("white-noise",)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
