"""The pretraining loop: images in memory, augmentation on the device, checkpoints from which a killed run resumes.

Everything random is drawn from (seed, purpose, index), so a resumed run needs no saved random state and ends, on a CPU,
in bit-identical weights.
"""

from __future__ import annotations

import math
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import DataError, DivergedError
from synthbench.pretrain import augment
from synthbench.pretrain import device as devices
from synthbench.pretrain.encoder import Encoder, Projector, initial
from synthbench.pretrain.simclr import simclr_loss
from synthbench.pretrain.smallconv import speed_up
from synthbench.protocol import Protocol
from synthbench.render.live import Live

CHECKPOINT = "checkpoint.pt"
ORDER, VIEWS = 1, 2
"""Purposes of the random streams: the order of the images in an epoch, the views of a step."""

Progress = Callable[[int, int, float], None]
"""Called after a step with (steps done, steps in all, loss)."""


@dataclass
class Outcome:
    """What pretraining leaves: the encoder, its loss per step, and what it cost."""

    encoder: Encoder
    losses: list[float]
    seconds: float
    views: int
    precision: str
    resumed_at: int


def learning_rate(step: int, steps: int, *, peak: float, warmup: float) -> float:
    """Linear from 0 to ``peak`` over the first ``warmup`` fraction of the steps, then half a cosine to 0. ``step`` counts from 0."""
    ramp = warmup * steps
    if step < ramp:
        return peak * (step + 1) / (ramp + 1)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - ramp) / (steps - ramp)))


