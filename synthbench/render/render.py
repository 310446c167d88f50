"""Render a data set to disk: parallel and resumable, with the same bytes for any number of workers and after any
interruption."""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import PIL

from synthbench.dataset.manifest import Manifest, Request, ShardRow, Sidecar, layout, validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import UsageError
from synthbench.render import write
from synthbench.render.place import Place, place
from synthbench.render.pool import Pool, Settings, too_many
from synthbench.render.shards import Dataset
from synthbench.storage.lock import locked

if TYPE_CHECKING:
    from synthbench.cluster.farm import Farm

Progress = Callable[[int, int], None]
"""Called with (images done, images in all)."""
SHARD_PIXELS = 2**27
"""A shard of large images holds fewer of them, because a shard being rendered is held in memory."""


def render(  # noqa: PLR0913 - what a data set is, and how it is made
    recipe: Recipe,
    *,
    images: int,
    size: int,
    seed: int,
    out: str | Path,
    format: Literal["png", "jpeg"] = "png",
    quality: int = 95,
    workers: int | None = None,
    deadline: float = 20.0,
    shard_size: int = 512,
    progress: Progress | None = None,
    ray: str = "",
    renderer: str = "",
) -> Dataset:
    """Render images 0..images-1 of a recipe into a folder. A complete data set there is verified and reused, an
    interrupted one is continued; images on which the generator fails are left out and listed in the manifest.

    Args:
        images: number of images, at least 1.
        size: height and width in pixels, 8 to 4096.
        seed: 0 <= seed < 2**63.
        out: the folder, created if needed, or an address (``s3://bucket/prefix``).
        format: ``png`` (lossless) or ``jpeg``.
        quality: JPEG quality, 1 to 100 (4:4:4 from 95 on); PNG ignores it.
        workers: processes; by default one per CPU, and on a cluster one per shard. Does not change the images.
        deadline: seconds without a sign of life after which the image being rendered is given up.
        shard_size: images per shard; an interrupted data set keeps its initial value.
        progress: called with (images done, images in all).
        ray: the address of a Ray cluster whose nodes render the shards (``cluster.farm``); empty for this machine.
        renderer: with ``ray``, use only nodes whose renderer's name contains this.

    Raises:
        ClusterError: see ``cluster.farm``.
        UsageError: a value out of range, or ``out`` lies in the folder of the recipe's own images.
        DataError: the folder holds something else, is in use, or cannot be written to; or the shards at the address
            were drawn by another renderer.
        StorageError: the address cannot be read or written to.
        GeneratorError: the generator cannot be loaded, or fails on more than half of the images.
    """
    workers = workers if workers is not None else 1 if ray else os.cpu_count() or 1
    validate(
        images=images, size=size, seed=seed, workers=workers, shard_size=shard_size, format=format, quality=quality
    )
    if not deadline > 0:
        raise UsageError(f"deadline {deadline:g} s: must be more than 0, as in 20.")
    recipe.require_outside(out)
    request = Request(
        identity=recipe.identity(),
        recipe_sha256=recipe.sha256(),
        seed=seed,
        n_images=images,
        size=size,
        format=format,
        quality=quality if format == "jpeg" else None,
        shard_size=min(shard_size, max(1, SHARD_PIXELS // size**2)),
    )
    with closing(place(out)) as there:
        there.begun(request)
        dataset = there.complete()
        if dataset is None:
            with locked(there.folder, busy="another run is rendering into"):
                found = there.begun(request)
                dataset = there.complete()  # another run may have finished it meanwhile
                if dataset is None:
                    pool = functools.partial(
                        _pool, recipe, workers=workers, deadline=deadline, ray=ray, renderer=renderer
                    )
                    dataset = _fill(there, found or request, recipe, pool, deadline=deadline, progress=progress)
    if progress is not None:
        progress(images, images)
    return dataset


def _pool(recipe: Recipe, request: Request, *, workers: int, deadline: float, ray: str, renderer: str) -> Pool | Farm:
    """The pool that renders: processes of this machine, or the nodes of a cluster."""
    settings = Settings(request.size, request.seed, workers, deadline, request.format, request.quality or 95)
    if not ray:
        return Pool(recipe, settings)
    from synthbench.cluster.farm import Farm

    return Farm(recipe, settings, address=ray, renderer=renderer)


def _fill(
    there: Place,
    request: Request,
    recipe: Recipe,
    opened: Callable[[Request], Pool | Farm],
    *,
    deadline: float,
    progress: Progress | None,
) -> Dataset:
    """Render the missing or damaged shards, then write the manifest."""
    there.begin(request)
    began = last = time.monotonic()
    total = request.n_images
    with opened(request) as pool:
        chunks = layout(total, len(pool.labels), request.shard_size)
        sides, drawn = there.kept(chunks, pool.renderer), dict[int, Sidecar]()
        while True:
            missing = [(j, chunk) for j, chunk in enumerate(chunks) if j not in sides]
            n_kept = total - sum(len(chunk) for _, chunk in missing)
            there.require_space(total - n_kept, request)
            limit = total // 2 - sum(len(side.left_out) for side in sides.values() if side is not None)
            report = None if progress is None else lambda n, kept=n_kept: progress(kept + n, total)
            for done in pool.run(missing, limit=limit, progress=report):
                since, last = last, time.monotonic()
                drawn[done.index] = write.write_shard(
                    there.folder,
                    done.index,
                    done.images,
                    done.left_out,
                    format=request.format,
                    renderer=pool.renderer,
                    redrawn=done.redrawn,
                    seconds=last - since,
                )
                there.add(drawn[done.index])
            settled = there.settled(sides | drawn, chunks, pool.renderer)
            if len(settled) == len(chunks):
                break
            sides = dict(settled)
        ordered = [settled[j] for j in range(len(chunks))]
        left_out = [x for side in ordered for x in side.left_out]
        if len(left_out) > total // 2:
            raise too_many(recipe, left_out, total // 2, deadline)
        earlier = math.fsum(side.seconds for j, side in settled.items() if j not in drawn)
        manifest = _manifest(request, recipe.name, pool, ordered, earlier + time.monotonic() - began)
    return there.end(manifest, ordered)


def _manifest(request: Request, name: str, pool: Pool | Farm, sidecars: list[Sidecar], seconds: float) -> Manifest:
    return Manifest(
        **request.model_dump(),
        recipe=name,
        n_rendered=sum(side.n_images for side in sidecars),
        labels=pool.labels,
        renderer=pool.renderer,
        versions={"PIL": PIL.__version__, "numpy": np.__version__},
        shards=[ShardRow(name=s.name, sha256=s.sha256, bytes=s.bytes, n_images=s.n_images) for s in sidecars],
        left_out=sorted((x for s in sidecars for x in s.left_out), key=lambda x: x.k),
        redrawn=sum(s.redrawn for s in sidecars),
        fingerprint="",
        seconds=round(seconds, 3),
    )
