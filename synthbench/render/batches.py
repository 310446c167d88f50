"""What a render pool has to do: jobs in batches, and what is known of the programs of a job."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from synthbench.render.shards import LeftOut

BATCH_IMAGES, BATCH_PIXELS = 32, 2**23
STRIKES = 2
"""A program that hung or crashed so often is not tried again."""


def batch_size(size: int) -> int:
    """How many images of ``size`` px are rendered at once: 32, fewer where they are large."""
    return max(1, min(BATCH_IMAGES, BATCH_PIXELS // size**2))


@dataclass
class Done:
    """A finished job: its images, k -> (label, encoded bytes; for the format ``raw`` the pixels), what was left out,
    and how many drawings the generator threw away and drew again."""

    index: int
    images: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    redrawn: int = 0


@dataclass
class Strikes:
    """What is known of the programs of a job, or of all jobs of a run."""

    ks: dict[str, list[str]] = field(default_factory=dict)
    """By program, the images at which it hung or crashed."""
    banned: dict[str, str] = field(default_factory=dict)
    """By program with ``STRIKES`` of them, why its other images are left out."""


@dataclass(eq=False)
class Batch:
    """Consecutive images of a job."""

    job: Job
    items: list[tuple[int, int]]
    single: bool = False
    """Whether its images are rendered one by one; that happens in the order of the batches."""
    ended: bool = False
    failed: bool = False
    images: dict[int, bytes] = field(default_factory=dict)
    """What it has rendered; whether that counts is known when all batches before it are settled."""
    programs: set[str] = field(default_factory=set)
    """What it has rendered them with."""
    redrawn: int = 0


@dataclass(eq=False)
class Job:
    """Images that are given out together, in batches."""

    batches: deque[Batch]
    """Those that are not settled, in order."""
    todo: deque[Batch]
    """Those that no worker has begun, in order."""
    missing: set[int]
    """The k that are neither rendered nor left out yet."""
    strikes: Strikes
    done: Done
