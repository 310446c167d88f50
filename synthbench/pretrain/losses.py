"""``losses.csv``: the loss of every step, written during training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from synthbench.storage.files import disk_errors, write_text

HEADER = "step,loss\n"


def text(losses: Iterable[float]) -> str:
    """The complete file of a finished run."""
    return HEADER + "".join(_line(step, loss) for step, loss in enumerate(losses, 1))


def _line(step: int, loss: float) -> str:
    return f"{step},{loss:.6f}\n"


class LossFile:
    """Appends a line per step.

    Steps after the last checkpoint of an interrupted run are repeated, and their lines rewritten.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> LossFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, step: int, loss: float) -> None:
        """Add the loss of a step, counted from 1."""
        with disk_errors(self._path):
            if self._file is None:
                write_text(self._path, HEADER + "".join(self._before(step)))
                self._file = self._path.open("a", encoding="utf-8")
            self._file.write(_line(step, loss))
            self._file.flush()

    def _before(self, step: int) -> list[str]:
        if not self._path.is_file():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]
        return [
            line
            for line in lines
            if line.endswith("\n") and line.split(",")[0].isdigit() and int(line.split(",")[0]) < step
        ]
