"""The run folder: names of its files, and its lock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthbench.errors import DataError
from synthbench.storage.files import clear, write_json
from synthbench.storage.lock import locked

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
    """Lock a run folder for one process, and check that its content belongs to the same request.

    Raises:
        DataError: the folder cannot be written, another process holds it, or it holds another run.
    """
    with locked(folder):
        clear(folder)
        path = folder / REQUEST
        if path.is_file():
            held = json.loads(path.read_text(encoding="utf-8"))
            if held != request:
                differs = ", ".join(k for k in sorted({*held, *request}) if held.get(k) != request.get(k))
                raise DataError(
                    f"{folder} holds another run (other {differs}). Choose another --out folder, or delete this one."
                )
        else:
            write_json(path, request)
        yield
