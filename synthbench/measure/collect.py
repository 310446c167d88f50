"""One resumable pass over an entrant's images that computes everything from their pixels, and keeps it on disk.

Images are rendered program by program, so that a shader is compiled once, and processed in that order for any number of
workers, so that sums are bitwise reproducible. Every ``SAVE_S`` seconds the new rows are written as a part, then the
state that says how many parts are valid; a killed pass resumes after the last valid one. A finished pass is found again
by the values that determine it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel

from synthbench.dataset.manifest import LeftOut, layout, validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError, UsageError
from synthbench.home import home
from synthbench.measure.networks import Networks, as_tensor
from synthbench.measure.perceptual import Spread, intra_and_inter
from synthbench.measure.properties import UNITS, constant, properties
from synthbench.progress import Reporter
from synthbench.render.pool import Pool, Settings, too_many
from synthbench.storage.files import clear, whole
from synthbench.storage.lock import locked

VERSION = 1
"""Version of the computation; part of its key."""
JOB = 64
"""Images rendered and processed together."""
SAVE_S = 20.0
STATE = "state.npz"
ALL = -1
"""In place of a label: all images together."""


@dataclass
class Rows:
    """What is known of each image, in the order of label and k, and of each program.

    Attributes:
        labels: names of all programs.
        ks, label: (N,) int64.
        properties: name -> (N,) float64; empty if they were not requested.
        intra: (N,) float64, LPIPS-intra; NaN without a network.
        features: (N, F) float32; F is 0 without a network.
        constant: (N,) bool.
        digest: (N,) uint64, a hash of the pixels.
        inter: label -> LPIPS-inter among its images, and ``ALL`` -> among all.
        left_out: (k, label, reason) of images that could not be rendered.
        renderer: the name of the renderer.
    """

    labels: list[str] = field(default_factory=list)
    ks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    label: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    properties: dict[str, np.ndarray] = field(default_factory=dict)
    intra: np.ndarray = field(default_factory=lambda: np.zeros(0))
    features: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    constant: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    digest: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    inter: dict[int, float] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    renderer: str = ""


def collect(
    recipe: Recipe,
    *,
    images: int,
    per_program: bool,
    size: int,
    seed: int,
    networks: Networks,
    with_properties: bool = True,
    workers: int | None = None,
    deadline: float = 20.0,
    report: Reporter | None = None,
) -> Rows:
    """Render and measure images of an entrant, or return the stored results.

    Args:
        images: number of images in all, or of each program.
        size: height and width in pixels.
        networks: the networks for perceptual metrics and features.

    Raises:
        UsageError: a value out of range, or an entrant without images.
        GeneratorError: the generator cannot be loaded, or fails on more than half of the images.
        DataError: its images are missing, or the cache cannot be written.
    """
    validate(images=images, size=size, seed=seed)
    if not recipe.renders:
        raise UsageError(f"entrant {recipe.name!r} does not render images: there is nothing to measure.")
    asked = {
        "version": VERSION,
        "recipe": recipe.identity(),
        "images": images,
        "per_program": per_program,
        "size": size,
        "seed": seed,
        "properties": with_properties,
        "stages": networks.stages and networks.stages.identity,
        "pooled": networks.pooled and networks.pooled.identity,
    }
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]
    folder, report = home() / "measure" / key, report or Reporter()
    with locked(folder):
        clear(folder)
        kept = _Kept(folder)
        if not kept.state.complete:
            workers = workers or len(os.sched_getaffinity(0))
            with Pool(recipe, Settings(size=size, seed=seed, workers=workers, deadline=deadline, format="raw")) as pool:
                total = images * len(pool.labels) if per_program else images
                kept.state.labels, kept.state.renderer = pool.labels, pool.renderer
                _pass(recipe, pool, total, size, networks, with_properties, deadline, kept, report)
        return kept.rows()


def _pass(
    recipe: Recipe,
    pool: Pool,
    total: int,
    size: int,
    networks: Networks,
    with_properties: bool,
    deadline: float,
    kept: _Kept,
    report: Reporter,
) -> None:
    jobs = layout(total, len(pool.labels), JOB)[kept.state.jobs :]
    limit, saved = total // 2, time.monotonic()
    for i, (items, images, left_out) in enumerate(_in_order(pool, jobs, size)):
        kept.take(_look(items, images, networks, with_properties, kept.spreads), left_out)
        if len(kept.state.left_out) > limit:
            raise too_many(recipe, kept.state.left_out, limit, deadline)
        upcoming = jobs[i + 1][0][1] if i + 1 < len(jobs) else None
        kept.close(upcoming)
        if upcoming is None or time.monotonic() - saved > SAVE_S:
            kept.save(complete=upcoming is None)
            saved = time.monotonic()
        report.progress(kept.state.images, total, "images")


def _in_order(
    pool: Pool, jobs: list[list[tuple[int, int]]], size: int
) -> Iterator[tuple[list[tuple[int, int]], np.ndarray, list[LeftOut]]]:
    """The jobs in their order: the (k, label) that could be rendered, their pixels, and what was left out."""
    early, wanted = {}, 0
    for done in pool.run(list(enumerate(jobs)), limit=sum(map(len, jobs))):
        early[done.index] = done
        while wanted in early:
            found = early.pop(wanted)
            items = [(k, label) for k, label in jobs[wanted] if k in found.images]
            yield items, found.pixels([k for k, _ in items], size), found.left_out
            wanted += 1


@torch.inference_mode()
def _look(
    items: list[tuple[int, int]],
    images: np.ndarray,
    networks: Networks,
    with_properties: bool,
    spreads: dict[int, Spread],
) -> dict[str, np.ndarray]:
    ks, label = (np.array([item[i] for item in items], np.int64) for i in (0, 1))
    row = {"ks": ks, "label": label, "constant": constant(images), "intra": np.full(len(ks), np.nan)}
    row["digest"] = np.array(
        [int.from_bytes(hashlib.blake2b(image, digest_size=8).digest(), "little") for image in images], np.uint64
    )
    for name, values in (properties(images) if with_properties else {}).items():
        row[f"property {name}"] = values
    if networks.stages is not None and len(images):
        row["intra"] = intra_and_inter(networks.stages, images, ks, label, spreads)
        row["intra"][row["constant"]] = np.nan
    if networks.pooled is not None and len(images):
        row["features"] = networks.pooled.features(as_tensor(images)).float().cpu().numpy()
    return row


class _State(BaseModel):
    """The state of a pass. Rows beyond its ``parts`` are not valid."""

    complete: bool = False
    jobs: int = 0
    images: int = 0
    """Number of images rendered or left out."""
    parts: int = 0
    labels: list[str] = []
    renderer: str = ""
    inter: dict[int, float | None] = {}
    """As in ``Rows``; None for NaN."""
    left_out: list[LeftOut] = []
    sums: dict[int, tuple[int, float]] = {}
    """For each open ``Spread``: n and squares; the total is in a separate array."""


class _Kept:
    """A pass on disk: parts of rows, and the state that counts them.

    Attributes:
        spreads: of the program that is being rendered and, as ``ALL``, of those before it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._new = folder, list[dict[str, np.ndarray]]()
        self.state, self.spreads = _State(), dict[int, Spread]()
        try:
            with np.load(folder / STATE, allow_pickle=False) as arrays:
                state = _State.model_validate_json(str(arrays["state"]))
                spreads = {
                    label: Spread(n, arrays[f"sum {label}"], squares) for label, (n, squares) in state.sums.items()
                }
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # none yet, or incomplete: start
            return
        if all(self._part(i).is_file() for i in range(state.parts)):
            self.state, self.spreads = state, spreads

    def _part(self, i: int) -> Path:
        return self._folder / f"part-{i:05d}.npz"

    def take(self, rows: dict[str, np.ndarray], left_out: list[LeftOut]) -> None:
        """Add a job."""
        self._new.append(rows)
        self.state.jobs += 1
        self.state.images += len(rows["ks"]) + len(left_out)
        self.state.left_out += left_out

    def close(self, upcoming: int | None) -> None:
        """Programs other than the upcoming ones have all their images: store their values and drop their sums."""
        for label in [label for label in self.spreads if label not in (ALL, upcoming)]:
            spread = self.spreads.pop(label)
            self.state.inter[label] = spread.mean()
            self.spreads.setdefault(ALL, Spread()).merge(spread)
        if upcoming is None and ALL in self.spreads:
            self.state.inter[ALL] = self.spreads.pop(ALL).mean()

    def save(self, complete: bool) -> None:
        """Write the new rows; they become valid when the state is written."""
        _write(self._part(self.state.parts), _joined(self._new))
        self._new, state = [], self.state
        state.complete, state.parts = complete, state.parts + 1
        state.sums = {label: (spread.n, spread.squares) for label, spread in self.spreads.items()}
        sums = {f"sum {label}": spread.total for label, spread in self.spreads.items()}
        _write(self._folder / STATE, {"state": np.array(state.model_dump_json()), **sums})

    def rows(self) -> Rows:
        """The rows of a complete pass.

        Raises:
            DataError: a part cannot be read.
        """
        parts = []
        for i in range(self.state.parts):
            try:
                with np.load(self._part(i), allow_pickle=False) as part:
                    parts.append(dict(part))
            except (OSError, ValueError, zipfile.BadZipFile) as error:
                raise DataError(
                    f"{self._part(i)} cannot be read ({error}). Delete {self._folder}; its content is computed again."
                ) from error
        found = _joined(parts)
        return Rows(
            labels=self.state.labels,
            ks=found["ks"],
            label=found["label"],
            intra=found["intra"],
            constant=found["constant"],
            properties={name: found[f"property {name}"] for name in UNITS if f"property {name}" in found},
            digest=found["digest"],
            features=found.get("features", np.zeros((len(found["ks"]), 0), np.float32)),
            left_out=self.state.left_out,
            inter={label: float("nan") if value is None else value for label, value in self.state.inter.items()},
            renderer=self.state.renderer,
        )


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: np.concatenate([part[name] for part in parts if name in part]) for name in names}


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with whole(path) as draft, draft.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
