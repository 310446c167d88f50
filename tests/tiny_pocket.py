"""The default protocol with 32 images, one epoch and small tasks, replacing the shipped one: its runs are ranked and
take seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthbench import registry
from synthbench.board import row
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.evaluate.registry import tasks
from synthbench.evaluate.task import About, Made, Pixels
from synthbench.protocol import protocol

TINY = {
    "data.images": 32, "encoder.width": 8, "optimizer.batch": 16, "optimizer.epochs": 1, "optimizer.precision": "fp32",
}  # fmt: skip


def toml(value: Any) -> str:
    """A value in TOML; tables inline. Other values are the same as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items() if v is not None) + " }"
    return json.dumps(value)


def _shades(size: int) -> tuple[Pixels, Pixels]:
    rng = np.random.default_rng(0)

    def some(each: int) -> Pixels:
        y = np.repeat(np.arange(3), each)
        return Pixels((rng.integers(0, 180, (len(y), 32, 32, 3)) + 30 * y[:, None, None, None]).astype(np.uint8), y)

    return some(6), some(20)


def small_task(name: str) -> Made:
    """Shades of noise, 60 test images."""
    return Made(About(name, "Which shade?", "test", "none", 3, (18, 0, 60), "v1"), _shades)


@contextmanager
def tiny_pocket(folder: Path) -> Iterator[None]:
    """A context manager; ``folder`` holds the protocol's file."""
    rules = protocol.load(DEFAULT_PROTOCOL).override(TINY)
    text = "".join(f"{key} = {toml(value)}\n" for key, value in rules.constants().items())
    (folder / f"{DEFAULT_PROTOCOL}.toml").write_text(text)
    found = {**registry.protocols(), DEFAULT_PROTOCOL: folder / f"{DEFAULT_PROTOCOL}.toml"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "protocols", lambda: found)
        for name in rules.evaluate.tasks:
            patch.setitem(tasks(), name, small_task(name))
        row.shipped_protocol.cache_clear()
        yield
    row.shipped_protocol.cache_clear()
