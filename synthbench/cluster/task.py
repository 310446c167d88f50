"""A task: a function by its name, with arguments that JSON can hold, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from synthbench.errors import SynthbenchError
from synthbench.progress import Reporter


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be done: ``function(arguments, report)``."""

    name: str
    """For people."""
    function: str
    """``module:function``."""
    arguments: dict[str, Any]
    """JSON."""


@dataclass(frozen=True)
class Outcome:
    """A task that has ended: what its function returned, or why it failed."""

    task: Task
    value: Any = None
    failed: str = ""


Watch = Callable[[Task], Reporter]
"""Gives the reporter that hears the news of a task."""


def unwatched(_: Task) -> Reporter:
    """Hear no news."""
    return Reporter()


def do(function: str, arguments: dict[str, Any], report: Reporter) -> tuple[Any, str]:
    """Call a task's function: (what it returned, ""), or (None, why it failed).

    One bad task must not end the others.
    """
    module, _, name = function.partition(":")
    try:
        return getattr(import_module(module), name)(arguments, report), ""
    except SynthbenchError as error:
        return None, str(error)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
