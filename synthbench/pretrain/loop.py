"""The pretraining loop: views on the device, an objective, and checkpoints from which a killed run resumes.

All random numbers are drawn from (seed, purpose, index), so a resumed run needs no saved random state and ends, on a
CPU, with bitwise identical weights; several ranks, each with its share of every batch, give the result of one.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from synthbench.errors import DeviceMemoryError, DivergedError, UsageError
from synthbench.pretrain import batchnorm, checkpoint, fastest, limits
from synthbench.pretrain import device as devices
from synthbench.pretrain.average import Averaged
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import Encoder, initial
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.objectives.objective import Batch, Learner, Rows, make
from synthbench.pretrain.order import SHUFFLE, VIEWS, Order, stream
from synthbench.pretrain.recompute import recompute
from synthbench.pretrain.schedule import learning_rate
from synthbench.pretrain.smallconv import speed_up
from synthbench.pretrain.source import Source
from synthbench.pretrain.stop import interrupts, stopped
from synthbench.pretrain.training_images import TrainingImages
from synthbench.pretrain.views import union, views_of
from synthbench.protocol.protocol import Protocol
from synthbench.protocol.sections import Augment

PENDING = 50
"""Steps after which the losses are read from a GPU: each read waits for it."""

Progress = Callable[[int, int, float], None]
"""Called after a step with (steps done, steps in all, loss)."""
Track = Callable[[int, Mapping[str, float]], None]
"""Called for every step (on a GPU some steps later) with its number from 1, the loss and the learning rate."""


@dataclass
class Outcome:
    """Result of pretraining: the encoder, its loss per step, and the cost."""

    encoder: Encoder
    losses: list[float]
    seconds: float
    views: int
    precision: str
    resumed_at: int
    form: str
    """The form of the network that trained fastest (``fastest``)."""


def pretrain(
    images: TrainingImages,
    *,
    protocol: Protocol,
    seed: int,
    out: Path,
    execution: Execution | None = None,
    progress: Progress | None = None,
    track: Track | None = None,
    saved: Callable[[], None] | None = None,
) -> Outcome:
    """Pretrain an encoder under a protocol.

    Args:
        images: the training images. If a batch of epoch e has image i of stored images, a live batch has image i + e N.
        protocol: the rules.
        seed: of the initial weights, the order and the views.
        out: folder for ``checkpoint.pt``; an existing checkpoint is continued.
        execution: where and how.
        progress: called after each step.
        track: called with every step's loss and learning rate.
        saved: called after each checkpoint.

    Raises:
        DivergedError: the loss or a weight is not finite; the last good checkpoint stays.
        DeviceMemoryError: the GPU does not have enough memory; says what to change.
        DataError: the checkpoint in ``out`` belongs to another run or cannot be read.
        RankError: the ranks differ, or lost contact.
        UsageError: missing labels for an objective that needs them; passes or ranks that the objective does not allow.
        KeyboardInterrupt: Ctrl-C or SIGTERM, after the current step and a checkpoint.
    """
    return Trainer(images, protocol, seed, out, execution or Execution(), progress, track, saved).train()


class Trainer:
    """A training run: set-up, steps, checkpoints."""

    def __init__(
        self,
        images: TrainingImages,
        protocol: Protocol,
        seed: int,
        out: Path,
        execution: Execution,
        progress: Progress | None,
        track: Track | None,
        saved: Callable[[], None] | None,
    ) -> None:
        rules, ranks, device = protocol.optimizer, execution.ranks, execution.device
        live = images.mode == "live"
        limits.check(protocol, len(images), classes=images.classes, live=live, passes=execution.passes, ranks=ranks)
        self._key = {"protocol": protocol.sha256(), "seed": seed, "data": images.identity, "images": len(images)}
        limits.agree(ranks, self._key | {"passes": execution.passes, "recompute": execution.recompute})
        self._images, self._protocol, self._seed, self._execution = images, protocol, seed, execution
        self._progress, self._track, self._saved, self._path = progress, track, saved, out / CHECKPOINT
        per_epoch = rules.steps_per_epoch(len(images))
        self._order, self._steps = Order(seed, len(images), rules.batch, per_epoch), rules.epochs * per_epoch

        self._precision = _set_precision(protocol, device)
        self._encoder = _prepared(protocol, seed, execution, self._precision)
        backbone = self._encoder.backbone
        own = make(
            protocol.objective, backbone, features=self._encoder.features, classes=images.classes, seed=seed + 1
        ).to(device)
        self._learner = Learner(backbone, own, ranks, execution.passes, self._precision == "bf16")
        self._trained = nn.ModuleList([backbone, own])
        self._parameters = [p for p in self._trained.parameters() if p.requires_grad]
        self._optimizer = rules.make(self._trained)
        self._peaks = [group["lr"] for group in self._optimizer.param_groups]
        self._average = Averaged(rules.average, backbone) if rules.average is not None else None

        self._kept: dict[str, checkpoint.Part] = {"encoder": backbone, "objective": own, "optimizer": self._optimizer}
        if self._average is not None:
            self._kept["average"] = self._average
        self._first, self._losses, self._spent = checkpoint.resume(self._path, self._key, self._kept)
        ranks.agree({"step to resume at": self._first})
        forms = fastest.forms(backbone, device, alone=ranks.world == 1 and not live and not execution.recompute)
        self._network = fastest.Fastest(
            forms, self._trained, lambda: torch.cuda.synchronize(device), self._steps - self._first
        )
        self._pending: list[Tensor] = []
        self._started = time.perf_counter()

    def train(self) -> Outcome:
        """Do the remaining steps."""
        execution, rules, first = self._execution, self._protocol.optimizer, self._first
        try:
            with self._images.opened(execution.device, ranks=execution.ranks.world) as source:
                source.start(first, self._steps, self._order, self._mine)
                self._started = time.perf_counter()
                self._go(source)
        except torch.OutOfMemoryError as error:
            said = limits.too_large(
                self._protocol, passes=execution.passes, recompute=execution.recompute, ranks=execution.ranks
            )
            raise DeviceMemoryError(said) from error
        if first < self._steps:
            self._save(self._steps)
        if self._average is not None and self._steps:
            self._average.put()
            self._join_statistics()
        views = len(self._views) * (self._steps * rules.batch if rules.drop_last else rules.epochs * len(self._images))
        form = self._network.chosen or fastest.PLAIN
        return Outcome(self._encoder.eval(), self._losses, self._seconds(), views, self._precision, first, form)

    def _go(self, source: Source) -> None:
        """Do the steps; saves and stops when that is asked for."""
        execution, saved = self._execution, time.perf_counter()
        with interrupts() as interrupted:
            for step in range(self._first, self._steps):
                self._pending.append(self._step(step, source))
                if execution.device.type == "cpu" or len(self._pending) == PENDING:
                    self._settle(step)
                if self._progress is not None:
                    self._progress(step + 1, self._steps, self._losses[-1] if self._losses else math.nan)
                stop, due = execution.ranks.any(
                    max(interrupted, default=0), int(time.perf_counter() - saved > execution.checkpoint_s)
                )
                if stop or due:
                    self._settle(step)
                    self._save(step + 1)
                    saved = time.perf_counter()
                if stop:
                    raise stopped(stop)
        self._settle(self._steps - 1)

    def _step(self, step: int, source: Source) -> Tensor:
        """One update of the weights; returns the loss before it."""
        rules, ranks, device = self._protocol.optimizer, self._execution.ranks, self._execution.device
        taken = source.take(step)
        rows = self._rows(step, taken.n)
        views = views_of(taken.pixels, rows, taken.n, self._views, stream(self._seed, VIEWS, step))
        batch = Batch(step, taken.n, rows, views, devices.put(taken.labels, device))
        for group, peak in zip(self._optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = learning_rate(rules, step, self._steps, peak)

        def loss_of(net: nn.Module) -> Tensor:
            self._optimizer.zero_grad(set_to_none=True)
            total = torch.zeros((), device=device)
            for part in self._protocol.objective.losses(replace(self._learner, backbone=net), batch):
                part.backward()  # type: ignore[no-untyped-call]
                total += part.detach()
            return total

        total = self._network.step(loss_of, whole=taken.n == rules.batch)
        ranks.add_gradients(self._parameters)
        self._optimizer.step()
        if self._average is not None:
            self._average.follow(step, self._steps)
        return total

    @functools.cached_property
    def _views(self) -> tuple[Augment, ...]:
        return self._protocol.objective.views(self._protocol.augment)

    def _rows(self, step: int, n: int) -> Rows:
        return self._protocol.objective.rows(n, stream(self._seed, SHUFFLE, step), self._execution.ranks)

    def _mine(self, step: int) -> np.ndarray:
        """The rows of a step's batch that this rank needs, ascending."""
        return union(self._rows(step, len(self._order.of(step))))

    def _settle(self, step: int) -> None:
        """Read the losses of the last steps (the only wait for a GPU) and stop if one is not finite."""
        values = torch.stack(self._pending).tolist() if self._pending else []
        for number, value in enumerate(values, step + 2 - len(values)):
            if not math.isfinite(value):
                raise self._diverged(f"the loss is {value}", number)
            if self._track is not None:
                rate = learning_rate(self._protocol.optimizer, number - 1, self._steps)
                self._track(number, {"loss": value, "learning_rate": rate})
        self._losses.extend(values)
        self._pending.clear()

    def _save(self, step: int) -> None:
        if not all(bool(p.isfinite().all()) for p in self._parameters):
            raise self._diverged("a weight is not finite", step)
        self._join_statistics()
        if self._execution.ranks.first:
            checkpoint.save(self._path, self._key, step, self._losses, self._seconds(), self._kept)
            if self._saved is not None:
                self._saved()

    def _join_statistics(self) -> None:
        """Average the running statistics over the ranks, if batch norm does not use the whole batch."""
        if not self._protocol.objective.whole_batch:
            self._execution.ranks.average_buffers(self._encoder.backbone)

    def _seconds(self) -> float:
        return self._spent + time.perf_counter() - self._started

    def _diverged(self, what: str, step: int) -> DivergedError:
        kept = (
            f"The last good checkpoint is kept in {self._path}."
            if self._path.is_file()
            else "No checkpoint was written."
        )
        rate = self._protocol.optimizer.lr
        return DivergedError(
            f"{what} at step {step} of {self._steps}: the protocol's "
            f"learning rate ({rate}) may be too high for this data. {kept}"
        )


