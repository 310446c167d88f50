"""``synthbench shaders``: collections of GLSL programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@app.callback()
def shaders() -> None:
    """Collections of GLSL programs: fetch them, clean them, look at them."""


@app.command()
def video(
    program: Annotated[
        str, typer.Argument(metavar="PROGRAM", help="The name of a shipped program, or the path of a program file.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .mp4 to write; a contact sheet over time goes beside it (.png).")],
    seconds: Annotated[float, typer.Option("--seconds", help="Length; time starts at 0.")] = 10.0,
    fps: Annotated[int, typer.Option("--fps", help="Frames a second.")] = 30,
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels, even.")] = 384,
) -> None:
    """Write a video of one program, and a contact sheet over time.

    Needs PyAV: `pip install 'synthbench-vision[video]'`.

    Examples:

        synthbench shaders video aqueduct-arches --out arches.mp4

        synthbench shaders video my_program.glsl --seconds 4 --fps 25 --size 512 --out mine.mp4
    """
    from synthbench.cli import console
    from synthbench.errors import Interrupted
    from synthbench.shaders.video import video as write

    try:
        with console.Terminal() as terminal:
            terminal.stage("video", f"{program}: {seconds:g} s at {fps} frames/s, {size} px")
            sheet = write(program, out, seconds=seconds, fps=fps, size=size, progress=lambda d, n: terminal.progress(d, n, "frames"))
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was written.") from None
    console.err.print(f"wrote [bold]{out}[/] and [bold]{sheet}[/]")
