"""Features of the frames of programs, for the predictor and the diverse selection."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthbench.dataset.manifest import validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import UnknownNameError, UsageError
from synthbench.evaluate.features import features
from synthbench.pretrain.encoder import Encoder
from synthbench.progress import Reporter
from synthbench.render.pool import Pool, Settings
from synthbench.storage.files import make_folder, whole
from synthbench.study.programs import labels_of

DEADLINE = 20.0
"""Deadline in seconds for a frame."""


@dataclass(frozen=True)
class Frames:
    """Features of the programs that could be rendered.

    Attributes:
        programs: their names.
        values: (P, n, F) float32.
        failed: the others, with the reason.
    """

    programs: list[str]
    values: np.ndarray
    failed: dict[str, str]


def extract(
    recipe: Recipe,
    programs: Sequence[str],
    encoder: Encoder,
    *,
    encoder_sha256: str,
    n: int,
    cache: Path,
    size: int = 0,
    seed: int = 0,
    workers: int | None = None,
    report: Reporter | None = None,
) -> Frames:
    """Render n frames of each program and pass them through an encoder; cached results are reused.

    The frames are the program's first images in a data set of the whole entrant, so they do not depend on the other
    programs requested.

    Args:
        recipe: the entrant.
        programs: names among its labels.
        encoder: frozen; on any device.
        encoder_sha256: its identity in the cache.
        cache: folder with a small file per program.
        size: of the frames in pixels; 0 for the size of the encoder's views.

    Raises:
        UnknownNameError: a program that the entrant does not have.
        UsageError: n below 1.
        GeneratorError: the entrant cannot be loaded.
    """
    report, size = report or Reporter(), size or encoder.size
    if n < 1:
        raise UsageError(f"--frames {n}: one or more.")
    validate(size=size, seed=seed)
    known = labels_of(recipe)
    index = {name: i for i, name in enumerate(known)}
    for name in programs:
        if name not in index:
            raise UnknownNameError("program", name, known, hint=f"(of {recipe.name})")
    key = hashlib.sha256(json.dumps([recipe.sha256(), encoder_sha256, n, size, seed]).encode()).hexdigest()[:12]
    place = cache / f"frames-{key}"
    found = {
        name: values
        for name in programs
        if (values := _read(place / f"{index[name]:06d}.npy", (n, encoder.features))) is not None
    }
    missing, failed = [name for name in programs if name not in found], dict[str, str]()
    if missing:
        make_folder(place)
        jobs = [(index[name], [(index[name] + i * len(known), index[name]) for i in range(n)]) for name in missing]
        settings = Settings(size, seed, workers or os.cpu_count() or 1, DEADLINE, "raw")
        with Pool(recipe, settings) as pool:
            for number, done in enumerate(pool.run(jobs, limit=n * len(jobs)), 1):
                name = known[done.index]
                if done.left_out:
                    failed[name] = done.left_out[0].reason
                else:
                    found[name] = features(encoder, done.pixels(sorted(done.images), size)).cpu().numpy()
                    _write(found[name], place / f"{done.index:06d}.npy")
                report.progress(number, len(jobs), "programs")
    for name, reason in failed.items():
        report.note(f"warning: {name}: {reason}")
    kept = [name for name in programs if name in found]
    values = np.stack([found[name] for name in kept]) if kept else np.empty((0, n, encoder.features), np.float32)
    return Frames(kept, values, failed)


def _read(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    try:
        values: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return values if values.shape == shape else None


def _write(values: np.ndarray, path: Path) -> None:
    buffer = io.BytesIO()  # np.save does not say why it cannot write to a file
    np.save(buffer, values, allow_pickle=False)
    with whole(path) as draft:
        draft.write_bytes(buffer.getvalue())
