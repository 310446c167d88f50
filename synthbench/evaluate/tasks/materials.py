"""Task: which photographed material is a blob cut from?"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from synthbench.evaluate import photos
from synthbench.evaluate.clutter import SIZE, Part, balanced, composed, crops, light, packaged, stream

MATERIALS = ("brick", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble-deep-field", "ihc", "moon",
             "page", "retina", "text", "flower", "china", "motorcycle-left")  # fmt: skip


def materials(test: int) -> Part:
    """Which of 16 materials is this object made of?

    A blob cut out of a gray crop (32 to 72 px) of one photo, rotated, over the crop of another.
    """
    rng, n = stream(6, test), 1500
    y = balanced(n, len(MATERIALS))
    part = photos.upper_right if test else photos.upper_left
    surfaces, masks = [], []
    for label in y:
        photo = part(MATERIALS[label])
        height, width = photo.shape[:2]
        side = int(rng.integers(40, 91))
        reach = min(int(side * 1.42) + 1, height, width)
        side = int(reach / 1.42)
        top, left = int(rng.integers(0, height - reach + 1)), int(rng.integers(0, width - reach + 1))
        crop = Image.fromarray(photo[top : top + reach, left : left + reach]).convert("L")
        crop = crop.rotate(rng.uniform(0, 360), Image.Resampling.BICUBIC)
        edge = (reach - side) // 2
        crop = crop.resize((SIZE, SIZE), Image.Resampling.BILINEAR, (edge, edge, edge + side, edge + side))
        surfaces.append(np.repeat(np.asarray(crop)[..., None], 3, 2))
        masks.append(_blob(rng))
    bank = crops(test)
    back = rng.integers(0, len(bank), n)
    behind = light(rng.uniform(60, 196, n), (0.2, 0.6), rng)
    before = light(rng.uniform(70, 186, n), (0.6, 1.4), rng)
    stuff, alpha, scale = np.stack(surfaces), np.stack(masks), np.float32(255)

    def draw(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return behind.on(bank[back[rows]], rows), before.on(stuff[rows], rows), alpha[rows].astype(np.float32) / scale

    return composed(n, draw), y


def _blob(rng: np.random.Generator) -> np.ndarray:
    """A random smooth outline over about half of the image: (64, 64) uint8."""
    angles = np.arange(48) * (2 * np.pi / 48)
    radius = np.full(48, rng.uniform(21, 28))
    for k in (2, 3, 4):
        radius += rng.uniform(-4, 4) * np.cos(k * angles + rng.uniform(0, 2 * np.pi))
    x, y = rng.uniform(27, 37, 2)
    points = [
        (float(2 * (x + r * c)), float(2 * (y + r * s)))
        for r, c, s in zip(radius, np.cos(angles), np.sin(angles), strict=True)
    ]
    big = Image.new("L", (2 * SIZE, 2 * SIZE))
    ImageDraw.Draw(big).polygon(points, fill=255)
    return np.asarray(big.reduce(2))


TASKS = (
    packaged(
        "materials",
        "Which of 16 photographed materials is this blob made of?",
        "scikit-image+scikit-learn",
        len(MATERIALS),
        1500,
        materials,
    ),
)
