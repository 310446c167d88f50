"""Walk through folders; links to folders are followed, without loops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def below(root: Path, *, hidden: bool = False) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Each folder at or below ``root`` with its entries, sorted by name.

    Links to folders are followed, except one that leads back to a folder above it, whose content is visited anyway.

    Args:
        root: a folder.
        hidden: also visit folders whose name begins with a dot.

    Yields:
        (path relative to ``root`` with ``/``, ``""`` for ``root`` itself; its entries, folders among them).
    """
    todo: list[tuple[str, tuple[tuple[int, int], ...]]] = [("", (_same(os.stat(root)),))]
    while todo:
        folder, above = todo.pop()
        with os.scandir(root / folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in reversed(entries):
            if is_folder(entry) and (hidden or not entry.name.startswith(".")):
                here = _same(os.stat(entry.path))
                if here not in above:
                    todo.append((f"{folder}/{entry.name}" if folder else entry.name, (*above, here)))
        yield folder, entries


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; False for a broken link."""
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path))


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a link to one; False for a broken link."""
    return entry.is_file(follow_symlinks=False) or (entry.is_symlink() and os.path.isfile(entry.path))


def _same(about: os.stat_result) -> tuple[int, int]:
    """The identity of a folder: equal for two paths to the same folder."""
    return about.st_dev, about.st_ino
