"""The evaluation tasks by name. The pocket tasks are made of real images that ship inside Python packages; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from synthbench.errors import UnknownNameError
from synthbench.evaluate import datasets, photos
from synthbench.evaluate.datasets import DATASETS


@dataclass(frozen=True)
class Data:
    """A task's images at one size: (N, S, S, 3) uint8 and (N,) int64 labels, for training the probes and for testing them."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


@dataclass(frozen=True)
class Task:
    """What a task is and where its images come from."""

    title: str
    dataset_id: str
    revision: str
    classes: int
    make: Callable[[int], Data]

    @property
    def chance(self) -> float:
        """Accuracy of a guess; all our tasks are balanced."""
        return 1 / self.classes


@dataclass(frozen=True)
class Count:
    """One probe's outcome on one task."""

    task: str
    probe: Literal["linear", "knn"]
    n_correct: int
    n_test: int
    best: int | None = None
    """Correct answers after the best epoch, for a probe that has epochs; ``n_correct`` is the last epoch's."""


def check(names: Iterable[str]) -> None:
    """Raise UnknownNameError for the first name that is no task: before hours are spent on pretraining."""
    for name in names:
        if name not in TASKS and name not in DATASETS:
            raise UnknownNameError("task", name, {*TASKS, *DATASETS})


def partial_groups(names: Iterable[str]) -> list[str]:
    """Groups (``vtab-natural``) of which some tasks are named and others not: their mean would not be the group's."""
    named = set(names)
    groups = {name.partition("/")[0] for name in named if "/" in name}
    return sorted(group for group in groups if not {name for name in DATASETS if name.startswith(f"{group}/")} <= named)


def ready(names: Iterable[str]) -> None:
    """``check``, and that the data sets on disk are there and whole.

    Raises:
        DataError: one is not; says where to get it.
    """
    names = list(names)
    check(names)
    for name in names:
        if name in DATASETS:
            datasets.load(name)


def load(name: str, size: int) -> Data:
    """A task's images at ``size`` pixels.

    Raises:
        UnknownNameError: no such task.
    """
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    return _load(name, size)


@lru_cache(maxsize=8)
def _load(name: str, size: int) -> Data:
    return TASKS[name].make(size)


TRAIN_CROPS, TEST_CROPS = 60, 60
"""Crops per photo."""
SCENE, DETAIL = (160, 256), (96, 160)
"""Sides of the crops in photo pixels, uniform; where a photo's part is smaller, from 3/4 of its shorter side to all of it. The first shows
a scene, the second a thing in it."""


def _photos(size: int, sides: tuple[int, int], *, gray: bool) -> Data:
    parts = ((photos.upper_left, 1, TRAIN_CROPS), (photos.upper_right, 2, TEST_CROPS))
    return Data(*(array for part, key, each in parts for array in _crops(part, key, each, size, sides, gray)))


def _crops(
    part: Callable[[str], np.ndarray], key: int, each: int, size: int, sides: tuple[int, int], gray: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Random square crops of one part of every photo, no two alike, resized (bicubic), each under a light of its own: brightness, contrast and,
    where it is not gray, colour. Without that the mean gray value or the palette alone would tell the photos apart."""
    images, labels = [], []
    for label, name in enumerate(photos.NAMES):
        rng = np.random.Generator(np.random.Philox(key=np.array([key, label], np.uint64)))
        photo = part(name)
        height, width = photo.shape[:2]
        shorter = min(height, width)
        low, high = min(sides[0], shorter * 3 // 4), min(sides[1], shorter)
        places: set[tuple[int, int, int]] = set()
        while len(places) < each:
            side = int(rng.integers(low, high + 1))
            place = side, int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
            if place in places:
                continue
            places.add(place)
            _, top, left = place
            crop = Image.fromarray(photo[top : top + side, left : left + side])
            if gray:
                crop = crop.convert("L")
            pixels = np.asarray(crop.resize((size, size), Image.Resampling.BICUBIC), np.float32)
            if not gray:
                gains = rng.uniform(0.5, 1.5, 3)
                pixels = pixels * (gains / gains.mean()).astype(np.float32)
            pixels = (pixels - pixels.mean()) * rng.uniform(0.5, 1.2) + rng.uniform(80, 176)
            pixels = np.clip(pixels, 0, 255).astype(np.uint8)
            images.append(np.repeat(pixels[..., None], 3, axis=2) if gray else pixels)
            labels.append(label)
    return np.stack(images), np.array(labels, np.int64)


_PHOTO_SOURCE = "packaged:scikit-image+scikit-learn+matplotlib"


def _task(title: str, sides: tuple[int, int], *, gray: bool) -> Task:
    return Task(f"Which of 21 photos is this {title}?", _PHOTO_SOURCE, "v1", len(photos.NAMES), lambda size: _photos(size, sides, gray=gray))


TASKS: dict[str, Task] = {
    "photos-gray": _task("gray crop from, each under its own brightness and contrast", SCENE, gray=True),
    "photos-detail": _task("small gray crop from, each under its own brightness and contrast", DETAIL, gray=True),
    "photos-tinted": _task("crop from, each under a light of its own colour and strength", SCENE, gray=False),
}
