"""Tasks: which of 21 packaged photos is a crop from? No download is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image

from synthbench.evaluate import photos
from synthbench.evaluate.task import About, Made, Pixels

TRAIN_CROPS, TEST_CROPS = 60, 60
"""Crops per photo."""
SCENE, DETAIL = (160, 256), (96, 160)
"""Sides of the crops in photo pixels, uniform; if the part of a photo is smaller, from 3/4 of its shorter side to
all of it. The first range shows a scene, the second an object in it."""


def _photos(size: int, sides: tuple[int, int], gray: bool) -> tuple[Pixels, Pixels]:
    parts = ((photos.upper_left, 1, TRAIN_CROPS), (photos.upper_right, 2, TEST_CROPS))
    train, test = (Pixels(*_crops(part, key, each, size, sides, gray), photos.NAMES) for part, key, each in parts)
    return train, test


def _crops(
    part: Callable[[str], np.ndarray], key: int, each: int, size: int, sides: tuple[int, int], gray: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct random square crops of one part of every photo, resized (bicubic), each with random lighting:
    brightness, contrast and, unless gray, colour. Otherwise the mean gray value or the palette would suffice to tell
    the photos apart."""
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


def _task(name: str, title: str, sides: tuple[int, int], *, gray: bool) -> Made:
    classes = len(photos.NAMES)
    about = About(
        name=name,
        title=f"Which of 21 photos is this {title}?",
        source="packaged:scikit-image+scikit-learn+matplotlib",
        revision="v1",
        licence="inside Python packages",
        classes=classes,
        counts=(classes * TRAIN_CROPS, 0, classes * TEST_CROPS),
    )
    return Made(about, partial(_photos, sides=sides, gray=gray))


TASKS = (
    _task("photos-gray", "gray crop from, each under its own brightness and contrast", SCENE, gray=True),
    _task("photos-detail", "small gray crop from, each under its own brightness and contrast", DETAIL, gray=True),
    _task("photos-tinted", "crop from, each under a light of its own colour and strength", SCENE, gray=False),
)
