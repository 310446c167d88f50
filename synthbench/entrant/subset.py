"""Part of a generator: the images of some of its labels; a subset is a generator itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthbench.errors import UnknownNameError, UsageError
from synthbench.generator import Generator


class Subset(Generator):
    """The images of ``base`` that have one of ``labels``, in the given order.

    Raises:
        UnknownNameError: an unknown label.
        UsageError: a label appears twice.
    """

    def __init__(self, base: Generator, labels: Sequence[str]) -> None:
        place = {name: i for i, name in enumerate(base.labels)}
        for name in labels:
            if name not in place:
                raise UnknownNameError("label", name, place)
        if twice := sorted({name for name in labels if labels.count(name) > 1}):
            raise UsageError(f"labels named twice: {', '.join(twice[:3])}. Name each once.")
        self.base, self.labels = base, tuple(labels)
        self._of_base = [place[name] for name in labels]

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return self.base.render(self._of_base[label], rng, size)

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        return self.base.render_batch([self._of_base[label] for label in labels], rngs, size)

    def close(self) -> None:
        self.base.close()
