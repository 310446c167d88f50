"""MkDocs hooks: insert the generated parts of the site (from the code, the recipes, the protocols and the shipped
rows).

A page asks for a part with a comment of its name, as in ``<!-- entrants -->``. Pages whose text is kept elsewhere (the
changelog, the evidence, the notebooks) and the pictures of the cards are added as generated files: nothing is written
into docs/.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

import cards
import notebooks
import parts

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"changelog.md": ROOT / "CHANGELOG.md", "evidence.md": ROOT / "protocols" / "README.md"}
OPTIONAL = ("cluster.md",)
"""Pages of the nav that may be missing."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Remove missing optional pages from the nav."""
    absent = {name for name in OPTIONAL if not (ROOT / "docs" / name).exists()}
    config.nav = _without(config.nav, absent)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, the pictures of the entrants' cards and the notebooks as pages."""
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, content=elsewhere(source)))
    for name, jpeg in cards.pictures().items():
        files.append(File.generated(config, f"pictures/cards/{name}.jpg", content=jpeg))
    for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        text, pictures = notebooks.page(path)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Insert the parts."""
    return parts.filled(markdown)


def elsewhere(source: Path) -> str:
    """The text of a file outside docs/, with its links into docs/ adapted to the site."""
    return source.read_text(encoding="utf-8").replace("](docs/", "](")


def _without(nav: Any, absent: set[str]) -> Any:
    if isinstance(nav, list):
        return [kept for each in nav if (kept := _without(each, absent))]
    if isinstance(nav, dict):
        return {title: kept for title, part in nav.items() if (kept := _without(part, absent))}
    return None if nav in absent else nav
