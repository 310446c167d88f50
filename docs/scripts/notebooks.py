"""Notebooks of docs/notebooks as pages: Markdown with their code and kept outputs, by nbconvert. Nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert import MarkdownExporter


def page(path: Path) -> tuple[str, dict[str, bytes]]:
    """The Markdown of a notebook, and its pictures by the names that the Markdown gives them."""
    exporter: Any = MarkdownExporter  # untyped
    text, resources = exporter().from_filename(str(path), {"unique_key": path.stem})
    note = f"[Download this notebook]({path.name}) and run it, or read it here."
    heading, _, rest = text.lstrip().partition("\n")
    return f"{heading}\n\n{note}\n{_linked(rest)}", dict(resources["outputs"])


def _linked(text: str) -> str:
    """Links between notebooks lead to their pages."""
    return text.replace(".ipynb)", ".md)")
