"""The run folder: names of its files, and its lock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from synthbench.errors import DataError
from synthbench.progress import Reporter
from synthbench.storage.files import clear, write_json
from synthbench.storage.lock import locked
from synthbench.storage.mirror import Mirror
from synthbench.storage.remote import Remote

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
MEASUREMENT = "measurement.json"
"""The output of ``synthbench measure`` on the entrant's images."""
LOSS_FIGURE = "loss.png"
LOSSES = "losses.csv"
SCORES_FIGURE = "scores.png"


def run_folder(out: Path, entrant: str, protocol: str, seed: int) -> Path:
    """``OUT/<entrant>/<protocol>/seed-<S>``."""
    return out / entrant / protocol / f"seed-{seed}"


def run_address(out: Path | str, entrant: str, protocol: str, seed: int) -> str:
    """The address of a run; empty if the runs are not at an address."""
    return f"{out}/{entrant}/{protocol}/seed-{seed}" if isinstance(out, str) else ""


def mirror(address: str) -> Mirror:
    """A run folder at an address."""
    return Mirror(address, first=REQUEST, final=RESULT)


@contextmanager
def claim(
    folder: Path, request: dict[str, Any], *, address: str = "", report: Reporter | None = None
) -> Iterator[Mirror | None]:
    """Lock a run folder for one process, and check that its content belongs to the same request.

    The folder of a run at an address is brought first, and published at the end and at Ctrl-C; the caller publishes in
    between with the mirror that it gets (None without an address, or if the run is complete there).

    Args:
        report: receives who worked at the address before.

    Raises:
        DataError: the folder cannot be written, another process holds it, or it holds another run.
        StorageError: the address cannot be read or written to, or another process has taken it over.
    """
    with locked(folder):
        clear(folder)
        if not address:
            if not _holds(folder, request, str(folder)):
                write_json(folder / REQUEST, request)
            yield None
            return
        with closing(mirror(address)) as there:
            Remote(address.rsplit("/", 3)[0]).sizes()  # refuses an --out that is a file
            there.bring()
            held = _holds(folder, request, address)
            if there.complete:
                yield None
                return
            if (before := there.own()) and report is not None:
                report.note(f"continuing after {before}; if that is still at work, it will stop")
            if not held:
                write_json(folder / REQUEST, request)
            there.publish()
            try:
                yield there
            except KeyboardInterrupt:
                there.publish()
                raise
            there.publish()


def _holds(folder: Path, request: dict[str, Any], name: str) -> bool:
    """Whether a folder holds this run; False if it holds none.

    Raises:
        DataError: it holds another one.
    """
    path = folder / REQUEST
    if not path.is_file():
        return False
    held = json.loads(path.read_text(encoding="utf-8"))
    if held != request:
        differs = ", ".join(k for k in sorted({*held, *request}) if held.get(k) != request.get(k))
        raise DataError(f"{name} holds another run (other {differs}). Choose another --out, or delete this one.")
    return True
