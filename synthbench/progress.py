"""Progress reporting. The command line implements it; the library is silent by default."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from synthbench.storage.files import disk_errors


class Reporter:
    """Receives progress of a run; every method may do nothing."""

    def stage(self, name: str, detail: str = "") -> None:
        """A stage starts."""

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Part of the stage is done."""

    def note(self, text: str) -> None:
        """A message for the user: something was reused, a warning."""


def speed(rate: float) -> str:
    """A rate per second as text: ``12.3/s``, or below 1/s the time of one, ``43.2 s each``."""
    return f"{rate:,.1f}/s" if rate >= 1 else f"{1 / rate:,.1f} s each"


class Pace:
    """Progress of a stage as text where no bar can be shown: a line per minute and one at the end."""

    EVERY = 60.0
    """Seconds between lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.begin("")

    def begin(self, stage: str) -> None:
        """A stage starts."""
        self.stage, self._first, self._over = stage, -1, False
        self._started = self._said = self._clock()

    def line(self, done: int, total: int, text: str = "") -> str | None:
        """The line to print after this progress, or None. A total of 0 means unknown."""
        now = self._clock()
        if self._first < 0:  # work done before an interruption would distort the speed of this run
            self._first, self._started = done, now
        ended = done >= total > 0
        if self._over or not (ended or now - self._said >= self.EVERY):
            return None
        self._said, self._over = now, ended
        parts = [f"{self.stage} {done:,}" + (f" of {total:,}" if total else ""), *([text] if text else [])]
        if done > self._first and now > self._started:
            rate = (done - self._first) / (now - self._started)
            parts.append(speed(rate))
            if total and not ended:
                parts.append(f"{timedelta(seconds=round((total - done) / rate))} left")
        return ", ".join(parts)


class Log(Reporter):
    """Writes stages, notes and progress lines to a file, with the time, and forwards everything."""

    def __init__(self, path: Path, to: Reporter) -> None:
        self._path, self._to, self._pace = path, to, Pace()

    def stage(self, name: str, detail: str = "") -> None:
        self._pace.begin(name)
        self._write(f"{name}: {detail}")
        self._to.stage(name, detail)

    def progress(self, done: int, total: int, text: str = "") -> None:
        if line := self._pace.line(done, total, text):
            self._write(line)
        self._to.progress(done, total, text)

    def note(self, text: str) -> None:
        self._write(text)
        self._to.note(text)

    def _write(self, text: str) -> None:
        with disk_errors(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n")
