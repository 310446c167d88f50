"""The views of a batch: each rank augments its own rows, with the result of a single process."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from synthbench.pretrain import augment
from synthbench.pretrain.device import put
from synthbench.pretrain.objectives.objective import Rows
from synthbench.protocol.sections import Augment


def views_of(
    held: Tensor, rows: Rows, n: int, configs: tuple[Augment, ...], rng: np.random.Generator
) -> tuple[Tensor, ...]:
    """Augment some rows of a batch of n for each view.

    Args:
        held: (m, H, 3, W) uint8: the m rows that are among ``rows``, in the order of the batch.
        configs: the augmentation of each view.

    Returns:
        (len(rows[v]), 3, size, size) float32 for each view. The parameters of all n are drawn, so a row's view does not
        depend on the rank.
    """
    height, width = held.shape[1], held.shape[3]
    parameters = [augment.draw(config, rng, n, height, width) for config in configs]
    place = union(rows)
    views = []
    for own, drawn, config in zip(rows, parameters, configs, strict=True):
        where = np.searchsorted(place, own)
        pixels = (
            held if len(own) == len(held) and (where == np.arange(len(own))).all() else held[put(where, held.device)]
        )
        views.append(augment.augment(pixels, drawn.of(own), config))
    return tuple(views)


def union(rows: Rows) -> np.ndarray:
    """The union of rows, ascending."""
    return np.unique(np.concatenate(rows))
