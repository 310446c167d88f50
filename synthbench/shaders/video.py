"""A program as a video (H.264 in MP4), with a contact sheet over time beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from synthbench import figures, registry
from synthbench.errors import DataError, SynthbenchError, UsageError
from synthbench.render.sheet import contact_sheet
from synthbench.shaders.canvas import Canvas

TILES, COLUMNS = 24, 6
CHUNK = 8
"""Frames drawn at once: few enough that Ctrl-C is heard soon."""
LIMITS = {"seconds": (0.1, 3600.0), "fps": (1, 240), "size": (16, 4096)}


def find(program: str) -> tuple[str, str]:
    """(name, source) of a program: a file's path, or the name of a shipped program.

    Raises:
        UsageError: no such file, or no such name; the nearest are suggested.
    """
    path = Path(program)
    if path.is_file():
        return path.stem, path.read_text(encoding="utf-8", errors="replace")
    if path.suffix or len(path.parts) > 1:
        raise UsageError(f"there is no program file {program!r}. PROGRAM is a file or the name of a shipped program, without a suffix.")
    family: Any = registry.load_class("shaders")
    source: str = family(programs=[program]).source(0)
    return program, source


def video(
    program: str, out: Path, *, seconds: float, fps: int, size: int, progress: Callable[[int, int], None] | None = None
) -> Path:  # fmt: skip
    """Draw a program at t = 0, 1 / fps, ... and write the MP4 file, whole or not at all; and a contact sheet over time.

    Args:
        program: see ``find``.
        out: the ``.mp4`` file; the sheet gets its name with ``.png``.
        seconds: length, 0.1 to 3600.
        fps: frames a second, 1 to 240.
        size: height and width in pixels, even, 16 to 4096.
        progress: called with (frames done, frames in all).

    Returns:
        The sheet's path.

    Raises:
        UsageError: a value out of range, or no such program.
        CompileError: the driver refuses the program.
        DataError: the file cannot be written.
        SynthbenchError: PyAV is not installed.
    """
    for name, value in (("seconds", seconds), ("fps", fps), ("size", size)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise UsageError(f"--{name} {value:g}: must be from {low:g} to {high:g}.")
    if size % 2:
        raise UsageError(f"--size {size}: must be even, as in {size + 1}: the video format halves the colours' resolution.")
    if out.suffix.lower() != ".mp4":
        raise UsageError(f"--out {str(out)!r}: a video is a .mp4 file.")
    name, source = find(program)
    av, canvas = _av(), Canvas()
    n = max(1, round(seconds * fps))
    shown = np.unique(np.linspace(0, n - 1, TILES).astype(int)).tolist()
    tiles: list[np.ndarray] = []
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        canvas.compile(source)
        with av.open(str(draft), "w", format="mp4", options={"movflags": "faststart"}) as file:
            stream = file.add_stream("libx264", rate=fps)
            stream.width = stream.height = size
            stream.pix_fmt = "yuv420p"
            for start in range(0, n, CHUNK):
                frames = canvas.frames(source, [i / fps for i in range(start, min(start + CHUNK, n))], size)
                for i, pixels in enumerate(frames, start):
                    file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
                    if i in shown:
                        tiles.append(pixels)
                if progress is not None:
                    progress(start + len(frames), n)
            file.mux(stream.encode())
        draft.replace(out)
    except (OSError, av.FFmpegError) as error:
        raise DataError(f"cannot write {out}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
        canvas.close()
    sheet = out.with_suffix(".png")
    captions = [f"t = {i / fps:.2f} s" for i in shown]
    figures.save_image(contact_sheet(np.stack(tiles), captions, COLUMNS, title=f"{name}   {seconds:g} s at {fps} frames/s, {size} px"), sheet)
    return sheet


def _av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise SynthbenchError("a video needs PyAV, which is not installed: pip install 'synthbench-vision[video]'") from error
    return av
