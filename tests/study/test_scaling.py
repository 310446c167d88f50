"""Scaling: normal runs with the first n programs, missing values for impossible runs, a fit if there are enough."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from synthbench.errors import DivergedError, GeneratorError, UsageError
from synthbench.pretrain.execution import Execution
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.study import scaling as scale
from synthbench.study.programs import order


@pytest.fixture
def runs(monkeypatch):
    """Runs that take no time: the score is 0.1 + 0.1 log10(programs), and three programs diverge."""
    made = []

    def run(job, **_):
        recipe = job.recipe
        made.append((recipe.name, recipe.labels, job.protocol.id, job.seed))
        if len(recipe.labels) == 3:
            raise DivergedError("the loss is nan at step 7")
        aggregate = SimpleNamespace(value=0.1 + 0.1 * float(np.log10(len(recipe.labels))))
        return SimpleNamespace(result=SimpleNamespace(aggregate=aggregate), path=job.out / recipe.name)

    monkeypatch.setattr(scale, "run", run)
    return made


def test_the_runs_and_their_fit(tmp_path, grains, pocket, runs):
    recipe = grains(n=24)
    done = scale.scaling(recipe, [pocket], counts=[1, 10, 3, 24], seeds=[0, 1], out=tmp_path)
    labels = [f"g{i:02d}" for i in range(24)]
    assert {(name, chosen) for name, chosen, _, seed in runs if seed == 1} == {
        (f"Grains-{n}of24", tuple(order(labels, 1)[:n])) for n in (1, 3, 10, 24)
    }
    (fit,) = done.fits.values()
    assert (fit.n, fit.slope, fit.intercept) == (6, pytest.approx(0.1), pytest.approx(0.1))
    gaps = done.table[done.table["score"].isna()]
    assert set(gaps["programs"]) == {3} and set(gaps["failed"]) == {"the loss is nan at step 7"}
    files = {file.name for file in done.path.iterdir()}
    assert files >= {"scaling.csv", "scaling.json", "scaling.png"} and not any(name.endswith(".tmp") for name in files)


def test_a_study_gives_a_second_curve(tmp_path, grains, pocket, runs):
    best = [f"g{i:02d}" for i in range(12)]
    done = scale.scaling(grains(n=24), [pocket], counts=[2, 10], seeds=[0], out=tmp_path, best=best)
    assert ("Grains-best-10of24", tuple(best[:10]), pocket.id, 0) in runs
    assert list(done.fits) == [f"{pocket.id}, random", f"{pocket.id}, best first"] and set(done.fits.values()) == {None}


def test_one_program_cannot_be_told_apart(tmp_path, grains, runs):
    done = scale.scaling(grains(n=4), [protocol.load("ce-resnet18-small")], counts=[1, 4], seeds=[0], out=tmp_path)
    assert len(runs) == 1
    assert "cross_entropy learns to tell programs apart, but there is only one" in done.table["failed"][0]


def test_runs_without_any_score(tmp_path, grains, pocket, runs):
    with pytest.raises(GeneratorError, match=r"none of the 1 runs has a score\. Reasons: the loss is nan"):
        scale.scaling(grains(n=4), [pocket], counts=[3], seeds=[0], out=tmp_path)


@pytest.mark.parametrize("counts", [[], [0], [5], [2, 2]])
def test_impossible_counts(tmp_path, grains, pocket, runs, counts):
    with pytest.raises(UsageError, match=r"--counts .*: numbers of programs from 1 to 4, each once"):
        scale.scaling(grains(n=4), [pocket], counts=counts, seeds=[0], out=tmp_path)
    assert runs == []


def test_a_real_run_keeps_the_programs_in_its_record(tmp_path, stripes, tiny, tiny_overrides, tiny_task):
    from synthbench.result.result import read

    execution = Execution(workers=1)
    done = scale.scaling(
        stripes,
        [tiny],
        counts=[1],
        seeds=[0],
        out=tmp_path,
        overrides=tiny_overrides,
        execution=execution,
        report=Reporter(),
    )
    record = read(tmp_path / "Stripes-1of2" / tiny.id / "seed-0" / "result.json")
    assert record.generator.params["labels"] == order(["straight", "wavy"])[:1] and record.data.n_classes == 1
    assert done.table["score"][0] == record.aggregate.value
