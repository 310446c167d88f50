"""A task: the name of a function, its arguments as JSON, and its outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from synthbench.errors import SynthbenchError
from synthbench.progress import Reporter


@dataclass(frozen=True, eq=False)
class Task:
    """A call of ``function(arguments, report)``."""

    name: str
    """Display name."""
    function: str
    """``module:function``."""
    arguments: dict[str, Any]
    """JSON."""


@dataclass(frozen=True)
class Outcome:
    """A finished task: the function's result, or the reason of its failure."""

    task: Task
    value: Any = None
    failed: str = ""


Watch = Callable[[Task], Reporter]
"""Returns the reporter of a task."""


def unwatched(_: Task) -> Reporter:
    """A reporter that ignores everything."""
    return Reporter()


def do(function: str, arguments: dict[str, Any], report: Reporter) -> tuple[Any, str]:
    """Call a task's function; returns (its result, ""), or (None, the reason of the failure).

    One bad task must not end the others.
    """
    module, _, name = function.partition(":")
    try:
        return getattr(import_module(module), name)(arguments, report), ""
    except SynthbenchError as error:
        return None, str(error)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
