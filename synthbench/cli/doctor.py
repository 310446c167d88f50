"""``synthbench doctor``: what works here, what is missing, and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import JsonOption


def doctor(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where runs will go (its disk is checked).")] = Path(),
    json: JsonOption = False,
) -> None:
    """Check GL, the GPU, the disk, the evaluation data and the Hub token. Exit code 1 if the pocket run would not work.

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
