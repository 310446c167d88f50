"""What an evaluation task is: metadata, labelled images in splits, and the metric that scores it.

A task of ours is an object in the ``TASKS`` of a file in ``synthbench/evaluate/tasks``; another package's is an entry
point of the group ``synthbench.tasks``, named as the task is:

    [project.entry-points."synthbench.tasks"]
    kites = "kites.task:KITES"        # a Task whose about.name is "kites"
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from synthbench.evaluate.metrics import Metric, Top1


@dataclass(frozen=True)
class About:
    """A task's metadata."""

    name: str
    """As protocols name it. Tasks named ``group/name`` are averaged to one score of their group."""
    title: str
    source: str
    """Where its images come from: the ``dataset_id`` of a record."""
    licence: str
    classes: int
    """Number of classes; 0 for a task whose labels are numbers."""
    counts: tuple[int, int, int]
    """Training, validation and test images; 0 validation images where the task has none of its own."""
    revision: str = ""
    """Of the images; the numbers of images say it where it is empty."""
    copies: tuple[str, ...] = ()
    """Other addresses that a record may name as its source."""
    scored: str = "test"
    """The split that is scored, as its source calls it."""
    gigabytes: float = 0.0
    """On disk: a guide."""
    guess: float | None = None
    """Score of a guess, where it is not that of balanced classes under top-1."""

    @property
    def chance(self) -> float:
        """Score of a guess."""
        return self.guess if self.guess is not None else 1 / self.classes


class Labelled(Protocol):
    """Labelled images by index: ``Pixels``, or ``synthbench.evaluate.files.Images`` on disk."""

    labels: np.ndarray
    names: Sequence[str]

    def __len__(self) -> int: ...

    def some(self, rows: np.ndarray) -> Labelled:
        """A part of them."""

    def image(self, i: int) -> Image.Image:
        """Image i, RGB."""

    def size(self, i: int) -> tuple[int, int]:
        """Width and height of image i."""


@dataclass
class Pixels:
    """Images in memory, at the size at which the encoder sees them."""

    pixels: np.ndarray
    """(N, S, S, 3) uint8."""
    labels: np.ndarray
    """(N,) int64; float32 where the labels are numbers."""
    names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def some(self, rows: np.ndarray) -> Pixels:
        """A part of them."""
        return replace(self, pixels=self.pixels[rows], labels=self.labels[rows])

    def image(self, i: int) -> Image.Image:
        """Image i, RGB."""
        return Image.fromarray(self.pixels[i])

    def size(self, i: int) -> tuple[int, int]:
        """Width and height of image i."""
        return self.pixels.shape[2], self.pixels.shape[1]


@dataclass(frozen=True)
class Splits:
    """A task's images; ``val`` is None where it has no validation split."""

    train: Labelled
    val: Labelled | None
    test: Labelled


class Task(ABC):
    """One task.

    Its images either lie on disk (``synthbench.evaluate.on_disk.OnDisk``) or are made in memory, from what
    packages carry.
    """

    about: About
    metric: Metric = Top1()

    @abstractmethod
    def splits(self, size: int) -> Splits:
        """The labelled images.

        Args:
            size: height and width in pixels at which the encoder sees them; images on disk are resized later and
                ignore it.

        Raises:
            DataError: they are not there, or not whole; says where to get them.
        """

    def place(self) -> Path | str | None:
        """Where the images lie or would lie on disk, or their address on the Hub; None where nothing has to
        be fetched."""
        return None

    def origin(self) -> tuple[str, str]:
        """Source and revision of the images that are read, for the record."""
        train, _, test = self.about.counts
        return self.about.source, self.about.revision or f"{train} training, {test} {self.about.scored} images"


@dataclass(frozen=True)
class Made(Task):
    """A task whose images a function makes: ``make(size)`` gives training and test images.

    Calls with one size share one result.
    """

    about: About
    make: Callable[[int], tuple[Pixels, Pixels]]

    def splits(self, size: int) -> Splits:
        """Made once a size."""
        train, test = _made(self.make, size)
        return Splits(train, None, test)


@lru_cache(maxsize=12)  # the tasks of a protocol: many encoders are scored on them
def _made(make: Callable[[int], tuple[Pixels, Pixels]], size: int) -> tuple[Pixels, Pixels]:
    return make(size)
