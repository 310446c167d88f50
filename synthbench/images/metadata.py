"""Labels from a table next to the images: ``metadata.csv`` or ``metadata.jsonl``, as in the Hub's ImageFolder.

Format: https://huggingface.co/docs/datasets/image_dataset. A column ``file_name`` names the images, relative to the
table's folder.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

TABLES = ("metadata.csv", "metadata.jsonl")
UNREAD = ("metadata.parquet",)
KEYS = ("label", "labels", "cls", "class")
"""Accepted names of the label column."""


def is_table(name: str) -> bool:
    """Whether a file of this name is such a table."""
    return name.rpartition("/")[2] in (*TABLES, *UNREAD)


def labels(
    tables: Mapping[str, bytes], names: Sequence[str], otherwise: Sequence[str | None]
) -> tuple[list[str | None], list[str]]:
    """The labels of images, from the tables if any of them has labels.

    Args:
        tables: path of each table -> its content.
        names: path of each image, from the same root.
        otherwise: the labels without tables; an image whose label is None stays left out.

    Returns:
        The labels (``unlabelled`` for an image that no table names), and notes for the user on tables that are not
            used, with the reason.
    """
    known, notes = dict[str, str](), list[str]()
    for path, raw in sorted(tables.items()):
        folder, _, table = path.rpartition("/")
        if table in UNREAD:
            notes.append(f"{path} is ignored: labels are read from {' and '.join(TABLES)}.")
            continue
        try:
            found = _rows(table, raw.decode("utf-8-sig"))
        except (ValueError, csv.Error) as error:
            notes.append(f"{path} is ignored: it cannot be read ({' '.join(str(error).split())}).")
            continue
        column = next((key for key in KEYS if any(key in row for row in found)), None)
        if column is None or not any("file_name" in row for row in found):
            columns = ", ".join(sorted({str(key) for row in found for key in row})) or "none"
            notes.append(
                f"{path} is ignored: labels need the columns file_name and one of {', '.join(KEYS)}; it has {columns}."
            )
            continue
        for row in found:
            file, label = row.get("file_name"), row.get(column)
            if isinstance(file, str) and isinstance(label, str | int) and str(label).strip():
                known[_plain(f"{folder}/{file}")] = str(label).strip()
    if not any(_plain(name) in known for name in names):
        if known:
            notes.append(
                f"{', '.join(sorted(tables))}: none of the files named "
                "there is an image here; labels are those of the folders."
            )
        return list(otherwise), notes
    return [
        None if other is None else known.get(_plain(name), "unlabelled")
        for name, other in zip(names, otherwise, strict=True)
    ], notes


def _rows(table: str, text: str) -> list[dict[str, Any]]:
    if table.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a line is not a JSON object")
    return rows


def _plain(path: str) -> str:
    """A path without ``.`` and empty parts."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))
