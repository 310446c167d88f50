"""What each picture shows, and the hash of it when the picture was drawn (``drawn.json``).

A script records its pictures when it has drawn them; tests/docs/test_pictures.py compares the records with today's rows
and recipes; ``redraw.py`` (``make pictures``) runs the scripts of those that are older.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import drawable
import standings
import studies

from synthbench import registry
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.entrant import recipe

ROOT = drawable.ROOT
LEADERBOARD = ROOT / "leaderboard"
RECORD = Path(__file__).with_name("drawn.json")
REPORTED = ("photographs", "shaders-open", "dead-leaves-oriented", "dead-leaves-squares", "random-init", "white-noise")
"""Entrants of report.jpg."""


AGREEING = (DEFAULT_PROTOCOL, standings.LONGER)
"""Protocols of agreement.jpg."""


class Drawn(NamedTuple):
    """A picture: the command that draws it, and the parts that it shows."""

    script: tuple[str, ...]
    parts: Callable[[], Iterable[bytes]]


def rows(entrants: Iterable[str] = ("*",), protocol: str = DEFAULT_PROTOCOL) -> list[bytes]:
    """The shipped rows of a protocol, and the published orders that the board compares them with."""
    folder = LEADERBOARD / "results" / protocol
    found = sorted({path for name in entrants for path in folder.glob(f"{name}.json")})
    return [*(path.read_bytes() for path in found), (LEADERBOARD / "orders.json").read_bytes()]


def recipes(names: Iterable[str]) -> list[bytes]:
    """Name, generator, parameters and mix of recipes. The generators' code does not count: a message that changed there
    need not redraw a sheet."""
    fields = {"generator", "params", "labels", "mix"}
    shown = ([name, recipe.resolve(name).model_dump(mode="json", include=fields)] for name in sorted(names))
    return [json.dumps(each, sort_keys=True).encode() for each in shown]


def pictures() -> dict[str, Drawn]:
    """Path below docs/pictures -> what it shows; without pictures of studies whose tables are not in docs/studies."""
    pages, gallery = ("docs/scripts/pages.py",), ("docs/scripts/gallery.py",)
    found = {
        "board.png": Drawn(pages, rows),
        "board-views.jpg": Drawn(pages, rows),
        "report.jpg": Drawn(pages, partial(rows, REPORTED)),
        "agreement.jpg": Drawn(
            ("docs/scripts/agree.py",), lambda: [part for protocol in AGREEING for part in rows(protocol=protocol)]
        ),
        "gallery.jpg": Drawn(gallery, lambda: recipes(filter(drawable.drawable, registry.recipes()))),
    }
    for path in sorted((ROOT / "docs" / "pictures" / "sheets").glob("*.jpg")):
        shown = partial(_sheet, path.stem)
        found[f"sheets/{path.name}"] = Drawn(("docs/scripts/sheets.py", path.stem), shown)
    for name, study in studies.STUDIES.items():
        if (table := studies.TABLES / study.table).is_file():
            found[name] = Drawn(("docs/scripts/studies.py", name), partial(_table, table))
    return found


def _table(path: Path) -> list[bytes]:
    return [path.read_bytes()]


def _sheet(family: str) -> list[bytes]:
    return recipes(drawable.recipes(family))


def digest(drawn: Drawn) -> str:
    """SHA-256 of the parts."""
    total = hashlib.sha256()
    for part in drawn.parts():
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def recorded() -> dict[str, str]:
    """Picture -> the hash of what it showed when it was drawn."""
    found: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def record(*names: str) -> None:
    """Write down what these pictures, just drawn, show."""
    known = pictures()
    found = {name: sha for name, sha in recorded().items() if name in known}
    found |= {name: digest(known[name]) for name in names}
    RECORD.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def stale() -> dict[str, tuple[str, ...]]:
    """Pictures that are older than what they show -> the script that draws them, with its arguments."""
    known = recorded()
    return {name: drawn.script for name, drawn in pictures().items() if known.get(name) != digest(drawn)}
