"""Every code block of the README and of the site's pages is run in the order of its page, unless its title says what it
needs."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tiny_pocket import tiny_pocket

from synthbench import cli

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "leaderboard.md": "tests/hub/test_walkthrough.py runs it",
    "cluster.md": "it needs clusters; tests/cluster runs its commands on one machine",
}
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in ELSEWHERE)]
BLOCK = re.compile(r'^```([a-z]*)(?: title="([^"]*)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"(Needs|Takes minutes|In a clone).*")
FILE = re.compile(r"[\w-]+\.(py|toml)")


class Block(NamedTuple):
    language: str
    title: str
    text: str


def blocks(text: str) -> list[Block]:
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(BLOCK.findall(text)), (
        "a block that this test does not read"
    )
    return [Block(*found) for found in BLOCK.findall(text)]


def to_run(path: Path) -> list[Block]:
    found = blocks(path.read_text(encoding="utf-8"))
    return [
        b for b in found if not NEEDS.fullmatch(b.title) and (b.language in ("sh", "python") or FILE.fullmatch(b.title))
    ]


@pytest.mark.parametrize("path", [path for path in PAGES if to_run(path)], ids=lambda path: path.name)
def test_the_blocks_of_a_page_run(path, tmp_path, monkeypatch, capsys, request):
    if path.name == "shaders.md":
        request.getfixturevalue("gl")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    names: dict[str, object] = {"__name__": "page"}
    with tiny_pocket(tmp_path):
        for language, title, text in to_run(path):
            if title:
                Path(title).write_text(text, encoding="utf-8")
            elif language == "python":
                exec(compile(text, path.name, "exec"), names)
            else:
                for line in text.splitlines():
                    words = shlex.split(line, comments=True)
                    assert words[0] == "synthbench", f"{line}: neither run nor marked"
                    monkeypatch.setattr(sys, "argv", words)
                    with pytest.raises(SystemExit) as stop:
                        cli.main()
                    said = capsys.readouterr()
                    assert not stop.value.code, f"{line}\n{said.out}\n{said.err}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_block_titles_state_a_need_or_a_file(path):
    for block in blocks(path.read_text(encoding="utf-8")):
        assert block.language, f"{path.name}: a block without a language"
        assert (
            not block.title or NEEDS.fullmatch(block.title) or FILE.fullmatch(block.title) or block.language == "toml"
        ), block.title
