"""A measurement as a document (JSON), as a table (CSV, Parquet) and as plain numbers.

A missing value has a reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ConfigDict, Field

from synthbench.errors import DataError
from synthbench.result.folder import MEASUREMENT
from synthbench.storage.files import make_folder, whole, write_text
from synthbench.storage.model import FrozenModel

if TYPE_CHECKING:
    import pandas as pd


class Value(FrozenModel):
    """One metric.

    Attributes:
        value: None if it is missing; ``gap`` is then the reason.
        unit: empty for a value without a unit.
        n: number of images (or of programs, for the render rate) it is based on.
        std: standard deviation over them (ddof 1); for the kernel distance over its random subsets.
        low, high: their 5 % and 95 % quantiles.
        gap: why the value is missing, or what it leaves out.
    """

    value: float | None
    unit: str = ""
    n: int
    std: float | None = None
    low: float | None = None
    high: float | None = None
    gap: str = ""


def summary(values: np.ndarray, unit: str = "", missing: str = "not defined") -> Value:
    """The mean of the finite ones among (N,) values; ``missing`` is the reason why the others are missing."""
    found = values[np.isfinite(values)]
    lacking = len(values) - len(found)
    if len(found) == 0:
        return Value(
            value=None, unit=unit, n=0, gap=f"{missing} ({lacking} of {len(values)} images)" if lacking else "no images"
        )
    low, high = np.quantile(found, [0.05, 0.95])
    return Value(
        value=float(found.mean()),
        unit=unit,
        n=len(found),
        std=float(found.std(ddof=1)) if len(found) > 1 else None,
        low=float(low),
        high=float(high),
        gap=f"{missing} ({lacking} of {len(values)} images left out)" if lacking else "",
    )


class Measurement(FrozenModel):
    """Measurement of an entrant's images.

    Attributes:
        metrics: of all images; ``programs``: by program, if requested.
        n_distinct: number of images with distinct pixels; distances count each of them once.
        against: the reference of the distances.
        notes: for the reader: images left out, constant or repeated images, missing weights.
        images: metric -> (N,) the value of each image, for the figure; not part of the document.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    schema_version: int = 1
    entrant: str
    title: str
    recipe_sha256: str
    seed: int
    size: int
    n_images: int
    n_programs: int
    n_left_out: int
    n_constant: int
    n_distinct: int
    renderer: str
    cpu: str
    against: str | None = None
    against_sha256: str | None = None
    metrics: dict[str, Value]
    programs: dict[str, dict[str, Value]] = Field(default={})
    notes: list[str] = Field(default=[])
    images: dict[str, np.ndarray] = Field(default_factory=dict, exclude=True, repr=False)

    def properties(self) -> dict[str, float]:
        """The plain values, as in a leaderboard's record."""
        return {name: metric.value for name, metric in self.metrics.items() if metric.value is not None}

    def frame(self) -> pd.DataFrame:
        """One row per metric for all images (``program`` is empty) and for each program; missing values are NaN, with a
        reason."""
        import pandas as pd

        groups: Mapping[str, Mapping[str, Value]] = {"": self.metrics, **self.programs}
        rows = [
            {"entrant": self.entrant, "program": program, "metric": name, **value.model_dump()}
            for program, metrics in groups.items()
            for name, value in metrics.items()
        ]
        columns = ["entrant", "program", "metric", *Value.model_fields]
        numbers = dict.fromkeys(("value", "std", "low", "high"), "float64")
        return pd.DataFrame(rows, columns=columns).astype(numbers)

    def write(self, folder: Path) -> list[Path]:
        """Write ``measurement.json``, ``.csv``, ``.parquet`` and ``.png`` into a folder, each atomically, and return
        their paths.

        Raises:
            DataError: the folder cannot be written.
        """
        from synthbench.measure.figure import draw

        make_folder(folder)
        frame = self.frame()
        paths = [(folder / MEASUREMENT).with_suffix(f".{kind}") for kind in ("json", "csv", "parquet", "png")]
        write_text(paths[0], self.model_dump_json(indent=2) + "\n")
        write_text(paths[1], frame.to_csv(index=False))
        with whole(paths[2]) as draft:
            frame.to_parquet(draft, engine="pyarrow", index=False)
        draw(self, paths[3])
        return paths


def read(path: Path) -> Measurement:
    """Read a ``measurement.json``.

    Raises:
        DataError: the file is missing or not a measurement.
    """
    try:
        return Measurement.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise DataError(
            f"{path} is not a measurement that this version of synthbench can read: {str(error)[:300]}"
        ) from error


def number(value: float | None) -> str:
    """A value for display: four significant digits, or a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
