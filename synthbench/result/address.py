"""Run folders at an address, for reading: their files are downloaded once and checked."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from synthbench.errors import DataError, StorageError
from synthbench.result import folder, result
from synthbench.result.encoder_file import WEIGHTS
from synthbench.storage.files import sha256_of
from synthbench.storage.mirror import address_of, here
from synthbench.storage.remote import Remote, local

ENCODER = (folder.RESULT, WEIGHTS)
"""Files that are needed to load an encoder."""
BOARD = (folder.RESULT, folder.SHEET)
"""To show a run on a board."""
REPORT = (*BOARD, folder.LOSSES, folder.MEASUREMENT)
"""To compare runs."""
SUBMISSION = (
    *REPORT, WEIGHTS, folder.REQUEST, folder.RECIPE, folder.PROTOCOL, folder.ORIGIN, folder.LOSS_FIGURE,
)  # fmt: skip
"""To submit a run."""
DEPTH = 3
"""Levels below the address of runs: entrant, protocol, seed."""


def brought(place: str | Path, files: Collection[str]) -> Path:
    """A run folder as a local one: a path unchanged, and for an address its local folder with these files, if they
    exist.

    Raises:
        StorageError: it cannot be read.
        DataError: there is no run, or its encoder is not the one in its record.
    """
    place = local(place)
    if isinstance(place, Path):
        return place
    folder.mirror(place).read({folder.REQUEST, *files})
    path = here(place)
    if not (path / folder.REQUEST).is_file():
        raise _no_run(place)
    weights, record = path / WEIGHTS, path / folder.RESULT
    if WEIGHTS in files and weights.is_file() and record.is_file():
        runs = result.read(record).runs
        if sha256_of(weights) not in {run.encoder.weights_sha256 for run in runs}:
            raise DataError(f"{place}/{WEIGHTS} is not the encoder in {folder.RESULT} there: its hash differs.")
    return path


def all_brought(place: str | Path, files: Collection[str]) -> list[Path]:
    """As ``brought``, for all finished runs at an address, up to three levels down; a path unchanged.

    Raises:
        StorageError: there are none, or they cannot be read.
        DataError: as ``brought``.
    """
    place = local(place)
    if isinstance(place, Path):
        return [place]
    found = [brought(address, files) for address in Remote(place).holders(folder.RESULT, DEPTH)]
    if not found:
        raise _no_run(place, "finished ")
    return found


def _no_run(address: str, which: str = "") -> StorageError:
    return StorageError(
        f"{address} holds no {which}run. `synthbench run ENTRANT --out ADDRESS` writes it to "
        "ADDRESS/<entrant>/<protocol>/seed-<S>."
    )


def images(path: Path) -> Path | str:
    """The folder of a run's images, or its address."""
    address = address_of(path)
    return f"{address}/{folder.IMAGES}" if address else path / folder.IMAGES
