"""A pool of worker processes under a deadline: a worker that hangs or crashes is killed, its image is named and left
out, and the run continues.

Images are rendered in batches. A failed batch is repeated image by image, so that only the failing images are left out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError
from synthbench.render.process import Loss, Message, WorkerProcess, events, unloadable
from synthbench.render.shards import LeftOut

BATCH_IMAGES, BATCH_PIXELS = 32, 2**23
STRIKES = 2
"""A program that has hung or crashed this often is not tried again."""
AHEAD = 2
"""Batches queued per worker, so that it does not wait for the parent."""


def batch_size(size: int) -> int:
    """Images per batch at ``size`` px: 32, fewer for large images."""
    return max(1, min(BATCH_IMAGES, BATCH_PIXELS // size**2))


@dataclass
class Done:
    """A finished job: its images, k -> (label, encoded bytes, or the pixels for the format ``raw``), the images left
    out, and the number of drawings that the generator rejected and drew again."""

    index: int
    images: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    redrawn: int = 0


@dataclass(eq=False)
class _Job:
    todo: deque[tuple[int, int]]
    missing: set[int]
    """The k that are neither rendered nor left out yet."""
    done: Done


@dataclass(eq=False)
class _Batch:
    job: _Job
    items: list[tuple[int, int]]
    single: bool = False


@dataclass(eq=False)
class _Hand:
    """A worker and its work: the first batch is the one it is rendering."""

    process: WorkerProcess
    number: int
    batches: deque[_Batch] = field(default_factory=deque)
    job: _Job | None = None


class Pool:
    """Worker processes that render one recipe. Use it in a ``with`` statement, which ends every worker.

    Attributes:
        labels: the generator's label names.
        renderer: the name of the renderer.

    Raises:
        UsageError, GeneratorError: the recipe cannot be loaded, or its process dies or takes more than 120 s while
            loading.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        size: int,
        seed: int,
        workers: int,
        deadline: float,
        format: str = "png",
        quality: int = 95,
    ) -> None:
        self._recipe, self._size, self._workers, self._deadline = recipe, size, workers, deadline
        self._options: dict[str, Any] = {"size": size, "seed": seed, "format": format, "quality": quality}
        self._hands: list[_Hand] = []
        self._strikes: dict[str, list[str]] = {}
        self._banned: dict[str, str] = {}
        self._deaths_at_rest = 0
        self._jobs: Iterator[tuple[int, list[tuple[int, int]]]] = iter(())
        self._queue, self._open, self._finished = deque[_Job](), list[_Job](), list[_Job]()
        self._again = deque[_Batch]()
        self._n_done, self._left_out = 0, list[LeftOut]()
        self.labels: list[str] = []
        self.renderer = ""
        try:
            self._hire()
            while not self.labels:
                self._listen()
        except BaseException:
            self.close(kill=True)
            raise

    @property
    def struck(self) -> bool:
        """Whether a program has hung or crashed, which affects later jobs."""
        return bool(self._strikes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(kill=kind is not None)

    def close(self, kill: bool = False) -> None:
        """End the workers: with a message, so that the generator can close, or at once."""
        if not kill:
            for hand in self._hands:
                hand.process.send("stop")
            for hand in self._hands:
                hand.process.join(2)
        for hand in self._hands:
            hand.process.kill()
        self._hands = []

    def run(
        self,
        jobs: Iterable[tuple[int, list[tuple[int, int]]]],
        *,
        limit: int,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Done]:
        """Render jobs of (index, [(k, label), ...]); each is yielded when it is finished, in no fixed order.

        Args:
            jobs: consumed as the workers need them, so they need not fit into memory. A caller that is slow to take
                finished jobs slows the workers down: each holds at most ``AHEAD`` batches.
            limit: maximum number of images left out.
            progress: called with the number of images rendered or left out so far.

        Raises:
            GeneratorError: more than ``limit`` images were left out; quotes the most frequent reasons.
        """
        self._jobs, self._queue = iter(jobs), deque()
        self._n_done, self._left_out = 0, []
        n_batches = (
            sum(-(-len(items) // batch_size(self._size)) for _, items in jobs)
            if isinstance(jobs, Sequence)
            else self._workers
        )
        while len(self._hands) < min(self._workers, n_batches):
            self._hire()
        while self._look_ahead() or self._open or self._finished:
            for hand in self._hands:
                self._feed(hand)
            if not self._finished:
                self._listen()
            if len(self._left_out) > limit:
                raise too_many(self._recipe, self._left_out, limit, self._deadline)
            if progress is not None:
                progress(self._n_done)
            while self._finished:
                yield self._finished.pop().done

    def _look_ahead(self) -> bool:
        """Whether there is a job that has not been started."""
        if not self._queue:
            self._queue.extend(
                _Job(deque(items), {k for k, _ in items}, Done(index)) for index, items in islice(self._jobs, 1)
            )
        return bool(self._queue)

    def _hire(self) -> None:
        taken = {hand.number for hand in self._hands}
        number = next(i for i in range(len(taken) + 1) if i not in taken)
        self._hands.append(
            _Hand(WorkerProcess(self._recipe, banned=self._banned, number=number, **self._options), number)
        )

    def _feed(self, hand: _Hand) -> None:
        while hand.process.ready and len(hand.batches) < AHEAD and (batch := self._next(hand)) is not None:
            hand.batches.append(batch)
            hand.process.send("single" if batch.single else "render", batch.items)
        hand.process.busy = bool(hand.batches)

    def _next(self, hand: _Hand) -> _Batch | None:
        """The next work: a batch to repeat, or more of the worker's own job, or a new job, or a share of the longest
        open job."""
        while True:
            if self._again:
                batch = self._again.popleft()
            else:
                if (hand.job is None or not hand.job.todo) and self._look_ahead():
                    self._open.append(self._queue.popleft())
                    hand.job = self._open[-1]
                elif hand.job is None or not hand.job.todo:
                    hand.job = max(self._open, key=lambda job: len(job.todo), default=None)
                if hand.job is None or not hand.job.todo:
                    return None
                todo = hand.job.todo
                batch = _Batch(hand.job, [todo.popleft() for _ in range(min(batch_size(self._size), len(todo)))])
            for k, label in batch.items:
                if self.labels[label] in self._banned:
                    self._leave_out(batch.job, k, label, self._banned[self.labels[label]])
            batch.items = [(k, label) for k, label in batch.items if k in batch.job.missing]
            if batch.items:
                return batch

    def _listen(self) -> None:
        hands = {id(hand.process): hand for hand in self._hands}
        for process, event in events([hand.process for hand in self._hands], self._deadline):
            hand = hands[id(process)]
            if isinstance(event, Loss):
                self._lost(hand, event)
            else:
                self._heard(hand, event)

    def _heard(self, hand: _Hand, message: Message) -> None:
        kind, *arguments = message.head
        if kind == "unloadable":
            raise unloadable(*arguments)
        if kind == "ready" and not self.labels:
            self.labels, self.renderer = arguments[:2]
        elif kind in ("image", "images"):
            batch, ks = hand.batches[0], arguments[0] if kind == "images" else arguments
            labels, share = dict(batch.items), len(message.body) // len(ks)
            for i, k in enumerate(ks):
                batch.job.done.images[k] = (labels[k], message.body[i * share : (i + 1) * share])
                self._account(batch.job, k)
        elif kind == "redrawn":
            hand.batches[0].job.done.redrawn += arguments[0]
        elif kind == "left":
            k, reason = arguments
            self._leave_out(hand.batches[0].job, k, dict(hand.batches[0].items)[k], reason)
        elif kind == "failed":
            self._retry(hand.batches[0])
        elif kind == "done":
            hand.batches.popleft()

    def _lost(self, hand: _Hand, loss: Loss) -> None:
        """A worker hung or died: find the failing image, or repeat its batch image by image; then start another
        worker."""
        self._hands.remove(hand)
        if not hand.batches:
            self._deaths_at_rest += 1
            if not self.labels or self._deaths_at_rest >= 3:
                raise GeneratorError(f"{self._recipe.name}: while it was loaded, the generator {loss.what}.")
        else:
            batch, *rest = hand.batches
            self._again.extendleft(reversed(rest))
            if not batch.single:
                self._retry(batch)
            elif batch.items[0][0] in batch.job.missing:
                self._strike(batch, hand.process.label, loss)
        self._hire()

    def _retry(self, batch: _Batch) -> None:
        missing = [item for item in batch.items if item[0] in batch.job.missing]
        self._again.extendleft(_Batch(batch.job, [item], single=True) for item in reversed(missing))

    def _strike(self, batch: _Batch, announced: str | None, loss: Loss) -> None:
        k, label = batch.items[0]
        program = self.labels[label] if announced is None else announced
        what = f"program {program!r} {loss.what}"
        self._leave_out(batch.job, k, label, what)
        strikes = self._strikes.setdefault(program, [])
        strikes.append(str(k))
        if len(strikes) >= STRIKES:
            self._banned[program] = f"{what} (k={', '.join(strikes)}; not tried again)"
            for hand in self._hands:
                hand.process.send("ban", program, self._banned[program])

    def _leave_out(self, job: _Job, k: int, label: int, reason: str) -> None:
        if k in job.missing:
            self._left_out.append(LeftOut(k=k, label=label, reason=reason if " (k=" in reason else f"{reason} (k={k})"))
            job.done.left_out.append(self._left_out[-1])
            self._account(job, k)

    def _account(self, job: _Job, k: int) -> None:
        job.missing.remove(k)
        self._n_done += 1
        if not job.missing:
            self._open.remove(job)
            self._finished.append(job)


def too_many(recipe: Recipe, left_out: Sequence[LeftOut], limit: int, deadline: float) -> GeneratorError:
    """The error for a generator that fails on more images than a data set may lack; quotes the three most frequent
    reasons."""
    reasons = Counter(x.reason.split(" (k=")[0] for x in left_out)
    quoted = "; ".join(f"{n} x {reason}" for reason, n in reasons.most_common(3))
    return GeneratorError(
        f"{recipe.name}: {len(left_out)} images left out; at most {limit} may be. Reasons: {quoted}. "
        f"Fix the generator, or allow more than {deadline:g} s per image if it is only slow."
    )