def _set_precision(protocol: Protocol, device: torch.device) -> str:
    """The precision of the run; sets torch's switches for it."""
    precision = devices.precision(protocol.optimizer.precision, device)
    # independent of an earlier run of this process
    torch.backends.cudnn.allow_tf32 = not (protocol.optimizer.pinned and precision == "fp32")
    torch.backends.cuda.matmul.allow_tf32 = False  # augmentation, losses and Muon need full fp32
    torch.backends.cudnn.benchmark = device.type == "cuda"  # every step has the same shapes
    return precision


def _prepared(protocol: Protocol, seed: int, execution: Execution, precision: str) -> Encoder:
    """The encoder with its random initial weights, on the device, prepared for training."""
    device = execution.device
    encoder = build(protocol, seed).to(device)
    if device.type == "cpu":
        devices.keep_freed_memory()
    if device.type == "cpu" and precision == "fp32":
        speed_up(encoder)
    if protocol.objective.whole_batch:
        batchnorm.share(encoder.backbone, execution.ranks, device)
    if execution.recompute and not recompute(encoder.blocks()):
        raise UsageError(
            f"--recompute: {encoder.architecture} does not have blocks that can be recomputed; leave it out."
        )
    return encoder


def check(protocol: Protocol) -> None:
    """Build the protocol's encoder and pass images through it, without memory or computation, before hours of
    rendering.

    Raises:
        UsageError: it cannot be built, or does not take images of the protocol's sizes.
    """
    with torch.device("meta"), torch.no_grad():
        encoder = build(protocol, 0)
        for size in {protocol.augment.size, protocol.evaluate.size}:
            try:
                out = encoder(torch.empty(2, 3, size, size))
            except (RuntimeError, AssertionError, ValueError) as error:
                said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
                raise UsageError(f"encoder {encoder.architecture} does not take images of {size} px: {said}") from error
            if out.shape != (2, encoder.features):
                raise UsageError(
                    f"encoder {encoder.architecture} gives {tuple(out.shape)} "
                    f"for 2 images, not {(2, encoder.features)}."
                )


def build(protocol: Protocol, seed: int) -> Encoder:
    """The protocol's encoder with its random initial weights."""
    view = protocol.augment
    encoder = protocol.encoder
    return initial(
        encoder.architecture,
        width=encoder.width,
        stem=encoder.stem,
        size=view.size,
        mean=view.mean,
        std=view.std,
        seed=seed,
    )
