"""A user's generators, in their own file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from synthbench.entrant.recipe import Recipe, resolve

HEAD = """
import os, signal, sys, time
import numpy as np
from synthbench.generator import Generator

def noise(rng, size):
    return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)

"""

STRIPES = """
class Stripes(Generator):
    labels = ["thin", "wide", "plain"]

    def render(self, label, rng, size):
        return noise(rng, size) // (label + 1)
"""


@pytest.fixture
def user(tmp_path: Path) -> Callable[..., Recipe]:
    """Write a class into my_gen.py, from the body of its ``render`` and optionally more, and return its recipe."""

    def make(body: str, *, labels: str = '["a", "b", "c", "d"]', more: str = "") -> Recipe:
        lines = "\n".join("        " + line for line in body.splitlines())
        (tmp_path / "code").mkdir(exist_ok=True)
        file = tmp_path / "code" / "my_gen.py"
        file.write_text(
            f"{HEAD}class Mine(Generator):\n    labels = {labels}\n    "
            f"def render(self, label, rng, size):\n{lines}\n{more}\n"
        )
        return resolve(f"{file}:Mine")

    return make


@pytest.fixture(scope="session")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    file = tmp_path_factory.mktemp("stripes") / "stripes.py"
    file.write_text(HEAD + STRIPES)
    return resolve(f"{file}:Stripes")
