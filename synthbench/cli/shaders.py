"""``synthbench shaders``: collections of GLSL programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthbench.cli.options import JsonOption, WorkersOption, folder_only

if TYPE_CHECKING:
    from synthbench.shaders.clean import Cleaned

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")

STAGES = {
    "look": "each program: whether it compiles, draws and moves",
    "decide": "which programs are duplicates",
    "measure": "Table 1, on some of the programs kept",
    "sheets": "pictures of programs left out",
}
TABLE1 = {"chars": "characters", "jpeg_kb": "JPEG kB", "gzip_kb": "gzip kB", "fps": "frames/s"}


@app.callback()
def shaders() -> None:
    """Fetch and clean collections of GLSL programs, and draw videos of programs.

    Example:

        synthbench shaders clean shadertoy.zip --out shaders/
    """


@app.command()
def video(
    program: Annotated[
        str,
        typer.Argument(
            metavar="PROGRAM", help="The name of a shipped program, or the path of a program file.", show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=folder_only,
            help="The .mp4 to write; a contact sheet over time is written next to it (.png).",
        ),
    ],
    seconds: Annotated[float, typer.Option("--seconds", help="Duration; time starts at 0.")] = 10.0,
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
            sheet = write(
                program,
                out,
                seconds=seconds,
                fps=fps,
                size=size,
                progress=lambda d, n: terminal.progress(d, n, "frames"),
            )
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was written.") from None
    console.err.print(f"wrote [bold]{out}[/] and [bold]{sheet}[/]")


@app.command()
def clean(
    source: Annotated[
        Path,
        typer.Argument(metavar="SRC", help="Folder, JSON, JSON lines, zip, tar or .glsl file.", show_default=False),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", callback=folder_only, help="Folder for the cleaned collection; a partial one is completed."
        ),
    ],
    workers: WorkersOption = None,
    deadline: Annotated[
        float,
        typer.Option("--deadline", min=0.1, help="Seconds of CPU time that a program may use to compile and draw."),
    ] = 5.0,
    json: JsonOption = False,
) -> None:
    """Keep the programs that compile, draw, move and are not duplicates; report the others with the reason.

    Examples:

        synthbench shaders clean shadertoy.zip --out shaders/

        synthbench run shaders -g path=shaders/
    """
    from synthbench.cli import console
    from synthbench.errors import DataError
    from synthbench.shaders import clean as cleaning

    with console.resumable(), console.Terminal() as terminal:
        terminal.stage("clean", f"{source} into {out}")
        stages = set[str]()

        def show(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages.add(stage)
                terminal.stage(stage, STAGES[stage])
            terminal.progress(done, total, "programs")

        found = cleaning.clean(
            source, out, workers=workers or cleaning.default_workers(), deadline=deadline, progress=show
        )
    if json:
        console.print_json(found.__dict__)
    else:
        _show(found, out)
    if not found.kept:
        raise DataError(
            f"none of the {found.programs:,} programs of {str(source)!r} "
            "was kept; the reasons are above and in report.json."
        )


@app.command()
def fetch(
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", callback=folder_only, help="Folder for ID.json files; existing ones are not fetched again."
        ),
    ],
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[IDS]...", help="Shadertoy ids, as in /view/Wd2XWy.", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A text file of ids.", show_default=False)] = None,
    key: Annotated[
        str, typer.Option("--key", envvar="SHADERTOY_KEY", help="Your own API key.", show_default=False)
    ] = "",
    base: Annotated[str, typer.Option("--base", help="Address of the API.")] = "https://www.shadertoy.com/api/v1",
    json: JsonOption = False,
) -> None:
    """Fetch programs by id from Shadertoy's API, one per second, with your own key. Each program keeps its
    author's licence.

    Example:

        SHADERTOY_KEY=... synthbench shaders fetch Wd2XWy Xds3zN --out raw/
    """
    from rich.markup import escape

    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.shaders import fetch as fetching

    wanted = list(ids or [])
    if file is not None:
        try:
            wanted += file.read_text(encoding="utf-8").replace(",", " ").split()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"--file {str(file)!r} cannot be read: {error}. It must hold ids, one per line."
            ) from error
    with console.resumable(), console.Terminal() as terminal:
        found = fetching.fetch(
            wanted, out, key=key, base=base, progress=lambda done, total: terminal.progress(done, total, "programs")
        )
    for name, reason in found.failed.items():
        console.err.print(f"[yellow]warning:[/] {name}: {escape(reason)}", highlight=False)
    if json:
        console.print_json(found.__dict__)
    else:
        console.err.print(
            f"{len(found.fetched)} fetched, {len(found.cached)} existed, {len(found.failed)} failed; in [bold]{out}[/]"
        )


def _show(found: Cleaned, out: Path) -> None:
    """Counts with reasons, and the paper's Table 1."""
    from rich.markup import escape
    from rich.table import Table

    from synthbench.cli import console

    counts = Table("", "programs", "for example", title=f"{found.programs:,} programs")
    counts.columns[1].justify = "right"
    counts.add_row("[bold]kept[/]", f"[bold]{found.kept:,}[/]", "")
    for reason, n in found.reasons.items():
        counts.add_row(escape(reason), f"{n:,}", escape(found.examples[reason][0][:100]))
    console.out.print(counts)
    if found.table1:
        table = Table("", "mean", "5 %", "95 %", title=f"The programs kept ({found.measured} measured at 384x384)")
        for name, row in found.table1.items():
            table.add_row(TABLE1[name], *(f"{row[column]:,.1f}" for column in ("mean", "q5", "q95")))
        console.out.print(table)
    console.err.print(
        f"In [bold]{out}[/]: the programs, manifest.json, report.json and contact sheets (kept.png, dropped.png)."
    )
