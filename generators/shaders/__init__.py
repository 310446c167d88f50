"""Shaders: images from small GLSL programs, one latent class per program.

Source: Baradad et al. 2022, "Procedural Image Programs for Representation Learning", Sec. 3; the programs shipped here
are our own.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from synthbench.errors import UnknownNameError, UsageError
from synthbench.generator import Generator, announce
from synthbench.shaders.canvas import Canvas, CompileError, UnknownInputError
from synthbench.shaders.collection import Entry, UnusableError, entries

ASSETS = ("programs/*.glsl",)


class Shaders(Generator):
    """Frames of GLSL programs at a random time t ~ U(0.1, seconds).

    Each program is compiled once per worker; the images of one program in a batch are drawn together. Uniforms have
    WebGL's meaning; ``synthbench.shaders.inputs.values`` lists differences of the paper's renderer (iDate, iFrame,
    iResolution.z).

    Args:
        path: a collection in any form that ``synthbench.shaders.collection`` supports: a folder, a zip or JSON file of
            Shadertoy's programs or of any TwiGL dialect. Programs that it leaves out (several passes, inputs, repeated
            ids) are left out here too. None for the shipped programs.
        programs: names of the programs to use; None for all.
        limit: use only this many of them, selected by a fixed hash of the name (the same subset for everyone); 0 for
            all.
        seconds: the latest time. The paper draws t from U(0.1, 10); the shipped programs use time as a seed too (a new
            scene every few seconds), so their recipe draws from 400 seconds.
    """

    def __init__(
        self, path: str | None = None, programs: Sequence[str] | None = None, limit: int = 0, seconds: float = 10.0
    ) -> None:
        root = Path(str(resources.files(__package__) / "programs")) if path is None else Path(path).expanduser()
        files: dict[str, Entry] = {}
        reason = "it is empty"
        for entry in entries(root):
            if entry.reason is None:
                files[entry.name] = entry
            else:
                reason = f"{entry.origin}: {entry.reason}"
        if not files:
            raise UsageError(f"the collection {str(path)!r} holds no shader program that can be used: {reason}.")
        if seconds <= 0.1 or limit < 0:
            raise UsageError(f"seconds must be above 0.1 and limit at least 0, not {seconds} and {limit}.")
        for name in programs or ():
            if name not in files:
                raise UnknownNameError("shader program", name, files)
        names = (
            sorted(programs or files, key=lambda n: (zlib.crc32(n.encode()), n)) if limit else sorted(programs or files)
        )
        self.labels = tuple(sorted(names[:limit] if limit else names))
        self.seconds = seconds
        self._files = [files[name] for name in self.labels]
        self._sources: dict[int, str] = {}
        self._canvas: Canvas | None = None

    @property
    def renderer(self) -> str:
        """The GL renderer and its version; starts GL if it is not running."""
        return self._gl().renderer

    def source(self, label: int) -> str:
        """The text of a program."""
        if label not in self._sources:
            try:
                self._sources[label] = self._files[label].source()
            except UnusableError as error:
                raise CompileError(f"program {self.labels[label]!r} cannot be used: {error}") from error
        return self._sources[label]

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        image: np.ndarray = self._frames(label, [rng.uniform(0.1, self.seconds)], size)[0]
        return image

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        out = np.empty((len(labels), size, size, 3), np.uint8)
        times = np.array([rng.uniform(0.1, self.seconds) for _, rng in zip(labels, rngs, strict=True)])
        for label in np.unique(labels):
            announce(self.labels[label])
            chosen = np.flatnonzero(np.asarray(labels) == label)
            out[chosen] = self._frames(int(label), times[chosen].tolist(), size)
        return out

    def close(self) -> None:
        if self._canvas is not None:
            self._canvas.close()
            self._canvas = None

    def _gl(self) -> Canvas:
        if self._canvas is None:
            self._canvas = Canvas()
        return self._canvas

    def _frames(self, label: int, times: Sequence[float], size: int) -> np.ndarray:
        try:
            return self._gl().frames(self.source(label), times, size)
        except CompileError as error:
            what = "cannot be drawn: it" if isinstance(error, UnknownInputError) else "does not compile:"
            raise CompileError(f"program {self.labels[label]!r} {what} {error}") from error
