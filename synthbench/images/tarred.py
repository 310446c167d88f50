"""Tar files of images, read in place: WebDataset shards, shards of ``synthbench render``, or a class tree in a tar
file."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthbench.dataset.manifest import MANIFEST, Manifest, Sidecar, read_record
from synthbench.errors import DataError, UsageError
from synthbench.generator import announce
from synthbench.images import metadata
from synthbench.images.folders import below, is_file
from synthbench.images.index import BYTES, Found, is_image, labels_of, stamp
from synthbench.images.splits import leave_out

KEYS = ("label", "cls", "class")
"""Accepted names of the label in a sample's JSON."""
LONGEST_LABEL = 2**20


def any_shard(root: Path) -> bool:
    """Whether there is a tar file below ``root``; stops at the first."""
    return any(_is_shard(entry) for _, entries in below(root) for entry in entries)


def shards(root: Path) -> tuple[list[str], list[str]]:
    """The tar files at or below ``root``, in order (``""`` for ``root`` itself), without those of evaluation images
    next to training images (folders ``train`` and ``val``, or shards ``set-train-0.tar`` and ``set-val-0.tar``), and
    notes for the user."""
    if root.is_file():
        return [""], []
    found = sorted(
        f"{folder}/{entry.name}" if folder else entry.name
        for folder, entries in below(root)
        for entry in entries
        if _is_shard(entry)
    )
    left, notes = leave_out([place.removesuffix(".tar") for place in found])
    return [place for place, out in zip(found, left, strict=True) if not out], notes


def _is_shard(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".tar") and not entry.name.startswith(".") and is_file(entry)


def look(root: Path) -> Found:
    """Every image of the tar files.

    Labels: those of a rendered data set; each sample's ``.cls`` or ``.json`` (``KEYS``); those of ``metadata.csv`` or
    ``metadata.jsonl`` in the tar files; otherwise the folders'. A sample is as in WebDataset: the files whose paths are
    equal up to the first dot of the last part. Deviation: if such a sample has several labels (``shot.0.v1.cls``,
    ``shot.1.v1.cls``), an image has the label of the file that differs only in the suffix (``shot.0.v1.png``), with a
    note; WebDataset would treat them as one sample.

    Raises:
        UsageError: there is no tar file.
        DataError: one is compressed, truncated or not a tar file.
    """
    places, notes = shards(root)
    if not places:
        raise UsageError(f"{str(root)!r} does not hold .tar files.")
    names, rows, labels = list[str](), list[tuple[int, int, int, int]](), list[str | None]()
    rendered, tables, shared = _rendered(root, places), dict[str, bytes](), list[str]()
    for where, place in enumerate(places):
        path = root / place
        announce(f"looking at {path}")
        if rendered is not None:
            side = read_record(path.with_suffix(".json"), Sidecar)
            if side.bytes != path.stat().st_size:
                raise DataError(
                    f"{path} has {path.stat().st_size} bytes, its index says {side.bytes}. Render or copy it again."
                )
            names += [f"{k:09d}" for k, _, _, _ in side.images]
            labels += [rendered.labels[label] for _, label, _, _ in side.images]
            rows += [(where, start, n, BYTES) for _, _, start, n in side.images]
        else:
            found = _members(path)
            names += found.images
            labels += _labels(found, shared)
            rows += [(where, start, n, BYTES) for start, n in found.images.values()]
            tables |= found.tables
            if found.twice:
                notes.append(
                    f"{path}: {len(found.twice)} names occur more than once, such as {found.twice[0]!r}: the last file "
                    "of each name counts."
                )
            if not found.closed:
                notes.append(
                    f"{path} does not end with the zeros of a complete tar file: if it was truncated, images are "
                    "missing."
                )
    if shared:
        notes.append(
            f"{len(shared)} samples have several labels, as {shared[0]!r} (WebDataset ends "
            "a sample's name at the first dot): each image gets the label of the file with "
            "its own name before the suffix. Leave dots out of the samples' names."
        )
    if not any(labels):
        folders = {name.rpartition("/")[0]: 0 for name in names}
        of_folders, (_, more) = labels_of(list(folders)), leave_out(list(folders))
        by_folder = dict(zip(folders, of_folders, strict=True))
        labels, unused = metadata.labels(tables, names, [by_folder[name.rpartition("/")[0]] for name in names])
        notes += more + unused
    else:
        labels = ["unlabelled" if label is None else label for label in labels]
    # adding a shard changes its folder
    watched = [*places, *(folder for folder, _ in below(root))] if root.is_dir() else places
    return Found(
        places, names, np.array(rows, np.int64).reshape(-1, 4), labels, [stamp(root, path) for path in watched], notes
    )


def _rendered(root: Path, places: list[str]) -> Manifest | None:
    """The manifest, if the tar files are a data set that synthbench rendered."""
    folder = (root / places[0]).parent
    if not root.is_dir() or not (folder / MANIFEST).is_file():
        return None
    manifest = read_record(folder / MANIFEST, Manifest)
    if [shard.name for shard in manifest.shards] != [Path(place).name for place in places]:
        raise DataError(f"{folder} does not hold the shards that its {MANIFEST} lists. Render or copy it again.")
    return manifest


