"""Estimate the cost of a run from a few images and a few steps."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from synthbench.entrant.recipe import Recipe
from synthbench.evaluate import registry
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.encoder import Encoder
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.training_images import Pixels
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.render.render import render
from synthbench.result.environment import peak_memory_gb

WARM, STEPS = 2, 4
"""Steps before timing starts, and steps that are timed."""
SAMPLE = 32
"""Images rendered for the estimate."""
CPU_BATCH = 16
"""The batch timed on a CPU, where a whole one may take minutes; the time is scaled."""


@dataclass(frozen=True)
class Plan:
    """Hours and gigabytes (1e9 bytes) of a run; ``steps`` and ``views_per_s`` of its pretraining."""

    steps: int
    views_per_s: float
    render_h: float
    pretrain_h: float
    evaluate_h: float
    """Time to pass the evaluation images through the encoder as often as the protocol requires; reading them may add
    to it."""
    images_gb: float
    checkpoint_gb: float
    pixels_gb: float
    """Size of the decoded images: they are kept in memory if they fit, and read step by step otherwise. 0 for a live
    run."""
    peak_gb: float
    """Peak memory of the timed steps: the GPU's on a GPU, the process's on a CPU."""
    missing: tuple[str, ...]
    """Evaluation data sets that are missing on this machine."""
    alongside: bool
    """Whether images are rendered while a GPU trains (``--live``). While a CPU trains, both share its cores."""

    @property
    def hours(self) -> float:
        """All three stages; of two that run at the same time, the longer one."""
        made = max(self.render_h, self.pretrain_h) if self.alongside else self.render_h + self.pretrain_h
        return made + self.evaluate_h


def plan(
    recipe: Recipe,
    protocol: Protocol,
    *,
    live: bool = False,
    execution: Execution | None = None,
    report: Reporter | None = None,
) -> Plan:
    """Render a few images, train a few steps, evaluate a few images, and extrapolate.

    On a GPU, the steps use eager mode; the run also tries compiled networks.

    Args:
        live: as in ``Job``: new images in every epoch, none stored.

    Raises:
        DeviceMemoryError: the GPU does not have enough memory for the protocol; names a setting that fits.
        SynthbenchError: as ``run``, if the run would fail at its start.
    """
    report, execution, wanted, rules = report or Reporter(), execution or Execution(), protocol.data, protocol.optimizer
    device = execution.device
    per_image = size = 0.0
    registry.check(protocol.evaluate)
    with tempfile.TemporaryDirectory(prefix="synthbench-plan-") as scratch:
        if recipe.renders:
            report.stage("render", f"{SAMPLE} images at {wanted.size} px")
            n_workers = execution.workers or os.cpu_count() or 1
            data = render(
                recipe,
                images=SAMPLE,
                size=wanted.size,
                seed=0,
                out=Path(scratch) / "images",
                format=wanted.format,
                quality=wanted.quality,
                workers=n_workers,
            )
            per_image = data.manifest.seconds / len(data)
            size = sum(shard.bytes for shard in data.manifest.shards) / len(data)
        steps = rules.epochs * rules.steps_per_epoch(wanted.images) if recipe.renders else 0
        report.stage("pretrain", f"{WARM + STEPS} steps on {device}")
        encoder, step_s, peak = _steps(protocol, execution, Path(scratch))
        checkpoint = (Path(scratch) / CHECKPOINT).stat().st_size
    report.stage("evaluate", "one batch")
    forwards = _forwards(protocol)
    drawn, kept = (wanted.images * rules.epochs, 0) if live else (wanted.images, wanted.images)
    return Plan(
        steps=steps,
        views_per_s=2 * rules.batch / step_s,
        render_h=per_image * drawn / 3600,
        pretrain_h=step_s * steps / 3600,
        evaluate_h=forwards * _forward(encoder, protocol.evaluate.size, device) / 3600,
        images_gb=size * kept / 1e9,
        checkpoint_gb=checkpoint / 1e9,
        pixels_gb=kept * wanted.size**2 * 3 / 1e9 if recipe.renders else 0.0,
        peak_gb=peak,
        missing=tuple(name for name in protocol.evaluate.tasks if registry.state(name) != "here"),
        alongside=live and recipe.renders and device.type == "cuda",
    )


def _steps(protocol: Protocol, execution: Execution, out: Path) -> tuple[Encoder, float, float]:
    """The encoder after a few steps on noise, seconds per step of the protocol's batch, and the peak memory in GB."""
    batch, device = protocol.optimizer.batch, execution.device
    timed = batch if device.type == "cuda" or batch % CPU_BATCH else CPU_BATCH
    small = protocol.override(
        {"data.images": 2 * timed, "optimizer.batch": timed, "optimizer.epochs": (WARM + STEPS) // 2}
    )
    noise = np.random.default_rng(0).integers(
        0, 256, (2 * timed, protocol.data.size, protocol.data.size, 3), dtype=np.uint8
    )
    ticks: list[float] = []

    def tick(*_: object) -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        ticks.append(time.perf_counter())

    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    made = pretrain(
        Pixels(noise, np.arange(2 * timed) % 2, identity="plan"),
        protocol=small,
        seed=0,
        out=out,
        execution=replace(execution, checkpoint_s=1e9),
        progress=tick,
    )
    seconds = statistics.median(np.diff(ticks[WARM - 1 :]).tolist())
    peak = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else peak_memory_gb()
    return made.encoder, seconds * batch / timed, peak


@torch.inference_mode()
def _forward(encoder: Encoder, size: int, device: torch.device) -> float:
    """Seconds per image for the encoder's forward pass."""
    x = torch.rand(CPU_BATCH if device.type == "cpu" else 256, 3, size, size, device=device)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        float(encoder(x).sum())  # waits for a GPU
        times.append(time.perf_counter() - start)
    return min(times) / len(x)


def _forwards(protocol: Protocol) -> int:
    """Number of images that the evaluation passes through the encoder."""
    rules, total = protocol.evaluate, 0
    for name in rules.tasks:
        task = registry.task(name)
        if task.place() is None:
            continue  # a few thousand small images: seconds
        train, val, test = (n if rules.limit is None else min(n, rules.limit) for n in task.about.counts)
        if rules.sgd is not None and name in rules.sgd.tasks:
            total += rules.sgd.epochs * min(train, rules.subset or train) + test
        else:
            total += train + val + test
    return total
