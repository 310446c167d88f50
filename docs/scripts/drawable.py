"""Which recipes can be drawn by everyone."""

from __future__ import annotations

from pathlib import Path

from synthbench import registry
from synthbench.entrant import recipe

ROOT = Path(__file__).resolve().parents[2]
NEED_A_FILE = ("feature-vis-dead-leaves",)
"""Recipes that need a file from the user."""


def drawable(name: str) -> bool:
    """True for a recipe whose images are drawn, or come with synthbench: nothing of it has to be fetched."""
    entrant = recipe.resolve(name)
    return entrant.renders and entrant.source is None and name not in NEED_A_FILE


def recipes(family: str) -> list[str]:
    """Names of the drawable recipes in the family's folder of generators/, sorted."""
    names = sorted({path.stem for path in (ROOT / "generators" / family).glob("*.toml")} & set(registry.recipes()))
    return list(filter(drawable, names))
