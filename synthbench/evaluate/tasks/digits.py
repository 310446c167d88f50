"""Task: handwritten digits over photographs (scikit-learn's 1,797 digits of 8 px, enlarged)."""

from __future__ import annotations

import csv
import gzip
from functools import cache

import numpy as np
from PIL import Image

from synthbench.evaluate import photos
from synthbench.evaluate.clutter import CANVAS, Part, cut_out, packaged, posed, stream


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 1,797 digits (8 x 8, 0 to 16)."""
    with gzip.open(photos.packaged("sklearn", "datasets/data/digits.csv.gz"), "rt") as file:
        rows = np.array([[float(v) for v in row] for row in csv.reader(file)]).astype(np.int64)
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1]


def digits(test: int) -> Part:
    """Handwritten digits over photos, with different writers in the test images (the file lists one writer after the
    other)."""
    rng, n = stream(4, test), 1500
    images, labels = _digits()
    middle = 900
    rows = np.arange(n) % middle if not test else middle + np.arange(n) % (len(labels) - middle)
    masks = []
    for row in rows:
        square = Image.new("L", (14, 14))
        square.paste(Image.fromarray((images[row] * 255 // 16).astype(np.uint8)), (3, 3))
        big = np.asarray(square.resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)).astype(np.int64)
        sharp = np.clip((big - 128) * 3 + 128, 0, 255).astype(np.uint8)
        masks.append(posed(Image.fromarray(sharp), rng, 0.2, (48, 62)))
    return cut_out(np.stack(masks), test, rng), labels[rows]


TASKS = (
    packaged(
        "digits",
        "Which handwritten digit, by a writer that training did not have?",
        "scikit-learn+scikit-image+matplotlib",
        10,
        1500,
        digits,
    ),
)
