"""Contact sheets."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from synthbench.errors import UsageError
from synthbench.render import sheet as sheets
from synthbench.render.sheet import BACKGROUND, GAP, HEADER, TILE, chosen, contact_sheet, elided, preview


def test_contact_sheet_places_images():
    images = np.stack([np.full((8, 8, 3), value, np.uint8) for value in (50, 100, 150)])
    sheet = contact_sheet(images, ["a", "b", "c"], columns=2)
    assert sheet.size == (2 * TILE + 3 * GAP, GAP + 2 * (TILE + GAP + 16))
    assert sheet.getpixel((GAP, GAP)) == (50, 50, 50)
    assert sheet.getpixel((GAP + TILE + GAP, GAP)) == (100, 100, 100)
    assert sheet.getpixel((0, 0)) == BACKGROUND


def test_contact_sheet_refuses():
    with pytest.raises(UsageError, match="0 images, 0 captions"):
        contact_sheet(np.empty((0, 8, 8, 3), np.uint8), [], columns=2)


def test_captions_are_cut_to_fit():
    font = ImageFont.load_default(size=11)
    assert elided("short", font, 100) == "short"
    cut = elided("a-very-long-program-name-from-a-website", font, 100)
    assert cut.endswith("...")
    assert font.getlength(cut) <= 100


@pytest.mark.parametrize(("n", "tiles", "labels"), [(1, 64, 1), (3, 48, 3), (10, 60, 10), (64, 64, 64), (1000, 64, 64)])
def test_chosen(n, tiles, labels):
    items = chosen(n, 8, 8)
    assert (len(items), len({label for _, label in items})) == (tiles, labels)
    assert all(k % n == label for k, label in items)
    assert len({k for k, _ in items}) == tiles


def test_preview(user, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 4)
    monkeypatch.setattr(sheets, "COLUMNS", 2)
    recipe = user("if label == 1: raise ValueError('no')\nreturn noise(rng, size)")
    sheet = preview(recipe, size=32, seed=0)
    assert sheet.width == 2 * TILE + 3 * GAP
    blank = sheet.getpixel((GAP, HEADER + TILE + GAP + 16))
    assert blank == (40, 40, 40)
