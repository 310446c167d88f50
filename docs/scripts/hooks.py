"""MkDocs hooks: the parts of the site that are made from the code, the recipes, the protocols and the shipped rows.

A page asks for a part with a comment of its name, as in ``<!-- entrants -->``. Pages whose text lives elsewhere (the changelog, the evidence)
and the pictures of the cards are added as generated files: nothing is written into docs/.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

import cards
import commands
import rules
import standings

ROOT = Path(__file__).resolve().parents[2]
PARTS: dict[str, Callable[[], str]] = {
    "best": standings.best, "trust": standings.trust, "standings": standings.everything, "entrants": cards.page,
    "protocols": rules.table, "tasks": rules.tasks, "commands": commands.reference,
}  # fmt: skip
ELSEWHERE = {"changelog.md": ROOT / "CHANGELOG.md", "evidence.md": ROOT / "protocols" / "README.md"}
OPTIONAL = ("cluster.md",)
"""Pages of the nav that may be absent."""
PART = re.compile(r"^<!-- ([a-z]+) -->$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take optional pages that are not there out of the nav."""
    absent = {name for name in OPTIONAL if not (ROOT / "docs" / name).exists()}
    config.nav = _without(config.nav, absent)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages and the pictures of the entrants' cards."""
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, content=elsewhere(source)))
    for name, jpeg in cards.pictures().items():
        files.append(File.generated(config, f"pictures/cards/{name}.jpg", content=jpeg))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the parts in."""
    return with_parts(markdown)


def with_parts(markdown: str) -> str:
    """A page's text with its parts made.

    Raises:
        PluginError: there is no such part.
    """

    def made(found: re.Match[str]) -> str:
        if found[1] not in PARTS:
            raise PluginError(f"there is no part {found[1]!r}; there are {', '.join(sorted(PARTS))}")
        return PARTS[found[1]]()

    return PART.sub(made, markdown)


def elsewhere(source: Path) -> str:
    """The text of a file outside docs/, with its links into docs/ as the site has them."""
    return source.read_text(encoding="utf-8").replace("](docs/", "](")


def _without(nav: Any, absent: set[str]) -> Any:
    if isinstance(nav, list):
        return [kept for each in nav if (kept := _without(each, absent))]
    if isinstance(nav, dict):
        return {title: kept for title, part in nav.items() if (kept := _without(part, absent))}
    return None if nav in absent else nav
