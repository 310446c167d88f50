"""The real images that the larger protocols evaluate on: what each data set is, where to get it, and how it lies on disk.

Nothing is downloaded here. A data set lies where ``choose`` says, else below one folder, ``$SYNTHBENCH_DATA`` (by default
``~/.cache/synthbench/datasets``): ImageNet as class folders (``imagenet/train/n01440764/*.JPEG``, ``imagenet/val/...``) or as
``synthbench fetch hub`` brought it, VTAB as the WebDataset copies of clip-benchmark on the Hub (``wds_vtab-dtd/train/0.tar``,
``wds_vtab-dtd/test/0.tar``), what torchvision downloads as it lays it out, in ``torchvision``.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.errors import DataError, UnknownNameError, UsageError
from synthbench.evaluate import fetched
from synthbench.evaluate.files import Images, class_folders, tar_files
from synthbench.evaluate.vision import open_splits
from synthbench.home import expanded, home

IMAGENET100_SHA256 = "5ee5db69d488bb799a286d8e181801c3d02798776c1ce9203e5450f64e086e07"
HELD_OUT_SEED = 1337
SLACK = 2
"""Images by which a split of a VTAB copy may differ."""


@dataclass(frozen=True)
class Splits:
    """A data set opened: images with labels; ``val`` is None where there is no validation split beside the test split."""

    train: Images
    val: Images | None
    test: Images


@dataclass(frozen=True)
class DataSet:
    """A data set of evaluation."""

    title: str
    folder: str
    classes: int
    counts: tuple[int, int, int]
    """Training, validation and test images; 0 validation images for ImageNet, whose validation set is the test set here."""
    gigabytes: float
    """On disk: a guide, not checked against the source but for Caltech101, SVHN and SUN397 (the Hub's listings of their shards)."""
    licence: str
    """A guide too: its source has the terms."""
    source: str
    relabel: Callable[[np.ndarray], np.ndarray] | None = None
    vision: str | None = None
    """Its class in torchvision, for one that torchvision downloads."""
    hub: str | None = None
    """Its data set on the Hub, for one that is read from there too."""

    @property
    def chance(self) -> float:
        """Accuracy of a guess among the classes."""
        return 1 / self.classes


def root() -> Path:
    """The folder that holds the data sets."""
    own = os.environ.get("SYNTHBENCH_DATA")
    return expanded(own) if own else home() / "datasets"


@cache
def imagenet100() -> tuple[str, ...]:
    """The 100 classes of ImageNet-100 (Tian et al. 2020, CMC), sorted."""
    text = (resources.files("synthbench.evaluate") / "imagenet100.txt").read_text(encoding="utf-8")
    names = tuple(sorted(text.split()))
    assert hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest() == IMAGENET100_SHA256
    return names


_chosen: dict[str, str] = {}


def choose(places: Mapping[str, Any]) -> None:
    """Let data sets lie elsewhere, for this process: a name to a folder or, for ImageNet, to ``hf://datasets/user/name``.

    Raises:
        UnknownNameError: no such data set.
        UsageError: a place on the Hub for a data set that is not read from there.
    """
    for name, place in places.items():
        if name not in DATASETS:
            raise UnknownNameError("data set", name, DATASETS, hint="See `synthbench datasets`.")
        if str(place).startswith("hf://") and not (name.startswith("imagenet") and str(place).startswith(fetched.PREFIX)):
            raise UsageError(f"--data {name}={place}: only ImageNet is read from the Hub, as {fetched.PREFIX}user/name.")
    _chosen.update({name: str(place) for name, place in places.items()})


def place(name: str) -> Path | str:
    """Where a data set lies, or would: the chosen place; its folder; for ImageNet what was fetched from the Hub, if the folder is not there.
    ImageNet-100 lies in its own folder or within ImageNet-1k."""
    about = DATASETS[name]
    if name in _chosen:
        return _chosen[name] if _chosen[name].startswith(fetched.PREFIX) else expanded(_chosen[name])
    own = root() / about.folder
    if name == "imagenet-100" and not own.is_dir():
        return place("imagenet-1k")
    if about.hub and not own.is_dir() and fetched.is_here(fetched.PREFIX + about.hub):
        return fetched.PREFIX + about.hub
    return own


def origin(name: str) -> tuple[str, str]:
    """Source and revision of a data set, for the record."""
    where, about = place(name), DATASETS[name]
    if isinstance(where, str):
        return where, fetched.revision(where)
    return about.source, f"{about.counts[0]} training, {about.counts[2]} {'val' if name.startswith('imagenet') else 'test'} images"


def load(name: str) -> Splits:
    """Open a data set and check it.

    Raises:
        DataError: it is not there, lies in another layout, or misses classes or images; says where to get it.
    """
    return _load(name, DATASETS[name], place(name))


@cache
def _load(name: str, about: DataSet, path: Path | str) -> Splits:
    if isinstance(path, str):
        train, test = fetched.open_fetched(path, name == "imagenet-100")
        return _imagenet(about, path, Splits(train, None, test))
    if not path.is_dir():
        or_hub = f", or `synthbench fetch hub -g repo={about.hub}` and the same with `-g split=validation`" if about.hub else ""
        raise DataError(
            f"{about.title} is not at {path}: get it from {about.source}{or_hub}; or point --data {name}=FOLDER at it, or "
            "SYNTHBENCH_DATA at the folder that holds them all."
        )
    if name.startswith("imagenet"):
        wanted = imagenet100() if name == "imagenet-100" else None
        return _imagenet(about, path, Splits(class_folders(path / "train", wanted), None, class_folders(path / "val", wanted)))
    return _tasks(about, path)


def _imagenet(about: DataSet, path: Path | str, found: Splits) -> Splits:
    for split, images in (("train", found.train), ("val", found.test)):
        if len(images.names) != about.classes:
            raise DataError(f"{path}: {split} has {len(images.names)} classes; {about.title} has {about.classes}.")
    _counted(about, path, (len(found.train), 0, len(found.test)))
    return found


def _tasks(about: DataSet, path: Path) -> Splits:
    val: Images | None
    if about.vision is not None:
        train, *middle, test = open_splits(path, about.vision)
        val = middle[0] if middle else None
    elif (path / "train").is_dir():
        train, test = (tar_files(path / split) for split in ("train", "test"))
        val = tar_files(path / "val") if (path / "val").is_dir() else None
    else:
        train, val, test = _drawn(about, tar_files(path / "test"))
    _counted(about, path, (len(train), len(val) if val else 0, len(test)))
    parts = [train, test] + ([val] if val else [])
    for part in parts:
        if about.relabel is not None:
            part.labels = about.relabel(part.labels)
        if len(part) and not (part.labels.min() >= 0 and part.labels.max() < about.classes):
            raise DataError(f"{path} has labels up to {part.labels.max()}; {about.title} has {about.classes} classes.")
    if val is None:
        train_rows, val_rows = held_out(about, len(train))
        return Splits(train.some(train_rows), train.some(val_rows), test)
    return Splits(train, val, test)


def _drawn(about: DataSet, everything: Images) -> tuple[Images, Images, Images]:
    """Splits as large as VTAB's, drawn once and for all, where a copy has none (SUN397's has all of its images in ``test``)."""
    train, val, test = about.counts
    n, order = len(everything), np.random.default_rng(HELD_OUT_SEED).permutation(len(everything))
    cuts = (round(n * train / (train + val + test)), round(n * (train + val) / (train + val + test)))
    first, middle, last = (everything.some(np.sort(rows)) for rows in np.split(order, cuts))
    return first, middle, last


def held_out(about: DataSet, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Split n training images where a copy lacks the validation split: as large a part as VTAB's, drawn at random with a fixed seed."""
    train, val, _ = about.counts
    order = np.random.default_rng(HELD_OUT_SEED).permutation(n)
    n_val = max(1, round(n * val / (train + val)))
    return np.sort(order[n_val:]), np.sort(order[:n_val])


def subset(images: Images, n: int) -> Images:
    """n images (all of fewer) by the rule of shaders21k: ``random.seed(1337); random.sample(samples, n)`` over the sorted class folders."""
    return images.some(np.array(random.Random(1337).sample(range(len(images)), min(n, len(images)))))


def state(name: str) -> str:
    """``here``, ``not here``, or what is wrong with it."""
    where = place(name)
    if not (where.is_dir() if isinstance(where, Path) else fetched.is_here(where)):
        return "not here"
    try:
        load(name)
    except DataError as error:
        return str(error)
    return "here"


def _counted(about: DataSet, path: Path | str, found: tuple[int, int, int]) -> None:
    """A copy without VTAB's validation split may hold its images in the training split, or not at all. Copies of VTAB's data sets differ by an
    image or two from one release to the next; ImageNet's count is exact."""
    train, val, test = about.counts
    slack = SLACK if about.folder.startswith("wds_") else 0
    if not any(
        all(abs(n - m) <= slack for n, m in zip(found, allowed, strict=True))
        for allowed in ((train, val, test), (train, 0, test), (train + val, 0, test))
    ):
        raise DataError(
            f"{path} holds {found[0]} training, {found[1]} validation and {found[2]} test images; {about.title} has {train}, {val} and {test}. "
            f"Get it again from {about.source}."
        )


_HUB = "https://huggingface.co/datasets/clip-benchmark/wds_"


def _vtab(
    title: str, suffix: str, classes: int, counts: tuple[int, int, int], gigabytes: float, licence: str,
    relabel: Callable[[np.ndarray], np.ndarray] | None = None,
) -> DataSet:  # fmt: skip
    return DataSet(f"VTAB: {title}", f"wds_{suffix}", classes, counts, gigabytes, licence, _HUB + suffix, relabel)


def _halve(x: np.ndarray) -> np.ndarray:
    return x // 2


def _two_fifths(x: np.ndarray) -> np.ndarray:
    return x * 2 // 5


def _vision(title: str, name: str, classes: int, counts: tuple[int, int, int], gigabytes: float, licence: str) -> DataSet:
    source = f"https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.{name}.html"
    return DataSet(title, "torchvision", classes, counts, gigabytes, licence, source, vision=name)


_CLEVR, _SPRITES, _NORB = (63000, 7000, 15000), (589824, 73728, 73728), (24300, 12150, 12150)
_IMAGENET = "non-commercial research"
_UNCLEAR = "see its authors"
DATASETS: dict[str, DataSet] = {
    "imagenet-1k": DataSet(
        "ImageNet-1k", "imagenet", 1000, (1281167, 0, 50000), 145, _IMAGENET, "https://image-net.org/download", hub="ILSVRC/imagenet-1k"
    ),
    "imagenet-100": DataSet(
        "ImageNet-100",
        "imagenet-100",
        100,
        (126689, 0, 5000),
        15,
        _IMAGENET,
        "https://image-net.org/download (100 classes of ImageNet-1k)",
        hub="ILSVRC/imagenet-1k",
    ),
    "cifar10": _vision("CIFAR-10", "CIFAR10", 10, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "cifar100": _vision("CIFAR-100", "CIFAR100", 100, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "stl10": _vision("STL-10", "STL10", 10, (4500, 500, 8000), 2.6, _UNCLEAR),
    "flowers102": _vision("Flowers102", "Flowers102", 102, (1020, 1020, 6149), 0.35, _UNCLEAR),
    "dtd": _vision("DTD", "DTD", 47, (1880, 1880, 1880), 0.6, "research"),
    "eurosat": _vision("EuroSAT", "EuroSAT", 10, (19440, 2160, 5400), 0.1, "MIT"),
    "vtab-natural/caltech101": _vtab("Caltech101", "vtab-caltech101", 102, (2754, 306, 6084), 0.63, "CC BY 4.0"),
    "vtab-natural/cifar100": _vtab("CIFAR-100", "vtab-cifar100", 100, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "vtab-natural/dtd": _vtab("DTD", "vtab-dtd", 47, (1880, 1880, 1880), 1.2, "research"),
    "vtab-natural/flowers102": _vtab("Flowers102", "vtab-flowers", 102, (1020, 1020, 6149), 2.5, _UNCLEAR),
    "vtab-natural/pets": _vtab("Oxford-IIIT Pets", "vtab-pets", 37, (2944, 736, 3669), 1.5, "CC BY-SA 4.0"),
    "vtab-natural/sun397": _vtab("SUN397", "sun397", 397, (76128, 10875, 21750), 35, _UNCLEAR),
    "vtab-natural/svhn": _vtab("SVHN", "vtab-svhn", 10, (65931, 7326, 26032), 0.46, "non-commercial"),
    "vtab-specialized/eurosat": _vtab("EuroSAT", "vtab-eurosat", 10, (16200, 5400, 5400), 0.2, "MIT"),
    "vtab-specialized/resisc45": _vtab("Resisc45", "vtab-resisc45", 45, (18900, 6300, 6300), 3.3, _UNCLEAR),
    "vtab-specialized/pcam": _vtab("PatchCamelyon", "vtab-pcam", 2, (262144, 32768, 32768), 6, "CC0"),
    "vtab-specialized/retinopathy": _vtab("Retinopathy", "vtab-diabetic_retinopathy", 5, (35126, 10906, 42670), 10, "Kaggle rules"),
    "vtab-structured/clevr-count": _vtab("CLEVR-count", "vtab-clevr_count_all", 8, _CLEVR, 19, "CC BY 4.0"),
    "vtab-structured/clevr-distance": _vtab("CLEVR-distance", "vtab-clevr_closest_object_distance", 6, _CLEVR, 19, "CC BY 4.0"),
    "vtab-structured/dsprites-location": _vtab("dSprites-location", "vtab-dsprites_label_x_position", 16, _SPRITES, 1.5, "Apache 2.0", _halve),
    "vtab-structured/dsprites-orientation": _vtab(
        "dSprites-orientation", "vtab-dsprites_label_orientation", 16, _SPRITES, 1.5, "Apache 2.0", _two_fifths
    ),
    "vtab-structured/smallnorb-azimuth": _vtab("SmallNORB-azimuth", "vtab-smallnorb_label_azimuth", 18, _NORB, 0.2, "research"),
    "vtab-structured/smallnorb-elevation": _vtab("SmallNORB-elevation", "vtab-smallnorb_label_elevation", 9, _NORB, 0.2, "research"),
    "vtab-structured/dmlab": _vtab("DMLab", "vtab-dmlab", 6, (65550, 22628, 22735), 8.2, _UNCLEAR),
    "vtab-structured/kitti-distance": _vtab("KITTI-distance", "vtab-kitti_closest_vehicle_distance", 4, (6347, 423, 711), 5, "CC BY-NC-SA 3.0"),
}
"""The dSprites copies keep 32 positions and 40 orientations; VTAB joins them to 16."""
