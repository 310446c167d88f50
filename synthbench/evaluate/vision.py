"""The data sets that torchvision downloads, as labelled images by index: what the ``small`` protocols evaluate on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthbench.errors import DataError
from synthbench.evaluate.files import Images, T

SPLITS: dict[str, tuple[dict[str, Any], ...]] = {
    "CIFAR10": ({"train": True}, {"train": False}),
    "CIFAR100": ({"train": True}, {"train": False}),
    "STL10": ({"split": "train"}, {"split": "test"}),
    "Flowers102": ({"split": "train"}, {"split": "val"}, {"split": "test"}),
    "DTD": ({"split": "train"}, {"split": "val"}, {"split": "test"}),
    "EuroSAT": ({},),
}
"""How torchvision names the splits; EuroSAT has none."""
TEST_PART, SEED = 0.2, 1337
"""The part of a data set without splits that is held out for the test, at random with this seed."""


@dataclass
class Wrapped(Images):
    """A part of a torchvision data set; ``places`` hold indices in the place of offsets."""

    held: Any = None

    def _open(self, i: int, use: Callable[[Image.Image], T]) -> T:
        path, index, _ = self.places[i]
        try:
            return use(self.held[index][0])
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(f"image {index} of {path} does not decode: {error}. Get this data set again.") from error


def open_splits(path: Path, name: str) -> list[Images]:
    """The splits of a data set of torchvision below ``path``: training, validation if it has one, test.

    Raises:
        DataError: it is not there or not whole; says how to get it.
    """
    from torchvision import datasets

    try:
        parts = [_wrapped(path, getattr(datasets, name)(str(path), download=False, **words)) for words in SPLITS[name]]
    except (RuntimeError, OSError, KeyError, ValueError) as error:
        words = ", ".join(f"{key}={value!r}" for key, value in SPLITS[name][0].items())
        call = f"torchvision.datasets.{name}({str(path)!r}, {words}{', ' if words else ''}download=True)"
        why = str(error).splitlines()[0]
        raise DataError(f"{name} is not whole below {path} ({why}). Get it in Python by `import torchvision; {call}`.") from error
    if len(parts) == 1:
        order = np.random.default_rng(SEED).permutation(len(parts[0]))
        n_test = round(TEST_PART * len(order))
        return [parts[0].some(np.sort(order[n_test:])), parts[0].some(np.sort(order[:n_test]))]
    return parts


def _wrapped(path: Path, held: Any) -> Images:
    labels = next(getattr(held, key) for key in ("targets", "labels", "_labels") if hasattr(held, key))
    return Wrapped([(path, i, 0) for i in range(len(held))], np.asarray(labels, np.int64), (), held)
