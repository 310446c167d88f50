"""``synthbench list``: list entrants, generators, protocols and data sets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.cells import cell_len

from synthbench.cli.options import DEFAULT_PROTOCOL, JsonOption


class Kind(StrEnum):
    """What can be listed."""

    entrants = "entrants"
    generators = "generators"
    protocols = "protocols"
    datasets = "datasets"


def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")] = Kind.entrants,
    json: JsonOption = False,
) -> None:
    """List entrants (recipes), generators, protocols or evaluation data sets.

    Examples:

        synthbench list

        synthbench list protocols --json
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from synthbench.cli import console

    rows = {"entrants": _entrants, "generators": _generators, "protocols": _protocols, "datasets": _datasets}[
        kind.value
    ]()
    if json:
        console.print_json(rows)
        return
    heads = [column.replace(" ", "\n") for column in rows[0]]
    columns = [
        [*head.split("\n"), *column]
        for head, column in zip(heads, zip(*(row.values() for row in rows), strict=True), strict=True)
    ]
    widths = _widths([max(map(cell_len, column)) for column in columns], console.out.width)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column, width in zip(heads, widths, strict=True):
        table.add_column(column, no_wrap=True, overflow="ellipsis", width=width)
    for row in rows:
        table.add_row(*(escape(text) for text in row.values()))
    console.out.print(table)


def _widths(wanted: list[int], width: int) -> list[int]:
    """Column widths that make a line fit: the last column shrinks to 10 characters, then the widest; never the
    first, so that its names can be copied."""
    widths = list(wanted)
    while sum(widths) + 2 * len(widths) + 2 > width and max(widths[1:]) > 10:
        widths[-1 if widths[-1] > 10 else widths.index(max(widths[1:]), 1)] -= 1
    return widths


def _entrants() -> list[dict[str, str]]:
    from synthbench import registry
    from synthbench.entrant import recipe

    found = [recipe.resolve(name) for name in sorted(registry.recipes())]
    return [
        {
            "entrant": r.name,
            "title": r.title or r.name,
            "images": "" if r.source is None else "not here" if r.missing() else "here",
            "real data": "yes" if r.uses_real_data else "no",
            "licence": r.license,
        }
        for r in found
    ]


def _generators() -> list[dict[str, str]]:
    from synthbench import registry

    return [{"generator": name, "class": point.value} for name, point in sorted(registry.generators().items())]


def _protocols() -> list[dict[str, str]]:
    from synthbench import registry
    from synthbench.protocol import protocol

    found = [protocol.load(name) for name in sorted(registry.protocols())]
    return [
        {
            "protocol": p.id,
            "track": p.track,
            "scale": p.scale,
            "default": "yes" if p.id == DEFAULT_PROTOCOL else "",
            "sha256": p.sha256()[:12],
        }
        for p in found
    ]


def _datasets() -> list[dict[str, str]]:
    from synthbench.evaluate import registry

    abouts = [task.about for task in registry.tasks().values() if task.place() is None]
    return [
        {
            "task": a.name,
            "question": a.title,
            "classes": str(a.classes),
            "chance": f"{a.chance:.1%}",
            "source": a.source,
        }
        for a in abouts
    ]
