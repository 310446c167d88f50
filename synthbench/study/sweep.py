"""Many jobs: on worker processes of this machine, or on the machines of a Ray cluster. Whoever calls writes the results down."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from synthbench.errors import SynthbenchError
from synthbench.render.process import Loss, Process, events
from synthbench.study.job import Job, score

DEADLINE = 900.0
"""Seconds that a job may go on without a sign of life: a step, an image, a task."""
STARTS = 3
GRACE = 5.0
"""Seconds that a worker has to end."""

Outcome = tuple[Job, dict[str, Any]]


class _Hand(Process):
    """A worker and its job."""

    def __init__(self) -> None:
        super().__init__("synthbench.study.worker")
        self.job: Job | None = None


def local(jobs: Sequence[Job], *, workers: int) -> Iterator[Outcome]:
    """Each job with its result as it comes, from worker processes that compute with one thread each. A job on which its process hangs or dies
    has failed; the others go on in a new process.

    Raises:
        SynthbenchError: processes die before they begin.
    """
    todo, hands, dead = deque(jobs), list[_Hand](), 0
    try:
        while todo or any(hand.job for hand in hands):
            while len(hands) < min(workers, len(todo) + sum(hand.job is not None for hand in hands)):
                hands.append(_Hand())
            for hand in hands:
                if hand.ready and hand.job is None and todo:
                    hand.job, hand.busy = todo.popleft(), True
                    hand.send("score", hand.job.json())
            for hand, event in events(hands, DEADLINE):
                job = hand.job
                if isinstance(event, Loss):
                    hands.remove(hand)
                    if job is not None:
                        yield job, {"program": job.program, "seed": job.seed, "failed": f"the job {event.what}"}
                    elif (dead := dead + 1) == STARTS:
                        raise SynthbenchError(f"the worker processes do not start: each {event.what}. Try `synthbench doctor`.")
                elif event.head[0] == "done" and job is not None:
                    hand.job, hand.busy = None, False
                    yield job, event.head[1]
    finally:
        for hand in hands:
            hand.process.terminate()  # it deletes its images
        for hand in hands:
            hand.join(GRACE)
            hand.kill()


def on_ray(jobs: Sequence[Job], *, address: str) -> Iterator[Outcome]:
    """The same through Ray: each job is a task of one CPU, and of one GPU where the job's device is one.

    Args:
        jobs: what to do; generators, protocols' data sets and synthbench have to be on every machine.
        address: of the cluster, as ``ray.init`` takes it; ``local`` starts one on this machine.

    Raises:
        SynthbenchError: Ray is not installed, or the cluster does not answer.
    """
    try:
        import ray
    except ImportError as error:
        raise SynthbenchError("a sweep on many machines needs Ray, which is not installed: pip install 'synthbench-vision[ray]'") from error
    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address == "local" else None)
    except Exception as error:  # it raises anything, bare Exception included
        ray.shutdown()
        raise SynthbenchError(f"there is no Ray at {address!r}: {error} `--ray local` starts one here.") from error
    try:
        task = ray.remote(score)
        open_ = {task.options(num_cpus=1, num_gpus=int(job.device.startswith("cuda"))).remote(job): job for job in jobs}
        while open_:
            done, _ = ray.wait(list(open_), num_returns=1)
            for reference in done:
                job = open_.pop(reference)
                try:
                    yield job, ray.get(reference)
                except ray.exceptions.RayError as error:  # its process or its machine has died
                    yield job, {"program": job.program, "seed": job.seed, "failed": f"Ray: {str(error).splitlines()[0]}"}
    finally:
        ray.shutdown()
