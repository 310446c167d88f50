"""Finished runs, logins, and a leaderboard on the tests' Hub."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from finished_run import RULES, make_run
from submissions import sealed
from tiny_pocket import small_task

from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.entrant import recipe
from synthbench.evaluate import registry
from synthbench.hub.submit import plan
from synthbench.protocol import protocol
from synthbench.result.result import Result, to_json


@contextmanager
def small_tasks() -> Iterator[None]:
    """Small tasks instead of the protocols' tasks."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {*RULES.evaluate.tasks, *protocol.load(DEFAULT_PROTOCOL).evaluate.tasks}:
            patch.setitem(registry.tasks(), name, small_task(name))
        yield


@pytest.fixture(scope="module")
def tiny_tasks() -> Iterator[None]:
    """``small_tasks`` for a module."""
    with small_tasks():
        yield


@pytest.fixture(scope="session")
def entrant() -> recipe.Recipe:
    """White noise with a citation and a licence."""
    return recipe.resolve("white-noise").model_copy(update={"citation": "Noise & co, 2026", "license": "MIT"})


@pytest.fixture(scope="session")
def made_once(entrant: recipe.Recipe, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Three seeds, for all modules."""
    out = tmp_path_factory.mktemp("made")
    with small_tasks():
        return {seed: make_run(entrant, seed, out) for seed in (0, 1, 7)}


@pytest.fixture(scope="module")
def made(made_once: dict[int, Path], tiny_tasks: None) -> dict[int, Path]:
    """Seed -> run folder, with the tasks that it was evaluated on."""
    return made_once


@pytest.fixture(scope="module")
def record(made: dict[int, Path]) -> Result:
    """A submission by alice, with pinned encoders, as it would lie on the board."""
    draft = plan([made[0], made[1]], leaderboard="board/results", user="alice").draft
    tree = json.loads(to_json(draft))
    for run in tree["runs"]:
        run["encoder"] |= {"repo": "alice/net", "revision": "a" * 40}
    return sealed(tree)


@pytest.fixture
def runs(made: dict[int, Path], tmp_path: Path) -> list[Path]:
    """The run folders of seeds 0 and 1, which tests may change (files are links: replace, do not rewrite)."""
    copies = [tmp_path / "runs" / f"seed-{seed}" for seed in (0, 1)]
    for seed, copy in zip((0, 1), copies, strict=True):
        shutil.copytree(made[seed], copy, copy_function=os.link)
    return copies


@pytest.fixture(scope="session")
def wide(entrant: recipe.Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of seed 0 with an encoder that timm has."""
    with small_tasks():
        return make_run(entrant, 0, tmp_path_factory.mktemp("wide"), width=64)


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Log in as alice or mona, or out."""

    def log_in(user: str | None) -> None:
        if user is None:
            monkeypatch.delenv("HF_TOKEN", raising=False)
        else:
            monkeypatch.setenv("HF_TOKEN", f"hf_{user}")

    return log_in


@pytest.fixture
def board(hub, login) -> str:
    """A leaderboard of mona's organisation; alice is logged in afterwards."""
    from synthbench.hub.board import create

    login("mona")
    create("board/results")
    login("alice")
    return "board/results"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's pauses between tries take no time."""
    import time

    monkeypatch.setattr(time, "sleep", lambda _: None)
