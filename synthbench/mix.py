"""Mixing: one image out of several images of a generator, by the generator interface itself.

Source: Baradad et al. 2022, Sec. 4 (MixUp of 6 with Dirichlet weights).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthbench.generator import Generator, fork


class MixUp(Generator):
    """Convex combination of ``n`` images with Dirichlet(alpha) weights, truncated to uint8.

    The first image has the label asked for, the others have labels drawn uniformly: the mixed data set keeps the base's labels.
    """

    def __init__(self, base: Generator, n: int = 6, alpha: float = 1.0) -> None:
        self.base, self.n, self.alpha = base, n, alpha
        self.labels = base.labels

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        image: np.ndarray = self.render_batch([label], [rng], size)[0]
        return image

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        weights, parts, streams = [], [], []
        for label, rng in zip(labels, rngs, strict=True):
            weights.append(rng.dirichlet(np.full(self.n, self.alpha)).astype(np.float32))
            parts += [label, *rng.integers(len(self.labels), size=self.n - 1).tolist()]
            streams += fork(rng, self.n)
        images = self.base.render_batch(parts, streams, size)
        images = images.reshape(len(labels), self.n, -1)
        mixed = np.empty((len(labels), images.shape[2]), np.uint8)
        for i, weight in enumerate(weights):  # one (n,) x (n, S*S*3) product an image keeps the float copy small
            mixed[i] = weight @ images[i].astype(np.float32)
        return mixed.reshape(len(labels), size, size, 3)

    def close(self) -> None:
        self.base.close()


MIXES = {"mixup": MixUp}


def mix(base: Generator, kind: str = "mixup", n: int = 6, alpha: float = 1.0) -> Generator:
    """Wrap ``base`` so that each image is a mix of ``n`` of its images."""
    return MIXES[kind](base, n=n, alpha=alpha)
