"""Index of a data set that ``synthbench render`` wrote to an address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from synthbench.dataset.address import brought
from synthbench.dataset.manifest import MANIFEST, Manifest, Sidecar, read_record
from synthbench.images.index import BYTES, Found, Index, open_index, stamp


def index(address: str) -> Index:
    """The index of the data set at an address, equal to that of a folder with the same files.

    Raises:
        StorageError: there is no data set, or it cannot be read.
        DataError: its files are inconsistent.
    """
    arriving, _ = brought(address)
    return replace(open_index(arriving.copy.folder, "address", look), arriving=arriving)


def look(copy: Path) -> Found:
    """All images, from the records in a local copy."""
    manifest = read_record(copy / MANIFEST, Manifest)
    names, rows, labels = list[str](), list[tuple[int, int, int, int]](), list[str | None]()
    for where, shard in enumerate(manifest.shards):
        side = read_record((copy / shard.name).with_suffix(".json"), Sidecar)
        names += [f"{k:09d}" for k, _, _, _ in side.images]
        labels += [manifest.labels[label] for _, label, _, _ in side.images]
        rows += [(where, start, n, BYTES) for _, _, start, n in side.images]
    places = [shard.name for shard in manifest.shards]
    return Found(places, names, np.array(rows, np.int64).reshape(-1, 4), labels, [stamp(copy, MANIFEST)])
