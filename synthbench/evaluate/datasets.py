"""The real images that the larger protocols evaluate on: what each data set is, where to get it, and how it lies on disk.

Nothing is downloaded here. All lie below one folder, ``$SYNTHBENCH_DATA`` (by default ``~/.cache/synthbench/datasets``): ImageNet as
class folders (``imagenet/train/n01440764/*.JPEG``, ``imagenet/val/...``), VTAB as the WebDataset copies of clip-benchmark on the Hub
(``wds_vtab-dtd/train/0.tar``, ``wds_vtab-dtd/test/0.tar``), what torchvision downloads as it lays it out, in ``torchvision``.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from synthbench.errors import DataError
from synthbench.evaluate.files import Images, class_folders, tar_files
from synthbench.evaluate.vision import open_splits
from synthbench.home import home

IMAGENET100_SHA256 = "5ee5db69d488bb799a286d8e181801c3d02798776c1ce9203e5450f64e086e07"
HELD_OUT_SEED = 1337


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
    """On disk: an estimate."""
    licence: str
    source: str
    relabel: Callable[[np.ndarray], np.ndarray] | None = None
    vision: str | None = None
    """Its class in torchvision, for one that torchvision downloads."""

    @property
    def chance(self) -> float:
        """Accuracy of a guess among the classes."""
        return 1 / self.classes


def root() -> Path:
    """The folder that holds the data sets."""
    own = os.environ.get("SYNTHBENCH_DATA")
    return Path(own).expanduser() if own else home() / "datasets"


@cache
def imagenet100() -> tuple[str, ...]:
    """The 100 classes of ImageNet-100 (Tian et al. 2020, CMC), sorted."""
    text = (resources.files("synthbench.evaluate") / "imagenet100.txt").read_text()
    names = tuple(sorted(text.split()))
    assert hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest() == IMAGENET100_SHA256
    return names


def load(name: str) -> Splits:
    """Open a data set and check it.

    Raises:
        DataError: it is not there, lies in another layout, or misses classes or images; says where to get it.
    """
    about = DATASETS[name]
    path = root() / about.folder
    if name == "imagenet-100" and not path.is_dir():
        path = root() / DATASETS["imagenet-1k"].folder
    return _load(name, about, path)


@cache
def _load(name: str, about: DataSet, path: Path) -> Splits:
    if not path.is_dir():
        raise DataError(f"{about.title} is not at {path}: get it from {about.source}, or point SYNTHBENCH_DATA at the folder that holds it.")
    if name.startswith("imagenet"):
        wanted = imagenet100() if name == "imagenet-100" else None
        found = Splits(*(class_folders(path / split, wanted) if split else None for split in ("train", "", "val")))  # type: ignore[arg-type]
        _counted(about, path, (len(found.train), 0, len(found.test)))
        _classes(about, path, len(found.train.names), len(found.test.names))
        return found
    val: Images | None
    if about.vision is not None:
        train, *middle, test = open_splits(path, about.vision)
        val = middle[0] if middle else None
    else:
        train, test = (tar_files(path / split) for split in ("train", "test"))
        val = tar_files(path / "val") if (path / "val").is_dir() else None
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
    about = DATASETS[name]
    folders = [about.folder] + (["imagenet"] if name == "imagenet-100" else [])
    if not any((root() / folder).is_dir() for folder in folders):
        return "not here"
    try:
        load(name)
    except DataError as error:
        return str(error)
    return "here"


def _counted(about: DataSet, path: Path, found: tuple[int, int, int]) -> None:
    """A copy without VTAB's validation split may hold its images in the training split, or not at all."""
    train, val, test = about.counts
    allowed = {(train, val, test), (train, 0, test), (train + val, 0, test)}
    if found not in allowed:
        raise DataError(
            f"{path} holds {found[0]} training, {found[1]} validation and {found[2]} test images; {about.title} has {train}, {val} and {test}. "
            f"Get it again from {about.source}."
        )


def _classes(about: DataSet, path: Path, *found: int) -> None:
    for split, n in zip(("train", "val"), found, strict=True):
        if n != about.classes:
            raise DataError(f"{path / split} has {n} class folders; {about.title} has {about.classes}.")


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
_UNCLEAR = "research; see its authors"
DATASETS: dict[str, DataSet] = {
    "imagenet-1k": DataSet("ImageNet-1k", "imagenet", 1000, (1281167, 0, 50000), 145, _IMAGENET, "https://image-net.org/download"),
    "imagenet-100": DataSet(
        "ImageNet-100", "imagenet-100", 100, (126689, 0, 5000), 15, _IMAGENET, "https://image-net.org/download (100 classes of ImageNet-1k)"
    ),
    "cifar10": _vision("CIFAR-10", "CIFAR10", 10, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "cifar100": _vision("CIFAR-100", "CIFAR100", 100, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "stl10": _vision("STL-10", "STL10", 10, (4500, 500, 8000), 2.6, _UNCLEAR),
    "flowers102": _vision("Flowers102", "Flowers102", 102, (1020, 1020, 6149), 0.35, _UNCLEAR),
    "dtd": _vision("DTD", "DTD", 47, (1880, 1880, 1880), 0.6, "research"),
    "eurosat": _vision("EuroSAT", "EuroSAT", 10, (19440, 2160, 5400), 0.1, "MIT"),
    "vtab-natural/caltech101": _vtab("Caltech101", "vtab-caltech101", 102, (2754, 306, 6084), 0.7, "CC BY 4.0"),
    "vtab-natural/cifar100": _vtab("CIFAR-100", "vtab-cifar100", 100, (45000, 5000, 10000), 0.2, _UNCLEAR),
    "vtab-natural/dtd": _vtab("DTD", "vtab-dtd", 47, (1880, 1880, 1880), 1.2, "research"),
    "vtab-natural/flowers102": _vtab("Flowers102", "vtab-flowers", 102, (1020, 1020, 6149), 2.5, _UNCLEAR),
    "vtab-natural/pets": _vtab("Oxford-IIIT Pets", "vtab-pets", 37, (2944, 736, 3669), 1.5, "CC BY-SA 4.0"),
    "vtab-natural/sun397": _vtab("SUN397", "sun397", 397, (76128, 10875, 21750), 40, _UNCLEAR),
    "vtab-natural/svhn": _vtab("SVHN", "vtab-svhn", 10, (65931, 7326, 26032), 0.2, "non-commercial"),
    "vtab-specialized/eurosat": _vtab("EuroSAT", "vtab-eurosat", 10, (16200, 5400, 5400), 0.2, "MIT"),
    "vtab-specialized/resisc45": _vtab("Resisc45", "vtab-resisc45", 45, (18900, 6300, 6300), 3.3, _UNCLEAR),
    "vtab-specialized/pcam": _vtab("PatchCamelyon", "vtab-pcam", 2, (262144, 32768, 32768), 6, "CC0"),
    "vtab-specialized/retinopathy": _vtab("Retinopathy", "vtab-diabetic_retinopathy", 5, (35126, 10906, 42670), 10, "Kaggle rules"),
    "vtab-structured/clevr-count": _vtab("CLEVR-count", "vtab-clevr_count_all", 8, _CLEVR, 10, "CC BY 4.0"),
    "vtab-structured/clevr-distance": _vtab("CLEVR-distance", "vtab-clevr_closest_object_distance", 6, _CLEVR, 10, "CC BY 4.0"),
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
