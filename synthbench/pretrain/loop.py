"""The pretraining loop: augmentation on the device, one objective or another, checkpoints from which a killed run resumes.

Everything random is drawn from (seed, purpose, index), so a resumed run needs no saved random state and ends, on a CPU, in bit-identical
weights; and several ranks, each with its share of every batch, do what one would.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import DeviceMemoryError, DivergedError
from synthbench.pretrain import augment, batchnorm, checkpoint, fastest, limits, objective
from synthbench.pretrain import device as devices
from synthbench.pretrain.average import Averaged
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import Encoder, initial
from synthbench.pretrain.images import source
from synthbench.pretrain.ranks import Ranks
from synthbench.pretrain.recompute import recompute as recompute_blocks
from synthbench.pretrain.schedule import learning_rate
from synthbench.pretrain.smallconv import speed_up
from synthbench.pretrain.stop import interrupts, stopped
from synthbench.protocol import MoCo, Protocol
from synthbench.render.live import Live
from synthbench.render.shards import Dataset

ORDER, VIEWS, SHUFFLE = 1, 2, 3
"""Purposes of the random streams: the order of the images in an epoch, the views of a step, MoCo's shuffle of a step's keys."""
PENDING = 50
"""Steps after which the losses are read from a GPU: each look waits for it."""

Progress = Callable[[int, int, float], None]
"""Called after a step with (steps done, steps in all, loss)."""
Track = Callable[[int, Mapping[str, float]], None]
"""Called for every step, some steps late on a GPU, with its number from 1 and the loss and learning rate."""


@dataclass
class Outcome:
    """What pretraining leaves: the encoder, its loss per step, and what it cost."""

    encoder: Encoder
    losses: list[float]
    seconds: float
    views: int
    precision: str
    resumed_at: int
    form: str
    """Of the network: which one trained fastest (``fastest``)."""


def pretrain(
    images: np.ndarray | Dataset | Live,
    *,
    protocol: Protocol,
    seed: int,
    out: Path,
    identity: str,
    labels: np.ndarray | None = None,
    live_classes: int = 0,
    device: torch.device | None = None,
    ranks: Ranks | None = None,
    passes: int = 1,
    recompute: bool = False,
    checkpoint_s: float = 60.0,
    progress: Progress | None = None,
    track: Track | None = None,
) -> Outcome:
    """Pretrain an encoder under a protocol.

    Args:
        images: (N, H, W, 3) uint8, in the order of k; or a data set that is read from disk step by step; or a source of fresh images, N an
            epoch: where image i of the stored ones is in a batch of epoch e, a live batch has image i + e N.
        protocol: the rules.
        seed: of the initial weights, the order and the views.
        out: folder for ``checkpoint.pt``; a checkpoint found there is continued.
        identity: names the data (its fingerprint); a checkpoint of other data is refused.
        labels: (N,) int64 latent classes of stored images, for the objectives that learn from them.
        live_classes: how many latent classes live images take turns in.
        device: where to train; by default a GPU if there is one.
        ranks: this process among those of the run; alone by default.
        passes: in how many passes a step is done, to save memory (MoCo only: batch norm of the others sees the whole batch).
        recompute: compute the inside of residual blocks again for the backward pass, to save memory; the result is the same.
        checkpoint_s: seconds between checkpoints.
        progress: called after each step.
        track: told every step's loss and learning rate.

    Raises:
        DivergedError: the loss or a weight is not finite; the last good checkpoint stays.
        DeviceMemoryError: the GPU has too little memory; says what to change.
        DataError: the checkpoint in ``out`` belongs to another run or does not read.
        RankError: the ranks do not do the same, or lost one another.
        UsageError: an objective that learns from labels without any; passes or ranks that the objective does not allow.
        KeyboardInterrupt: Ctrl-C or SIGTERM, after the step in hand and a checkpoint.
    """
    device, ranks = device or devices.pick(), ranks or Ranks()
    rules = protocol.optimizer
    live = isinstance(images, Live)
    classes = live_classes if live else int(labels.max()) + 1 if labels is not None else 0
    limits.check(protocol, len(images), classes=classes, live=live, passes=passes, ranks=ranks)
    key = {"protocol": protocol.sha256(), "seed": seed, "data": identity, "images": len(images)}
    limits.agree(ranks, key | {"passes": passes, "recompute": recompute})
    precision = devices.precision(rules.precision, device)
    if rules.pinned and precision == "fp32":  # torch's convolutions would round to TF32
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = device.type == "cuda"  # every step has the same shapes
    encoder = _prepared(protocol, seed, device, ranks, precision == "fp32", recompute)
    goal = objective.make(protocol.objective, encoder.backbone, features=encoder.features, classes=classes, parts=passes, seed=seed + 1)
    goal = goal.to(device)
    goal.ranks, goal.bf16 = ranks, precision == "bf16"
    parameters = [p for p in [*encoder.backbone.parameters(), *goal.parameters()] if p.requires_grad]
    trained = torch.nn.ModuleList([encoder.backbone, goal])
    optimizer = rules.make(trained)
    peaks = [group["lr"] for group in optimizer.param_groups]
    average = Averaged(rules.average, encoder.backbone) if rules.average is not None else None
    per_epoch = rules.steps_per_epoch(len(images))
    steps = rules.epochs * per_epoch
    path = out / CHECKPOINT
    held_parts = {"encoder": encoder.backbone, "objective": goal, "optimizer": optimizer} | ({"average": average} if average else {})
    first, losses, spent = checkpoint.resume(path, key, held_parts)
    ranks.agree({"step to resume at": first})
    pending: list[Tensor] = []
    order = _Order(seed, len(images), rules.batch, per_epoch)
    classes_of = _classes(images, labels, classes, order)

    def plan(step: int) -> objective.Rows:
        return goal.rows(len(order.of(step)), _stream(seed, SHUFFLE, step))

    def needed(step: int) -> np.ndarray:
        return order.of(step)[np.union1d(*plan(step))]

    def settle(step: int) -> None:
        """Read the losses of the steps since the last look (the only wait for a GPU) and stop if one is not finite."""
        values = torch.stack(pending).tolist() if pending else []
        for number, value in enumerate(values, step + 2 - len(values)):
            if not math.isfinite(value):
                raise diverged(f"the loss is {value}", number)
            if track is not None:
                track(number, {"loss": value, "learning_rate": learning_rate(rules, number - 1, steps)})
        losses.extend(values)
        pending.clear()

    def diverged(what: str, step: int) -> DivergedError:
        kept = f"The last good checkpoint is kept in {path}." if path.is_file() else "No checkpoint had been written."
        return DivergedError(
            f"{what} at step {step} of {steps}: the protocol's learning rate ({rules.lr}) may be too high for this data. {kept}"
        )

    def save(step: int) -> None:
        if not all(bool(p.isfinite().all()) for p in parameters):
            raise diverged("a weight is not finite", step)
        if isinstance(protocol.objective, MoCo):  # each rank's running statistics follow its own groups
            ranks.average_buffers(encoder.backbone)
        if ranks.first:
            checkpoint.save(path, key, step, losses, spent + time.perf_counter() - started, held_parts)

    found = fastest.forms(encoder.backbone, device, alone=ranks.world == 1 and not live and not recompute)
    network = fastest.Fastest(found, trained, lambda: torch.cuda.synchronize(device))
    pixels = source(images, device)
    pixels.start(first, steps, order.fresh if live else needed)
    started = saved = time.perf_counter()
    try:
        with interrupts() as interrupted:
            for step in range(first, steps):
                held = pixels.batch(step)
                n = len(held) if live else len(order.of(step))
                rows = goal.rows(n, _stream(seed, SHUFFLE, step))
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["lr"] = learning_rate(rules, step, steps, peak)
                both = two_views(held, rows, n, protocol, _stream(seed, VIEWS, step))
                batch = objective.Batch(n, rows, both, classes_of(step).to(device))

                def loss_of(net: torch.nn.Module, batch: objective.Batch = batch) -> Tensor:
                    optimizer.zero_grad(set_to_none=True)
                    total = torch.zeros((), device=device)
                    for part in goal.losses(net, batch):
                        part.backward()  # type: ignore[no-untyped-call]
                        total += part.detach()
                    return total

                total = network.step(loss_of)
                ranks.add_gradients(parameters)
                optimizer.step()
                if average is not None:
                    average.follow(step, steps)
                pending.append(total)
                if device.type == "cpu" or len(pending) == PENDING:
                    settle(step)
                if progress is not None:
                    progress(step + 1, steps, losses[-1] if losses else math.nan)
                stop, due = ranks.any(max(interrupted, default=0), int(time.perf_counter() - saved > checkpoint_s))
                if stop or due:
                    settle(step)
                    save(step + 1)
                    saved = time.perf_counter()
                if stop:
                    raise stopped(stop)
            settle(steps - 1)
    except torch.OutOfMemoryError as error:
        raise DeviceMemoryError(limits.too_large(protocol, passes=passes, recompute=recompute, ranks=ranks)) from error
    finally:
        pixels.close()
    if first < steps:
        save(steps)
    if average is not None and steps:
        average.put()
        if isinstance(protocol.objective, MoCo):
            ranks.average_buffers(encoder.backbone)
    seconds = spent + time.perf_counter() - started
    views = 2 * (steps * rules.batch if rules.drop_last else rules.epochs * len(images))
    return Outcome(encoder.eval(), losses, seconds, views, precision, first, network.chosen or fastest.PLAIN)


class _Order:
    """Which images each step has: a new permutation every epoch."""

    def __init__(self, seed: int, n: int, batch: int, per_epoch: int) -> None:
        self._seed, self._n, self._batch, self._per_epoch = seed, n, batch, per_epoch
        self._held = (-1, np.empty(0, np.int64))

    def of(self, step: int) -> np.ndarray:
        """(B,) int64 in [0, n)."""
        epoch, place = divmod(step, self._per_epoch)
        if epoch != self._held[0]:
            self._held = (epoch, _stream(self._seed, ORDER, epoch).permutation(self._n))
        return self._held[1][place * self._batch : (place + 1) * self._batch]

    def fresh(self, step: int) -> np.ndarray:
        """(B,) int64: the same places, in the epoch's own images."""
        return self.of(step) + step // self._per_epoch * self._n


