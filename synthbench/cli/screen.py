"""The display of a sweep on stderr: one line per finished run and, in a terminal, a live table of the active runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from synthbench.cli.console import err
from synthbench.progress import Pace, Reporter


class Row(Reporter):
    """An active run."""

    def __init__(self, name: str, note: Callable[[str], None]) -> None:
        self.name, self.text, self._note = name, "starting", note
        self.pace = Pace()
        self.began = time.monotonic()

    def stage(self, name: str, detail: str = "") -> None:
        self.text = name
        self.pace.begin(name)

    def progress(self, done: int, total: int, text: str = "") -> None:
        share = f" {done / total:4.0%}" if total else f" {done:,}"
        self.text = f"{self.pace.stage}{share}" + (f", {text}" if text else "")
        if not err.is_terminal and (line := self.pace.line(done, total, text)):
            self._note(line)

    def note(self, text: str) -> None:
        if text.startswith("warning"):
            self._note(text)


class Screen:
    """Shows a sweep of ``total`` runs, of which ``before`` were finished earlier."""

    def __init__(self, total: int, before: int) -> None:
        self._total, self._before, self._ended, self._failed = total, before, 0, 0
        self._rows: dict[str, Row] = {}
        self._began = time.monotonic()
        self._live = Live(console=err, refresh_per_second=2, transient=True, get_renderable=self._table)

    def __enter__(self) -> Screen:
        if err.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def watch(self, name: str) -> Row:
        """A run starts."""
        self._rows[name] = Row(
            name, lambda text: err.print(f"  {escape(name)}: {escape(text)}", highlight=False, soft_wrap=True)
        )
        return self._rows[name]

    def end(self, name: str, text: str, *, failed: bool = False) -> None:
        """A run has ended; ``text`` is its outcome."""
        row = self._rows.pop(name, None)
        self._ended, self._failed = self._ended + 1, self._failed + failed
        took = f", {timedelta(seconds=round(time.monotonic() - row.began))}" if row else ""
        count = f"[{self._before + self._ended}/{self._total}]"
        style = "red" if failed else "green"
        err.print(
            f"{escape(count)} [bold]{escape(name)}[/] [{style}]{escape(text)}[/]{took}", highlight=False, soft_wrap=True
        )

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True)
        for row in self._rows.values():
            table.add_row(
                escape(row.name), escape(row.text), str(timedelta(seconds=round(time.monotonic() - row.began)))
            )
        ended, spent = self._before + self._ended, time.monotonic() - self._began
        summary = f"{ended} of {self._total} ended, {self._total - ended - len(self._rows)} to come"
        left = (
            f"about {timedelta(seconds=round(spent / self._ended * (self._total - ended)))} left" if self._ended else ""
        )
        table.add_row(f"[dim]{summary}{f', {self._failed} failed' if self._failed else ''}[/]", f"[dim]{left}[/]", "")
        return table
