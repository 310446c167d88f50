"""A study: its table, its missing values, and that nothing is computed twice."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synthbench.errors import DataError, GeneratorError, UnknownNameError, UsageError
from synthbench.measure.measurement import Measurement, Value
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.study import programs as studies
from synthbench.study import table as tables
from synthbench.study.job import Job, score
from synthbench.study.programs import study


class Notes(Reporter):
    """Records the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_a_job_is_a_program_from_its_images_to_its_score(grains, tiny, tiny_task, stripes):
    recipe = studies.restricted(grains(n=3), ["g02"], "g02")
    job = Job("g02", recipe.model_dump(mode="json"), tiny.model_dump(mode="json"), 0, "cpu")
    beats = []
    found = score(job, lambda: beats.append(1))
    assert (found["program"], found["seed"], found["images"]) == ("g02", 0, 32)
    assert found["score"] == pytest.approx(np.mean(list(found["scores"].values()))) and len(found["scores"]) == 2
    assert found["properties"]["gzip_kb"] > 0
    assert len(beats) > 4
    again = score(Job(**json.loads(json.dumps(job.json()))))
    keys = ("score", "scores", "final_loss", "thumbnail")
    assert [again[key] for key in keys] == [found[key] for key in keys]
    broken = score(
        Job(
            "g02",
            recipe.model_copy(update={"params": {"n": 3, "bad": "g02"}}).model_dump(mode="json"),
            job.protocol,
            0,
            "cpu",
        )
    )
    assert "no such grain" in broken["failed"] and "score" not in broken


def test_the_table(tmp_path, grains, pocket, made_up):
    done = study(grains(n=8), pocket, out=tmp_path, seeds=(0, 1), workers=1)
    assert len(made_up) == 16
    table = done.table
    assert (
        list(table["program"]) == [f"g{i:02d}" for i in reversed(range(8))]
        and list(table["label"]) == list(range(8))[::-1]
    )
    noise = [[np.random.default_rng([i, seed]).normal(0, 0.002) for seed in (0, 1)] for i in range(8)]
    np.testing.assert_allclose(table["score"][::-1], [0.225 + 0.01 * i + np.mean(noise[i]) for i in range(8)])
    centred = np.array(noise) - np.mean(noise, axis=0)
    np.testing.assert_allclose(table["noise"][::-1], centred.std(axis=1, ddof=1))
    assert done.noise == pytest.approx(np.sqrt((centred.std(axis=1, ddof=1) ** 2).mean()))
    assert done.reliability == pytest.approx(1 - done.noise**2 / 2 / table["score"].var()) and done.reliability > 0.99
    assert done.correlations["gzip_kb"].r < -0.99
    assert "constant" in done.correlations["flat"].gap and "0 pairs" in done.correlations["gap"].gap
    for name in (studies.RANKED, studies.SCATTER):
        with Image.open(done.path / name) as image:
            assert min(image.size) > 200


def test_the_files_say_the_same(tmp_path, grains, pocket, made_up):
    done = study(grains(n=5), pocket, out=tmp_path, workers=1)
    pd.testing.assert_frame_equal(tables.read(done.path)[["program", "score"]], done.table[["program", "score"]])
    pytest.importorskip("pyarrow")
    pd.testing.assert_frame_equal(
        pd.read_parquet(done.path / "programs.parquet")[["program", "score"]], done.table[["program", "score"]]
    )
    said = tables.summary(done.path)
    assert [row["program"] for row in said["programs"]] == list(done.table["program"]) and said["noise"] is None
    assert said["correlations"]["gzip_kb"]["n"] == 5


def test_finished_jobs_are_not_repeated(tmp_path, grains, pocket, made_up):
    recipe = grains(n=8)
    study(recipe, pocket, out=tmp_path, programs=3, workers=1)
    first = set(made_up)
    made_up.clear()
    damaged = next((tmp_path / recipe.name / pocket.id / studies.RESULTS).iterdir())
    damaged.write_text(damaged.read_text()[:40])
    notes = Notes()
    done = study(recipe, pocket, out=tmp_path, programs=5, workers=1, report=notes)
    assert len(made_up) == 3 and len(set(made_up) - first) == 2, "two new programs and the damaged one"
    assert len(done.table) == 5 and "2 of 5 jobs were done already" in notes.notes


