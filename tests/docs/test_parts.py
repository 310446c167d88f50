"""The generated parts of the site are complete and up to date with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cards
import drawable
import links
import parts
import pytest
import typer

from synthbench import registry
from synthbench.cli import app

ROOT = Path(__file__).parents[2]
GENERATED = {"changelog.md", "evidence.md"}


def test_every_page_is_in_the_navigation():
    named = set(re.findall(r": ([a-z]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert named - pages <= GENERATED | {"cluster.md"}
    assert pages <= named


def test_every_part_that_a_page_asks_for_exists():
    asked = {
        name for path in (ROOT / "docs").glob("*.md") for name in parts.PART.findall(path.read_text(encoding="utf-8"))
    }
    assert asked == parts.PARTS.keys()
    with pytest.raises(SystemExit, match="no part 'entrant'"):
        parts.filled("<!-- entrant -->")


def test_every_recipe_has_a_card_and_every_drawn_one_a_picture():
    page = cards.page()
    assert set(re.findall(r"^### (\S+)$", page, re.MULTILINE)) == set(registry.recipes())
    drawn = [name for family in cards.families() for name in drawable.recipes(family)]
    assert all(cards.pictures()[name].startswith(b"\xff\xd8") for name in drawn)
    assert "![Six images of dead-leaves-squares](pictures/cards/dead-leaves-squares.jpg)" in page
    assert "| images | `synthbench fetch places365` |" in page


def test_a_sheet_that_lacks_a_recipe_is_named(monkeypatch):
    monkeypatch.setattr(drawable, "recipes", lambda family: ["a", "b", "c", "d", "e", "f", "g", "h"])
    with pytest.raises(SystemExit, match=r"run python docs/scripts/sheets\.py shaders"):
        cards.pictures.__wrapped__()


def test_the_reference_has_every_command_and_option():
    page = parts.PARTS["commands"]()

    def check(command: Any, path: str) -> None:
        section = re.search(rf"^####? {re.escape(path)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, path
        for option in command.params:
            names = [name for name in option.opts if name.startswith("-")]
            shown = option.name != "help" and not getattr(option, "hidden", False)
            assert not shown or all(f"`{name}" in section[1] for name in names), (path, option.opts)
        for name, inner in getattr(command, "commands", {}).items():
            check(inner, f"{path} {name}")

    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        check(command, f"synthbench {name}")
    assert "```sh\nsynthbench run shaders-open\n" in page
    assert "--data imagenet-1k=hf://datasets/ILSVRC/imagenet-1k\n" in page, "a command of two lines is one line"


def test_the_link_check_finds_broken_links_and_external_resources(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="top">A</h1><a href="https://example.org">out</a><a href="#top">up</a><a href="b.html#x">b</a>'
    )
    (tmp_path / "b.html").write_text(
        '<script src="https://example.org/a.js"></script><img src="c.png"><a href="a.html">a</a><a id="y"></a>'
    )
    found = links.problems(tmp_path)
    assert found == [
        "a.html: there is no anchor b.html#x",
        "b.html: loads https://example.org/a.js",
        "b.html: there is no file c.png",
    ]
