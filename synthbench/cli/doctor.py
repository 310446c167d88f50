"""``synthbench doctor``: check what works on this machine and how to fix the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import JsonOption, folder_only


def doctor(
    out: Annotated[
        Path, typer.Option("--out", "-o", callback=folder_only, help="Folder for runs (its disk is checked).")
    ] = Path(),
    json: JsonOption = False,
) -> None:
    """Check OpenGL, the GPU, the disk, the evaluation data and the Hub token. Exits with 1 if a pocket run would not
    work.

    Example:

        synthbench doctor
    """
    from rich.markup import escape
    from rich.table import Table

    from synthbench.cli import console
    from synthbench.run.diagnosis import diagnose

    checks = diagnose(out)
    if json:
        console.print_json([vars(c) for c in checks])
    else:
        table = Table(show_header=False, box=None, padding=(0, 1))
        marks = {"ok": "[green]ok[/]", "missing": "[red]missing[/]", "optional": "[yellow]optional[/]"}
        for check in checks:
            table.add_row(marks[check.state], f"[bold]{check.name}[/]", escape(check.found))
            if check.fix:
                table.add_row("", "", f"[cyan]fix:[/] {escape(check.fix)}")
        console.out.print(table)
    if any(c.state == "missing" for c in checks):
        raise typer.Exit(1)