def test_a_failed_program_is_marked_missing_and_tried_again(tmp_path, grains, pocket, made_up):
    notes = Notes()
    done = study(grains(n=5, bad="g03"), pocket, out=tmp_path, seeds=(0, 1), workers=1, report=notes)
    last = done.table.iloc[-1]
    assert (last["program"], last["failed"]) == ("g03", "seed 0: it is bad; seed 1: it is bad") and np.isnan(
        last["score"]
    )
    assert done.table["score"].notna().sum() == 4 and done.correlations["gzip_kb"].n == 4
    assert "warning: g03, seed 0: it is bad" in notes.notes
    made_up.clear()
    study(grains(n=5, bad="g03"), pocket, out=tmp_path, seeds=(0, 1), workers=1)
    assert made_up == [("g03", 0), ("g03", 1)]


def test_one_program_that_works_is_too_few(tmp_path, grains, pocket, made_up):
    with pytest.raises(
        GeneratorError, match=r"1 of 2 programs could be scored; a study needs two\. Reasons: seed 0: it is bad"
    ):
        study(grains(n=2, bad="g01"), pocket, out=tmp_path, workers=1)


@pytest.mark.parametrize(
    ("n", "changes", "message"),
    [
        (1, {}, r"Grains has one program \(g00\): a study compares programs"),
        (4, {"programs": 5}, "--programs 5: Grains has 4; from 2 to 4, or 0 for all"),
        (4, {"programs": 1}, "--programs 1: Grains has 4"),
        (4, {"seeds": (1, 1)}, r"seeds \[1, 1\]: one or more, each once"),
        (4, {"seeds": ()}, r"seeds \[\]: one or more"),
    ],
)
def test_folders_without_a_study_are_refused(tmp_path, grains, pocket, made_up, n, changes, message):
    with pytest.raises(UsageError, match=message):
        study(grains(n=n), pocket, out=tmp_path, workers=1, **changes)
    assert made_up == [] and list(tmp_path.iterdir()) == []


def test_an_unknown_label(tmp_path, grains, pocket, made_up):
    with pytest.raises(UnknownNameError, match="unknown program 'g9'. Known: g00, g01"):
        study(grains(n=4), pocket, out=tmp_path, labels=["g01", "g9"], workers=1)


def test_a_protocol_that_learns_from_labels_is_refused(tmp_path, grains):
    with pytest.raises(
        UsageError, match=r"ce-resnet18-small learns from labels \(cross_entropy\), but a program has only one"
    ):
        study(grains(n=4), protocol.load("ce-resnet18-small"), out=tmp_path)


def test_another_study_in_the_folder_is_refused(tmp_path, grains, pocket, made_up):
    study(grains(n=4), pocket, out=tmp_path, workers=1)
    with pytest.raises(DataError, match="holds another run"):
        study(grains(n=5), pocket, out=tmp_path, workers=1)


def test_a_measurement_joins_the_properties(tmp_path, grains, pocket, made_up):
    recipe = grains(n=6)
    part = recipe.model_copy(update={"labels": tuple(f"g{i:02d}" for i in range(5))})
    fields = {
        "entrant": "Grains", "title": "", "seed": 0, "size": 32, "n_images": 5, "n_programs": 5, "n_left_out": 0,
        "n_constant": 0, "n_distinct": 5, "renderer": "", "cpu": "", "metrics": {},
    }  # fmt: skip
    programs = {
        f"g{i:02d}": {"gzip_kb": Value(value=3.0 * i, n=1), "spread[a b]": Value(value=i % 2 or None, n=1)}
        for i in range(5)
    }
    measurement = Measurement(**fields, recipe_sha256=part.sha256(), programs=programs)
    (tmp_path / "m.json").write_text(measurement.model_dump_json())
    done = study(recipe, pocket, out=tmp_path, workers=1, measured=tmp_path / "m.json")
    assert done.correlations["gzip_kb"].r > 0.99 and done.correlations["gzip_kb"].n == 5
    assert done.correlations["spread[a b]"].n == 2 and np.isnan(done.table.set_index("program")["gzip_kb"]["g05"])
    for changes in ({"recipe_sha256": "0" * 64}, {"programs": {}}):
        (tmp_path / "m.json").write_text(measurement.model_copy(update=changes).model_dump_json())
        with pytest.raises(
            DataError, match="is a measurement of Grains, .*; this study is of Grains: `synthbench measure"
        ):
            study(recipe, pocket, out=tmp_path, workers=1, measured=tmp_path / "m.json")


def test_no_study(tmp_path):
    with pytest.raises(DataError, match="there is no study at"):
        tables.read(tmp_path)
    (tmp_path / tables.TABLE).write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="needs the columns program and score"):
        tables.read(tmp_path)


def test_a_larger_study_contains_a_smaller_one():
    names = [f"p{i}" for i in range(20)]
    assert studies.order(names)[:5] == studies.order(names)[:12][:5] and sorted(studies.order(names)) == sorted(names)
    assert studies.order(names, 1) != studies.order(names, 0)
