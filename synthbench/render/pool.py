"""A pool of worker processes under a deadline: a worker that hangs or crashes is killed, its image is named and left
out, and the run continues.

Images are rendered in batches. A failed batch is repeated image by image, so that only the failing images are left
out. Within a job, a program that has hung or crashed twice is not tried again.

The images left out do not depend on the number of workers: batches are rendered in any order, but settled in the order
of the job. A batch rendered with a program that an earlier batch turns out to ban is rendered again without it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from synthbench.dataset.manifest import LeftOut
from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError
from synthbench.render.batches import STRIKES, Batch, Done, Job, Strikes, batch_size
from synthbench.render.process import Loss, Message, WorkerProcess, events, unloadable

AHEAD = 2
"""Batches queued per worker, so that it does not wait for the parent."""


@dataclass(frozen=True)
class Settings:
    """What the workers of a pool draw, and how."""

    size: int
    """Height and width in pixels."""
    seed: int
    """Of the data set."""
    workers: int = 1
    """Number of processes."""
    deadline: float = 20.0
    """Seconds without a sign of life after which an image is given up."""
    format: str = "png"
    """``png``, ``jpeg``, or ``raw`` for the pixels."""
    quality: int = 95
    """JPEG quality."""


@dataclass(eq=False)
class _Hand:
    """A worker and its work: the first batch is the one it is rendering."""

    process: WorkerProcess
    number: int
    batches: deque[Batch] = field(default_factory=deque)
    job: Job | None = None


class Pool:
    """Worker processes that render one recipe. Use it in a ``with`` statement, which ends every worker.

    Attributes:
        labels: the generator's label names.
        renderer: the name of the renderer.

    Raises:
        UsageError, GeneratorError: the recipe cannot be loaded, or its process dies or takes more than 120 s while
            loading.
    """

    def __init__(self, recipe: Recipe, settings: Settings) -> None:
        self._recipe, self._settings = recipe, settings
        self._hands: list[_Hand] = []
        self._lasting: Strikes | None = None
        self._deaths_at_rest = 0
        self._jobs: Iterator[tuple[int, list[tuple[int, int]]]] = iter(())
        self._queue, self._open, self._finished = deque[Job](), list[Job](), deque[Job]()
        self._again = deque[Batch]()
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
        lasting: bool = False,
    ) -> Iterator[Done]:
        """Render jobs of (index, [(k, label), ...]); each is yielded when it is finished, in no fixed order.

        Args:
            jobs: consumed as the workers need them, so they need not fit into memory. A caller that is slow to take
                finished jobs slows the workers down: each holds at most ``AHEAD`` batches.
            limit: maximum number of images left out.
            progress: called with the number of images rendered or left out so far.
            lasting: whether strikes count from job to job, so that a program is tried twice in all; jobs are then
                finished in their order. By default each job has its own, and so depends on no other.

        Raises:
            GeneratorError: more than ``limit`` images were left out; quotes the most frequent reasons.
        """
        self._jobs, self._queue = iter(jobs), deque()
        self._n_done, self._left_out = 0, []
        self._lasting = Strikes() if lasting else None
        n_batches = (
            sum(-(-len(items) // batch_size(self._settings.size)) for _, items in jobs)
            if isinstance(jobs, Sequence)
            else self._settings.workers
        )
        while len(self._hands) < min(self._settings.workers, n_batches):
            self._hire()
        while self._look_ahead() or self._open or self._finished:
            for hand in self._hands:
                self._feed(hand)
            if not self._finished:
                self._listen()
            if len(self._left_out) > limit:
                raise too_many(self._recipe, self._left_out, limit, self._settings.deadline)
            if progress is not None:
                progress(self._n_done)
            while self._finished:
                yield self._finished.popleft().done

    def _look_ahead(self) -> bool:
        """Whether there is a job that has not been started."""
        if not self._queue:
            self._queue.extend(self._job(index, items) for index, items in islice(self._jobs, 1))
        return bool(self._queue)

    def _job(self, index: int, items: list[tuple[int, int]]) -> Job:
        job = Job(deque(), deque(), {k for k, _ in items}, self._lasting or Strikes(), Done(index))
        step = batch_size(self._settings.size)
        job.batches.extend(Batch(job, items[start : start + step]) for start in range(0, len(items), step))
        job.todo.extend(job.batches)
        return job

    def _hire(self) -> None:
        taken = {hand.number for hand in self._hands}
        number = next(i for i in range(len(taken) + 1) if i not in taken)
        own = self._settings
        process = WorkerProcess(
            self._recipe, size=own.size, seed=own.seed, format=own.format, quality=own.quality, number=number
        )
        self._hands.append(_Hand(process, number))

    def _feed(self, hand: _Hand) -> None:
        while hand.process.ready and len(hand.batches) < AHEAD and (batch := self._next(hand)) is not None:
            hand.batches.append(batch)
            hand.process.send("single" if batch.single else "render", batch.items, batch.job.strikes.banned)
        hand.process.busy = bool(hand.batches)

    def _next(self, hand: _Hand) -> Batch | None:
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
                batch = hand.job.todo.popleft()
            self._drop_banned(batch)
            batch.programs = set() if batch.single else {self.labels[label] for _, label in batch.items}
            if batch.items:
                return batch
            self._end(batch)

    def _drop_banned(self, batch: Batch) -> None:
        banned = batch.job.strikes.banned
        for k, label in batch.items:
            if self.labels[label] in banned:
                self._leave_out(batch.job, k, label, banned[self.labels[label]])
        batch.items = [(k, label) for k, label in batch.items if k in batch.job.missing]

    def _listen(self) -> None:
        hands = {id(hand.process): hand for hand in self._hands}
        for process, event in events([hand.process for hand in self._hands], self._settings.deadline):
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
        elif kind == "label" and hand.batches and not hand.batches[0].single:
            hand.batches[0].programs.add(arguments[0])
        elif kind in ("image", "images"):
            batch, ks = hand.batches[0], arguments[0] if kind == "images" else arguments
            share = len(message.body) // len(ks)
            batch.images |= {k: message.body[i * share : (i + 1) * share] for i, k in enumerate(ks)}
            if batch.single:
                self._accept(batch)
        elif kind == "redrawn":
            hand.batches[0].redrawn += arguments[0]
        elif kind == "left":
            k, reason = arguments
            self._leave_out(hand.batches[0].job, k, dict(hand.batches[0].items)[k], reason)
        elif kind == "failed":
            hand.batches[0].failed = True
        elif kind == "done":
            self._end(hand.batches.popleft())

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
            left = [(k, label) for k, label in batch.items if k in batch.job.missing]
            if not batch.single:
                batch.failed = True
            elif left:
                self._strike(batch.job, *left[0], hand.process.label, loss)
                batch.items = left[1:]
            if batch.single and batch.items:
                self._again.appendleft(batch)
            else:
                self._end(batch)
        self._hire()

    def _strike(self, job: Job, k: int, label: int, announced: str | None, loss: Loss) -> None:
        program = self.labels[label] if announced is None else announced
        what = f"program {program!r} {loss.what}"
        self._leave_out(job, k, label, what)
        ks = job.strikes.ks.setdefault(program, [])
        ks.append(str(k))
        if len(ks) == STRIKES:
            job.strikes.banned[program] = f"{what} (k={', '.join(ks)}; not tried again)"

    def _end(self, batch: Batch) -> None:
        batch.ended = True
        self._settle(batch.job)

    def _settle(self, job: Job) -> None:
        """Accept the batches that have ended, up to one that has not, or that must be repeated image by image."""
        while True:
            while job.batches and job.batches[0].ended and (self._lasting is None or job is self._open[0]):
                batch = job.batches[0]
                if batch.failed or batch.programs & job.strikes.banned.keys():
                    batch.single, batch.ended, batch.failed = True, False, False
                    batch.images, batch.redrawn = {}, 0
                    self._again.appendleft(batch)
                else:
                    self._accept(batch)
                    job.batches.popleft()
            if job.batches:
                return
            self._open.remove(job)
            self._finished.append(job)
            if self._lasting is None or not self._open:
                return
            job = self._open[0]

    def _accept(self, batch: Batch) -> None:
        labels, done = dict(batch.items), batch.job.done
        for k, image in batch.images.items():
            done.images[k] = (labels[k], image)
            self._account(batch.job, k)
        done.redrawn += batch.redrawn
        batch.images, batch.redrawn = {}, 0

    def _leave_out(self, job: Job, k: int, label: int, reason: str) -> None:
        if k in job.missing:
            self._left_out.append(LeftOut(k=k, label=label, reason=reason if " (k=" in reason else f"{reason} (k={k})"))
            job.done.left_out.append(self._left_out[-1])
            self._account(job, k)

    def _account(self, job: Job, k: int) -> None:
        job.missing.remove(k)
        self._n_done += 1


def too_many(recipe: Recipe, left_out: Sequence[LeftOut], limit: int, deadline: float) -> GeneratorError:
    """The error for a generator that fails on more images than a data set may lack; quotes the three most frequent
    reasons."""
    reasons = Counter(x.cause for x in left_out)
    quoted = "; ".join(f"{n} x {reason}" for reason, n in reasons.most_common(3))
    slow = any(" hung" in reason for reason in reasons)
    fix = f", or allow more than {deadline:g} s per image if it is only slow" if slow else ""
    return GeneratorError(
        f"{recipe.name}: {len(left_out)} images left out; at most {limit} may be. Reasons: {quoted.rstrip('.')}. "
        f"Fix the generator{fix}."
    )
