"""The lowest versions that pyproject.toml allows are those that CI tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_lowest_versions_that_are_tried_are_those_that_are_allowed():
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    floors = dict(line.lower().split(">=") for line in allowed)
    assert tried.keys() == floors.keys()
    for name, floor in floors.items():
        assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", tried[name]), (
            f"{name}: {floor} is allowed, {tried[name]} is tried"
        )