def pretrain(
    images: np.ndarray | Live,
    *,
    protocol: Protocol,
    seed: int,
    out: Path,
    identity: str,
    device: torch.device | None = None,
    checkpoint_s: float = 60.0,
    progress: Progress | None = None,
) -> Outcome:
    """Pretrain an encoder with SimCLR.

    Args:
        images: (N, H, W, 3) uint8, in the order of k; or a source of fresh ones, N an epoch: where image i of the stored ones is in a batch of
            epoch e, a live batch has image i + e N.
        protocol: the rules.
        seed: of the initial weights, the order and the views.
        out: folder for ``checkpoint.pt``; a checkpoint found there is continued.
        identity: names the data (its fingerprint); a checkpoint of other data is refused.
        device: where to train; by default a GPU if there is one.
        checkpoint_s: seconds between checkpoints.
        progress: called after each step.

    Raises:
        DivergedError: the loss is not finite; the last good checkpoint stays.
        DataError: the checkpoint in ``out`` belongs to another run or does not read.
        KeyboardInterrupt: Ctrl-C or SIGTERM, after the step in hand and a checkpoint.
    """
    device = device or devices.pick()
    rules, objective = protocol.optimizer, protocol.objective
    encoder = build(protocol, seed).to(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        head = Projector(encoder.features, objective.hidden, objective.dim).to(device)
    precision = devices.precision(rules.precision, device)
    if device.type == "cpu" and precision == "fp32":
        speed_up(encoder)
    parameters = [*encoder.backbone.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(
        parameters, lr=rules.lr, momentum=rules.momentum, nesterov=rules.nesterov, weight_decay=rules.weight_decay, fused=True
    )
    per_epoch = math.ceil(len(images) / rules.batch)
    steps = rules.epochs * per_epoch
    key = {"protocol": protocol.sha256(), "seed": seed, "data": identity, "images": len(images)}
    path = out / CHECKPOINT
    first, losses, spent = _resume(path, key, encoder, head, optimizer)
    held = torch.from_numpy(images).to(device).permute(0, 1, 3, 2).contiguous() if isinstance(images, np.ndarray) else None
    pending: list[Tensor] = []
    order = _Order(seed, len(images), rules.batch)
    if isinstance(images, Live):
        images.start(first, steps, order.fresh)
    started = saved = time.perf_counter()

    def settle(step: int) -> None:
        """Read the losses of the steps since the last look (the only wait for a GPU) and stop if one is not finite."""
        values = torch.stack(pending).tolist() if pending else []
        for i, value in enumerate(values):
            if not math.isfinite(value):
                bad = step + 2 - len(values) + i
                raise DivergedError(
                    f"the loss is {value} at step {bad} of {steps}: the protocol's learning rate ({rules.lr}) may be too high for this data. "
                    + (f"The last good checkpoint is kept in {path}." if path.is_file() else "No checkpoint had been written.")
                )
        losses.extend(values)
        pending.clear()

    def save(step: int) -> None:
        total = spent + time.perf_counter() - started
        _save(path, key, step, losses, total, encoder, head, optimizer)

    with _interrupts() as interrupted:
        for step in range(first, steps):
            if held is None:
                batch = torch.from_numpy(images.batch(step)).to(device).permute(0, 1, 3, 2).contiguous()  # type: ignore[union-attr]
            else:
                batch = held[torch.from_numpy(order.of(step)).to(device)]
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, steps, peak=rules.lr, warmup=rules.warmup)
            views = two_views(batch, protocol, _stream(seed, VIEWS, step))
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
                z1, z2 = head(encoder.backbone(views)).chunk(2)
            loss = simclr_loss(z1, z2, temperature=objective.temperature, base_temperature=objective.base_temperature)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            pending.append(loss.detach())
            if device.type == "cpu" or len(pending) == 50:
                settle(step)
            if progress is not None:
                progress(step + 1, steps, losses[-1] if losses else math.nan)
            if interrupted or time.perf_counter() - saved > checkpoint_s:
                settle(step)
                save(step + 1)
                saved = time.perf_counter()
            if interrupted:
                raise KeyboardInterrupt
        settle(steps - 1)
    if first < steps:
        save(steps)
    seconds = spent + time.perf_counter() - started
    return Outcome(encoder.eval(), losses, seconds, rules.epochs * len(images) * 2, precision, first)


class _Order:
    """Which images each step has: a new permutation every epoch."""

    def __init__(self, seed: int, n: int, batch: int) -> None:
        self._seed, self._n, self._batch, self._per_epoch = seed, n, batch, math.ceil(n / batch)
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


def build(protocol: Protocol, seed: int) -> Encoder:
    """The protocol's encoder at its random start."""
    view = protocol.augment
    encoder = protocol.encoder
    return initial(encoder.architecture, width=encoder.width, size=view.size, mean=view.mean, std=view.std, seed=seed)


def two_views(batch: Tensor, protocol: Protocol, rng: np.random.Generator) -> Tensor:
    """(B, H, 3, W) uint8 -> (2B, 3, size, size) float32: all first views, then all second views."""
    n, height, _, width = batch.shape
    views = [augment.augment(batch, augment.draw(protocol.augment, rng, n, height, width), protocol.augment) for _ in range(2)]
    return torch.cat(views).contiguous(memory_format=torch.channels_last)


def _stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _save(
    path: Path, key: dict[str, Any], step: int, losses: list[float], spent: float,
    encoder: Encoder, head: Projector, optimizer: torch.optim.Optimizer,
) -> None:  # fmt: skip
    draft = path.with_suffix(".tmp")
    state = {"key": key, "step": step, "losses": losses, "spent": spent}
    state |= {"encoder": encoder.backbone.state_dict(), "head": head.state_dict(), "optimizer": optimizer.state_dict()}
    try:
        with draft.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except (OSError, RuntimeError) as error:
        draft.unlink(missing_ok=True)
        raise DataError(f"cannot write the checkpoint {path}: {error}. Free some disk space; the last checkpoint is kept.") from error


def _resume(
    path: Path, key: dict[str, Any], encoder: Encoder, head: Projector, optimizer: torch.optim.Optimizer
) -> tuple[int, list[float], float]:
    """Continue from a checkpoint if there is one: (next step, losses so far, seconds spent so far)."""
    if not path.is_file():
        return 0, [], 0.0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["key"] != key:
            other = ", ".join(f"{k} {state['key'].get(k)!r} instead of {v!r}" for k, v in key.items() if state["key"].get(k) != v)
            raise DataError(f"the checkpoint {path} belongs to another run ({other}). Use another --out folder, or delete it.")
        encoder.backbone.load_state_dict(state["encoder"])
        head.load_state_dict(state["head"])
        optimizer.load_state_dict(state["optimizer"])
        return int(state["step"]), list(state["losses"]), float(state["spent"])
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, AttributeError, pickle.UnpicklingError) as error:
        raise DataError(f"the checkpoint {path} does not read ({error}). Delete it to pretrain again from the start.") from error


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect the first SIGINT or SIGTERM in a list instead of breaking a step; a second one breaks at once."""
    seen: list[int] = []
    kept = {}

    def note(number: int, _frame: object) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            kept[number] = signal.signal(number, note)
        except ValueError:  # not the main thread: the caller's signals are not ours
            break
    try:
        yield seen
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
