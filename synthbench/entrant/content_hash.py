"""A hash of what a folder or a file holds, blind to where it lies: what a recipe's ``path`` means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from synthbench.errors import SynthbenchError

SMALL = 2**14
"""Bytes up to which a file's contents count in the digest of a folder."""
MOST_READ = 10_000
"""Above this number, hash an evenly spaced sample of small files: every program of a collection is read, of a million
thumbnails a sample."""
BLOCK, BLOCKS = 2**20, 64
"""Size and number of the evenly spaced blocks that are hashed of a large file (zip files: their directory)."""


def digest(path: Path) -> str:
    """SHA-256 of what determines the images, without reading all of them: a million would take longer than the run.

    A data set that synthbench rendered: its shards' hashes. Another folder: the names and sizes of all files, those
    behind links too, and what small ones (programs, ``MOST_READ`` of them at most) and tables of labels hold. A zip
    file: its table of contents, which has the CRC-32 of each member. Another file: its size and 64 MB of it.
    """
    if path.is_dir():
        return _rendered(path) or _folder(path)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in (b"PK\3\4", b"PK\5\6"):
        from synthbench.images import zipped

        try:
            return zipped.digest(path)
        except SynthbenchError:  # whoever reads it says so better
            pass
    return _file(path)


def _rendered(folder: Path) -> str | None:
    from synthbench.render.shards import MANIFEST, Manifest, read_record

    try:
        manifest = read_record(folder / MANIFEST, Manifest)
    except SynthbenchError:
        return None
    parts = [*manifest.labels, *(f"{shard.name} {shard.sha256}" for shard in manifest.shards)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _folder(folder: Path) -> str:
    total = hashlib.sha256()
    from synthbench.images.metadata import is_table

    files = sorted(_files(folder))
    for name, _, size in files:
        total.update(f"{name}\0{size}\n".encode("utf-8", "surrogateescape"))
    small = [path for _, path, size in files if size <= SMALL or is_table(path)]
    for path in small[:: -(-len(small) // MOST_READ) or 1]:
        total.update(Path(path).read_bytes())
    return total.hexdigest()


def _files(root: Path) -> Iterator[tuple[str, str, int]]:
    from synthbench.images.folders import below, is_file

    for folder, entries in below(root, hidden=True):
        for entry in entries:
            if is_file(entry):
                yield (f"{folder}/{entry.name}" if folder else entry.name), entry.path, entry.stat().st_size


def _file(path: Path) -> str:
    size = path.stat().st_size
    total = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        step = max(BLOCK, size // BLOCKS)
        for start in range(0, size, step):
            file.seek(min(start, max(0, size - BLOCK)))
            total.update(file.read(BLOCK))
    return total.hexdigest()
