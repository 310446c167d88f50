"""The index of a collection of images: the place of each image's bytes, in a fixed order.

It is built once, kept on disk and mapped into memory, so that any number of workers open 1.3 million images at once and
share the memory. Collections under ``KEPT_FROM`` images are scanned again each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.errors import DataError, UsageError
from synthbench.generator import announce
from synthbench.home import home
from synthbench.images.folders import below
from synthbench.images.splits import leave_out
from synthbench.storage.arriving import Arriving
from synthbench.storage.files import whole_folder

FORMAT_VERSION = 3
KEPT_FROM = 20_000
"""Collections of at least this many images keep their index on disk."""
SETTLED = 2.0
"""Seconds that a file or folder must be unchanged before its index is kept: a later change might have the same time."""
LONGEST_IMAGE = 2**29
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
FILE, BYTES, ZIPPED = 0, 1, 2
"""Kinds of place: a file in the folder ``places[where]`` whose name is ``names[start : start + length]``; ``length``
bytes of the file ``places[where]``; a zip member there whose local header is at ``start``."""


@dataclass
class Found:
    """The result of scanning a collection, in any order."""

    places: list[str]
    """Folders or archives, relative to the root; ``""`` for the root itself."""
    names: list[str]
    """Of each image: its path, relative to the root or inside its archive."""
    rows: np.ndarray
    """(N, 4) int64: place, start, length, kind. A file's start and length are set when the index is made."""
    classes: list[str | None]
    """Of each image: its label; None leaves it out."""
    stamps: list[tuple[str, int, int]]
    """(path relative to the root, mtime in ns, bytes or 0) of what would change if the collection did."""
    notes: list[str] = field(default_factory=list)
    """Notes for the user: what was left out, or is ambiguous."""


@dataclass(frozen=True)
class Index:
    """Images sorted by label and name; those of label i are rows ``starts[i]`` to ``starts[i + 1]``."""

    root: Path
    places: list[str]
    labels: tuple[str, ...]
    starts: np.ndarray
    rows: np.ndarray
    names: np.ndarray
    """uint8: the files' names, one after the other."""
    notes: tuple[str, ...] = ()
    """Notes for the user from the scan."""
    arriving: Arriving | None = None
    """Reads the archives of a data set at an address; None for local ones."""

    def __len__(self) -> int:
        return len(self.rows)

    def name(self, i: int) -> str:
        """A readable place of image i, for messages."""
        where, start, length, kind = self.rows[i].tolist()
        place = self.root / self.places[where]
        if kind == FILE:
            return printable(str(place / self._file(start, length)))
        return f"{printable(str(place))} at byte {start}{self._member(place, start, kind)}"

    def read(self, i: int) -> bytes:
        """The bytes of image i's file. Safe to call from many threads and processes.

        Raises:
            OSError: the file is gone or cannot be read.
            StorageError: the address cannot be read.
            ValueError: the archive is not what it was when the index was made.
        """
        where, start, length, kind = self.rows[i].tolist()
        if self.arriving is not None:
            name = self.places[where]
            return self.arriving.read(name, start, length, alive=lambda: announce(f"reading {name}"))
        place = self.root / self.places[where]
        if kind == FILE:
            return (place / self._file(start, length)).read_bytes()
        descriptor = os.open(place, os.O_RDONLY)
        try:
            if kind == ZIPPED:
                return member_bytes(descriptor, start, length)
            data = os.pread(descriptor, length, start)
        finally:
            os.close(descriptor)
        if len(data) != length:
            raise ValueError(f"the archive ends after {len(data)} of {length} bytes")
        return data

    def _file(self, start: int, length: int) -> str:
        return os.fsdecode(self.names[start : start + length].tobytes())

    @staticmethod
    def _member(place: Path, start: int, kind: int) -> str:
        """The member's name according to its header (tar: the 512 bytes before the data), or ""."""
        try:
            with place.open("rb") as file:
                file.seek(start if kind == ZIPPED else start - 512)
                head = file.read(512)
        except (OSError, ValueError):
            return ""
        raw = head[30 : 30 + int.from_bytes(head[26:28], "little")] if kind == ZIPPED else head[:100].split(b"\0")[0]
        return f" ({raw.decode('utf-8', 'replace')})" if raw else ""


def member_bytes(descriptor: int, start: int, length: int) -> bytes:
    """The content of a zip member; its local header says where the data begin."""
    head = os.pread(descriptor, 30, start)
    if len(head) < 30 or head[:4] != b"PK\3\4":
        raise ValueError("the zip file no longer has a member there")
    flags, method, n_name, n_extra = *struct.unpack_from("<2H", head, 6), *struct.unpack_from("<2H", head, 26)
    data = os.pread(descriptor, length, start + 30 + n_name + n_extra)
    if flags & 1 or method not in (0, 8) or len(data) != length:
        raise ValueError(f"the zip member is encrypted, cut short or packed by method {method}")
    if method == 0:
        return data
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = unpacker.decompress(data, LONGEST_IMAGE)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("the zip member is cut short, or unpacks to more than 512 MB")
    return out


def is_image(name: str) -> bool:
    """Whether a file is an image by its suffix; hidden files and macOS's resource forks are not."""
    last = name.rpartition("/")[2]
    return last.lower().endswith(SUFFIXES) and not last.startswith(".") and "__MACOSX/" not in name


