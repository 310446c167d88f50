"""The nineteen tasks of VTAB (Zhai et al. 2019), from the WebDataset copies of clip-benchmark on the Hub
(``wds_vtab-dtd/train/0.tar``, ``wds_vtab-dtd/test/0.tar``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthbench.evaluate.files import Images, tar_files
from synthbench.evaluate.on_disk import HELD_OUT_SEED, OnDisk, Parts
from synthbench.evaluate.task import About


@dataclass(frozen=True)
class Vtab(OnDisk):
    """One task; copies differ by an image or two between releases."""

    relabel: Callable[[np.ndarray], np.ndarray] | None = None
    """From the copy's labels to VTAB's."""
    slack: ClassVar[int] = 2

    def open(self, path: Path | str) -> Parts:
        """See ``OnDisk``."""
        assert isinstance(path, Path)
        val: Images | None
        if (path / "train").is_dir():
            train, test = (tar_files(path / split) for split in ("train", "test"))
            val = tar_files(path / "val") if (path / "val").is_dir() else None
        else:
            train, val, test = self._drawn(tar_files(path / "test"))
        for part in [train, test] + ([val] if val else []):
            if self.relabel is not None:
                part.labels = self.relabel(part.labels)
        return train, val, test

    def _drawn(self, everything: Images) -> tuple[Images, Images, Images]:
        """Splits of VTAB's sizes, drawn with a fixed seed, for a copy without splits (SUN397's has all of its images in
        ``test``)."""
        train, val, test = self.about.counts
        n, order = len(everything), np.random.default_rng(HELD_OUT_SEED).permutation(len(everything))
        cuts = (round(n * train / (train + val + test)), round(n * (train + val) / (train + val + test)))
        first, middle, last = (everything.some(np.sort(rows)) for rows in np.split(order, cuts))
        return first, middle, last


def _vtab(
    name: str,
    title: str,
    suffix: str,
    classes: int,
    counts: tuple[int, int, int],
    gigabytes: float,
    licence: str,
    relabel: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Vtab:
    source = f"https://huggingface.co/datasets/clip-benchmark/wds_{suffix}"
    about = About(name, f"VTAB: {title}", source, licence, classes, counts, gigabytes=gigabytes)
    return Vtab(about, f"wds_{suffix}", relabel)


def _halve(x: np.ndarray) -> np.ndarray:
    return x // 2


def _two_fifths(x: np.ndarray) -> np.ndarray:
    return x * 2 // 5


_CLEVR, _SPRITES, _NORB = (63000, 7000, 15000), (589824, 73728, 73728), (24300, 12150, 12150)
_UNCLEAR = "see its authors"
# Sizes are guides that were not checked against the source, but for Caltech101, SVHN and SUN397 (the Hub's listings of
# their shards). The dSprites copies keep 32 positions and 40 orientations; VTAB joins them to 16.
TASKS = (
    _vtab("vtab-natural/caltech101", "Caltech101", "vtab-caltech101", 102, (2754, 306, 6084), 0.63, "CC BY 4.0"),
    _vtab("vtab-natural/cifar100", "CIFAR-100", "vtab-cifar100", 100, (45000, 5000, 10000), 0.2, _UNCLEAR),
    _vtab("vtab-natural/dtd", "DTD", "vtab-dtd", 47, (1880, 1880, 1880), 1.2, "research"),
    _vtab("vtab-natural/flowers102", "Flowers102", "vtab-flowers", 102, (1020, 1020, 6149), 2.5, _UNCLEAR),
    _vtab("vtab-natural/pets", "Oxford-IIIT Pets", "vtab-pets", 37, (2944, 736, 3669), 1.5, "CC BY-SA 4.0"),
    _vtab("vtab-natural/sun397", "SUN397", "sun397", 397, (76128, 10875, 21750), 35, _UNCLEAR),
    _vtab("vtab-natural/svhn", "SVHN", "vtab-svhn", 10, (65931, 7326, 26032), 0.46, "non-commercial"),
    _vtab("vtab-specialized/eurosat", "EuroSAT", "vtab-eurosat", 10, (16200, 5400, 5400), 0.2, "MIT"),
    _vtab("vtab-specialized/resisc45", "Resisc45", "vtab-resisc45", 45, (18900, 6300, 6300), 3.3, _UNCLEAR),
    _vtab("vtab-specialized/pcam", "PatchCamelyon", "vtab-pcam", 2, (262144, 32768, 32768), 6, "CC0"),
    _vtab(
        "vtab-specialized/retinopathy",
        "Retinopathy",
        "vtab-diabetic_retinopathy",
        5,
        (35126, 10906, 42670),
        10,
        "Kaggle rules",
    ),
    _vtab("vtab-structured/clevr-count", "CLEVR-count", "vtab-clevr_count_all", 8, _CLEVR, 19, "CC BY 4.0"),
    _vtab(
        "vtab-structured/clevr-distance",
        "CLEVR-distance",
        "vtab-clevr_closest_object_distance",
        6,
        _CLEVR,
        19,
        "CC BY 4.0",
    ),
    _vtab(
        "vtab-structured/dsprites-location",
        "dSprites-location",
        "vtab-dsprites_label_x_position",
        16,
        _SPRITES,
        1.5,
        "Apache 2.0",
        _halve,
    ),
    _vtab(
        "vtab-structured/dsprites-orientation",
        "dSprites-orientation",
        "vtab-dsprites_label_orientation",
        16,
        _SPRITES,
        1.5,
        "Apache 2.0",
        _two_fifths,
    ),
    _vtab(
        "vtab-structured/smallnorb-azimuth",
        "SmallNORB-azimuth",
        "vtab-smallnorb_label_azimuth",
        18,
        _NORB,
        0.2,
        "research",
    ),
    _vtab(
        "vtab-structured/smallnorb-elevation",
        "SmallNORB-elevation",
        "vtab-smallnorb_label_elevation",
        9,
        _NORB,
        0.2,
        "research",
    ),
    _vtab("vtab-structured/dmlab", "DMLab", "vtab-dmlab", 6, (65550, 22628, 22735), 8.2, _UNCLEAR),
    _vtab(
        "vtab-structured/kitti-distance",
        "KITTI-distance",
        "vtab-kitti_closest_vehicle_distance",
        4,
        (6347, 423, 711),
        5,
        "CC BY-NC-SA 3.0",
    ),
)
