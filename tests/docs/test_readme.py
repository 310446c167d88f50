"""The README is short, and its standings are those of the shipped rows."""

import pytest
import readme
import standings

TEXT = readme.README.read_text(encoding="utf-8")


def test_it_shows_the_shipped_rows():
    assert readme.written(TEXT) == TEXT, "run python docs/scripts/readme.py"


def test_it_is_short():
    assert len(TEXT.encode()) <= 6800


def test_changed_rows_are_detected(monkeypatch):
    monkeypatch.setattr(standings, "rows", lambda protocol="": ())
    assert readme.written(TEXT) != TEXT


def test_a_missing_marker_is_named():
    with pytest.raises(SystemExit, match="<!-- end -->"):
        readme.written(TEXT.replace("<!-- end -->", ""))
