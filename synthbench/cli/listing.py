"""``synthbench list``: list entrants, generators, protocols and data sets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

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
    from rich.markup import escape

    from synthbench.cli import console
    from synthbench.cli.columns import columns

    rows = {"entrants": _entrants, "generators": _generators, "protocols": _protocols, "datasets": _datasets}[
        kind.value
    ]()
    if json:
        console.print_json(rows)
        return
    shown = [{head: escape(text) for head, text in row.items()} for row in rows]
    console.out.print(columns(shown, console.out.width, keep=1))


def _entrants() -> list[dict[str, str]]:
    from synthbench import registry
    from synthbench.entrant import recipe

    found = [recipe.resolve(name) for name in sorted(registry.recipes())]
    return [
        {
            "entrant": r.name,
            "title": r.title or r.name,
            "real data": "yes" if r.uses_real_data else "no",
            "images": "" if r.source is None else "not here" if r.missing() else "here",
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
            "scale": p.scale,
            "default": "yes" if p.id == DEFAULT_PROTOCOL else "",
            "track": p.track,
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
