"""The run folder: where a run keeps what it makes, and what it may find there."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthbench.errors import DataError
from synthbench.lock import locked

RESULT = "result.json"
RECIPE = "recipe.json"
PROTOCOL = "protocol.json"
ENVIRONMENT = "environment.json"
REQUEST = "run.json"
LOG = "log.txt"
IMAGES = "images"
LEFT_OUT = "left-out.json"
ORIGIN = "origin.json"
SHEET = "contact-sheet.png"
LOSS_FIGURE = "loss.png"
LOSSES = "losses.csv"
SCORES_FIGURE = "scores.png"


def run_folder(out: Path, entrant: str, protocol: str, seed: int) -> Path:
    """``OUT/<entrant>/<protocol>/seed-<S>``."""
    return out / entrant / protocol / f"seed-{seed}"


@contextmanager
def claim(folder: Path, request: dict[str, Any]) -> Iterator[None]:
    """Hold a run folder for one process, and make sure that what is in it belongs to the same request.

    Raises:
        DataError: the folder cannot be written, another process holds it, or it holds another run.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot write the run folder {folder}: {error.strerror}. Choose another with --out.") from error
    with locked(folder):
        path = folder / REQUEST
        if path.is_file():
            held = json.loads(path.read_text(encoding="utf-8"))
            if held != request:
                differs = ", ".join(k for k in sorted({*held, *request}) if held.get(k) != request.get(k))
                raise DataError(f"{folder} holds another run (other {differs}). Choose another --out folder, or delete this one.")
        else:
            write_json(path, request)
        yield


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A draft beside the folder ``out`` to fill; it takes that name at the end, and is removed where something fails.

    ``out`` must not exist, or be empty.

    Raises:
        DataError: there can be no such folder.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise DataError(f"cannot write the folder {out}: {error.strerror}. Choose another with --out.") from error
    try:
        draft.chmod(0o755)
        yield draft
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, default=str) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically: a reader sees the old one or the new one.

    Raises:
        DataError: the disk is full or the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise DataError(f"cannot write {path}: {error.strerror}. What was done before is kept.") from error
