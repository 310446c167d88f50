"""Shared by the tests of storage: a render without processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from s3_server import EACH, SIZE, Here, N

from synthbench.entrant.recipe import resolve
from synthbench.render import render as rendering
from synthbench.render.shards import Dataset


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Dataset, list[int]]]:
    """Render white noise to a place, in this process: the data set, and which shards were drawn."""

    def run(
        out: str | Path, *, before: Callable[[int], None] = lambda index: None, seed: int = 0
    ) -> tuple[Dataset, list[int]]:
        recipe = resolve("white-noise")
        pool = Here(recipe.load(), SIZE, seed, before)
        monkeypatch.setattr(rendering, "_pool", lambda *_, **__: pool)
        return rendering.render(recipe, images=N, size=SIZE, seed=seed, out=out, shard_size=EACH), pool.drawn

    return run
