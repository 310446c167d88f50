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
from synthbench.progress import Pace, Reporter, speed

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
"""Width of stdout if it is not a terminal: wide, so that nothing is cut or folded."""


def _forced() -> bool | None:
    """False in a Jupyter notebook: its ``!command`` has a terminal, but one that shows each state of a progress bar
    on a new line. None elsewhere: rich looks at the stream."""
    return False if "JPY_PARENT_PID" in os.environ else None


err = Console(stderr=True, force_terminal=_forced())
out = Console(
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED,
    force_terminal=_forced(),
)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(speed(rate) if rate else "", style="cyan")


class Terminal(Reporter):
    """Progress of a run on stderr: one line per stage and, in a terminal, a bar with rate and time left; otherwise
    one line per minute."""

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
    """Turn Ctrl-C into an exit that says how to continue, and SIGTERM into exit code 75 ("start me again")."""

    def terminate(number: int, _frame: object) -> None:
        raise stopped(number)

    kept = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except Terminated:
        raise Preempted("told to stop (SIGTERM); progress is saved. Run the same command to continue.") from None
    except KeyboardInterrupt:
        raise Interrupted("interrupted; progress is saved. Run the same command to continue.") from None
    finally:
        signal.signal(signal.SIGTERM, kept)


def command_line() -> str:
    """The command as typed, for the record."""
    return shlex.join(["synthbench", *sys.argv[1:]])


def assignments(pairs: list[str], option: str) -> dict[str, Any]:
    """``["a=1", "b=x"]`` -> ``{"a": 1, "b": "x"}``; values are parsed as JSON if possible, otherwise kept as text.

    Raises:
        UsageError: one of them does not contain ``=``.
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
        UsageError: other text.
    """
    try:
        return [int(number) for number in text.split(",") if number.strip()]
    except ValueError:
        raise UsageError(f"{option} {text!r}: expected integers separated by commas, as in 0,1,2.") from None


def one_line(text: str) -> str:
    """Untrusted text on one line, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
