"""Things in clutter, for tasks that need no download: photographs' crops as surfaces and backgrounds, in lights of
their own.

No pixel of a photograph serves training and test, or pretraining: training images take their crops from the upper left
of every photo, test images from the upper right. Floating-point work is elementwise and exactly rounded, or ends in 8
bits, so that every machine makes the same images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from synthbench.evaluate import photos
from synthbench.evaluate.task import About, Made, Pixels

SIZE = 64
"""Pixels at which the images are made; at another size they are resized."""
GROUND, THING, GAP = (0.1, 0.4), (0.1, 0.3), (75, 130)
"""Contrast of backgrounds and of surfaces, as a share of the photo's own, and gray values between their
means: uniform."""
SIDES, CROPS = (48, 192), 1500
"""Sides of the crops in photo pixels, and their number."""
CHUNK = 64
"""Images that are computed on at once: they fit the cache."""
Part = tuple[np.ndarray, np.ndarray]
"""(N, 64, 64, 3) uint8 images and (N,) int64 labels."""


def stream(task: int, test: int) -> np.random.Generator:
    """The random numbers of a task's training (0) or test images (1)."""
    return np.random.Generator(np.random.Philox(key=np.array([100 + task, test], np.uint64)))


def packaged(name: str, title: str, packages: str, classes: int, n: int, draw: Callable[[int], Part]) -> Made:
    """A task of n training and n test images, from a function of 0 (training) or 1 (test)."""

    def make(size: int) -> tuple[Pixels, Pixels]:
        train, test = (Pixels(_resized(x, size), y) for x, y in (draw(0), draw(1)))
        return train, test

    about = About(
        name=name,
        title=title,
        source=f"packaged:{packages}",
        revision="v1",
        licence="inside Python packages",
        classes=classes,
        counts=(n, 0, n),
    )
    return Made(about, make)


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    if size == SIZE:
        return images
    return np.stack([np.asarray(Image.fromarray(x).resize((size, size), Image.Resampling.BICUBIC)) for x in images])


@cache
def crops(test: int) -> np.ndarray:
    """(1500, 64, 64, 3) uint8 crops of one part of the photos, each turned by a multiple of 90 degrees."""
    part = photos.upper_right if test else photos.upper_left
    rng, out = stream(0, 2 * SIDES[0] + test), []
    for i in range(CROPS):
        photo = part(photos.NAMES[i % len(photos.NAMES)])
        height, width = photo.shape[:2]
        side = int(rng.integers(SIDES[0], min(SIDES[1], height, width) + 1))
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        crop = Image.fromarray(photo[top : top + side, left : left + side]).resize(
            (SIZE, SIZE), Image.Resampling.BILINEAR
        )
        out.append(np.rot90(np.asarray(crop), int(rng.integers(4))))
    return np.stack(out)


@dataclass(frozen=True)
class Light:
    """How each of N images is lit: its mean, its contrast, the gains of its colours; (N, 1, 1, 1 or 3) float32."""

    level: np.ndarray
    contrast: np.ndarray
    gains: np.ndarray

    def on(self, images: np.ndarray, rows: slice) -> np.ndarray:
        """(M, 64, 64, 3) uint8, the images of ``rows`` -> float32."""
        mean = (images.sum((1, 2, 3), dtype=np.int64) / images[0].size).astype(np.float32)[:, None, None, None]
        pixels = images.astype(np.float32) - mean
        pixels *= self.contrast[rows]
        pixels += self.level[rows]
        pixels *= self.gains[rows]
        return pixels


def light(levels: np.ndarray, contrast: tuple[float, float], rng: np.random.Generator) -> Light:
    """Lights of these mean levels (N,), with a contrast uniform in a range and colours of their own."""
    n = len(levels)
    chosen = rng.uniform(*contrast, n)
    gains = rng.uniform(0.6, 1.4, (n, 3))
    gains = (gains * 3 / gains.sum(1, keepdims=True)).astype(np.float32)[:, None, None, :]
    return Light(levels.astype(np.float32)[:, None, None, None], chosen.astype(np.float32)[:, None, None, None], gains)


def composed(n: int, draw: Callable[[slice], tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """Things over backgrounds, some at a time.

    Args:
        draw: the rows -> backgrounds (M, 64, 64, 3), things (M, 64, 64, 3) and masks (M, 64, 64) in [0, 1], float32.

    Returns:
        (n, 64, 64, 3) uint8.
    """
    out = np.empty((n, SIZE, SIZE, 3), np.uint8)
    for start in range(0, n, CHUNK):
        rows = slice(start, min(start + CHUNK, n))
        ground, thing, mask = draw(rows)
        out[rows] = np.clip(ground + mask[..., None] * (thing - ground), 0, 255).astype(np.uint8)
    return out


def cut_out(masks: np.ndarray, test: int, rng: np.random.Generator) -> np.ndarray:
    """Things cut out of one photo's crop by ``masks`` (N, 64, 64) uint8, over the crop of another: (N, 64, 64, 3)
    uint8. The mean of the thing is GAP gray values lighter or darker than the mean of the background."""
    n, bank = len(masks), crops(test)
    back, front = rng.integers(0, len(bank), n), rng.integers(0, len(bank), n)
    distance = rng.uniform(*GAP, n)
    lighter = rng.random(n) < 0.5
    low = rng.uniform(35, 215 - distance)
    behind = light(np.where(lighter, low, low + distance), GROUND, rng)
    before = light(np.where(lighter, low + distance, low), THING, rng)
    scale = np.float32(255)
    return composed(
        n,
        lambda rows: (
            behind.on(bank[back[rows]], rows),
            before.on(bank[front[rows]], rows),
            masks[rows].astype(np.float32) / scale,
        ),
    )


def balanced(n: int, classes: int) -> np.ndarray:
    """(n,) int64 labels, the classes in turn."""
    return np.arange(n, dtype=np.int64) % classes


CANVAS, EM = 128, 92
"""Side of a square on which a thing is drawn, and the longer side of the thing."""


def posed(
    square: Image.Image, rng: np.random.Generator, turn: float, sizes: tuple[float, float] = (46, 58)
) -> np.ndarray:
    """A square of 128 px as seen: turned by up to ``turn`` radians, sheared, squeezed, its 92 px ``sizes`` px large,
    anywhere in the image: (64, 64) uint8."""
    angle, shear, squeeze = rng.uniform(-turn, turn), rng.uniform(-0.25, 0.25), rng.uniform(0.8, 1.25)
    size = rng.uniform(*sizes)
    scale = EM / size
    room = max(0.0, (SIZE - size) / 2 - 1)
    x, y = SIZE / 2 + rng.uniform(-room, room), SIZE / 2 + rng.uniform(-room, room)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    a, b = scale * (cos + shear * sin) * squeeze, scale * (sin - shear * cos) * squeeze
    d, e = -scale * sin / squeeze, scale * cos / squeeze
    middle = CANVAS / 2
    back = [a, b, middle - a * x - b * y, d, e, middle - d * x - e * y]
    if scale > 2.4:  # no aliasing
        square, back = square.reduce(2), [v / 2 for v in back]
    return np.asarray(square.transform((SIZE, SIZE), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR))
