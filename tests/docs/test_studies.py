"""Pictures of studies are drawn from their tables."""

from __future__ import annotations

import json

import drawn
import pytest
import studies
from PIL import Image

from synthbench.entrant.recipe import resolve

PROGRAMS = ("00000", "00001", "00002")
COLUMNS = "curve,protocol,order,programs,seed,score,failed\n"


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Empty folders of tables and pictures."""
    for name in ("TABLES", "PICTURES"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(studies, name, tmp_path / name)
    monkeypatch.setattr(drawn, "RECORD", tmp_path / "drawn.json")
    drawn.RECORD.write_text("{}")
    return tmp_path / "TABLES"


def test_a_table_draws_its_picture_and_a_new_one_makes_it_stale(tables):
    assert "scaling.jpg" not in drawn.pictures()
    rows = [f"p,p,random,{n},{seed},0.{3 + n % 7}{seed}," for n in (1, 10, 100) for seed in (0, 1)]
    (tables / "scaling.csv").write_text(COLUMNS + "\n".join([*rows, "p,p,random,5,0,,it diverged"]) + "\n")
    assert drawn.stale()["scaling.jpg"] == ("docs/scripts/studies.py", "scaling.jpg")
    studies.main([])
    assert Image.open(studies.PICTURES / "scaling.jpg").width > 500
    assert "scaling.jpg" not in drawn.stale()
    (tables / "scaling.csv").write_text(COLUMNS + "\n".join(rows) + "\n")
    assert "scaling.jpg" in drawn.stale()


def test_a_study_draws_its_order_and_its_properties(tables):
    rows = [{"program": name, "score": 0.2 + i / 50, "noise": 0.01, "x": i % 2} for i, name in enumerate(PROGRAMS)]
    body = {"recipe": resolve("contours").model_dump(), "protocol": "p", "programs": rows, "correlations": {"x": {}}}
    (tables / "study.json").write_text(json.dumps(body))
    studies.main([])
    for name in ("study-ranked.jpg", "study-scatter.jpg"):
        assert Image.open(studies.PICTURES / name).width > 300
        assert name not in drawn.stale()


def test_the_tables_hold_no_places_of_a_machine():
    for path in (drawn.ROOT / "docs" / "studies").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "folder" not in text
        assert "/home/" not in text
        assert len(text) < 20_000
