"""How long work tells where it is. The command line implements it; the library stays silent by default."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


class Reporter:
    """Receives news of a run; every method may be ignored."""

    def stage(self, name: str, detail: str = "") -> None:
        """A stage begins."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Part of the stage is done."""

    def note(self, text: str) -> None:
        """Something worth knowing: a reuse, a warning."""


class Log(Reporter):
    """Writes stages and notes, with the time, to a file, and passes all news on."""

    def __init__(self, path: Path, to: Reporter) -> None:
        self._path, self._to = path, to

    def stage(self, name: str, detail: str = "") -> None:
        self._write(f"{name}: {detail}")
        self._to.stage(name, detail)

    def progress(self, done: int, total: int, text: str = "") -> None:
        self._to.progress(done, total, text)

    def note(self, text: str) -> None:
        self._write(text)
        self._to.note(text)

    def _write(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n")
