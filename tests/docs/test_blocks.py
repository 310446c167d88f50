"""Every code block of the README and of the site's pages is run in the order of its page, unless its title says what it
needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

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


def together() -> list[list[Path]]:
    """Pages that share a folder, so that a run that two of them show is made once; the others one by one."""
    shared = [
        [ROOT / "docs" / "start.md", ROOT / "README.md"],
        [ROOT / "docs" / "encoder.md", ROOT / "docs" / "metrics.md"],
    ]
    alone = [[path] for path in PAGES if to_run(path) and not any(path in group for group in shared)]
    return shared + alone


@pytest.mark.parametrize("pages", together(), ids=lambda pages: "+".join(path.name for path in pages))
def test_the_blocks_of_a_page_run(pages, reader, request):
    for path in pages:
        if path.name == "shaders.md":
            request.getfixturevalue("gl")
        for language, title, text in to_run(path):
            if title:
                Path(title).write_text(text, encoding="utf-8")
            elif language == "python":
                reader.python(text, path.name)
            else:
                for line in text.splitlines():
                    reader.command(line, path.name)


def test_every_page_with_something_to_run_is_run():
    assert sorted(path for pages in together() for path in pages) == sorted(path for path in PAGES if to_run(path))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_block_titles_state_a_need_or_a_file(path):
    for block in blocks(path.read_text(encoding="utf-8")):
        assert block.language, f"{path.name}: a block without a language"
        assert (
            not block.title or NEEDS.fullmatch(block.title) or FILE.fullmatch(block.title) or block.language == "toml"
        ), block.title
