"""Sweeps: runs of entrants times seeds under one protocol, in lanes of this machine or as tasks of a Ray cluster,
and their rows for the board."""

from __future__ import annotations

import json
import os
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from synthbench.board.merge import merge
from synthbench.cluster import lanes, nodes, shipped
from synthbench.cluster.task import Outcome, Task
from synthbench.errors import ClusterError, DataError, SynthbenchError, UsageError
from synthbench.evaluate import on_disk
from synthbench.pretrain import device as devices
from synthbench.pretrain.execution import Execution
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.result import folder, result
from synthbench.result.result import Result
from synthbench.run.run import Job, run
from synthbench.storage import remote
from synthbench.storage.files import disk_errors, make_folder, write_text
from synthbench.storage.mirror import here

ROWS = "rows"
"""Subfolder of the runs with ``<protocol>/<entrant>.json``, as in a leaderboard."""
TRIES = 3
"""Number of starts of a run whose process dies; it continues from its checkpoint."""
DEADLINE = 3600.0
"""Seconds without a message after which the process of a run counts as hanging."""


@dataclass(frozen=True, eq=False)
class Planned:
    """A run of a sweep."""

    job: Job
    command: str
    """The command for this single run, for its record."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Changed constants of the protocol."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Locations of data sets, as for ``on_disk.choose``."""

    @property
    def name(self) -> str:
        """Display name."""
        return f"{self.job.recipe.name} seed {self.job.seed}"

    def task(self, cpus: int, marker: str = "") -> Task:
        """The task for another process. ``marker`` is a file or an address that it must be able to see."""
        execution = self.job.execution
        return Task(self.name, f"{__name__}:do", {
            "entrant": shipped.pack(self.job.recipe), "protocol": self.job.protocol.model_dump(mode="json"),
            "seed": self.job.seed, "out": _absolute(self.job.out), "live": self.job.live,
            "device": str(execution.device), "cpus": cpus, "passes": execution.passes,
            "recompute": execution.recompute, "checkpoint_s": execution.checkpoint_s,
            "overrides": dict(self.overrides), "data": dict(self.data), "command": self.command, "marker": marker,
        })  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A run of a sweep that has ended."""

    planned: Planned
    result: Result | None
    failed: str = ""
    """The reason of the failure."""
    reused: bool = False
    """Whether it was already finished."""


def finished(planned: Planned) -> Result | None:
    """The record of a run that is already finished; None if it is not, or if the folder holds another run (``run``
    reports that)."""
    job = planned.job
    if job.address:
        there = remote.Remote(job.address)
        request, record = (there.read(name) for name in (folder.REQUEST, folder.RESULT))
    else:
        request, record = (_content(job.path / name) for name in (folder.REQUEST, folder.RESULT))
    try:
        if request is not None and record is not None and json.loads(request) == job.request:
            return result.parse(record, f"{job.place}/{folder.RESULT}")
    except (ValueError, DataError):
        pass
    return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _absolute(out: Path | str) -> str:
    place = remote.local(out)
    return place if isinstance(place, str) else str(place.resolve())


def local(
    plan: Sequence[Planned], environments: Sequence[Mapping[str, str]], cpus: int, watch: Callable[[Planned], Reporter]
) -> Iterator[Ended]:
    """Do runs in lanes of this machine; yields each as it ends. A run that fails does not stop the others.

    Args:
        environments: of the lanes (``lanes_of``).
        cpus: threads and render processes of a run.
        watch: returns the reporter of a run.
    """
    tasks = {planned.task(cpus): planned for planned in plan}
    for outcome in lanes.run(
        list(tasks), environments, tries=TRIES, deadline=DEADLINE, fresh=True, watch=lambda task: watch(tasks[task])
    ):
        yield _ended(tasks[outcome.task], outcome)


def on_ray(plan: Sequence[Planned], address: str, needs: nodes.Needs) -> Iterator[Ended]:
    """Do runs as tasks of a Ray cluster; yields each as it ends. All nodes must be able to access the folder or the
    address of the runs.

    Raises:
        ClusterError: see ``nodes.connected`` and ``nodes.survey``; or a node cannot access the folder.
    """
    if not plan:
        return
    out = plan[0].job.out
    with _marked(out) as marker, nodes.connected(address) as ray:
        for node in nodes.survey(ray, f"{__name__}:sees", {"marker": marker}, needs):
            if not node.answer:
                why = node.failed or (
                    f"cannot access the folder {str(out)!r} of this machine. Give --out a folder that is shared by all "
                    "nodes."
                )
                raise ClusterError(f"node {node.name} {why}")
        tasks = {planned.task(needs.cpus, marker): planned for planned in plan}
        for outcome in nodes.run(ray, tasks, needs, fresh=True):
            yield _ended(tasks[outcome.task], outcome)


@contextmanager
def _marked(out: Path | str) -> Iterator[str]:
    """A temporary file in the folder of the runs; a machine that does not see it has another folder at that path. For
    runs at an address, the address."""
    folder = remote.local(out)
    if isinstance(folder, str):
        yield folder
        return
    marker = folder.resolve() / f".sweep.{uuid.uuid4().hex}.tmp"
    make_folder(folder)
    write_text(marker, "")
    try:
        yield str(marker)
    finally:
        marker.unlink(missing_ok=True)


def sees(arguments: dict[str, Any], _: Reporter) -> bool:
    """Whether this machine sees the marker.

    Raises:
        SynthbenchError: it cannot read the address.
    """
    if remote.is_address(arguments["marker"]):
        remote.Remote(arguments["marker"]).sizes()
        return True
    marker = Path(arguments["marker"])
    os.listdir(marker.parent) if marker.parent.is_dir() else None  # makes a network filesystem refresh
    return marker.exists()


def do(arguments: dict[str, Any], report: Reporter) -> dict[str, Any]:
    """Do a run (``Planned.task``) in this process; returns the text of its record, and whether it existed before.

    The run's output is written to its log; of a run at an address, to ``seed-<S>-output.txt`` next to its local folder,
    because its log is brought from there.
    """
    if arguments["marker"] and not sees(arguments, report):
        raise ClusterError(
            f"{os.uname().nodename} cannot access {arguments['out']}: give --out a folder that is shared by all nodes."
        )
    torch.set_num_threads(arguments["cpus"])
    on_disk.choose(arguments["data"])
    execution = Execution(
        torch.device(arguments["device"]),
        workers=arguments["cpus"],
        passes=arguments["passes"],
        recompute=arguments["recompute"],
        checkpoint_s=arguments["checkpoint_s"],
    )
    recipe, rules = shipped.unpack(arguments["entrant"]), Protocol.model_validate(arguments["protocol"])
    job = Job(recipe, rules, arguments["seed"], arguments["out"], arguments["live"], execution)
    log = job.path.with_name(f"{job.path.name}-output.txt") if job.address else job.path / folder.LOG
    with _printing_to(log):
        done = run(job, overrides=arguments["overrides"], command=arguments["command"], report=report)
    return {"record": result.to_json(done.result), "reused": done.reused}


@contextmanager
def _printing_to(log: Path) -> Iterator[None]:
    """Append to a log the output of this process and its children, and the traceback of an unexpected error."""
    make_folder(log.parent)
    with disk_errors(log):
        file = log.open("a", encoding="utf-8")
    kept = os.dup(1), os.dup(2)
    with file:
        try:
            sys.stdout.flush(), sys.stderr.flush()
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
        except SynthbenchError:
            raise
        except Exception:
            traceback.print_exc(file=file)
            raise
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            for number, descriptor in zip((1, 2), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


def _ended(planned: Planned, outcome: Outcome) -> Ended:
    if outcome.failed:
        hint = " Use fewer --lanes." if "out of memory" in outcome.failed else ""
        return Ended(planned, None, outcome.failed + hint)
    record = result.parse(outcome.value["record"].encode(), f"{planned.job.place}/{folder.RESULT}")
    return Ended(planned, record, reused=outcome.value["reused"])


def lanes_of(
    device: str, n: int | None, cpus: int | None, *, runs: int
) -> tuple[torch.device, list[dict[str, str]], nodes.Needs]:
    """The lanes: the device of each run as seen by its process, the lanes' environments, and the resources of a run.

    Args:
        device: ``auto`` (every GPU of this machine, or the CPU), ``cpu``, ``cuda`` or ``cuda:N``.
        n: number of lanes; by default one per GPU, or as many as the CPU's cores allow.
        cpus: threads and render processes of each; by default 1 on the CPU, and a GPU's share of the cores on GPUs.
        runs: number of runs, which limits the lanes.

    Raises:
        UsageError: the device is not available.
    """
    where, cores = devices.pick(device), len(os.sched_getaffinity(0))
    if where.type == "cpu":
        n = n or max(1, cores // (cpus or 1))
        return where, [{}] * max(1, min(n, runs)), nodes.Needs(cpus or 1)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(torch.cuda.device_count())))
    gpus = visible.split(",") if where.index is None else [visible.split(",")[where.index]]
    n = max(1, min(n or len(gpus), runs))
    return (
        torch.device("cuda"),
        [{"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} for i in range(n)],
        nodes.Needs(cpus or max(1, cores // n), 1),
    )


def on_cluster(device: str, cpus: int | None) -> tuple[torch.device, nodes.Needs]:
    """The device of each run on a Ray cluster, and the resources it requests: a GPU with ``cuda``, otherwise only CPUs.

    Raises:
        UsageError: a device other than cpu and cuda, which Ray chooses.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"--device {device!r} with --ray: cpu, or cuda for a GPU of each run; Ray chooses which.")
    gpus = int(device == "cuda")
    return torch.device("cuda" if gpus else "cpu"), nodes.Needs(cpus or 1, gpus)


