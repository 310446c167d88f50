"""A folder of images, at any depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from synthbench.generator import announce
from synthbench.images import metadata
from synthbench.images.folders import below, is_file
from synthbench.images.index import FILE, Found, is_image, labels_of, stamp
from synthbench.images.splits import leave_out


def any_image(root: Path) -> bool:
    """Whether there is an image below ``root``; stops at the first."""
    return any(is_image(entry.name) and is_file(entry) for _, entries in below(root) for entry in entries)


def look(root: Path) -> Found:
    """Every image below ``root``; links are followed (``folders.below``), hidden folders are not. No image is opened.

    Labels: those of ``metadata.csv`` or ``metadata.jsonl``, if present; otherwise the folders' (``labels_of``).
    """
    places, names, where, stamps = list[str](), list[str](), list[int](), list[tuple[str, int, int]]()
    tables = dict[str, bytes]()
    for folder, entries in below(root):
        announce(f"looking at {root / folder}")
        stamps.append(stamp(root, folder))
        prefix, first = f"{folder}/" if folder else "", len(names)
        for entry in entries:
            if is_image(entry.name) and is_file(entry):
                names.append(prefix + entry.name)
            elif metadata.is_table(entry.name) and is_file(entry):
                tables[prefix + entry.name] = Path(entry.path).read_bytes()
                stamps.append(stamp(root, prefix + entry.name))
        if len(names) > first:
            where += [len(places)] * (len(names) - first)
            places.append(folder)
    rows = np.zeros((len(names), 4), np.int64)
    rows[:, 0], rows[:, 3] = where, FILE
    by_folder, (_, notes) = labels_of(places), leave_out(places)
    labels, more = metadata.labels(tables, names, [by_folder[i] for i in where])
    return Found(places, names, rows, labels, stamps, notes + more)
