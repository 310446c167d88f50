"""The package list of pyproject.toml has every folder with Python modules, with its installed path."""

import tomllib
from pathlib import Path

from setuptools import Distribution

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


def test_the_wheel_says_that_the_package_is_typed(monkeypatch) -> None:
    """In setuptools' list of files; nothing is built."""
    monkeypatch.chdir(ROOT)
    distribution = Distribution()
    distribution.script_name = "setup.py"
    distribution.parse_config_files(["pyproject.toml"])
    command = distribution.get_command_obj("build_py")
    command.ensure_finalized()
    data = {f"{package.replace('.', '/')}/{name}" for package, _, _, names in command.data_files for name in names}
    assert "synthbench/py.typed" in data