def write_rows(
    ended: Sequence[Ended], out: Path | str, commands: Mapping[str, str]
) -> dict[str, tuple[Path | str, Result]]:
    """Merge the runs of each entrant into its row for the board, and write it; an entrant with a failed run has no row.

    Args:
        ended: all runs of the sweep.
        out: the folder or the address of the runs.
        commands: entrant's name -> command for its runs, for the row.

    Returns:
        Entrant's name -> path or address of the file, and row.

    Raises:
        StorageError: the address cannot be written to.
    """
    out = remote.local(out)
    runs: dict[str, list[Ended]] = {}
    for each in ended:
        runs.setdefault(each.planned.job.recipe.name, []).append(each)
    rows: dict[str, tuple[Path | str, Result]] = {}
    for name, found in runs.items():
        records = [each.result for each in found if each.result is not None]
        if len(records) == len(found):
            row = result.reseal(merge(records), command=commands[name])
            path = here(out) / ROWS / row.protocol.id / f"{name}.json"
            make_folder(path.parent)
            result.write(row, path)
            rows[name] = (path, row)
            if isinstance(out, str):
                below = f"{out}/{ROWS}/{row.protocol.id}"
                remote.Remote(below).put(path, path.name)
                rows[name] = (f"{below}/{path.name}", row)
    return rows


def check(jobs: Sequence[Job]) -> None:
    """Refuse a sweep that contains a run twice, because two lanes would use one folder.

    Raises:
        UsageError: names them.
    """
    places = [job.place for job in jobs]
    if twice := sorted({place for place in places if places.count(place) > 1}):
        raise UsageError(f"repeated in this sweep: {', '.join(twice)}. Name each entrant and each seed once.")
