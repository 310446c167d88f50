"""Tasks on the nodes of a Ray cluster. Ray schedules them, and restarts those whose process or node is lost."""

from __future__ import annotations

import logging
import os
import platform
import signal
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import islice
from types import ModuleType
from typing import Any

from synthbench.cluster.task import Outcome, Task, do
from synthbench.errors import ClusterError
from synthbench.progress import Reporter
from synthbench.render.process import THREADS
from synthbench.result.environment import version

TRIES = 4
"""Number of starts of a task whose process or node is lost."""
AHEAD = 2
"""Submitted tasks per slot of the cluster, so that nodes do not wait for this process."""
SURVEY = 300.0
"""Timeout of a node's answer: it starts a process, and perhaps draws a few images."""
REACH = 10.0
"""Seconds that the cluster's address has to answer."""
SETTINGS = 4
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0])
"""How a client of HTTP/2 begins (RFC 9113, 3.4): the preface and an empty SETTINGS frame. A server's first frame is a
SETTINGS frame too."""
LOOK = 10.0
"""Seconds between checks that there are nodes left."""
LIBRARIES = ("numpy", "pillow", "torch")
"""Libraries whose versions affect images, files and weights."""


@dataclass(frozen=True)
class Needs:
    """The resources of a task."""

    cpus: int = 1
    gpus: int = 0

    def __str__(self) -> str:
        return f"{self.cpus} CPU{'s'[: self.cpus > 1]}" + (
            f" and {self.gpus} GPU{'s'[: self.gpus > 1]}" if self.gpus else ""
        )


@dataclass(frozen=True)
class Node:
    """A node of the cluster that is large enough, with its answer to the survey."""

    id: str
    name: str
    places: int
    """Number of parallel tasks."""
    answer: Any = None
    failed: str = ""


@contextmanager
def connected(address: str) -> Iterator[ModuleType]:
    """The module ``ray``, connected to a cluster; a context manager.

    Args:
        address: as for ``ray.init`` (``auto``, ``HOST:PORT``, ``ray://HOST:PORT``); ``local`` starts a cluster on
            this machine.

    Raises:
        ClusterError: Ray is not installed, the cluster does not respond, or it has another version of Ray or Python.
    """
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            "work on a cluster needs Ray, which is not installed: pip install 'synthbench-vision[ray]'"
        ) from error
    _reach(address)
    kept = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.WARNING,
            include_dashboard=False if address == "local" else None,
        )
    except Exception as error:  # it may raise anything, including a bare Exception
        ray.shutdown()
        why = " ".join(str(error).split())
        if "ersion" in why and "mismatch" in why.lower():
            raise ClusterError(
                f"the cluster at {address!r} runs other versions: {why} Install the same Ray and Python."
            ) from error
        raise _absent(address, why) from error
    finally:
        if kept is not None:
            with _main_thread_only():
                signal.signal(signal.SIGTERM, kept)  # Ray puts its own there
    try:
        yield ray
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """See that a server of gRPC listens, as Ray's are: Ray itself tries for minutes.

    Raises:
        ClusterError: nobody does, or another kind of server.
    """
    place = os.environ.get("RAY_ADDRESS", "") if address == "auto" else address
    host, colon, port = place.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        try:
            with socket.create_connection((host, int(port)), timeout=REACH) as server:
                server.sendall(HELLO)
                answer = server.recv(9)
        except OSError as error:
            raise _absent(place, f"{error.strerror or error}.") from error
        if answer[3:4] != bytes([SETTINGS]) and os.environ.get("RAY_USE_TLS") != "1":
            raise _absent(place, "another kind of server listens there; Ray's port is that of `ray start`, 6379.")


def _absent(address: str, why: str) -> ClusterError:
    return ClusterError(
        f"there is no Ray at {address!r}: {why} Start one (`ray "
        "start --head`), or `--ray local` starts one on this machine."
    )


@contextmanager
def _main_thread_only() -> Iterator[None]:
    """Skip setting signal handlers outside the main thread, where it is not possible."""
    try:
        yield
    except ValueError:
        return


