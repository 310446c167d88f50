"""Metrics as they are shown: the display name of one, and the name that several scores have in common."""

from __future__ import annotations

from collections.abc import Iterable

TITLES = {"top1": "top-1", "r2": "R²"}
"""Display names; other metrics are displayed under their own name."""


def titled(name: str) -> str:
    """The display name of a metric: ``top-1``, ``mean per class``."""
    return TITLES.get(name, name.replace("_", " "))


def common(names: Iterable[str]) -> str:
    """The metric that the scores have in common, or ``score`` if they have several."""
    found = set(names)
    return found.pop() if len(found) == 1 else "score"
