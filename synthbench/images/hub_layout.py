"""The configurations and splits of a data set on the Hub: which of its parquet files belong to which."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Any


def layout(files: list[str], configs: list[Any]) -> dict[tuple[str, str], list[str]]:
    """(configuration, split) -> its parquet files: as the data set's card says, else as their paths do.

    Paths: ``[config/][data/]train-00000-of-00004.parquet``, ``[config/]train/0000.parquet`` (the Hub's own copies,
    which may be ``partial-train``), ``train.parquet``; anything else is ``train``.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for config in configs:
        for split, patterns in _patterns(config.get("data_files")):
            matching = [name for name in files if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
            if matching:
                found[str(config.get("config_name", "default")), split] = matching
    if found:
        return found
    for name in files:
        *folders, last = [part for part in name.split("/") if part != "data"]
        sharded = re.fullmatch(r"(.+?)(?:-\d+-of-\d+.*|\.\d+)?\.parquet", last)
        split = sharded[1] if sharded else "train"
        if re.fullmatch(r"\d*", split):  # 0000.parquet: the folder names the split
            split = folders.pop().removeprefix("partial-") if folders else "train"
        elif split not in ("train", "test", "validation", "val", "dev", "valid") and "-of-" not in last:
            split = folders.pop() if folders and folders[-1] in ("train", "test", "validation", "val") else "train"
        found.setdefault((folders[0] if folders else "default", split), []).append(name)
    return found


def _patterns(data_files: Any) -> Iterator[tuple[str, list[str]]]:
    """Split and glob patterns from a card's ``data_files``, which may be a text, a list of texts or of
    {split, path}."""
    for item in data_files if isinstance(data_files, list) else [data_files]:
        path = item.get("path") if isinstance(item, dict) else item
        split = str(item.get("split", "train")) if isinstance(item, dict) else "train"
        if path:
            yield split, [str(p) for p in (path if isinstance(path, list) else [path])]
