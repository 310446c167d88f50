"""The package list of pyproject.toml has every folder with Python modules, mapped as it is installed."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAPPED = ("generators", "protocols", "leaderboard")


def test_every_package_folder_is_listed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {
        (("synthbench",) if top in MAPPED else ()) + module.parent.relative_to(ROOT).parts
        for top in ("synthbench", *MAPPED)
        for module in (ROOT / top).rglob("*.py")
    }
    assert {".".join(parts) for parts in folders} == listed
