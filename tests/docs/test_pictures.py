"""Pictures of the README and the site: none is older than the rows and recipes that it shows."""

from __future__ import annotations

import shutil

import drawn
import pytest
import redraw

from synthbench.cli.options import DEFAULT_PROTOCOL

PICTURES = drawn.ROOT / "docs" / "pictures"
KEPT = {
    "shaders-open.jpg": "a contact sheet of `synthbench preview`",
    "shaders-synth.jpg": "a contact sheet of `synthbench preview`",
    "measured-programs.jpg": "an example of what `synthbench measure` draws",
    "scaling.jpg": "a study whose table was not kept; docs/metrics.md names its protocol",
    "study-ranked.jpg": "a study whose table was not kept",
    "study-scatter.jpg": "a study whose table was not kept",
    "study-walk.jpg": "a study whose predictor was not kept",
}
"""Pictures that show neither shipped rows nor all recipes of a family."""


def test_no_picture_is_older_than_what_it_shows():
    found = drawn.stale()
    assert not found, "older than the rows or recipes that they show; run `make pictures`:\n" + "\n".join(
        f"docs/pictures/{name}, drawn by python {' '.join(script)}" for name, script in found.items()
    )


def test_every_picture_is_recorded_and_drawn_by_a_script_or_shows_no_rows():
    here = {path.relative_to(PICTURES).as_posix() for path in PICTURES.rglob("*.*")}
    assert here == drawn.pictures().keys() | KEPT
    assert drawn.recorded().keys() == drawn.pictures().keys()
    for picture in drawn.pictures().values():
        assert (drawn.ROOT / picture.script[0]).is_file()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A leaderboard of a few rows, whose pictures were just drawn."""
    results = tmp_path / "results" / DEFAULT_PROTOCOL
    results.mkdir(parents=True)
    for name in (*drawn.REPORTED, "wmm"):
        (results / f"{name}.json").write_text("{}")
    shutil.copy(drawn.LEADERBOARD / "orders.json", tmp_path)
    shutil.copy(drawn.RECORD, tmp_path / "drawn.json")
    monkeypatch.setattr(drawn, "LEADERBOARD", tmp_path)
    monkeypatch.setattr(drawn, "RECORD", tmp_path / "drawn.json")
    drawn.record("board.png", "board-views.jpg", "report.jpg")
    return results


def test_a_row_that_changed_or_came_makes_the_pictures_that_show_it_stale(elsewhere):
    before = drawn.stale().keys()
    (elsewhere / "wmm.json").write_text("{ }")
    assert drawn.stale().keys() - before == {"board.png", "board-views.jpg"}
    assert redraw.commands().count(("docs/scripts/pages.py",)) == 1
    drawn.record("board.png", "board-views.jpg")
    (elsewhere / "a-new-one.json").write_text("{}")
    assert drawn.stale().keys() - before == {"board.png", "board-views.jpg"}
    (elsewhere / "photographs.json").write_text("{ }")
    assert drawn.stale().keys() - before == {"board.png", "board-views.jpg", "report.jpg"}
    drawn.record("board.png", "board-views.jpg", "report.jpg")
    assert drawn.stale().keys() == before


def test_a_recipe_that_changed_makes_its_sheet_and_the_gallery_stale(monkeypatch):
    before = drawn.stale().keys()
    real = drawn.recipe.resolve
    monkeypatch.setattr(
        drawn.recipe, "resolve", lambda name: real(name, {"shape": "circle"} if name == "dead-leaves-squares" else None)
    )
    assert drawn.stale().keys() - before == {"gallery.jpg", "sheets/dead_leaves.jpg"}


def test_what_is_stale_is_drawn_again_each_script_once(monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr(redraw.subprocess, "run", lambda words, **_: ran.append(words[1:]))
    monkeypatch.setattr(
        redraw.drawn, "stale", lambda: {"a.png": ("a.py",), "b.png": ("a.py",), "sheets/c.jpg": ("sheets.py", "c")}
    )
    redraw.main()
    assert ran == [["docs/scripts/readme.py"], ["a.py"], ["sheets.py", "c"]]
