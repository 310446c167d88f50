"""A folder of images, at any depth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from synthbench.generator import announce
from synthbench.images.index import FILE, Found, is_image, labels_of, stamp


def any_image(root: Path) -> bool:
    """Whether there is an image below ``root``: the search ends at the first."""
    return any(is_image(name) for _, _, files in os.walk(root) for name in files)


def look(root: Path) -> Found:
    """Every image below ``root``; hidden folders and links to folders are not followed. Nothing is opened."""
    places, names, where, stamps = list[str](), list[str](), list[int](), list[tuple[str, int, int]]()
    todo = [""]
    while todo:
        folder = todo.pop()
        announce(f"looking at {root / folder}")
        stamps.append(stamp(root, folder))
        prefix, first = f"{folder}/" if folder else "", len(names)
        with os.scandir(root / folder) as entries:
            for entry in entries:
                if is_image(entry.name) and (entry.is_file(follow_symlinks=False) or os.path.isfile(entry.path)):
                    names.append(prefix + entry.name)
                elif not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    todo.append(prefix + entry.name)
        if len(names) > first:
            where += [len(places)] * (len(names) - first)
            places.append(folder)
    rows = np.zeros((len(names), 4), np.int64)
    rows[:, 0], rows[:, 3] = where, FILE
    labels = labels_of(places)
    return Found(places, names, rows, [labels[i] for i in where], stamps)
