"""A job of a study: render the images of one program, pretrain a small encoder on them, and score it.

A pure function of (recipe, protocol, seed).
"""

from __future__ import annotations

import base64
import io
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from synthbench.entrant.recipe import Recipe
from synthbench.errors import SynthbenchError
from synthbench.evaluate import evaluate as evaluation
from synthbench.measure.properties import properties
from synthbench.pretrain import device as devices
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.training_images import Pixels
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.render.render import render
from synthbench.result.result import grouped_mean

MEASURED = 64
"""Maximum number of images of a program whose properties are measured."""
THUMBNAIL = 64


@dataclass(frozen=True)
class Job:
    """A recipe of one program, the protocol and the seed, in a form that JSON can hold."""

    program: str
    recipe: dict[str, Any]
    protocol: dict[str, Any]
    seed: int
    device: str = "auto"

    def json(self) -> dict[str, Any]:
        """For a worker: ``Job(**json)`` recreates the job."""
        return asdict(self)


class Pulse(Reporter):
    """Reports any progress, as a sign of life for a worker's parent."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat

    def progress(self, done: int, total: int, text: str = "") -> None:
        self._beat()


def score(job: Job, beat: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Do a job; a failure is returned as a result.

    Torch uses one thread, so that a program has the same score on every worker.

    Args:
        job: the job.
        beat: called repeatedly during the work.

    Returns:
        ``program``, ``seed``, ``score`` (mean over the protocol's tasks and probes, 0 to 1), ``scores`` by task and
            probe, ``properties`` (means over at most ``MEASURED`` images), ``images``, ``seconds`` of each stage,
            ``thumbnail`` (PNG, base64); or ``program``, ``seed`` and ``failed``, the reason.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _score(job, beat)
    except SynthbenchError as error:
        return {"program": job.program, "seed": job.seed, "failed": str(error)}
    except Exception as error:  # one bad program must not stop a sweep over thousands
        return {"program": job.program, "seed": job.seed, "failed": f"{type(error).__name__}: {error}"}
    finally:
        torch.set_num_threads(threads)


def _score(job: Job, beat: Callable[[], None]) -> dict[str, Any]:
    recipe, rules = Recipe.model_validate(job.recipe), Protocol.model_validate(job.protocol)
    data, ticks = rules.data, [time.perf_counter()]
    with tempfile.TemporaryDirectory(prefix="synthbench-study-") as scratch:
        made = render(
            recipe, images=data.images, size=data.size, seed=job.seed, out=Path(scratch) / "images",
            format=data.format, quality=data.quality, workers=1, progress=lambda *_: beat(),
        )  # fmt: skip
        images = made.load_all(threads=1)
        ticks.append(time.perf_counter())
        outcome = pretrain(
            Pixels(images, identity="study"),
            protocol=rules,
            seed=job.seed,
            out=Path(scratch),
            execution=Execution(devices.pick(job.device), checkpoint_s=1e9),
            progress=lambda *_: beat(),
        )
        ticks.append(time.perf_counter())
    outcomes = evaluation.evaluate(outcome.encoder, rules.evaluate, Pulse(beat))
    ticks.append(time.perf_counter())
    values = {f"{outcome.task} {outcome.probe}": outcome.value for outcome in outcomes}
    return {
        "program": job.program,
        "seed": job.seed,
        "score": grouped_mean([(outcome.task, outcome.value) for outcome in outcomes]),
        "scores": values,
        "properties": {name: mean(column) for name, column in properties(images[:MEASURED]).items()},
        "images": len(images),
        "final_loss": outcome.losses[-1] if outcome.losses else None,
        "seconds": dict(zip(("render", "pretrain", "evaluate"), np.diff(ticks).round(2).tolist(), strict=True)),
        "thumbnail": thumbnail(images[0]),
    }


def mean(column: np.ndarray) -> float | None:
    """Mean of the finite values, or None (a constant image does not have a spectrum)."""
    found = column[np.isfinite(column)]
    return float(found.mean()) if len(found) else None


def thumbnail(pixels: np.ndarray) -> str:
    """A small PNG of an image, in base64."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
