"""Categories of FractalDB: the random systems kept by ``search``, and the original's CSV files of categories.

Source: Kataoka et al. 2020, Sec. 3; hirokatsukataoka16/FractalDB-Pretrained-ResNet-PyTorch at 1b8fb9f. For three
dimensions see ``space``.

Candidate i is a pure function of i. The shipped categories are therefore a list of the kept numbers (``kept2d.txt``,
``kept3d.txt``, written by ``search.py``), and a category is generated when it is drawn.
"""

from __future__ import annotations

import csv
import os
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from synthbench.generators.fractals import ifs

from synthbench.errors import DataError, UsageError
from synthbench.generator import stream

SEED = {2: 1, 3: 3}
SUM = 0.02
"""Tolerance of the sum of a file's probabilities: the original writes them with few digits."""


def candidate(i: int, dimensions: int = 2) -> np.ndarray:
    """(n, 6) or (n, 12) float64, n uniform in 2..7, every parameter uniform in [-1, 1)."""
    rng = stream(SEED[dimensions], i)
    return rng.uniform(-1, 1, (rng.integers(2, 8), dimensions * (dimensions + 1)))


def probabilities(maps: np.ndarray) -> np.ndarray:
    """(n,) float64 that sum to 1, proportional to |det A| of each map."""
    if maps.shape[1] == 6:
        det = np.abs(maps[:, 0] * maps[:, 3] - maps[:, 1] * maps[:, 2])
    else:
        a, b, c = maps[:, 0:3], maps[:, 3:6], maps[:, 6:9]
        det = np.abs((a * (b[:, [1, 2, 0]] * c[:, [2, 0, 1]] - b[:, [2, 0, 1]] * c[:, [1, 2, 0]])).sum(axis=1))
    return det / det.sum()


@cache
def kept(dimensions: int = 2) -> np.ndarray:
    """(n,) int64 numbers of the kept candidates, ascending. The file holds their differences."""
    text = (Path(__file__).parent / f"kept{dimensions}d.txt").read_text(encoding="utf-8")
    return np.cumsum(np.array(text.split(), np.int64))


def numbered(count: int, most: int) -> tuple[str, ...]:
    """Labels 00000, 00001, ...

    Raises:
        UsageError: ``count`` is not 1 to ``most``.
    """
    if not 1 <= count <= most:
        raise UsageError(f"count must be 1 to {most}, not {count}.")
    return tuple(f"{label:05d}" for label in range(count))


def read(folder: str | Path) -> dict[str, np.ndarray]:
    """The categories of a folder of CSV files in the original's format: file name -> (n, 7) float64 rows a, b, c,
    d, e, f, p, by name.

    A folder without CSV files may contain folders of them, such as the original's ``csv0`` to ``csv39``.

    Raises:
        UsageError: the folder does not exist, or there is no CSV file in it or in its subfolders.
        DataError: two files of one name, a file that cannot be read, a row that is not seven finite numbers, a negative
            probability, probabilities that do not sum to 1 (by more than 0.02), no row, or maps whose orbit diverges;
            names the file and the line.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r} of category files.")
    files = sorted(root.glob("*.csv")) or sorted(root.glob("*/*.csv"), key=lambda file: (file.name, file))
    if not files:
        raise UsageError(
            f"the folder {str(folder)!r} holds no category file (*.csv, rows "
            "a,b,c,d,e,f,p, one file a category), nor do the folders in it."
        )
    for one, other in pairwise(files):
        if one.name == other.name:
            raise DataError(
                f"{one} and {other} have one name, which is the "
                "category's; rename one of them or name its folder alone."
            )
    return {file.stem: _read(file) for file in files}


def _read(file: Path) -> np.ndarray:
    rows = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            for number, row in enumerate(csv.reader(opened), start=1):
                if row:
                    rows.append(_numbers(row, f"{file}, line {number}"))
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} is no CSV file of numbers: {error}.") from error
    if not rows:
        raise DataError(f"{file} holds no row; a category has one row a,b,c,d,e,f,p for each map.")
    table = np.array(rows)
    if (table[:, 6] < 0).any() or abs(table[:, 6].sum() - 1) > SUM:
        raise DataError(
            f"{file}: the probabilities (column 7) are {table[:, 6].tolist()}; they must be at least 0 and sum to 1."
        )
    if ifs.orbit(table[:, :6], table[:, 6], ifs.choices(20_000)) is None:
        raise DataError(
            f"{file}: the orbit of these maps diverges, so there is nothing to draw; remove the file or mend its maps."
        )
    return table


def _numbers(row: list[str], where: str) -> list[float]:
    try:
        values = [float(field) for field in row]
    except ValueError as error:
        raise DataError(f"{where}: {','.join(row)!r} is not seven numbers a,b,c,d,e,f,p: {error}.") from error
    if len(values) != 7:
        raise DataError(f"{where}: {len(values)} columns; a row has seven: a,b,c,d,e,f,p.")
    if not np.isfinite(values).all():
        raise DataError(f"{where}: {','.join(row)!r} holds a value that is not finite.")
    return values


def write(folder: str | Path, systems: dict[str, np.ndarray]) -> None:
    """Write categories as the original's CSV files: one file each, n rows a,b,c,d,e,f,p, every digit kept.

    Args:
        folder: created if missing; files of the same names are replaced atomically.
        systems: name -> (n, 7) float64.
    """
    root = Path(folder).expanduser()
    root.mkdir(parents=True, exist_ok=True)
    for name, table in systems.items():
        partial = root / f".{name}.csv.partial"
        partial.write_text(
            "".join(",".join(repr(float(value)) for value in row) + "\n" for row in table), encoding="utf-8"
        )
        os.replace(partial, root / f"{name}.csv")
