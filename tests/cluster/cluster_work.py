"""The tasks of the tests for lanes and nodes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from synthbench.errors import DataError


def double(arguments, report):
    report.stage("double", "a number")
    report.progress(1, 2, "half")
    report.note("nearly")
    return 2 * arguments["x"]


def refuse(arguments, report):
    raise DataError("there are no images")


def fail(arguments, report):
    raise KeyError("x")


def die_once(arguments, report):
    """Killed the first time, like a process that runs out of memory."""
    mark = Path(arguments["mark"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.environ.get("LANE")


def wait(arguments, report):
    """Runs until it is told to stop."""
    try:
        report.note("waiting")
        while True:
            time.sleep(0.05)
    except KeyboardInterrupt:
        Path(arguments["mark"]).touch()
        raise


def hold(arguments, report):
    """Says which process it is, and goes on for ever."""
    mark = Path(arguments["mark"])
    mark.with_suffix(".tmp").write_text(str(os.getpid()))
    mark.with_suffix(".tmp").rename(mark)
    while True:
        time.sleep(1)


def process(arguments, report):
    return os.getpid()


def where(arguments, report):
    import ray

    return ray.get_runtime_context().get_node_id()
