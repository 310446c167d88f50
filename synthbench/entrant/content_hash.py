"""A hash of the content of a folder or a file, independent of its location: the meaning of a recipe's ``path``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from synthbench.errors import SynthbenchError

SMALL = 2**14
"""Maximum size in bytes of files whose contents count in the digest of a folder."""
MOST_READ = 10_000
"""Above this number, hash an evenly spaced sample of small files: all programs of a collection are read, but only a
sample of a million thumbnails."""
BLOCK, BLOCKS = 2**20, 64
"""Size and number of the evenly spaced blocks of a large file that are hashed (for zip files, the directory)."""


def digest(path: Path) -> str:
    """SHA-256 of what determines the images, without reading all of them: a million would take longer than the run.

    For a data set that synthbench rendered: its shards' hashes. For another folder: the names and sizes of all files,
    also behind links, and the contents of small files (programs, at most ``MOST_READ`` of them) and of label tables.
    For a zip file: its directory, which has the CRC-32 of each member. For another file: its size and 64 MB of it.
    """
    if path.is_dir():
        return _rendered(path) or _folder(path)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in (b"PK\3\4", b"PK\5\6"):
        from synthbench.images import zipped

        try:
            return zipped.digest(path)
        except SynthbenchError:  # reading it later gives a clearer error
            pass
    return _file(path)


def _rendered(folder: Path) -> str | None:
    from synthbench.dataset.manifest import MANIFEST, Manifest, read_record

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
