"""Tasks whose images are on disk: their location, opening and checking a copy, and held-out images if there is no
validation split.

The location of a data set is set with ``choose``; otherwise it is in ``$SYNTHBENCH_DATA`` (by default
``~/.cache/synthbench/datasets``).
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synthbench.errors import DataError, UnknownNameError, UsageError
from synthbench.evaluate.files import Images
from synthbench.evaluate.task import About, Absent, Splits, Task
from synthbench.home import expanded, home

HELD_OUT_SEED = 1337
Parts = tuple[Images, Images | None, Images]
"""Training, validation and test images; no validation images if a copy has none."""


@dataclass(frozen=True)
class OnDisk(Task):
    """A task whose images are in a folder below ``root()``."""

    about: About
    folder: str
    """Below ``root()``."""
    slack: ClassVar[int] = 0
    """Number of images by which a split of a copy may differ."""

    @abstractmethod
    def open(self, path: Path | str) -> Parts:
        """Open the copy at ``path``, a folder that exists.

        Raises:
            DataError: it has another layout, or is incomplete; says how to get it.
        """

    def splits(self, size: int) -> Splits:
        """Opened once. See ``Task``; ``size`` is ignored."""
        return _opened(self, self.place())

    def place(self) -> Path | str:
        """The chosen location, or the data set's folder."""
        chosen = _chosen.get(self.about.name)
        return expanded(chosen) if chosen is not None else root() / self.folder

    def how(self) -> str:
        """How to get it: the end of a sentence that begins with "get it"."""
        return f"from {self.about.source}"

    def takes(self, place: str) -> bool:
        """Whether it can be at an address that is not a folder (``hf://...``)."""
        return False

    def check_counts(self, path: Path | str, found: tuple[int, int, int]) -> None:
        """Check the number of images. A copy without a validation split may hold its images in the training split, or
        not at all.

        Raises:
            DataError: the numbers differ.
        """
        train, val, test = self.about.counts
        if not any(
            all(abs(n - m) <= self.slack for n, m in zip(found, allowed, strict=True))
            for allowed in ((train, val, test), (train, 0, test), (train + val, 0, test))
        ):
            raise DataError(
                f"{path} holds {found[0]} training, {found[1]} validation and {found[2]} test images; "
                f"{self.about.title} has {train}, {val} and {test}. Get it again {self.how()}."
            )


@cache
def _opened(task: OnDisk, path: Path | str) -> Splits:
    about = task.about
    if isinstance(path, Path) and not path.is_dir():
        raise Absent(
            f"{about.title} is not at {path}: get it {task.how()}; or pass --data {about.name}=FOLDER, or set "
            "SYNTHBENCH_DATA to the folder of all data sets."
        )
    train, val, test = task.open(path)
    task.check_counts(path, (len(train), len(val) if val else 0, len(test)))
    for part in [train, test] + ([val] if val else []):
        if about.classes and len(part) and not (part.labels.min() >= 0 and part.labels.max() < about.classes):
            raise DataError(f"{path} has labels up to {part.labels.max()}; {about.title} has {about.classes} classes.")
    if val is None and about.counts[1]:
        train_rows, val_rows = held_out(about, len(train))
        return Splits(train.some(train_rows), train.some(val_rows), test)
    return Splits(train, val, test)


def root() -> Path:
    """The folder that holds the data sets."""
    own = os.environ.get("SYNTHBENCH_DATA")
    return expanded(own) if own else home() / "datasets"


_chosen: dict[str, str] = {}


def choose(places: Mapping[str, Any]) -> None:
    """Set the location of data sets for this process: a task's name to a folder or, for ImageNet, to
    ``hf://datasets/user/name``.

    Raises:
        UnknownNameError: unknown task.
        UsageError: a task without images on disk, or an address on the Hub for a task that does not support it.
    """
    from synthbench.evaluate import registry

    movable = {name: task for name, task in registry.tasks().items() if isinstance(task, OnDisk)}
    for name, place in places.items():
        if name not in movable:
            raise UnknownNameError("data set", name, movable, hint="See `synthbench datasets`.")
        if "://" in str(place) and not movable[name].takes(str(place)):
            raise UsageError(
                f"--data {name}={place}: only ImageNet can be read from the Hub, as hf://datasets/user/name."
            )
    _chosen.update({name: str(place) for name, place in places.items()})


def chosen(name: str) -> str | None:
    """The location of a task set with ``choose``."""
    return _chosen.get(name)


def held_out(about: About, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Split n training images if a copy lacks the validation split: as large a part as the task's, drawn at random
    with a fixed seed."""
    train, val, _ = about.counts
    order = np.random.default_rng(HELD_OUT_SEED).permutation(n)
    n_val = max(1, round(n * val / (train + val)))
    return np.sort(order[n_val:]), np.sort(order[:n_val])
