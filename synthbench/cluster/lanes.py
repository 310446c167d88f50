"""Tasks on worker processes of this machine: each lane does one task at a time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence

from synthbench.cluster.task import Outcome, Task, Watch, unwatched
from synthbench.errors import ClusterError
from synthbench.progress import Reporter
from synthbench.render.process import Loss, Process, events

DEADLINE = 900.0
"""Maximum seconds of a task without a sign of life: a step, an image, an evaluation."""
STARTS = 3
GRACE = 30.0
"""Seconds for a worker to end: it finishes its step and writes its checkpoint."""


class Lane(Process):
    """A worker process and its task."""

    def __init__(self, number: int, environment: Mapping[str, str]) -> None:
        super().__init__("synthbench.cluster.worker", dict(environment))
        self.number = number
        self.task: Task | None = None
        self.report = Reporter()

    def begin(self, task: Task, report: Reporter) -> None:
        """Give it a task."""
        self.task, self.report, self.busy = task, report, True
        self.send("do", task.function, task.arguments)


def run(
    tasks: Sequence[Task],
    lanes: Sequence[Mapping[str, str]],
    *,
    tries: int = 1,
    deadline: float = DEADLINE,
    fresh: bool = False,
    watch: Watch = unwatched,
) -> Iterator[Outcome]:
    """Do tasks on lanes; yields each as it ends, with its result or the reason of its failure.

    A task whose process hangs or dies is started again in a new process, ``tries`` times in all. If the caller stops
    early, the workers are asked to end (SIGTERM); when this process is killed, they die with it.

    Args:
        tasks: done in this order.
        lanes: for each one the additional environment variables of its process.
        deadline: seconds without a message after which a process counts as hanging.
        fresh: whether each task has its own new process.
        watch: returns the reporter of a task, each time it is started.

    Raises:
        ClusterError: processes die before they start.
    """
    todo, hands, begun, dead = deque(tasks), list[Lane](), Counter[Task](), 0
    try:
        while todo or any(hand.task for hand in hands):
            hands += _opened(hands, lanes, len(todo))
            for hand in hands:
                if hand.ready and hand.task is None and todo:
                    begun[todo[0]] += 1
                    hand.begin(todo[0], watch(todo.popleft()))
            for hand, event in events(list(hands), deadline):
                task = hand.task
                if isinstance(event, Loss):
                    hands.remove(hand)
                    if task is not None and begun[task] < tries:
                        hand.report.note(f"warning: the task {event.what}; it is started again")
                        todo.appendleft(task)
                    elif task is not None:
                        yield Outcome(task, failed=f"the task {event.what}")
                    elif (dead := dead + 1) == STARTS:
                        raise ClusterError(
                            f"the worker processes do not start: each {event.what}. Try `synthbench doctor`."
                        )
                elif event.head[0] == "news" and task is not None:
                    getattr(hand.report, event.head[1])(*event.head[2:])
                elif event.head[0] == "done" and task is not None:
                    hand.task, hand.busy = None, False
                    if fresh:
                        hands.remove(hand)
                        _close([hand])
                    yield Outcome(task, *event.head[1:])
    finally:
        _close(hands)


def _opened(hands: Sequence[Lane], lanes: Sequence[Mapping[str, str]], todo: int) -> list[Lane]:
    """New processes for lanes without one, if there is work for them."""
    taken = {hand.number for hand in hands}
    free = [number for number in range(len(lanes)) if number not in taken]
    wanted = max(0, todo - sum(hand.task is None for hand in hands))
    return [Lane(number, lanes[number]) for number in free[:wanted]]


def _close(hands: Sequence[Lane]) -> None:
    for hand in hands:
        hand.process.terminate()  # it saves what it can
    for hand in hands:
        hand.join(GRACE if hand.task is not None else 0)
        hand.kill()
