"""ImageNet-1k and ImageNet-100, from class folders (``imagenet/train/n01440764/*.JPEG``, ``imagenet/val/...``) or
from the copy of ``synthbench fetch hub``. The validation images are used as test images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from synthbench.errors import DataError
from synthbench.evaluate import on_disk
from synthbench.evaluate.files import class_folders
from synthbench.evaluate.on_disk import OnDisk, Parts
from synthbench.evaluate.task import About, Absent
from synthbench.evaluate.tasks import imagenet_hub
from synthbench.home import expanded

IMAGENET100_SHA256 = "5ee5db69d488bb799a286d8e181801c3d02798776c1ce9203e5450f64e086e07"
HUB = "ILSVRC/imagenet-1k"


@cache
def imagenet100() -> tuple[str, ...]:
    """The 100 classes of ImageNet-100 (Tian et al. 2020, CMC), sorted."""
    text = (resources.files("synthbench.evaluate.tasks") / "imagenet100.txt").read_text(encoding="utf-8")
    names = tuple(sorted(text.split()))
    assert hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest() == IMAGENET100_SHA256
    return names


@dataclass(frozen=True)
class ImageNet(OnDisk):
    """ImageNet-1k, or the 100 classes of ImageNet-100, which can be in their own folder or within ImageNet-1k."""

    hundred: bool = False

    def place(self) -> Path | str:
        """The first of: the chosen location; the folder; ImageNet-1k's folder, for ImageNet-100; the copy fetched
        from the Hub."""
        chosen = on_disk.chosen(self.about.name)
        if chosen is not None:
            return chosen if self.takes(chosen) else expanded(chosen)
        own = on_disk.root() / self.folder
        if own.is_dir():
            return own
        if self.hundred:
            return ALL.place()
        return imagenet_hub.PREFIX + HUB if imagenet_hub.is_here(imagenet_hub.PREFIX + HUB) else own

    def open(self, path: Path | str) -> Parts:
        """See ``OnDisk``."""
        if isinstance(path, str):
            try:
                train, test = imagenet_hub.open_fetched(path, self.hundred)
            except DataError as error:
                raise error if imagenet_hub.is_here(path) else Absent(str(error)) from error
        else:
            wanted = imagenet100() if self.hundred else None
            train, test = class_folders(path / "train", wanted), class_folders(path / "val", wanted)
        for split, images in (("train", train), ("val", test)):
            if len(images.names) != self.about.classes:
                raise DataError(
                    f"{path}: {split} has {len(images.names)} classes; {self.about.title} has {self.about.classes}."
                )
        return train, None, test

    def origin(self) -> tuple[str, str]:
        """The copy that is used: that of the folders, or the commit fetched from the Hub."""
        where = self.place()
        return (where, imagenet_hub.revision(where)) if isinstance(where, str) else super().origin()

    def how(self) -> str:
        """See ``OnDisk``."""
        return (
            f"from {self.about.source}, or `synthbench fetch hub -g repo={HUB}` and the same with `-g split=validation`"
        )

    def takes(self, place: str) -> bool:
        """Whether the location is an address on the Hub."""
        return place.startswith(imagenet_hub.PREFIX)


def _about(name: str, title: str, classes: int, counts: tuple[int, int, int], gigabytes: float, source: str) -> About:
    return About(
        name=name, title=title, source=source, licence="non-commercial research", classes=classes, counts=counts,
        scored="val", gigabytes=gigabytes, copies=(imagenet_hub.PREFIX + HUB,),
    )  # fmt: skip


_SOURCE = "https://image-net.org/download"
ALL = ImageNet(_about("imagenet-1k", "ImageNet-1k", 1000, (1281167, 0, 50000), 145, _SOURCE), "imagenet")
HUNDRED = ImageNet(
    _about("imagenet-100", "ImageNet-100", 100, (126689, 0, 5000), 15, f"{_SOURCE} (100 classes of ImageNet-1k)"),
    "imagenet-100",
    hundred=True,
)
TASKS = (ALL, HUNDRED)
