"""The first stage of a run: render the images to shards or start live rendering, and draw the contact sheet."""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from synthbench.dataset.manifest import FINGERPRINT_IMAGES, LeftOut, fingerprint
from synthbench.entrant.recipe import Recipe
from synthbench.generator import label_of
from synthbench.pretrain.training_images import Drawn, NoImages, Stored, TrainingImages
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.render.live import Live
from synthbench.render.place import is_complete
from synthbench.render.pool import Pool, Settings
from synthbench.render.preflight import preflight
from synthbench.render.render import render
from synthbench.render.shards import Dataset
from synthbench.render.sheet import contact_sheet
from synthbench.result import folder, result
from synthbench.result.canvas import save_image
from synthbench.storage.files import write_json

SHEET_TILES = 48
DEADLINE = 20.0
"""Deadline in seconds for an image of a live run; the default of stored runs."""


def images(
    recipe: Recipe,
    protocol: Protocol,
    seed: int,
    path: Path,
    out: Path | str,
    workers: int | None,
    live: bool,
    report: Reporter,
    ray: str = "",
) -> TrainingImages:
    """Render the images of a run, or start live rendering; no images for the random-initialisation baseline.

    Args:
        path: the run folder.
        out: the folder or the address of the images.
        ray: the address of a cluster whose nodes render stored images; empty for this machine.
    """
    if not recipe.renders:
        return NoImages()
    if live:
        return _sample(recipe, protocol, seed, path, workers, report)
    return Stored(_render(recipe, protocol, seed, path, out, workers, report, ray))


def _sample(recipe: Recipe, protocol: Protocol, seed: int, path: Path, workers: int | None, report: Reporter) -> Drawn:
    """Render the first images of a live run: the contact sheet and the fingerprint.

    Raises:
        GeneratorError: the generator cannot be loaded, or fails on more than half of them.
    """
    wanted, n_workers = protocol.data, workers or os.cpu_count() or 1
    report.stage("check", f"{recipe.name}: a few images twice")
    for warning in preflight(recipe, size=wanted.size, seed=seed):
        report.note(f"warning: {warning}")
    before, n = time.perf_counter(), min(SHEET_TILES, wanted.images)
    with Pool(recipe, Settings(wanted.size, seed, n_workers, DEADLINE, format="raw")) as pool:
        labels, renderer = pool.labels, pool.renderer
        (done,) = pool.run([(0, [(k, label_of(k, len(labels))) for k in range(n)])], limit=n // 2)
    ks = sorted(done.images)
    tiles = done.pixels(ks, wanted.size)
    classes = [done.images[k][0] for k in ks]
    save_image(contact_sheet(tiles, [labels[c] for c in classes], 8), path / folder.SHEET)
    first = fingerprint(tiles[:FINGERPRINT_IMAGES], classes[:FINGERPRINT_IMAGES])
    source = Live(recipe, n=wanted.images, size=wanted.size, seed=seed, workers=n_workers, deadline=DEADLINE)
    return Drawn(source, labels, first, renderer, time.perf_counter() - before)


def _render(
    recipe: Recipe,
    protocol: Protocol,
    seed: int,
    path: Path,
    out: Path | str,
    workers: int | None,
    report: Reporter,
    ray: str,
) -> Dataset:
    """Render the images, or reuse them; and draw the contact sheet."""
    wanted = protocol.data
    if not is_complete(out):
        report.stage("check", f"{recipe.name}: a few images twice")
        for warning in _check(ray)(recipe, size=wanted.size, seed=seed):
            report.note(f"warning: {warning}")
    report.stage(
        "render", f"{wanted.images:,} images of {recipe.name} at {wanted.size} px{', on the cluster' if ray else ''}"
    )
    data = render(
        recipe, images=wanted.images, size=wanted.size, seed=seed, out=out, format=wanted.format,
        quality=wanted.quality, workers=workers, progress=lambda done, total: report.progress(done, total, "images"),
        ray=ray,
    )  # fmt: skip
    if data.manifest.left_out:
        reasons = sorted({f"{data.labels[x.label]}: {x.reason}" for x in data.manifest.left_out})
        report.note(
            f"warning: {len(data.manifest.left_out)} of {wanted.images} images left out: " + "; ".join(reasons[:3])
        )
    if data.manifest.redrawn:
        report.note(f"{data.manifest.redrawn:,} drawings broke a rule of the generator's own and were drawn again")
    if not (path / folder.SHEET).is_file():
        picks = np.linspace(0, len(data) - 1, min(SHEET_TILES, len(data))).astype(int)
        tiles = np.stack([data.image(i) for i in picks])
        captions = [data.labels[data.class_of[i]] for i in picks]
        save_image(contact_sheet(tiles, captions, 8), path / folder.SHEET)
    return data


def _check(ray: str) -> Callable[..., list[str]]:
    """``preflight``, here or on the nodes of a cluster."""
    if not ray:
        return preflight
    from synthbench.cluster import farm

    return functools.partial(farm.check, address=ray)


def keep_left_out(images: TrainingImages, path: Path, report: Reporter) -> None:
    """Add the images left out by a live run to those of the part before an interruption."""
    known = [LeftOut.model_validate(x) for x in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []
    images.left_out = list({x.k: x for x in [*known, *images.left_out]}.values())
    if images.left_out:
        write_json(path, [x.model_dump() for x in images.left_out])
        reasons = sorted({x.reason for x in images.left_out})
        report.note(f"warning: {len(images.left_out)} images left out: " + "; ".join(reasons[:3]))


def data_info(images: TrainingImages, protocol: Protocol, seed: int) -> result.DataInfo | None:
    """The images in the record's form, or None."""
    if images.mode == "none":
        return None
    epochs = protocol.optimizer.epochs if images.mode == "live" else 1
    return result.DataInfo(
        n_images=protocol.data.images * epochs - len(images.left_out),
        n_classes=len(images.names),
        n_left_out=len(images.left_out),
        resolution=protocol.data.size,
        seed=seed,
        fingerprint=images.fingerprint,
        mode=images.mode,
        n_redrawn=images.redrawn or None,
        renderer=images.renderer,
    )
