"""The files of a study or of predictions: the table of programs, and the summary."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pandas as pd

from synthbench.errors import DataError
from synthbench.storage.files import whole, write_text

TABLE, PREDICTIONS = "programs.csv", "predictions.csv"
SUMMARY = "study.json"


def table_of(path: Path) -> Path:
    """The table in the folder of a study or of predictions (``programs.csv`` or ``predictions.csv``), or the
    file itself."""
    if path.is_dir() and not (path / TABLE).is_file():
        return path / PREDICTIONS
    return path / TABLE if path.is_dir() else path


def read(path: Path) -> pd.DataFrame:
    """Read the table of a study or of predictions, from a folder or a CSV file with the columns ``program`` and
    ``score``.

    Raises:
        DataError: there is none.
    """
    file = table_of(path)
    try:
        table = pd.read_csv(file, keep_default_na=True)
    except (OSError, ValueError) as error:
        raise DataError(
            f"there is no study at {str(path)!r} ({error}). `synthbench study programs ENTRANT` makes one."
        ) from error
    if not {"program", "score"} <= set(table.columns):
        raise DataError(
            f"{file} is not the table of a study or of predictions: it needs the columns program and score."
        )
    table["program"] = table["program"].astype(str)
    return table


def summary(path: Path) -> dict[str, Any]:
    """The summary in a study's folder: ``recipe``, ``protocol``, ``correlations``, ``noise``, ``reliability``.

    Raises:
        DataError: it does not hold a finished study.
    """
    try:
        found: dict[str, Any] = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{str(path)!r} does not hold a finished study ({error}). `synthbench study programs ENTRANT` makes one."
        ) from error
    return found


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, and also as Parquet if pyarrow is installed; each atomically."""
    write_text(path, table.to_csv(index=False))
    if importlib.util.find_spec("pyarrow"):
        with whole(path.with_suffix(".parquet")) as draft:
            table.to_parquet(draft, engine="pyarrow", index=False)
