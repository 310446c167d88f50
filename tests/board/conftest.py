"""Hand-made results on disk, in the folders of runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from synthbench.result.result import Result, write


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
