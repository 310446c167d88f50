"""Shared by the commands: consoles, progress, the values of -g and --set, Ctrl-C."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from synthbench.errors import Interrupted, Preempted, UsageError
from synthbench.pretrain.stop import Terminated, stopped
from synthbench.progress import Pace, Reporter

__all__ = [
    "Terminal",
    "assignments",
    "command_line",
    "err",
    "escape",
    "numbers",
    "one_line",
    "out",
    "print_json",
    "resumable",
]

PIPED = 1000
"""Columns of stdout where no terminal is: nobody reads there, and nothing should be cut or folded."""
err = Console(stderr=True)
out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "", style="cyan")


class Terminal(Reporter):
    """Shows a run on stderr: a line per stage, a bar with rate and time left while it lasts; or, without a terminal, a
    line a minute."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("  {task.description:<12}"),
            BarColumn(30),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=err,
            transient=True,
        )
        self._task: TaskID | None = None
        self._pace = Pace()

    def __enter__(self) -> Terminal:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stage(self, name: str, detail: str = "") -> None:
        self._clear()
        self._pace.begin(name)
        err.print(f"[bold]{name:<9}[/] {escape(detail)}", highlight=False)

    def progress(self, done: int, total: int, text: str = "") -> None:
        if not err.is_terminal:
            if line := self._pace.line(done, total, text):
                err.print(f"          {escape(line)}", highlight=False, soft_wrap=True)
            return
        if self._task is None:
            self._task = self._progress.add_task(text, total=total or None)
        self._progress.update(self._task, completed=done, total=total or None, description=text)

    def note(self, text: str) -> None:
        style = "yellow" if text.startswith("warning") else "dim"
        err.print(f"          [{style}]{escape(text)}[/]", highlight=False)

    def _clear(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


@contextmanager
def resumable() -> Iterator[None]:
    """Turn Ctrl-C into an exit that says how to go on, and SIGTERM into one with the code for "start me again"."""

    def terminate(number: int, _frame: object) -> None:
        raise stopped(number)

    kept = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except Terminated:
        raise Preempted("told to stop (SIGTERM); what is done is saved. The same command goes on from there.") from None
    except KeyboardInterrupt:
        raise Interrupted("interrupted; what is done is saved. The same command goes on from there.") from None
    finally:
        signal.signal(signal.SIGTERM, kept)


def command_line() -> str:
    """The command as typed, for the record."""
    return shlex.join(["synthbench", *sys.argv[1:]])


def assignments(pairs: list[str], option: str) -> dict[str, Any]:
    """``["a=1", "b=x"]`` -> ``{"a": 1, "b": "x"}``; values are JSON where they parse as JSON, else text.

    Raises:
        UsageError: no ``=`` in one of them.
    """
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} {pair!r}: write {option} key=value.")
        try:
            values[key] = json.loads(text)
        except ValueError:
            values[key] = text
    return values


def numbers(text: str, option: str) -> list[int]:
    """``"0,1,2"`` -> ``[0, 1, 2]``.

    Raises:
        UsageError: something else.
    """
    try:
        return [int(number) for number in text.split(",") if number.strip()]
    except ValueError:
        raise UsageError(f"{option} {text!r}: whole numbers with commas between them, as in 0,1,2.") from None


def one_line(text: str) -> str:
    """Text of a stranger on one line, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
