"""Jobs on worker processes have the same results as in this process; a process that dies is a failed job.

With Ray: tests/cluster/test_ray.py.
"""

from __future__ import annotations

import pytest

from synthbench.cluster import lanes
from synthbench.study import sweep
from synthbench.study.job import Job, score
from synthbench.study.programs import restricted

CHANGES = {
    "data.images": 16, "data.size": 16, "augment.size": 16, "encoder.width": 8, "optimizer.batch": 8,
    "optimizer.epochs": 1, "optimizer.precision": "fp32", "evaluate.tasks": ["photos-gray"], "evaluate.size": 8,
    "evaluate.probes": ["knn"],
}  # fmt: skip
"""The smallest job on a shipped task: workers do not have the tests' own tasks."""


@pytest.fixture(scope="module")
def rules(pocket):
    return pocket.override(CHANGES).model_dump(mode="json")


def job(recipe, name, rules):
    return Job(name, restricted(recipe, [name], name).model_dump(mode="json"), rules, 0, "cpu")


def same(found, expected):
    keys = ("program", "seed", "score", "scores", "final_loss", "thumbnail", "failed")
    return [found.get(key) for key in keys] == [expected.get(key) for key in keys]


@pytest.fixture(scope="module")
def here(grains_file, rules):
    """The jobs and their results in this process."""
    from synthbench.entrant.recipe import resolve

    grains = resolve(f"{grains_file}:Grains").model_copy(update={"params": {"n": 4, "bad": "g03"}})
    jobs = [job(grains, name, rules) for name in ("g00", "g03")]
    return jobs, [score(one) for one in jobs]


def test_worker_processes_give_the_same_and_survive_a_death(monkeypatch, grains, rules, here):
    class Mortal(lanes.Lane):
        """Is killed when it has g01, like a process that runs out of memory."""

        def begin(self, task, report):
            super().begin(task, report)
            if task.arguments["program"] == "g01":
                self.process.kill()

    monkeypatch.setattr(lanes, "Lane", Mortal)
    jobs, expected = here
    deadly = job(grains(n=4), "g01", rules)
    found = {one.program: result for one, result in sweep.local([deadly, *jobs], workers=1)}
    assert found["g01"] == {
        "program": "g01",
        "seed": 0,
        "failed": "the task crashed its process (SIGKILL: out of memory?)",
    }
    assert all(same(found[one.program], result) for one, result in zip(jobs, expected, strict=True))
    assert "no such grain" in found["g03"]["failed"]
