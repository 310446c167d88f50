"""ImageNet as fetched by ``synthbench fetch hub``: tar shards with the classes' names, numbered as in the data set's
card.

The gated copy of ImageNet-1k on the Hub numbers its classes by their sorted WordNet ids, as class folders do, so the
numbers identify ImageNet-100's classes. Within a class its images are in a different order than the file names': the
subset of 10,000 is drawn by the same rule, but has different images.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.errors import DataError
from synthbench.evaluate.files import Images
from synthbench.images import hub, tarred
from synthbench.images.index import open_index

PREFIX = "hf://datasets/"
SPLITS = ("train", "validation")
NUMBERS_100 = (
    15, 45, 54, 57, 64, 74, 90, 99, 119, 120, 122, 131, 137, 151, 155, 157, 158, 166, 167, 169, 176, 180, 209, 211,
    222, 228, 234, 236, 242, 246, 267, 268, 272, 275, 277, 281, 299, 305, 313, 317, 331, 342, 368, 374, 407, 421, 431,
    449, 452, 455, 479, 494, 498, 503, 508, 544, 560, 570, 592, 593, 599, 606, 608, 619, 620, 653, 659, 662, 665, 667,
    674, 682, 703, 708, 717, 724, 748, 758, 765, 766, 772, 775, 796, 798, 830, 854, 857, 858, 872, 876, 882, 904, 908,
    936, 938, 953, 959, 960, 993, 994,
)  # fmt: skip
"""ImageNet-100's classes among the 1,000, sorted by WordNet id."""


def is_here(place: str) -> bool:
    """Whether both splits of ``hf://datasets/user/name`` have been fetched."""
    try:
        return all(hub.fetched(_wanted(place, split)).is_dir() for split in SPLITS)
    except DataError:
        return False


def revision(place: str) -> str:
    """The commit that was fetched."""
    return hub.fetched(_wanted(place, SPLITS[0])).parent.name


def open_fetched(place: str, hundred: bool) -> tuple[Images, Images]:
    """Training and validation images.

    Args:
        place: ``hf://datasets/user/name``.
        hundred: select ImageNet-100's classes if there are 1,000.

    Raises:
        DataError: a split was not fetched (names the command), or does not have classes.
    """
    train, val = (_split(hub.fetched(_wanted(place, split)), place, hundred) for split in SPLITS)
    return train, val


def _wanted(place: str, split: str) -> hub.Wanted:
    return hub.Wanted(repo=place.removeprefix(PREFIX).strip("/"), split=split)


def _split(folder: Path, place: str, hundred: bool) -> Images:
    source: dict[str, Any] = json.loads((folder / hub.COMPLETE).read_text(encoding="utf-8"))
    names: list[str] = source.get("classes", [])
    if not names:
        raise DataError(
            f"{place} does not name its classes. Use another copy, or delete {folder} if an older synthbench fetched "
            "it."
        )
    index = open_index(folder, "tar", tarred.look)
    number = {name: i for i, name in enumerate(names)}
    if unknown := sorted(set(index.labels) - set(number)):
        raise DataError(f"{folder} holds images without a class ({unknown[0]!r}): fetch {place} again.")
    labels = np.repeat([number[name] for name in index.labels], np.diff(index.starts)).astype(np.int64)
    order = np.argsort(labels, kind="stable")
    if hundred and len(names) == 1000:
        order = order[np.isin(labels[order], NUMBERS_100)]
        names, labels = [names[i] for i in NUMBERS_100], np.searchsorted(NUMBERS_100, labels)
    files = [index.root / name for name in index.places]
    places = [(files[where], int(start), int(length)) for where, start, length, _ in index.rows[order].tolist()]
    present = np.unique(labels[order])
    if len(present) < len(names):
        raise DataError(f"{folder} lacks {len(names) - len(present)} of {len(names)} classes: fetch {place} again.")
    return Images(places, labels[order], names)