def survey(ray: ModuleType, function: str, arguments: dict[str, Any], needs: Needs) -> list[Node]:
    """Query every node that is large enough for the tasks, with a task that requests no resources.

    Raises:
        ClusterError: none of the nodes is large enough, or a node has another version of synthbench or Python; names
            it.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    alive = [node for node in ray.nodes() if node["Alive"]]
    nodes = [
        Node(node["NodeID"], str(node["NodeManagerHostname"]), places)
        for node in alive
        if (places := _places(node["Resources"], needs))
    ]
    if not nodes:
        largest = max(
            (f"{n['Resources'].get('CPU', 0):g} CPUs and {n['Resources'].get('GPU', 0):g} GPUs" for n in alive),
            default="nothing",
        )
        raise ClusterError(
            f"none of the {len(alive)} nodes of the cluster has "
            f"{needs}, which each task needs; the largest has {largest}."
        )
    remote = ray.remote(guarded)
    asked = [
        remote.options(
            num_cpus=0, max_retries=1, scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)
        ).remote(function, arguments, versions())
        for node in nodes
    ]
    found = []
    for node, reference in zip(nodes, asked, strict=True):
        try:
            value, failed = ray.get(reference, timeout=SURVEY)
        except ray.exceptions.GetTimeoutError:
            value, failed = None, f"it did not respond for {SURVEY:g} s"
        except ray.exceptions.RayTaskError as error:
            raise ClusterError(f"node {node.name} {_unlike(error)}") from error
        except (ray.exceptions.TaskUnschedulableError, ray.exceptions.NodeDiedError):
            continue  # it was lost in the meantime
        except ray.exceptions.RayError as error:
            value, failed = None, f"Ray: {_first(error)}"
        found.append(replace(node, answer=value, failed=failed))
    if not found:
        raise ClusterError("all nodes of the cluster are lost.")
    return found


def _places(resources: dict[str, float], needs: Needs) -> int:
    by_gpu = [int(resources.get("GPU", 0) // needs.gpus)] if needs.gpus else []
    return min([int(resources.get("CPU", 0) // needs.cpus), *by_gpu])


def run(
    ray: ModuleType, tasks: Iterable[Task], needs: Needs, *, only: Sequence[Node] = (), fresh: bool = False
) -> Iterator[Outcome]:
    """Do tasks; yields each as it ends.

    Only slightly more tasks than the cluster has slots for are submitted at a time, so tasks may be generated lazily
    and results do not pile up.

    Args:
        fresh: whether each task has its own process.
        only: nodes that may do them; by default all, including those that join later.

    Raises:
        ClusterError: there is no node left that is large enough.
    """
    where = {"label_selector": {"ray.io/node-id": f"in({','.join(node.id for node in only)})"}} if only else {}
    names = {node.id for node in only}
    remote = ray.remote(num_cpus=needs.cpus, num_gpus=needs.gpus, max_retries=TRIES - 1, max_calls=int(fresh), **where)(
        guarded
    )
    todo, open_ = iter(tasks), dict[Any, Task]()
    while True:
        places = sum(
            _places(node["Resources"], needs)
            for node in ray.nodes()
            if node["Alive"] and (not only or node["NodeID"] in names)
        )
        for task in islice(todo, max(0, AHEAD * max(1, places) - len(open_))):
            open_[remote.remote(task.function, task.arguments, versions())] = task
        if not open_:
            return
        done, _ = ray.wait(list(open_), num_returns=1, timeout=LOOK)
        if not done and not places:
            raise ClusterError(f"no node with {needs} is left in the cluster{' of those that fit' if only else ''}.")
        for reference in done:
            task = open_.pop(reference)
            try:
                value, failed = ray.get(reference)
            except ray.exceptions.RayTaskError as error:
                value, failed = None, f"its node {_unlike(error)}"
            except ray.exceptions.RayError as error:  # its process or its node has died too often
                value, failed = None, f"Ray: {_first(error)}"
            yield Outcome(task, value, failed)


def _first(error: Exception) -> str:
    """The first line, because Ray's messages have many."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _unlike(error: Exception) -> str:
    """Why a node cannot start a task: our own error, or an old synthbench without the function."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, ClusterError):
        return str(cause)
    last = [line.strip() for line in str(error).splitlines() if line.strip()][-1:]
    return (
        f"cannot start the task ({''.join(last)}). Install synthbench "
        f"{version()} there, with Python {versions()['Python']}."
    )


def versions() -> dict[str, str]:
    """Versions that must be the same on every node."""
    libraries = {name: metadata.version(name) for name in LIBRARIES}
    return {"synthbench": version(), "Python": ".".join(platform.python_version_tuple()[:2])} | libraries


def guarded(function: str, arguments: dict[str, Any], wanted: dict[str, str]) -> tuple[Any, str]:
    """``task.do``, on a node.

    Raises:
        ClusterError: the node has other versions than the calling process.
    """
    here = versions()
    if differs := [
        f"{name} {here.get(name)}, not {version}" for name, version in wanted.items() if here.get(name) != version
    ]:
        raise ClusterError(f"has {' and '.join(differs)}. Install the same on every node.")
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in THREADS}  # of the processes that it starts
    return do(function, arguments, Reporter())
