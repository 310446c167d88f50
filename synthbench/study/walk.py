"""Walks through a network's latent space as a video: straight lines in w from one random image to the next, and back
to the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from synthbench.entrant.recipe import Recipe
from synthbench.errors import UsageError
from synthbench.generator import stream
from synthbench.render import video


@runtime_checkable
class Walkable(Protocol):
    """A generator that can draw images between its images."""

    def path(self, label: int, rng: np.random.Generator, stops: int) -> Callable[[float, int], np.ndarray]:
        """A closed path over ``stops`` random images of a label: a function of the position in 0..1 and the size."""


def walk(
    recipe: Recipe,
    out: Path,
    *,
    stops: int,
    seconds: float,
    fps: int,
    size: int,
    label: int = 0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a walk as an MP4 file, atomically, and a contact sheet of it; returns the sheet's path.

    Args:
        recipe: of a generator with a latent space.
        stops: number of random images along the walk, 2 or more; it ends where it began.
        label: index of the latent class (the network).
        seed: of the images.
        progress: called with (frames done, frames in all).

    Raises:
        UsageError: the generator does not have a latent space, or a value is out of range.
        DataError, SynthbenchError: see ``video.write``.
    """
    video.check(out, seconds=seconds, fps=fps, size=size)
    if stops < 2:
        raise UsageError(f"--stops {stops}: a walk needs two or more.")
    generator = recipe.load()
    try:
        if not isinstance(generator, Walkable):
            raise UsageError(f"{recipe.name} cannot be walked: its generator does not have a method `path`.")
        if not 0 <= label < len(generator.labels):
            raise UsageError(f"--label {label}: {recipe.name} has the labels 0 to {len(generator.labels) - 1}.")
        n = max(1, round(seconds * fps))
        at = generator.path(label, stream(seed, label), stops)
        title = f"{recipe.name}, {generator.labels[label]}, {stops} stops"
        frames = (at(i / n, size) for i in range(n))
        return video.write(frames, out, title=title, seconds=seconds, fps=fps, size=size, progress=progress)
    finally:
        generator.close()