def _key(name: str) -> str:
    """The sample's key in WebDataset: the path up to the first dot of its last part."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(".")[0]


@dataclass
class _Members:
    """Content of a tar file."""

    images: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name -> start and length."""
    labels: dict[str, str] = field(default_factory=dict)
    """Path of a label's file, without its suffix -> label."""
    tables: dict[str, bytes] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    """Names that occur more than once: as in any tar file, the last counts."""
    closed: bool = True
    """Whether it ends as a tar file must."""


def _labels(found: _Members, shared: list[str]) -> list[str | None]:
    """The label of each image; samples with several labels are added to ``shared``."""
    own: dict[str, str] = {}
    several = dict[str, None]()
    for stem, label in found.labels.items():
        key = _key(stem)
        if own.setdefault(key, label) != label:
            several[key] = None
    own |= {stem: label for stem, label in found.labels.items() if stem == _key(stem)}  # x.cls before x.meta.cls
    shared += several
    return [found.labels.get(name.rpartition(".")[0]) or own.get(_key(name)) for name in found.images]


def _members(path: Path) -> _Members:
    """The images, labels and tables of a tar file.

    Raises:
        DataError: it is compressed, truncated or not a tar file.
    """
    found = _Members()
    images, labels = found.images, found.labels
    try:
        with path.open("rb") as file:
            descriptor = file.fileno()
            for name, start, length in members(descriptor):
                if is_image(name):
                    found.twice += [name] if name in images else []
                    images[name] = start, length
                    if len(images) % 10_000 == 0:
                        announce(f"looking at {path}: {len(images):,} images")
                elif name.endswith((".cls", ".json")) and length <= LONGEST_LABEL:
                    label, (stem, _, suffix) = _label(name, os.pread(descriptor, length, start)), name.rpartition(".")
                    if label is not None and (suffix == "cls" or stem not in labels):
                        labels[stem] = label
                elif metadata.is_table(name):
                    found.tables[name] = os.pread(descriptor, length, start)
            found.closed = not os.pread(
                descriptor, tarfile.BLOCKSIZE, os.fstat(descriptor).st_size - tarfile.BLOCKSIZE
            ).strip(b"\0")
    except (tarfile.TarError, OSError, ValueError) as error:
        with path.open("rb") as file:
            packed = file.read(6).startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"))
        if packed:
            raise DataError(
                f"{path} is compressed, so single images in it cannot be read. Decompress it to a plain .tar file."
            ) from error
        raise DataError(
            f"{path} is not a complete tar file ({error}). Was its download interrupted? Fetch or copy it again."
        ) from error
    return found


def members(descriptor: int) -> Iterator[tuple[str, int, int]]:
    """(name, start, length) of each regular file of a tar file (POSIX ustar and pax, and GNU's long names).

    It may end without zeros.

    ``tarfile`` takes three times as long (36 us of CPU a member against 11), which for a million members is half
    a minute.

    Raises:
        ValueError: it is empty, truncated or not a tar file.
    """
    size, at, renamed, resized = os.fstat(descriptor).st_size, 0, None, None
    if not size:
        raise ValueError("it is empty")
    while at < size:
        head = os.pread(descriptor, tarfile.BLOCKSIZE, at)
        if not head.strip(b"\0") and len(head) == tarfile.BLOCKSIZE:
            return  # a block of zeros: the end
        if len(head) < tarfile.BLOCKSIZE or sum(head) - sum(head[148:156]) + 256 != _number(head[148:156]):
            raise ValueError(f"no header at byte {at}")
        kind, start = head[156:157], at + tarfile.BLOCKSIZE
        length = resized if resized is not None and kind in b"0\0" else _number(head[124:136])
        if length < 0:
            raise ValueError(f"a member of {length} bytes at byte {at}")
        at = start + -(-length // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if start + length > size:
            raise ValueError("unexpected end of data")
        if kind in (b"L", b"x"):
            text = os.pread(descriptor, length, start)
            if kind == b"L":
                renamed = text.rstrip(b"\0")
            else:
                renamed, resized = _extended(text)
            continue
        if kind in (b"0", b"\0"):
            name, prefix = head[:100].split(b"\0")[0], head[345:500].split(b"\0")[0]
            if prefix and head[257:263] == b"ustar\0":  # GNU keeps times there
                name = prefix + b"/" + name
            yield os.fsdecode(renamed if renamed is not None else name), start, length
        renamed = resized = None


def _number(field: bytes) -> int:
    """Octal digits, or GNU's binary form for what does not fit them."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def _extended(text: bytes) -> tuple[bytes | None, int | None]:
    """Path and size of a pax header, which holds lines ``LENGTH KEY=VALUE``."""
    found, at = dict[bytes, bytes](), 0
    while at < len(text):
        digits = text[at : at + 20].split(b" ", 1)[0]
        if int(digits) <= len(digits):
            raise ValueError(f"a line of {int(digits)} bytes in a pax header")
        key, _, value = text[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        found[key] = value
        at += int(digits)
    return found.get(b"path"), int(found[b"size"]) if b"size" in found else None


def _label(name: str, raw: bytes) -> str | None:
    text = raw.decode("utf-8", "replace").strip()
    if name.endswith(".cls"):
        return text or None
    try:
        about = json.loads(text)
    except ValueError:
        return None
    found = next((about[key] for key in KEYS if key in about), None) if isinstance(about, dict) else None
    return str(found) if isinstance(found, str | int) and str(found) else None
