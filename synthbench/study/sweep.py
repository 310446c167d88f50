"""Run the jobs of a study, on worker processes of this machine or on the nodes of a Ray cluster.

The caller writes the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from synthbench.cluster import lanes, nodes
from synthbench.cluster.task import Outcome, Task
from synthbench.progress import Reporter
from synthbench.study.job import Job, score

Done = tuple[Job, dict[str, Any]]


def local(jobs: Sequence[Job], *, workers: int) -> Iterator[Done]:
    """Yield each job with its result, from worker processes with one thread each.

    A job whose process hangs or dies has failed; the others continue in a new process.

    Raises:
        ClusterError: processes die before they start.
    """
    tasks = _tasks(jobs)
    for outcome in lanes.run(list(tasks), [{}] * workers):
        yield _done(tasks[outcome.task], outcome)


def on_ray(jobs: Sequence[Job], *, address: str) -> Iterator[Done]:
    """The same with Ray: each job is a task of one CPU, and of one GPU if the job's device is a GPU.

    Args:
        jobs: the jobs; generators, the protocols' data sets and synthbench must be on every machine.
        address: of the cluster, as for ``nodes.connected``.

    Raises:
        ClusterError: Ray is not installed, the cluster does not respond, or is too small.
    """
    tasks = _tasks(jobs)
    needs = nodes.Needs(1, int(any(job.device.startswith("cuda") for job in jobs)))
    with nodes.connected(address) as ray:
        nodes.survey(ray, f"{__name__}:answer", {}, needs)
        for outcome in nodes.run(ray, list(tasks), needs):
            yield _done(tasks[outcome.task], outcome)


def do(arguments: dict[str, Any], report: Reporter) -> dict[str, Any]:
    """Do a job in this process."""
    return score(Job(**arguments), lambda: report.progress(0, 0))


def answer(arguments: dict[str, Any], _: Reporter) -> dict[str, Any]:
    """A node's answer that it is alive."""
    return arguments


def _tasks(jobs: Sequence[Job]) -> dict[Task, Job]:
    return {Task(f"{job.program}, seed {job.seed}", f"{__name__}:do", job.json()): job for job in jobs}


def _done(job: Job, outcome: Outcome) -> Done:
    return job, outcome.value or {"program": job.program, "seed": job.seed, "failed": outcome.failed}