def _classes(images: np.ndarray | Dataset | Live, labels: np.ndarray | None, classes: int, order: _Order) -> Callable[[int], Tensor]:
    """step -> (B,) int64 latent classes of its images; empty where there are none to learn from. Ask for live ones after their images."""
    if isinstance(images, Live):
        return lambda step: torch.from_numpy(images.drawn % classes) if classes else torch.empty(0)
    if labels is None:
        return lambda step: torch.empty(0)
    return lambda step: torch.from_numpy(labels[order.of(step)])


def _prepared(protocol: Protocol, seed: int, device: torch.device, ranks: Ranks, fp32: bool, recompute: bool) -> Encoder:
    """The encoder at its random start, on the device, in the form that trains."""
    encoder = build(protocol, seed).to(device)
    if device.type == "cpu" and fp32:
        speed_up(encoder)
    if not isinstance(protocol.objective, MoCo):
        batchnorm.share(encoder.backbone, ranks, device)
    if recompute:
        recompute_blocks(encoder.backbone)
    return encoder


def build(protocol: Protocol, seed: int) -> Encoder:
    """The protocol's encoder at its random start."""
    view = protocol.augment
    encoder = protocol.encoder
    return initial(encoder.architecture, width=encoder.width, size=view.size, mean=view.mean, std=view.std, seed=seed)


def two_views(held: Tensor, rows: objective.Rows, n: int, protocol: Protocol, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Augment the first views of some rows of a batch of n, and the second views of others.

    Args:
        held: (m, H, 3, W) uint8: the m rows that are among ``rows``, in the order of the batch.

    Returns:
        (len(rows[0]), 3, size, size) and (len(rows[1]), 3, size, size) float32. The parameters of all n are drawn, so a row's view does not
        depend on who makes it.
    """
    height, width = held.shape[1], held.shape[3]
    parameters = [augment.draw(protocol.augment, rng, n, height, width) for _ in range(2)]
    place = np.union1d(*rows)
    views = []
    for own, drawn in zip(rows, parameters, strict=True):
        where = np.searchsorted(place, own)
        pixels = held if len(own) == len(held) and (where == np.arange(len(own))).all() else held[torch.from_numpy(where).to(held.device)]
        views.append(augment.augment(pixels, drawn.of(own), protocol.augment))
    return views[0], views[1]


def _stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])
