"""A generator of many programs, and a study of it without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthbench.entrant.recipe import Recipe, resolve

PROGRAMS = '''
import numpy as np
from synthbench import Generator

class Grains(Generator):
    """Gray noise, coarser and brighter from label to label. ``bad`` raises."""

    def __init__(self, n=24, bad=""):
        self.labels = tuple(f"g{i:02d}" for i in range(n))
        self.bad = bad

    def render(self, label, rng, size):
        if self.labels[label] == self.bad:
            raise ValueError("no such grain")
        side = 2 + label % 4
        small = rng.integers(0, 40 + 8 * label, (-(-size // side), -(-size // side), 3))
        return np.kron(small, np.ones((side, side, 1), int))[:size, :size].astype(np.uint8)
'''


@pytest.fixture(scope="session")
def grains_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("grains") / "grains.py"
    file.write_text(PROGRAMS)
    return file


@pytest.fixture
def grains(grains_file):
    """``grains(n=5, bad="g01")``: a recipe of the generator."""

    def make(**params: object) -> Recipe:
        return resolve(f"{grains_file}:Grains").model_copy(update={"params": params})

    return make


@pytest.fixture
def made_up(monkeypatch):
    """Replace the work of a study by scores that follow from the program's number, plus a seed's effect on all
    programs, plus noise."""
    from synthbench.study import sweep

    asked = []

    def local(jobs, *, workers):
        for job in jobs:
            asked.append((job.program, job.seed))
            i = int(job.program[1:])
            if job.recipe["params"].get("bad") == job.program:
                yield job, {"program": job.program, "seed": job.seed, "failed": "it is bad"}
                continue
            noise = np.random.default_rng([i, job.seed]).normal(0, 0.002)
            yield job, {
                "program": job.program, "seed": job.seed, "score": 0.2 + 0.01 * i + 0.05 * job.seed + noise,
                "scores": {"task linear": 0.2}, "properties": {"gzip_kb": 10.0 - i, "flat": 1.0, "gap": None},
                "images": 32, "final_loss": 1.0, "seconds": {}, "thumbnail": None,
            }  # fmt: skip

    monkeypatch.setattr(sweep, "local", local)
    return asked
