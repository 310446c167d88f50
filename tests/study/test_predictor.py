"""The predictor: its size, training and reported errors; and that it refuses features of another encoder."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from synthbench.errors import DataError, UsageError
from synthbench.pretrain.encoder import initial
from synthbench.result.encoder_file import WEIGHTS
from synthbench.study import predictor as predictors
from synthbench.study.predictor import Predictor

NAMES = [f"p{i}" for i in range(40)]


def some(n: int = 40, frames: int = 6, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Features of frames around a point for each program, and scores that follow from the point."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n, width))
    values = (points[:, None] + rng.normal(0, 0.1, (n, frames, width))).astype(np.float32)
    return values, 0.3 + 0.05 * points[:, 0]


def test_the_parameters_are_the_papers():
    count = [sum(p.numel() for p in Predictor(n).parameters()) for n in (3 * 2048, 2048)]
    assert count == [196_673, 65_601]


def test_the_inputs_of_both_kinds():
    values, _ = some(n=2)
    seen = predictors.inputs(values, "frames")
    assert seen.shape == (2, 1, 24)
    np.testing.assert_allclose(
        seen[1, 0], np.concatenate([values[1].mean(0), values[1].min(0), values[1].max(0)]), rtol=1e-6
    )
    assert predictors.inputs(values, "single").shape == (2, 6, 8)


@pytest.mark.parametrize("kind", ["frames", "single"])
def test_it_learns_what_can_be_learnt(kind):
    values, scores = some()
    found = predictors.fit(NAMES, values, scores, kind=kind, splits=2)
    assert len(found.held) == 6 and len(found.errors) == 2
    assert np.mean(found.errors) < 0.6 * np.mean(found.median_errors)
    assert found.split_rank > 0.7
    held = [NAMES.index(name) for name in found.held]
    guess = predictors.predict(found.model, torch.from_numpy(predictors.inputs(values[held], kind)))
    assert found.error == pytest.approx(np.abs(guess - scores[held]).mean(), rel=1e-5)
    rest = np.delete(scores, held)
    assert found.median_error == pytest.approx(np.abs(np.median(rest) - scores[held]).mean(), rel=1e-5)


def test_a_feature_that_was_constant_in_training_does_not_dominate():
    values, scores = some()
    values[..., 3] = 0
    model = predictors.fit(NAMES, values, scores, splits=1).model
    woken = values.copy()
    woken[..., 3] = 0.5
    before, after = (
        predictors.predict(model, torch.from_numpy(predictors.inputs(x, "frames"))) for x in (values, woken)
    )
    assert np.abs(after - before).max() < 0.3


def test_unrelated_scores_are_not_learnt():
    """Held-out errors are honest: for scores unrelated to the features, it is no better than the median."""
    values, _ = some()
    found = predictors.fit(NAMES, values, np.random.default_rng(1).uniform(0.2, 0.4, 40), splits=4)
    assert np.mean(found.errors) > 0.9 * np.mean(found.median_errors)
    assert abs(found.split_rank) < 0.6


def test_the_same_seed_gives_the_same_predictor():
    values, scores = some(24)
    first, again, other = (predictors.fit(NAMES[:24], values, scores, splits=1, seed=seed) for seed in (0, 0, 1))
    assert (first.held, first.error) == (again.held, again.error)
    assert other.held != first.held


@pytest.mark.parametrize(
    ("n", "scores", "splits", "message"),
    [
        (19, np.arange(19.0), 1, "19 programs with a score and features; the predictor needs at least 20"),
        (20, np.ones(20), 1, "all programs have the same score"),
        (20, np.arange(20.0), 0, "--splits 0: one or more"),
    ],
)
def test_what_cannot_be_learnt_is_refused(n, scores, splits, message):
    with pytest.raises(UsageError, match=message):
        predictors.fit(NAMES[:n], some(n)[0], scores, splits=splits)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    encoder = initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8)
    values, scores = some(24, width=encoder.features)
    found = predictors.fit(NAMES[:24], values, scores, splits=2)
    return predictors.save(found, encoder, tmp_path_factory.mktemp("predictor"), frames=6, size=32), found, values


def test_a_predictor_comes_back_from_its_folder(saved):
    path, found, values = saved
    again = predictors.load(path)
    assert (again.kind, again.frames, again.size, again.encoder.features) == ("frames", 6, 32, 64)
    np.testing.assert_array_equal(
        again.scores(values), predictors.predict(found.model, torch.from_numpy(predictors.inputs(values, "frames")))
    )
    body = json.loads((path / predictors.ABOUT).read_text())
    assert (body["held_out"], body["held_out_error"], body["errors_of_splits"]) == (
        found.held,
        found.error,
        found.errors,
    )
    assert not list(path.glob(".*"))


def test_another_encoder_is_refused(saved, tmp_path):
    path = tmp_path / "predictor"
    path.mkdir()
    for file in saved[0].iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=1, width=8).save(path / WEIGHTS)
    with pytest.raises(DataError, match="is not the encoder that this predictor was trained with"):
        predictors.load(path)


def test_no_predictor(tmp_path):
    with pytest.raises(DataError, match=r"does not hold a predictor .*`synthbench study fit STUDY` writes one"):
        predictors.load(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(saved, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write .*file/predictor: Not a directory"):
        predictors.save(saved[1], predictors.load(saved[0]).encoder, tmp_path / "file" / "predictor", frames=6, size=32)
