"""A generator whose labels are GLSL programs and whose images are their frames."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from synthbench.generator import Generator, announce
from synthbench.shaders.canvas import Canvas


class Programs(Generator):
    """Frames at a random time t ~ U(``times``), in seconds.

    GL is started with the first frame; the frames of one program are drawn together.
    """

    times: tuple[float, float]
    _canvas: Canvas | None = None

    @abstractmethod
    def source(self, label: int) -> str:
        """The GLSL of a program."""

    @property
    def renderer(self) -> str:
        """The GL renderer and its version; starts GL if it is not running."""
        return self._gl().renderer

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return self._gl().draw(self.source(label), rng.uniform(*self.times), size)

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        out = np.empty((len(labels), size, size, 3), np.uint8)
        times = np.array([rng.uniform(*self.times) for _, rng in zip(labels, rngs, strict=True)])
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
