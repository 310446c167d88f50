"""Task: faces in photographs (scikit-image's 100 faces of LFW and 100 other crops, 25 px, gray), half of each for
training."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from synthbench.evaluate import photos
from synthbench.evaluate.clutter import CANVAS, SIZE, Part, balanced, composed, crops, light, packaged, stream


def faces(test: int) -> Part:
    """Is there a face in the scene? scikit-image's 100 faces of LFW and 100 other crops (25 px, gray), tinted,
    somewhere in a photo."""
    rng, n = stream(5, test), 1000
    everything = np.load(photos.packaged("skimage", "data/lfw_subset.npy"))
    pixels = np.rint(everything * 255).astype(np.uint8)
    y = balanced(n, 2)
    bank = crops(test)
    back = rng.integers(0, len(bank), n)
    behind = light(rng.uniform(80, 176, n), (0.5, 1.1), rng)
    cuts, alphas = [], []
    for i, label in enumerate(y):
        row = (0 if label else 100) + 50 * test + (i // 2) % 50
        picture = Image.fromarray(pixels[row]).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)
        if rng.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        side = int(rng.integers(28, 57))
        top, left = int(rng.integers(0, SIZE - side + 1)), int(rng.integers(0, SIZE - side + 1))
        crop, alpha = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
        crop[top : top + side, left : left + side] = np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR))
        alpha[top : top + side, left : left + side] = np.asarray(_oval(side))
        cuts.append(crop)
        alphas.append(alpha)
    gray, alpha, scale = np.stack(cuts), np.stack(alphas), np.float32(255)
    before, middle = light(np.zeros(n), (0.6, 1.0), rng), np.float32(120)

    def draw(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        thing = before.on(np.repeat(gray[rows][..., None], 3, 3), rows) + middle
        return behind.on(bank[back[rows]], rows), thing, alpha[rows].astype(np.float32) / scale

    return composed(n, draw), y


@cache
def _oval(side: int) -> Image.Image:
    big = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(big).ellipse((2, 2, side * 4 - 3, side * 4 - 3), fill=255)
    return big.reduce(4)


TASKS = (packaged("faces", "Is this a face?", "scikit-image+scikit-learn+matplotlib", 2, 1000, faces),)