def printable(text: str) -> str:
    """``text`` in a form that can be written to a file: bytes that are not UTF-8 become escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def labels_of(folders: Sequence[str]) -> list[str | None]:
    """The label of the images in each folder: the first folder in which the paths differ; ``images`` for those above
    the others.

    Folders of evaluation images next to training images (``splits.leave_out``) are left out: they are not pretraining
    data.

    Args:
        folders: paths of all folders that hold images, ``""`` for the root.

    Returns:
        The labels; None for folders left out.
    """
    left, _ = leave_out(folders)
    labels = iter(_first_difference([folder for folder, out in zip(folders, left, strict=True) if not out]))
    return [None if out else next(labels) for out in left]


def _first_difference(folders: Sequence[str]) -> list[str]:
    parts = [tuple(folder.split("/")) if folder else () for folder in folders]
    if len(set(parts)) == 1:
        return [parts[0][-1] if parts[0] else "images"] * len(parts)
    first, last = min(parts, default=()), max(parts, default=())
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    tops = [part[shared] if len(part) > shared else None for part in parts]
    return ["images" if top is None else top for top in tops]


def open_index(root: Path, kind: str, look: Callable[[Path], Found]) -> Index:
    """The index of a collection: the kept one if nothing has changed since, otherwise a new one.

    Args:
        root: a folder or an archive.
        kind: part of the kept index's name, because the same root can be scanned in different ways.
        look: scans for the images.

    Raises:
        UsageError: the path is not UTF-8, so records cannot name it.
    """
    root = root.resolve()
    if printable(str(root)) != str(root):
        raise UsageError(f"{str(root)!r} is not UTF-8: rename the folder or file, for records name it.")
    folder = home() / "indexes" / hashlib.sha256(f"{FORMAT_VERSION}\0{kind}\0{root}".encode()).hexdigest()[:24]
    kept = _kept(root, folder)
    if kept is not None:
        return kept
    begun, found = time.time_ns(), look(root)
    index = _made(root, found)
    settled = all(mtime < begun - SETTLED * 1e9 for _, mtime, _ in found.stamps)
    if len(index) >= KEPT_FROM and settled:
        _keep(index, found.stamps, folder)
    return index


def stamp(root: Path, path: str) -> tuple[str, int, int]:
    """What identifies the state of a file or folder: a folder's time changes when names in it appear or disappear."""
    found = (root / path).stat()
    return path, found.st_mtime_ns, found.st_size if (root / path).is_file() else 0


def _made(root: Path, found: Found) -> Index:
    taken = [i for i, label in enumerate(found.classes) if label is not None]
    written = {name: printable(name or "") for name in {found.classes[i] for i in taken}}
    labels = sorted(set(written.values()), key=lambda x: (0, int(x), x) if x.isdecimal() else (1, 0, x))
    place = {label: i for i, label in enumerate(labels)}
    number = {name: place[label] for name, label in written.items()}
    taken.sort(key=found.names.__getitem__)
    numbers = np.array([number[found.classes[i]] for i in taken], np.int64)
    order = np.array(taken, np.int64)[np.argsort(numbers, kind="stable")]
    rows = found.rows[order] if len(order) else np.empty((0, 4), np.int64)
    blob = b""
    if len(rows) and rows[0, 3] == FILE:
        raw = [os.fsencode(found.names[i].rpartition("/")[2]) for i in order]
        rows[:, 2] = [len(name) for name in raw]
        rows[:, 1] = np.cumsum(rows[:, 2]) - rows[:, 2]
        blob = b"".join(raw)
    starts = np.searchsorted(np.sort(numbers), np.arange(len(labels) + 1))
    return Index(root, found.places, tuple(labels), starts, rows, np.frombuffer(blob, np.uint8), tuple(found.notes))


def _kept(root: Path, folder: Path) -> Index | None:
    try:
        about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        if any(stamp(root, path) != (path, mtime, size) for path, mtime, size in about["stamps"]):
            return None
        starts, rows, names = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("starts", "rows", "names"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Index(root, about["places"], tuple(about["labels"]), starts, rows, names, tuple(about["notes"]))


def _keep(index: Index, stamps: list[tuple[str, int, int]], folder: Path) -> None:
    """Best effort: if it fails, the next start scans the collection again."""
    with suppress(DataError), whole_folder(folder, replace=True) as draft:
        for name in ("starts", "rows", "names"):
            np.save(draft / f"{name}.npy", getattr(index, name))
        about = {
            "root": str(index.root),
            "places": index.places,
            "labels": index.labels,
            "stamps": stamps,
            "notes": index.notes,
        }
        (draft / "about.json").write_text(json.dumps(about), encoding="utf-8")


def require_images(index: Index, what: str) -> Index:
    """The index, unless it is empty.

    Raises:
        UsageError: it does not hold images.
    """
    if not len(index):
        raise UsageError(
            f"{what} does not hold images ({', '.join(sorted(SUFFIXES))}), at any depth.{_instead(index.root)}"
        )
    return index


def _instead(root: Path) -> str:
    """A hint for a folder without images: what may have been meant."""
    if not root.is_dir():
        return ""
    zips = [entry.path for _, entries in below(root) for entry in entries if entry.name.lower().endswith(".zip")]
    return f" It holds .zip files: name one, as in {min(zips)!r}." if zips else ""
