"""Tar files of images, read in place: WebDataset shards, those that ``synthbench render`` writes, or a class tree in a tar file."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from synthbench.errors import DataError, UsageError
from synthbench.generator import announce
from synthbench.images.index import BYTES, Found, is_image, labels_of, stamp
from synthbench.render.shards import MANIFEST, Manifest, Sidecar, read_record

KEYS = ("label", "cls", "class")
"""What a sample's JSON may call its label."""
LONGEST_LABEL = 2**20


def shards(root: Path) -> list[str]:
    """The tar files at or below ``root``, in order; ``""`` for ``root`` itself. Of folders ``train`` and ``val``, those of ``train``."""
    if root.is_file():
        return [""]
    found = sorted(f.relative_to(root).as_posix() for f in root.rglob("*.tar") if f.is_file() and not f.name.startswith("."))
    taken = labels_of([place.rpartition("/")[0] for place in found])
    return [place for place, label in zip(found, taken, strict=True) if label is not None]


def look(root: Path) -> Found:
    """Every image of the tar files. Labels: those of a rendered data set; each sample's ``.cls`` or ``.json`` (``KEYS``); else folders.

    Raises:
        UsageError: no tar file there.
        DataError: one is compressed, cut short or no tar file.
    """
    places = shards(root)
    if not places:
        raise UsageError(f"{str(root)!r} holds no .tar files.")
    names, rows, labels = list[str](), list[tuple[int, int, int, int]](), list[str | None]()
    rendered = _rendered(root, places)
    for where, place in enumerate(places):
        path = root / place
        announce(f"looking at {path}")
        if rendered is not None:
            side = read_record(path.with_suffix(".json"), Sidecar)
            if side.bytes != path.stat().st_size:
                raise DataError(f"{path} has {path.stat().st_size} bytes, its index says {side.bytes}. Render or copy it again.")
            names += [f"{k:09d}" for k, _, _, _ in side.images]
            labels += [rendered.labels[label] for _, label, _, _ in side.images]
            rows += [(where, start, n, BYTES) for _, _, start, n in side.images]
        else:
            images, own = _members(path)
            names += [name for name, _, _ in images]
            labels += [own.get(_key(name)) for name, _, _ in images]
            rows += [(where, start, n, BYTES) for _, start, n in images]
    if not any(labels):
        folders = {name.rpartition("/")[0]: 0 for name in names}
        by_folder = dict(zip(folders, labels_of(list(folders)), strict=True))
        labels = [by_folder[name.rpartition("/")[0]] for name in names]
    else:
        labels = ["unlabelled" if label is None else label for label in labels]
    watched = [*places, *(os.path.relpath(folder, root) for folder, _, _ in os.walk(root))]  # a shard that is added changes its folder
    return Found(places, names, np.array(rows, np.int64).reshape(-1, 4), labels, [stamp(root, path) for path in watched])


def _rendered(root: Path, places: list[str]) -> Manifest | None:
    """The manifest, if the tar files are a data set of ours."""
    folder = (root / places[0]).parent
    if not root.is_dir() or not (folder / MANIFEST).is_file():
        return None
    manifest = read_record(folder / MANIFEST, Manifest)
    if [shard.name for shard in manifest.shards] != [Path(place).name for place in places]:
        raise DataError(f"{folder} does not hold the shards that its {MANIFEST} lists. Render or copy it again.")
    return manifest


def _key(name: str) -> str:
    """What WebDataset calls a sample: the path up to the first dot of its last part."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(".")[0]


def _members(path: Path) -> tuple[list[tuple[str, int, int]], dict[str, str]]:
    """(name, start, length) of each image, and sample -> label."""
    images, labels = list[tuple[str, int, int]](), dict[str, str]()
    try:
        with path.open("rb") as file:
            descriptor = file.fileno()
            for name, start, length in _files(descriptor):
                if is_image(name):
                    images.append((name, start, length))
                    if len(images) % 10_000 == 0:
                        announce(f"looking at {path}: {len(images):,} images")
                elif name.endswith((".cls", ".json")) and length <= LONGEST_LABEL:
                    label = _label(name, os.pread(descriptor, length, start))
                    if label is not None:
                        labels[_key(name)] = label
    except (tarfile.TarError, OSError, ValueError) as error:
        with path.open("rb") as file:
            packed = file.read(6).startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"))
        if packed:
            raise DataError(f"{path} is compressed: no image in it can be read on its own. Decompress it to a plain .tar file.") from error
        raise DataError(f"{path} is no whole tar file ({error}). Was its download interrupted? Fetch or copy it again.") from error
    return images, labels


def _files(descriptor: int) -> Iterator[tuple[str, int, int]]:
    """(name, start, length) of each regular file of a tar file (POSIX ustar and pax, and GNU's long names).

    ``tarfile`` takes three times as long (36 us of CPU a member against 11), which for a million members is half a minute.

    Raises:
        ValueError: it is no tar file, or ends too early.
    """
    size, at, renamed, resized = os.fstat(descriptor).st_size, 0, None, None
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
    raise ValueError("it ends without the zeros that close a tar file")


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
