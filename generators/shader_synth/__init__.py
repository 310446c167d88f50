"""Shader synthesiser: GLSL programs that a grammar writes, one latent class per program. Program i is a pure function of i.

After Baradad et al. 2022, "Procedural Image Programs for Representation Learning", whose 21,000 programs people wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from synthbench.generators.shader_synth.program import attempt, source

from synthbench.errors import UsageError
from synthbench.generator import Generator, announce
from synthbench.shaders.canvas import Canvas


class ShaderSynth(Generator):
    """Frames of synthesised programs at a random time t ~ U(0.1, seconds); time is also the seed of a program's scenes.

    Args:
        count: how many programs.
        start: number of the first one; label j is program start + j.
        seconds: the latest time. A program shows a new scene every two to three seconds.
        limit: take only the first so many of them; 0 for all.
    """

    def __init__(self, count: int = 1000, start: int = 0, seconds: float = 400.0, limit: int = 0) -> None:
        if count < 1 or start < 0 or start + count > 2**32 or limit < 0:
            raise UsageError(
                f"count must be at least 1, start and limit at least 0, start + count at most 2**32, not {count}, {start}, {limit}."
            )
        if seconds <= 0.1:
            raise UsageError(f"seconds must be above 0.1, not {seconds}.")
        self.start = start
        self.seconds = seconds
        self.labels = tuple(f"synth-{i:05d}" for i in range(start, start + (min(limit, count) or count)))
        self._canvas: Canvas | None = None

    @property
    def renderer(self) -> str:
        """The GL renderer and its version; starts GL if it is not running."""
        return self._gl().renderer

    def source(self, label: int) -> str:
        """The GLSL of a program."""
        number = self.start + label
        return source(number, attempt(number))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return self._gl().draw(self.source(label), rng.uniform(0.1, self.seconds), size)

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        out = np.empty((len(labels), size, size, 3), np.uint8)
        times = np.array([rng.uniform(0.1, self.seconds) for _, rng in zip(labels, rngs, strict=True)])
        for label in np.unique(labels):
            announce(self.labels[label])
            chosen = np.flatnonzero(np.asarray(labels) == label)
            out[chosen] = self._gl().frames(self.source(int(label)), times[chosen].tolist(), size)
        return out

    def close(self) -> None:
        if self._canvas is not None:
            self._canvas.close()
            self._canvas = None

    def _gl(self) -> Canvas:
        if self._canvas is None:
            self._canvas = Canvas()
        return self._canvas
