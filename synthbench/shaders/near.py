"""Near duplicates: descriptors of programs, and a search for the nearest kept program."""

from __future__ import annotations

import numpy as np

NEAR = 0.06
"""Threshold of near duplicates: the root mean square difference of two descriptors' cells, relative to the standard
deviation of the first."""
NEAR_LEVELS = 1.0
"""The same in levels of 255, for programs with almost no contrast."""
NEAR_FINE, NEAR_FINE_LEVELS = 0.1, 2.0
"""The thresholds of their fine texture: relative to its root mean square, and in levels of 255."""
FRAMES, GRID, FINE = 4, 8, 4
CELLS = FRAMES * GRID**2 * 3
BYTES = CELLS + FRAMES * FINE**2 * 4


def descriptor(frames: np.ndarray) -> bytes:
    """The coarse and fine appearance of four frames: ``BYTES`` bytes.

    Coarse: their averages over 8x8 cells, (4, 8, 8, 3). Fine, because averages cannot distinguish a checkerboard from
    stripes: the mean absolute differences of neighbouring pixels to the right, below and on both diagonals, over 4x4
    cells, (4, 4, 4, 4).

    Args:
        frames: (4, S, S, 3) uint8, S a multiple of 8.
    """
    cells = _means(frames.astype(np.float32), GRID)
    pixels = frames.astype(np.int16)
    neighbours = (pixels[:, :-1, 1:], pixels[:, 1:, :-1], pixels[:, 1:, 1:])
    differences = [np.abs(n - pixels[:, :-1, :-1]).mean(-1) for n in neighbours]
    differences.append(np.abs(pixels[:, :-1, 1:] - pixels[:, 1:, :-1]).mean(-1))
    fine = np.pad(np.stack(differences, -1), ((0, 0), (0, 1), (0, 1), (0, 0)), mode="edge")
    return np.rint(np.concatenate([cells.ravel(), _means(fine, FINE).ravel()])).astype(np.uint8).tobytes()


def _means(images: np.ndarray, n: int) -> np.ndarray:
    """Averages over n x n cells of (N, S, S, C) images."""
    count, side, _, channels = images.shape
    return images.reshape(count, n, side // n, n, side // n, channels).mean((2, 4))


class Kept:
    """The programs kept so far, by their descriptors."""

    def __init__(self) -> None:
        self._rows = np.empty((256, BYTES), np.uint8)
        self._means = np.empty((256, 3), np.float32)
        self._names: list[str] = []

    def add(self, name: str, described: bytes) -> None:
        """Add a program."""
        n, row = len(self._names), np.frombuffer(described, np.uint8)
        if n == len(self._rows):
            self._rows, self._means = (np.concatenate([x, np.empty_like(x)]) for x in (self._rows, self._means))
        self._rows[n], self._means[n] = row, row[:CELLS].reshape(-1, 3).mean(0)
        self._names.append(name)

    def nearest(self, described: bytes) -> str | None:
        """The name of the kept program with the nearest descriptor, if it is a near duplicate."""
        row = np.frombuffer(described, np.uint8).astype(np.float32)
        cells, fine = row[:CELLS], row[CELLS:]
        limit = max(NEAR * float(cells.std()), NEAR_LEVELS)
        limit_fine = max(NEAR_FINE * float(np.sqrt(np.square(fine).mean())), NEAR_FINE_LEVELS)
        difference = np.abs(self._means[: len(self._names)] - cells.reshape(-1, 3).mean(0)).max(1, initial=0)
        # if the mean of one colour differs by more, the whole differs by more than the limit
        rough = np.flatnonzero(difference <= 3**0.5 * limit)
        square = np.square(self._rows[rough] - row)
        distance, apart = np.sqrt(square[:, :CELLS].mean(1)), np.sqrt(square[:, CELLS:].mean(1))
        distance[(distance > limit) | (apart > limit_fine)] = np.inf
        best = int(distance.argmin()) if len(rough) else 0
        return self._names[rough[best]] if len(rough) and distance[best] < np.inf else None
