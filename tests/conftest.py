"""Shared by the tests: whether GL is here, a first generator as a user would write it, a protocol made tiny, a task made tiny."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthbench import protocol, registry
from synthbench.errors import SynthbenchError
from synthbench.protocol import Protocol
from synthbench.recipe import Recipe, resolve

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Before torch loads. The networks here are so small that two threads mostly wait for one another, three times as long on busy cores."""


@pytest.fixture(scope="session")
def gl() -> None:
    """Skip where no shader can be drawn."""
    try:
        shaders: Any = registry.load_class("shaders")(limit=1)
        assert shaders.renderer
        shaders.close()
    except SynthbenchError as error:
        pytest.skip(f"needs OpenGL: {error}")


@pytest.fixture(scope="session")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """The generator that ``synthbench new`` writes."""
    file = tmp_path_factory.mktemp("user") / "stripes.py"
    file.write_text((resources.files("synthbench") / "template.py.txt").read_text())
    return resolve(f"{file}:Stripes")


@pytest.fixture(scope="session")
def pocket() -> Protocol:
    """A shipped protocol of the pocket scale."""
    shipped = [protocol.load(name) for name in sorted(registry.protocols())]
    return next(p for p in shipped if p.scale == "pocket")


@pytest.fixture(scope="session")
def tiny_overrides() -> dict[str, Any]:
    """What makes a protocol tiny: seconds on one core. The task is replaced by ``tiny_task`` (or never reached)."""
    from synthbench.evaluate.tasks import TASKS

    return {
        "data.images": 32, "data.size": 32, "augment.size": 32, "optimizer.batch": 16, "optimizer.epochs": 2,
        "optimizer.precision": "fp32", "evaluate.tasks": [min(TASKS)], "evaluate.size": 16,
    }  # fmt: skip


@pytest.fixture(scope="session")
def tiny(pocket: Protocol, tiny_overrides: dict[str, Any]) -> Protocol:
    return pocket.override(tiny_overrides)


@pytest.fixture(scope="module")
def tiny_task(tiny_overrides: dict[str, Any]) -> Iterator[None]:
    """Put a task of 18 + 9 images in the place of a shipped one: three shades of noise."""
    from synthbench.evaluate import tasks

    def make(size: int) -> tasks.Data:
        rng = np.random.default_rng(0)

        def some(each: int) -> tuple[np.ndarray, np.ndarray]:
            y = np.repeat(np.arange(3), each)
            return (rng.integers(0, 64, (len(y), size, size, 3)) + 90 * y[:, None, None, None]).astype(np.uint8), y

        return tasks.Data(*some(6), *some(3))

    name = tiny_overrides["evaluate.tasks"][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tasks.TASKS, name, tasks.Task("Which shade?", "test", "v1", 3, make))
        tasks._load.cache_clear()
        yield
    tasks._load.cache_clear()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a text file below the test's folder."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file
