"""Registry of tasks and probes: built-in ones are files in ``tasks/`` and ``probes/``, those of other packages are
entry points.

A module in ``synthbench/evaluate/tasks`` lists its tasks in ``TASKS``, one in ``probes`` its probe in ``PROBE``. Entry
points of the groups ``synthbench.tasks`` and ``synthbench.probes`` must load to a ``Task`` and a ``Probe`` of the entry
point's name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from typing import TypeVar

from synthbench.errors import DataError, SynthbenchError, UnknownNameError
from synthbench.evaluate.probe import Probe
from synthbench.evaluate.task import Absent, Task
from synthbench.protocol.protocol import Evaluate

TASK_GROUP, PROBE_GROUP = "synthbench.tasks", "synthbench.probes"
T = TypeVar("T")


@cache
def tasks() -> dict[str, Task]:
    """Every task by name.

    Raises:
        SynthbenchError: another package's task cannot be loaded, or its name is taken.
    """
    found: dict[str, Task] = {}
    for module in _modules("synthbench.evaluate.tasks"):
        found |= {task.about.name: task for task in getattr(module, "TASKS", ())}
    for point in metadata.entry_points(group=TASK_GROUP):
        task = _loaded(point, Task, found)  # type: ignore[type-abstract]
        if task.about.name != point.name:
            raise SynthbenchError(
                f"the entry point {point.name!r} of {TASK_GROUP} registers a task named {task.about.name!r}; both "
                "names must be equal."
            )
        found[point.name] = task
    return found


@cache
def probes() -> dict[str, Probe]:
    """Every probe by name.

    Raises:
        SynthbenchError: as ``tasks``.
    """
    found: dict[str, Probe] = {}
    for module in _modules("synthbench.evaluate.probes"):
        if probe := getattr(module, "PROBE", None):
            found[probe.name] = probe
    for point in metadata.entry_points(group=PROBE_GROUP):
        probe = _loaded(point, Probe, found)  # type: ignore[type-abstract]
        if probe.name != point.name:
            raise SynthbenchError(
                f"the entry point {point.name!r} of {PROBE_GROUP} registers a probe named {probe.name!r}; both names "
                "must be equal."
            )
        found[point.name] = probe
    return found


def task(name: str) -> Task:
    """A task by its name.

    Raises:
        UnknownNameError: unknown task; the nearest names are suggested.
    """
    if name not in tasks():
        raise UnknownNameError("task", name, tasks(), hint="See `synthbench datasets`.")
    return tasks()[name]


def probe(name: str) -> Probe:
    """A probe by its name.

    Raises:
        UnknownNameError: unknown probe.
    """
    if name not in probes():
        raise UnknownNameError("probe", name, probes())
    return probes()[name]


def check(rules: Evaluate) -> None:
    """Raise for the first unknown task or probe of a protocol, before hours are spent on pretraining."""
    for name in rules.tasks:
        task(name)
    for name in rules.probes:
        probe(name)


def ready(rules: Evaluate) -> None:
    """``check``, and check that the data sets on disk are present and complete.

    Raises:
        DataError: one is not; says where to get it.
    """
    check(rules)
    for name in rules.tasks:
        if task(name).place() is not None:
            task(name).splits(rules.size)


def partial_groups(names: Iterable[str]) -> list[str]:
    """Groups (``vtab-natural``) with only some of their tasks named: their mean would not be the group's."""
    named = set(names)
    groups = {name.partition("/")[0] for name in named if "/" in name}
    return sorted(group for group in groups if not {name for name in tasks() if name.startswith(f"{group}/")} <= named)


def state(name: str) -> str:
    """``here``, ``not here``, or the problem with a task's images."""
    found = task(name)
    where = found.place()
    if where is None:
        return "here"
    try:
        found.splits(0)
    except Absent:
        return "not here"
    except DataError as error:
        return str(error)
    return "here"


def _modules(package: str) -> list[object]:
    path = importlib.import_module(package).__path__
    return [
        importlib.import_module(f"{package}.{module.name}")
        for module in sorted(pkgutil.iter_modules(path), key=lambda m: m.name)
    ]


def _loaded(point: metadata.EntryPoint, kind: type[T], taken: Iterable[str]) -> T:
    what = kind.__name__.lower()
    if point.name in taken:
        raise SynthbenchError(
            f"two packages register the {what} {point.name!r}, the "
            f"second as {point.value}; uninstall one, or rename it."
        )
    try:
        found = point.load()
    except Exception as error:
        raise SynthbenchError(
            f"the {what} {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, kind):
        raise SynthbenchError(
            f"the {what} {point.name!r} ({point.value}) is a {type(found).__name__}, not an object of "
            f"{kind.__module__}.{kind.__name__}."
        )
    return found
