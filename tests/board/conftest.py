"""Hand-made results on disk, in the folders of runs; headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthbench.result.result import Result, write


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; skips where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if (path := next(filter(None, map(shutil.which, names)), None)) is None:
        pytest.skip("needs Chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write results to the folders of runs; returns the runs folder."""

    def save_all(*results: Result) -> Path:
        root = tmp_path / "runs"
        for result in results:
            folder = root / result.submission_id[:8] / result.protocol.id / f"seed-{result.runs[0].seed}"
            folder.mkdir(parents=True)
            write(result, folder / "result.json")
        root.mkdir(exist_ok=True)
        return root

    return save_all
