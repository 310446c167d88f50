"""Draw a program as a video, with a contact sheet over time next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from synthbench import registry
from synthbench.errors import UsageError
from synthbench.render import video as videos
from synthbench.shaders.canvas import Canvas
from synthbench.shaders.collection import UnusableError, entries

CHUNK = 8
"""Frames drawn at once: few enough for a fast response to Ctrl-C."""


def find(program: str) -> tuple[str, str]:
    """(name, source) of a program: a file's path (of a JSON file the first program), or the name of a shipped program.

    Raises:
        UsageError: missing file or no program in it, or unknown name; the nearest names are suggested.
    """
    path = Path(program)
    if path.is_file():
        try:
            first = next((entry for entry in entries(path) if entry.reason is None), None) or next(entries(path))
            return first.name, first.source()
        except UnusableError as error:
            raise UsageError(f"{program!r} does not hold a program that can be drawn: {error}.") from error
    if path.suffix or len(path.parts) > 1:
        raise UsageError(
            f"there is no program file {program!r}. PROGRAM is a "
            "file or the name of a shipped program, without a suffix."
        )
    family: Any = registry.load_class("shaders")
    source: str = family(programs=[program]).source(0)
    return program, source


def video(
    program: str, out: Path, *, seconds: float, fps: int, size: int, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Draw a program at t = 0, 1 / fps, ... and write the MP4 file, atomically, and a contact sheet over time.

    Args:
        program: see ``find``.
        out: the ``.mp4`` file; the sheet gets its name with ``.png``.
        seconds: length, 0.1 to 3600.
        fps: frames per second, 1 to 240.
        size: height and width in pixels, even, 16 to 4096.
        progress: called with (frames done, frames in all).

    Returns:
        The sheet's path.

    Raises:
        UsageError: a value out of range, or unknown program.
        CompileError: the driver refuses the program.
        DataError: the file cannot be written.
        SynthbenchError: PyAV is not installed.
    """
    videos.check(out, seconds=seconds, fps=fps, size=size)
    name, source = find(program)
    videos.load_av()  # before GL starts
    canvas, n = Canvas(), max(1, round(seconds * fps))

    def frames() -> Iterator[np.ndarray]:
        for start in range(0, n, CHUNK):
            yield from canvas.frames(source, [i / fps for i in range(start, min(start + CHUNK, n))], size)

    try:
        canvas.compile(source)
        return videos.write(frames(), out, title=name, seconds=seconds, fps=fps, size=size, progress=progress)
    finally:
        canvas.close()
