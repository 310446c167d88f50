"""Perlin noise in gray; a class is a pair of frequencies.

Source: Perlin 1985 (the smoother fade of 2002); as pretraining data in Inoue et al. 2020, "Initialization Using Perlin
Noise for Training Networks with a Limited Amount of Data". The grid of classes is our choice.
"""

from __future__ import annotations

import numpy as np

from synthbench.errors import UsageError
from synthbench.generator import Generator


class Perlin(Generator):
    """One octave of 2-D gradient noise with a random phase, stretched to 0..255; the label gives the number of lattice
    cells across and down.

    Args:
        frequencies: maximum number of cells per image, across and down; labels are all pairs from 1 to it.
    """

    def __init__(self, frequencies: int = 10) -> None:
        if not 1 <= frequencies <= 100:
            raise UsageError(f"frequencies must be 1 to 100, not {frequencies}.")
        self._pairs = [(across, down) for across in range(1, frequencies + 1) for down in range(1, frequencies + 1)]
        self.labels = tuple(f"{across}x{down}" for across, down in self._pairs)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        across, down = self._pairs[label]
        field = noise((down, across), size, rng)
        low, high = field.min(), field.max()
        gray = ((field - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)


def noise(cells: tuple[int, int], size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size) float64 gradient noise with this number of cells (down, across) and unit gradients in random
    directions."""
    turns = rng.uniform(0, 2 * np.pi, (cells[0] + 2, cells[1] + 2))  # one more for the far edge, one more for the phase
    slopes = np.stack([np.sin(turns), np.cos(turns)])
    (i, y, v), (j, x, u) = (_axis(n, size, rng.random()) for n in cells)
    i, y, v = i[:, None], y[:, None], v[:, None]
    top_left, top_right, bottom_left, bottom_right = (
        slopes[0, i + a, j + b] * (y - a) + slopes[1, i + a, j + b] * (x - b) for a in (0, 1) for b in (0, 1)
    )
    top, bottom = top_left + u * (top_right - top_left), bottom_left + u * (bottom_right - bottom_left)
    return np.asarray(top + v * (bottom - top))


def _axis(cells: int, size: int, phase: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cell of each pixel, its position in the cell, and the fade 6t^5 - 15t^4 + 10t^3 of that position."""
    place = phase + (np.arange(size) + 0.5) * (cells / size)
    cell = np.floor(place).astype(np.int64)
    t = place - cell
    return cell, t, t * t * t * (t * (t * 6 - 15) + 10)
