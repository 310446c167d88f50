"""Labelled images on disk by index: class folders as in torchvision's ImageFolder, and WebDataset shards."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from synthbench.errors import DataError
from synthbench.images.ahead import ahead
from synthbench.images.folders import below, is_file
from synthbench.images.tarred import members

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".ppm", ".bmp", ".tif", ".tiff")
BILINEAR = Image.Resampling.BILINEAR
T = TypeVar("T")


@dataclass
class Images:
    """Images by index, in a fixed order."""

    places: list[tuple[Path, int, int]]
    """File, offset and length of each; the whole file if the length is -1."""
    labels: np.ndarray
    """(N,) int64."""
    names: Sequence[str] = ()
    """Names of the classes, if folders name them."""

    def __len__(self) -> int:
        return len(self.places)

    def some(self, rows: np.ndarray) -> Images:
        """A subset of the images."""
        return replace(self, places=[self.places[i] for i in rows.tolist()], labels=self.labels[rows])

    def image(self, i: int) -> Image.Image:
        """Image i, RGB.

        Raises:
            DataError: it cannot be decoded; names the file.
        """
        return self._open(i, lambda picture: picture.convert("RGB"))

    def size(self, i: int) -> tuple[int, int]:
        """Width and height of image i; its pixels are not decoded."""
        return self._open(i, lambda picture: picture.size)

    def _open(self, i: int, use: Callable[[Image.Image], T]) -> T:
        path, start, n = self.places[i]
        try:
            with path.open("rb") as file:
                if n < 0:
                    return use(Image.open(file))
                return use(Image.open(io.BytesIO(os.pread(file.fileno(), n, start))))
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(
                f"{path} holds an image that cannot be decoded (byte {start}): {error}. Get this file again."
            ) from error


def class_folders(path: Path, wanted: Sequence[str] | None = None) -> Images:
    """``path/<class>/**/*.JPEG``: classes and files in sorted order, as in ImageFolder; only the ``wanted`` classes, if
    given.

    Raises:
        DataError: missing folder, images next to the class folders, a missing or an empty class.
    """
    if not path.is_dir():
        raise DataError(
            f"there is no folder {path}: ImageNet has the folders train "
            "and val, and in each one folder per class (n01440764, ...)."
        )
    names = sorted(entry.name for entry in os.scandir(path) if entry.is_dir())
    if not names:
        flat = sum(entry.name.lower().endswith(PICTURES) for entry in os.scandir(path))
        raise DataError(
            f"{path} has no class folders"
            + (f" but {flat} images side by side" if flat else "")
            + ": sort the images into one folder per class (n01440764, ...), as torchvision's ImageFolder wants them."
        )
    if wanted is not None:
        if missing := sorted(set(wanted) - set(names)):
            raise DataError(
                f"{path} lacks {len(missing)} of {len(wanted)} classes: "
                f"{', '.join(missing[:5])}{' ...' if missing[5:] else ''}."
            )
        names = sorted(wanted)
    places, labels = [], []
    for label, name in enumerate(names):
        found = sorted(
            (folder, entry.name)
            for folder, entries in below(path / name, hidden=True)
            for entry in entries
            if is_file(entry)
        )
        files = [path / name / folder / file for folder, file in found if file.lower().endswith(PICTURES)]
        if not files:
            raise DataError(f"the class folder {path / name} does not hold an image.")
        places += [(file, 0, -1) for file in files]
        labels += [label] * len(files)
    return Images(places, np.array(labels, np.int64), names)


def tar_files(path: Path) -> Images:
    """``path/0.tar``, ``path/1.tar``, ...: WebDataset shards whose samples are a picture and a ``.cls`` with the
    label's number.

    Raises:
        DataError: no shards, fewer than ``nshards.txt`` says, or one that cannot be read.
    """
    shards = sorted(path.glob("*.tar"), key=lambda file: (len(file.name), file.name))
    count = path / "nshards.txt"
    wanted = int(count.read_text(encoding="utf-8")) if count.is_file() else len(shards)
    if not shards or len(shards) < wanted:
        raise DataError(
            f"{path} holds {len(shards)} of {wanted or 'its'} shards (0.tar, 1.tar, ...): download the folder again."
        )
    places, labels = [], []
    for shard in shards:
        try:
            with shard.open("rb") as file:
                samples: dict[str, dict[str, tuple[int, int]]] = {}
                for name, start, length in members(file.fileno()):
                    stem, dot, kind = name.partition(".")
                    samples.setdefault(stem, {})[dot + kind.lower()] = start, length
                for stem, parts in samples.items():
                    picture = next((parts[kind] for kind in PICTURES if kind in parts), None)
                    if picture is None or ".cls" not in parts:
                        raise DataError(f"{shard}: sample {stem} lacks its image or its .cls.")
                    places.append((shard, *picture))
                    start, length = parts[".cls"]
                    labels.append(int(os.pread(file.fileno(), length, start)))
        except (OSError, ValueError) as error:
            raise DataError(f"the shard {shard} cannot be read ({error}). Download it again.") from error
    return Images(places, np.array(labels, np.int64))


def central(image: Image.Image, *, resize: int | None, size: int) -> np.ndarray:
    """torchvision's Resize (shorter side to ``resize``, bilinear) and CenterCrop: (size, size, 3) uint8; without
    ``resize``, a resize to a square."""
    if resize is None:
        return np.asarray(image.resize((size, size), BILINEAR))
    width, height = image.size
    short = min(width, height)
    image = image.resize((resize * width // short, resize * height // short), BILINEAR)
    width, height = image.size
    left, top = round((width - size) / 2), round((height - size) / 2)
    return np.asarray(image.crop((left, top, left + size, top + size)))


def batches(jobs: Iterable[list[int]], read: Callable[[int], np.ndarray]) -> Iterator[np.ndarray]:
    """Batches of images, read by threads some batches ahead, each stacked along the first axis."""
    return (np.stack(done) for _, done in ahead(jobs, read))
