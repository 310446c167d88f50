"""Write frames as a video (H.264 in MP4), with a contact sheet over time next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import numpy as np

from synthbench.errors import SynthbenchError, UsageError
from synthbench.render.sheet import contact_sheet
from synthbench.result.canvas import save_image
from synthbench.storage.files import whole

TILES, COLUMNS = 24, 6
LIMITS = {"seconds": (0.1, 3600.0), "fps": (1, 240), "size": (16, 4096)}


def check(out: Path, *, seconds: float, fps: int, size: int) -> None:
    """Check the arguments of a video.

    Raises:
        UsageError: seconds, fps or size out of range, an odd size, or ``out`` is not an .mp4 file.
    """
    for name, value in (("seconds", seconds), ("fps", fps), ("size", size)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise UsageError(f"--{name} {value:g}: must be from {low:g} to {high:g}.")
    if size % 2:
        raise UsageError(
            f"--size {size}: must be even, as in {size + 1}: the video format halves the colours' resolution."
        )
    if out.suffix.lower() != ".mp4":
        raise UsageError(f"--out {str(out)!r}: a video is a .mp4 file.")


def write(
    frames: Iterable[np.ndarray],
    out: Path,
    *,
    title: str,
    seconds: float,
    fps: int,
    size: int,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write frames to an MP4 file, atomically, and a contact sheet over time; returns the sheet's path (``out`` with
    ``.png``).

    Args:
        frames: round(seconds * fps) of them, (size, size, 3) uint8; consumed one by one.
        title: of the sheet.
        progress: called with (frames done, frames in all).

    Raises:
        UsageError: see ``check``.
        DataError: the file cannot be written.
        SynthbenchError: PyAV is not installed.
    """
    check(out, seconds=seconds, fps=fps, size=size)
    av, n = load_av(), max(1, round(seconds * fps))
    shown = np.unique(np.linspace(0, n - 1, TILES).astype(int)).tolist()
    tiles: list[np.ndarray] = []
    mp4 = {"format": "mp4", "options": {"movflags": "faststart"}}
    with whole(out, also=(av.FFmpegError,)) as draft, av.open(str(draft), "w", **mp4) as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for i, pixels in enumerate(frames):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            if i in shown:
                tiles.append(pixels)
            if progress is not None:
                progress(i + 1, n)
        file.mux(stream.encode())
    sheet = out.with_suffix(".png")
    captions = [f"t = {i / fps:.2f} s" for i in shown]
    save_image(
        contact_sheet(
            np.stack(tiles), captions, COLUMNS, title=f"{title}   {seconds:g} s at {fps} frames/s, {size} px"
        ),
        sheet,
    )
    return sheet


def load_av() -> ModuleType:
    """Import PyAV.

    Raises:
        SynthbenchError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise SynthbenchError(
            "a video needs PyAV, which is not installed: pip install 'synthbench-vision[video]'"
        ) from error
    return av
