"""What the wheel holds."""

from __future__ import annotations

from pathlib import Path

from setuptools import Distribution

ROOT = Path(__file__).parents[1]


def built(monkeypatch) -> set[str]:
    """The files of the wheel, as setuptools lists them: nothing is built."""
    monkeypatch.chdir(ROOT)
    distribution = Distribution()
    distribution.script_name = "setup.py"
    distribution.parse_config_files(["pyproject.toml"])
    command = distribution.get_command_obj("build_py")
    command.ensure_finalized()
    modules = {f"{package.replace('.', '/')}/{Path(file).name}" for package, _, file in command.find_all_modules()}
    data = {f"{package.replace('.', '/')}/{name}" for package, _, _, names in command.data_files for name in names}
    return modules | data


def test_the_wheel_says_that_the_package_is_typed(monkeypatch):
    assert "synthbench/py.typed" in built(monkeypatch)


def test_every_module_is_in_the_wheel(monkeypatch):
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "synthbench").rglob("*.py") if "__pycache__" not in path.parts}
    files |= {f"synthbench/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "generators").rglob("*.py")}
    assert files <= built(monkeypatch)
