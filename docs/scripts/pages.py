"""Draw board.png, board-views.jpg and report.jpg of docs/pictures in headless Chromium: the board of the shipped rows,
and a report of six runs.

    python docs/scripts/pages.py

Run it again whenever rows change (`make pictures` does), so that no picture shows a withdrawn score.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import drawn
from PIL import Image
from playwright.sync_api import sync_playwright

from synthbench.board import comparison
from synthbench.board.page import build, find_sheets
from synthbench.board.rank import load_rows
from synthbench.cli.options import DEFAULT_PROTOCOL

PICTURES = drawn.ROOT / "docs" / "pictures"
GAP = 10


def shot(browser: Any, address: str, size: tuple[int, int], *, dark: bool = False, below: str = "") -> Image.Image:
    """The page at ``address``, scrolled to the element ``below`` if one is named."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if below:
        page.locator(below).evaluate("element => element.scrollIntoView()")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def views(browser: Any, board: str) -> Image.Image:
    """An entrant, a comparison and the board on a phone, side by side."""
    board = f"{board}#{DEFAULT_PROTOCOL}"
    shots = [
        shot(browser, f"{board}/shaders-open", (900, 1000)),
        shot(
            browser,
            f"{board}?compare=shaders-open+dead-leaves-oriented+photographs",
            (900, 1000),
            dark=True,
        ),
        shot(browser, board, (400, 1000), dark=True, below="main h2"),
    ]
    sheet = Image.new("RGB", (sum(s.width for s in shots) + GAP * (len(shots) - 1), shots[0].height), (200, 204, 204))
    x = 0
    for each in shots:
        sheet.paste(each, (x, 0))
        x += each.width + GAP
    return sheet.resize((sheet.width * 2 // 3, sheet.height * 2 // 3), Image.Resampling.LANCZOS)


def main() -> None:
    """Build, look, save."""
    chromium = shutil.which("chromium") or sys.exit("chromium is not on the PATH: install it")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        root = Path(name)
        board = build(load_rows([]), root / "board", find_sheets([])).as_uri()
        for entrant in drawn.REPORTED:
            (root / "runs" / entrant).mkdir(parents=True)
            shutil.copy(
                drawn.LEADERBOARD / "results" / DEFAULT_PROTOCOL / f"{entrant}.json",
                root / "runs" / entrant / "result.json",
            )
        comparison.write([root / "runs"], root / "report.html")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shot(browser, board, (1280, 1206)).quantize(256).save(PICTURES / "board.png", optimize=True)
        views(browser, board).save(PICTURES / "board-views.jpg", quality=85, optimize=True)
        shot(browser, (root / "report.html").as_uri(), (1200, 1020)).save(
            PICTURES / "report.jpg", quality=85, optimize=True
        )
        browser.close()
    drawn.record("board.png", "board-views.jpg", "report.jpg")


if __name__ == "__main__":
    main()
