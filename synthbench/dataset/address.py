"""Data sets at an address: records are downloaded when a data set is opened, shards while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from synthbench.dataset.manifest import FORMAT_VERSION, MANIFEST, Manifest, Sidecar, parsed, read_record
from synthbench.errors import DataError, StorageError
from synthbench.storage.arriving import Arriving, File
from synthbench.storage.copy import Copy
from synthbench.storage.files import whole, write_bytes
from synthbench.storage.lock import locked

RENEWING = ".renewing"
"""Folder whose lock is held while records are downloaded."""
READERS = 32
"""Concurrent downloads of records."""


def brought(address: str) -> tuple[Arriving, Manifest]:
    """A reader of the shards of the data set at an address, and its manifest. The local copy has all records then.

    If the manifest has changed since the last time, shards that are not part of it are removed from the copy.

    Raises:
        StorageError: there is no data set, or it cannot be read.
        DataError: its files are inconsistent.
    """
    copy = Copy(address)
    raw = copy.remote.read(MANIFEST)
    if raw is None:
        found = "" if copy.remote.sizes() else " and no other file: is the address right, and does the bucket exist?"
        raise StorageError(
            f"{address} holds no {MANIFEST}{found or '.'} An address must be that of a data set that "
            f"`synthbench render ENTRANT --out {address}` has finished; copy other images to a local folder."
        )
    manifest = parsed(raw, Manifest, f"{address}/{MANIFEST}")
    if manifest.format_version != FORMAT_VERSION:
        raise StorageError(
            f"{address} has format version {manifest.format_version}; this synthbench reads {FORMAT_VERSION}."
        )
    path = copy.folder / MANIFEST  # written last: if it is there, so are the records
    if not path.is_file() or path.read_bytes() != raw:
        with locked(copy.folder / RENEWING, wait=True):  # not the folder's lock, which a render to the address holds
            path.unlink(missing_ok=True)
            _renew(copy, manifest)
            write_bytes(path, [raw])
    return Arriving(copy, [File(s.name, s.sha256, s.bytes) for s in manifest.shards]), manifest


def _renew(copy: Copy, manifest: Manifest) -> None:
    """Download the records of the shards in a manifest, and remove other shards from the copy."""
    rows = {shard.name: shard for shard in manifest.shards}
    here = {
        name
        for name, row in rows.items()
        if (side := kept(copy.folder, name)) is not None and side.sha256 == row.sha256
    }
    for file in copy.folder.glob("shard-*"):
        if file.with_suffix(".tar").name not in rows:
            file.unlink()
    found = 0
    for name, side in records(copy, rows.keys() - here):
        row = rows[name]
        if (side.sha256, side.bytes, side.n_images) != (row.sha256, row.bytes, row.n_images):
            raise _unfit(copy, name, "does not match the manifest")
        found += 1
    if found + len(here) < len(rows):
        lacking = min(name for name in rows if not (copy.folder / name).with_suffix(".json").is_file())
        raise _unfit(copy, lacking, "is missing")


def _unfit(copy: Copy, name: str, what: str) -> DataError:
    return DataError(
        f"{copy.remote.address}/{Path(name).with_suffix('.json')} {what}. Is the data set being rendered again? The "
        "same render command repairs it; then run this command again."
    )


def kept(folder: Path, name: str) -> Sidecar | None:
    """The record of a shard in a local copy; None if it is missing or damaged."""
    try:
        return read_record((folder / name).with_suffix(".json"), Sidecar)
    except DataError:
        return None


def records(copy: Copy, names: Iterable[str]) -> Iterator[tuple[str, Sidecar]]:
    """Download records of shards into the copy; missing ones are skipped.

    A shard in the copy that does not match its new record is removed.

    Raises:
        StorageError: one cannot be read.
    """

    def bring(name: str) -> tuple[str, Sidecar | None]:
        record = Path(name).with_suffix(".json").name
        raw = copy.remote.read(record)
        if raw is None:
            return name, None
        side, old = parsed(raw, Sidecar, f"{copy.remote.address}/{record}"), kept(copy.folder, name)
        if old is None or old.sha256 != side.sha256:
            (copy.folder / name).unlink(missing_ok=True)
        with whole(copy.folder / record) as draft:
            draft.write_bytes(raw)
        return name, side

    with ThreadPoolExecutor(READERS, thread_name_prefix="record") as pool:
        todo = iter(names)
        while some := list(islice(todo, 100 * READERS)):  # there may be a million
            for name, side in pool.map(bring, some):
                if side is not None:
                    yield name, side
