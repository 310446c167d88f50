"""Files for GitHub and citation tools: versions agree, and the files they name exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_names_the_version_of_the_package():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert re.search(r"^version: (\S+)$", text("CITATION.cff"), re.MULTILINE)[1] == project["version"]
    assert re.search(r"^license: (\S+)$", text("CITATION.cff"), re.MULTILINE)[1] == project["license"]


def test_the_workflow_runs_the_build_the_tests_and_the_lowest_versions():
    assert "- run: .ci/run\n" in text(".github/workflows/ci.yml")
    script = text(".ci/run")
    assert all(f"\n{command}\n" in script for command in ("make test", "make docs", ".ci/lowest"))


def test_files_that_the_templates_name_exist():
    for path in [*(ROOT / ".github").rglob("*.*"), ROOT / "RELEASING.md"]:
        for name in re.findall(
            r"(?:\.github/[\w/]+\.md|\.ci/\w+|protocols/README\.md|docs/scripts/\w+\.py)",
            path.read_text(encoding="utf-8"),
        ):
            assert (ROOT / name).exists(), f"{path.name}: {name}"
