"""The work of a render pool: jobs, their batches, and the failures of programs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from synthbench.dataset.manifest import LeftOut

BATCH_IMAGES, BATCH_PIXELS = 32, 2**23
STRIKES = 2
"""A program that has hung or crashed this often is not tried again."""


def batch_size(size: int) -> int:
    """Images per batch at ``size`` px: 32, fewer for large images."""
    return max(1, min(BATCH_IMAGES, BATCH_PIXELS // size**2))


@dataclass
class Done:
    """A finished job: its images, k -> (label, encoded bytes, or the pixels for the format ``raw``), the images left
    out, and the number of drawings that the generator rejected and drew again."""

    index: int
    images: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    redrawn: int = 0

    def pixels(self, ks: Iterable[int], size: int) -> np.ndarray:
        """(N, S, S, 3) uint8, the images ``ks`` at ``size`` px, for the format ``raw``."""
        found = [np.frombuffer(self.images[k][1], np.uint8) for k in ks]
        return np.array(found, np.uint8).reshape(-1, size, size, 3)


@dataclass
class Strikes:
    """Failures by program, within a job or over all jobs of a run."""

    ks: dict[str, list[str]] = field(default_factory=dict)
    """Program -> the images at which it hung or crashed."""
    banned: dict[str, str] = field(default_factory=dict)
    """Program with ``STRIKES`` failures -> the reason why its other images are left out."""


@dataclass(eq=False)
class Batch:
    """Consecutive images of a job."""

    job: Job
    items: list[tuple[int, int]]
    single: bool = False
    """Whether its images are rendered one by one, in the order of the batches."""
    ended: bool = False
    failed: bool = False
    images: dict[int, bytes] = field(default_factory=dict)
    """Rendered images; they count only when all earlier batches are settled."""
    programs: set[str] = field(default_factory=set)
    """Programs that rendered them."""
    redrawn: int = 0


@dataclass(eq=False)
class Job:
    """Images that are yielded together, rendered in batches."""

    batches: deque[Batch]
    """Batches that are not settled, in order."""
    todo: deque[Batch]
    """Batches that no worker has started, in order."""
    missing: set[int]
    """The k that are neither rendered nor left out yet."""
    strikes: Strikes
    done: Done
