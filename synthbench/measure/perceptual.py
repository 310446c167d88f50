"""LPIPS within an image and between images, for many images at once.

LPIPS is a squared distance: with e(x) the unit-normalised feature maps of all stages, each channel times the root of
its weight and each stage divided by the root of its area, LPIPS(x, y) = |e(x) - e(y)|². An image therefore goes through
the network once, not once per pair, and the mean over all pairs of n images follows from two sums, 2 n / (n - 1) (mean
|e|² - |mean e|²), which is exact and takes n steps, not n².
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import UsageError
from synthbench.generator import stream
from synthbench.measure.networks import Stages, as_tensor

CROP_SEED = 2**63 + 1
"""Seed of the crops' streams, far from the seeds of images."""
EPS = 1e-10
"""Added to the norm, as in the ``lpips`` package."""
BATCH_PIXELS = 2**21
"""Pixels of crops per batch of the network."""


def crop_side(size: int) -> int:
    """Side of a square crop of half the area."""
    return round(size * 0.5**0.5)


def crops(images: np.ndarray, ks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two random crops of half the area of each image (Baradad et al. 2022), at positions that depend only on the
    image's k.

    Args:
        images: (N, S, S, 3) uint8.
        ks: (N,) their numbers in the data set.

    Returns:
        Two of (N, s, s, 3) uint8, s = ``crop_side(S)``.
    """
    size = images.shape[1]
    side = crop_side(size)
    places = np.array([stream(CROP_SEED, int(k)).integers(0, size - side + 1, (2, 2)) for k in ks]).reshape(-1, 2, 2)
    cut = [
        [image[top : top + side, left : left + side] for image, (top, left) in zip(images, places[:, j], strict=True)]
        for j in (0, 1)
    ]
    shape = (len(images), side, side, 3)
    return np.array(cut[0], np.uint8).reshape(shape), np.array(cut[1], np.uint8).reshape(shape)


@torch.inference_mode()
def embed(stages: Stages, images: np.ndarray) -> Tensor:
    """e(x): (N, D) float32, D the size of all stages together. The squared distance of two rows is LPIPS.

    Args:
        images: (N, S, S, 3) uint8.

    Raises:
        UsageError: the images are too small for the network.
    """
    parts = []
    try:
        maps = stages.maps(as_tensor(images))
    except RuntimeError as error:
        if "too small" not in str(error):
            raise
        raise UsageError(
            f"crops of {images.shape[1]} px are too small for this network; measure at a larger --size, as in 64."
        ) from error
    for i, each in enumerate(maps):
        scale = torch.full((each.shape[1],), 1.0) if stages.weights is None else stages.weights[i]
        scale = (scale / (each.shape[2] * each.shape[3])).sqrt().to(each)
        norm = each.square().sum(1, keepdim=True).sqrt() + EPS
        parts.append((each / norm * scale[:, None, None]).flatten(1))
    return torch.cat(parts, 1)


@dataclass
class Spread:
    """Sums over embeddings that arrive in batches, for the mean squared distance over all pairs."""

    n: int = 0
    total: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """(D,) float64: the sum of the embeddings."""
    squares: float = 0.0
    """The sum of their squared norms."""

    def add(self, embedded: Tensor) -> None:
        """Add (N, D) embeddings."""
        rows = embedded.double()
        total = rows.sum(0).cpu().numpy()
        self.total = total if self.n == 0 else self.total + total
        self.squares += float(rows.square().sum())
        self.n += len(rows)

    def merge(self, other: Spread) -> None:
        """Add another one's sums."""
        if other.n:
            self.total = other.total.copy() if self.n == 0 else self.total + other.total
            self.squares, self.n = self.squares + other.squares, self.n + other.n

    def mean(self) -> float:
        """Mean squared distance over all pairs; NaN for fewer than two."""
        if self.n < 2:
            return float("nan")
        centre = self.total / self.n
        return max(0.0, 2 * self.n / (self.n - 1) * (self.squares / self.n - float(centre @ centre)))


def intra_and_inter(
    stages: Stages, images: np.ndarray, ks: np.ndarray, labels: np.ndarray, spreads: dict[int, Spread]
) -> np.ndarray:
    """LPIPS-intra of each image; also adds to the ``spreads`` of their labels what LPIPS-inter needs.

    Intra is the distance between two random crops of half the area. Inter, which the paper does not define, is here
    between the first crops of different images, so that both metrics come from the same features at the same scale.

    Args:
        images: (N, S, S, 3) uint8.
        ks: (N,) their numbers in the data set.
        labels: (N,) of their programs.
        spreads: label -> sums; changed in place.

    Returns:
        (N,) float64.
    """
    first, second = crops(images, ks)
    step = max(1, BATCH_PIXELS // max(1, 2 * first.shape[1] ** 2))
    found = [np.zeros(0)]
    for start in range(0, len(images), step):
        part = slice(start, start + step)
        both = embed(stages, np.concatenate([first[part], second[part]]))
        a, b = both.chunk(2)
        found.append((a - b).square().sum(1).double().cpu().numpy())
        for label in np.unique(labels[part]).tolist():
            spreads.setdefault(label, Spread()).add(a[torch.from_numpy(labels[part] == label).to(a.device)])
    return np.concatenate(found)
