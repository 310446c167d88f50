"""Stop requests: Ctrl-C, or SIGTERM as a cluster sends it before it takes the machine away."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """SIGTERM; the command line exits with the code for "start me again"."""


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collect the first SIGINT or SIGTERM in a list instead of interrupting a step; a second one interrupts at once.

    A signal that this process ignores stays ignored: Ctrl-C reaches a sweep's worker processes too, and its parent
    tells them to stop.
    """
    seen: list[int] = []
    kept = {}

    def note(number: int, _frame: object) -> None:
        if seen:
            raise stopped(number)
        seen.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            kept[number] = signal.signal(number, note)
        except ValueError:  # not the main thread: leave the caller's signal handlers
            break
    try:
        yield seen
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def stopped(number: int) -> KeyboardInterrupt:
    """The exception for a signal."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
