"""The generated parts of a page (from the code, the recipes, the protocols and the shipped rows), such as
``<!-- entrants -->``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import cards
import commands
import rules
import standings

PARTS: dict[str, Callable[[], str]] = {
    "best": standings.best,
    "trust": standings.trust,
    "standings": standings.everything,
    "longertrust": partial(standings.trust, standings.LONGER),
    "longerstandings": partial(standings.everything, standings.LONGER),
    "entrants": cards.page,
    "protocols": rules.table,
    "tasks": rules.tasks,
    "commands": commands.reference,
}
PART = re.compile(r"^<!-- ([a-z]+) -->$", re.MULTILINE)


def filled(markdown: str) -> str:
    """A page's text with its parts inserted.

    Raises:
        SystemExit: unknown part.
    """

    def made(found: re.Match[str]) -> str:
        if found[1] not in PARTS:
            raise SystemExit(f"there is no part {found[1]!r}; there are {', '.join(sorted(PARTS))}")
        return PARTS[found[1]]()

    return PART.sub(made, markdown)
