"""``synthbench report``: compare finished runs on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import folder_only


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run folders, or folders that contain run folders, or their addresses.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="The .html file to write.")] = Path(
        "report.html"
    ),
) -> None:
    """Write one self-contained HTML page that compares finished runs: scores with intervals, loss curves, contact
    sheets, properties of the images, cost. It opens from a file and does not load anything else.

    Examples:

        synthbench report runs/ --out report.html

        synthbench report runs/shaders-open/simclr-resnet18-pocket-2/seed-0
            runs/dead-leaves-mixed/simclr-resnet18-pocket-2/seed-0
    """
    from synthbench.board.comparison import write
    from synthbench.cli import console
    from synthbench.result.address import REPORT, all_brought

    with console.resumable(), console.Terminal() as terminal:
        terminal.stage("report", f"{len(runs)} folder{'s' if len(runs) > 1 else ''}")
        n = write([path for run in runs for path in all_brought(run, REPORT)], out, terminal)
    console.err.print(f"wrote [bold]{console.escape(str(out))}[/] ({n} run{'s'[: n != 1]})")
