"""Files for GitHub and citation tools: versions agree, and the files they name exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_names_the_version_of_the_package():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert re.search(r"^version: (\S+)$", text("CITATION.cff"), re.MULTILINE)[1] == project["version"]
    assert re.search(r"^license: (\S+)$", text("CITATION.cff"), re.MULTILINE)[1] == project["license"]


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_bibtex_entry_is_that_of_the_citation_file(page):
    citation, entry = text("CITATION.cff"), re.search(r"^```bibtex\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)[1]
    fields = dict(re.findall(r"^  (\w+) = \{+(.*?)\}+,?$", entry, re.MULTILINE))
    assert fields == {
        "author": re.search(r'^  - name: "(.+)"$', citation, re.MULTILINE)[1],
        "title": re.search(r'^title: "(.+)"$', citation, re.MULTILINE)[1],
        "version": re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1],
        "year": re.search(r"^date-released: (\d{4})", citation, re.MULTILINE)[1],
    }


def test_start_lists_the_extras_that_users_need():
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"].keys()
    table = re.search(r"^\| extra \| for \|\n(.*?)\n\n", text("docs/start.md"), re.MULTILINE | re.DOTALL)[1]
    listed = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == extras - {"dev", "bench", "docs"}


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


@pytest.mark.parametrize(
    ("user", "apt", "installs", "says"),
    [
        (0, "touch chromium-came", True, ""),
        (0, "exit 100", False, "tests that need it will be skipped"),
        (1000, "touch chromium-came", False, "tests that need it will be skipped"),
    ],
)
def test_make_brings_chromium_where_it_can_and_goes_on_where_it_cannot(tmp_path, user, apt, installs, says):
    for name, script in {"id": f"echo {user}", "apt-get": apt}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("sh", "touch"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    words = [str(shutil.which("make")), "--file", str(ROOT / "Makefile"), "browser"]
    done = subprocess.run(
        words, cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True, timeout=60
    )
    assert (tmp_path / "chromium-came").exists() == installs
    assert says in done.stderr and (done.stdout, bool(done.stderr)) == ("", bool(says))


def test_make_test_brings_chromium():
    assert re.search(r"^test: setup browser lint", text("Makefile"), re.MULTILINE)
