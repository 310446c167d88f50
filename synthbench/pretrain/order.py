"""Random streams of a run, drawn from (seed, purpose, index), so that a resumed run needs no saved state."""

from __future__ import annotations

import numpy as np

ORDER, VIEWS, SHUFFLE = 1, 2, 3
"""Purposes of the streams: the order of the images in an epoch, the views of a step, an objective's choice of rows."""


def stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    """The random stream of an epoch or a step."""
    return np.random.default_rng([seed, purpose, index])


class Order:
    """The images of each step: a new permutation every epoch."""

    def __init__(self, seed: int, n: int, batch: int, per_epoch: int) -> None:
        self._seed, self._n, self._batch, self._per_epoch = seed, n, batch, per_epoch
        self._held = (-1, np.empty(0, np.int64))

    def of(self, step: int) -> np.ndarray:
        """(B,) int64 in [0, n)."""
        epoch, place = divmod(step, self._per_epoch)
        if epoch != self._held[0]:
            self._held = (epoch, stream(self._seed, ORDER, epoch).permutation(self._n))
        return self._held[1][place * self._batch : (place + 1) * self._batch]

    def fresh(self, step: int) -> np.ndarray:
        """(B,) int64: the same positions, in the epoch's own images."""
        return self.of(step) + step // self._per_epoch * self._n
