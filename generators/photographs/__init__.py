"""Photographs: random crops of the photos packaged with scikit-image, scikit-learn and matplotlib, from the lower
halves only.

The pocket evaluation uses the upper halves. This entrant is the reference for real images of the same scenes at this
scale.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from synthbench.evaluate import photos
from synthbench.generator import Generator


class Photographs(Generator):
    """A label is a photo; an image is a square crop of its lower half with a side of U(0.5, 1) of the half's height,
    resized (bicubic)."""

    def __init__(self) -> None:
        self.labels = photos.NAMES
        self._halves = [photos.lower_half(name) for name in self.labels]

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        photo = self._halves[label]
        height, width = photo.shape[:2]
        side = round(min(height, width) * rng.uniform(0.5, 1))
        top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
        crop = Image.fromarray(photo[top : top + side, left : left + side])
        return np.asarray(crop.resize((size, size), Image.Resampling.BICUBIC))
