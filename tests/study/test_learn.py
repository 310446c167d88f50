"""From a study to a predictor, predictions and recipes: the commands end to end, with a tiny encoder."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synthbench.entrant.recipe import resolve
from synthbench.errors import UnknownNameError, UsageError
from synthbench.pretrain.encoder import initial, load_encoder
from synthbench.result.encoder_file import WEIGHTS
from synthbench.study import learn
from synthbench.study.frames import extract
from synthbench.study.programs import study


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    initial("resnet18", size=16, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8).save(folder / WEIGHTS)
    return folder


def test_from_a_study_to_a_run(tmp_path, grains, grains_file, pocket, made_up, encoder, call):
    done = study(grains(n=24, bad="g05"), pocket, out=tmp_path, workers=1)
    code, out, err = call(
        "study", "fit", done.path, "--features", encoder, "--frames", 4, "--splits", 3, "--workers", 1, "--json"
    )
    assert code == 0, err
    about = json.loads(out)
    assert (about["frames"], about["size"], about["kind"], about["protocol"]) == (4, 16, "frames", pocket.id)
    assert len(about["held_out"]) == 3 and "g05" not in about["held_out"]
    assert np.mean(about["errors_of_splits"]) < np.mean(about["errors_of_the_median"]), "brightness tells the score"

    predictor = done.path / "predictor-frames"
    words = (
        "study",
        "predict",
        predictor,
        f"{grains_file}:Grains",
        "-g",
        "n=30",
        "-g",
        "bad=g29",
        "--out",
        tmp_path / "p",
        "--workers",
        1,
    )
    code, out, err = call(*words, "--json")
    assert code == 0, err
    found = json.loads(out)
    table = pd.read_csv(found["file"])
    assert len(table) == 30 and table["program"].iloc[-1] == "g29" and "no such grain" in table["failed"].iloc[-1]
    assert np.corrcoef(table["label"][:-1], table["score"][:-1])[0, 1] > 0.5
    assert call(*words)[0] == 0, "again, from the cache"

    for by, where in (("score", done.path), ("diverse", done.path), ("random", tmp_path / "p" / "Grains-badg29-n30")):
        recipe = tmp_path / f"{by}-5.toml"
        code, out, err = call(
            "study",
            "select",
            where,
            "-n",
            5,
            "--by",
            by,
            "--predictor",
            predictor,
            "--out",
            recipe,
            "--workers",
            1,
            "--json",
        )
        assert code == 0, err
        assert list(resolve(str(recipe)).load().labels) == json.loads(out)["programs"]
    assert list(resolve(str(tmp_path / "score-5.toml")).labels) == [f"g{i}" for i in (23, 22, 21, 20, 19)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fit", "here", "--features", "none"), "does not hold a finished study"),
        (("fit", "here", "--features", "none", "--kind", "both"), "--kind 'both': frames or single"),
        (("predict", "here", "white-noise"), "does not hold a predictor"),
        (("select", "here", "-n", "3", "--out", "x.toml"), "there is no study at"),
        (("select", "here", "-n", "3", "--out", "x.toml", "--by", "luck"), "--by 'luck': score, diverse, random"),
        (("scaling", "white-noise", "--counts", "1,many"), "--counts '1,many': expected integers separated by commas"),
        (("programs", "white-noise"), "white-noise has one program"),
    ],
)
def test_wrong_arguments(call, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = call("study", *words)
    assert code in (1, 2) and message in err
    assert not list(tmp_path.iterdir())


def test_fewer_programs_than_the_predictor_needs(tmp_path, grains, pocket, made_up, encoder):
    done = study(grains(n=8), pocket, out=tmp_path, workers=1)
    with pytest.raises(UsageError, match="8 programs with a score; the predictor needs at least 20"):
        learn.fit_study(
            done.path, str(encoder), kind="frames", frames=2, splits=1, size=0, seed=0, workers=1, device="cpu"
        )
    with pytest.raises(UsageError, match="--by diverse needs --predictor"):
        learn.select_from(done.path, 2, tmp_path / "two.toml", by="diverse")


def test_frames_are_those_of_the_whole_entrant_and_come_from_the_cache(tmp_path, grains, encoder):
    recipe, model = grains(n=6, bad="g02"), load_encoder(encoder)
    common = {"encoder_sha256": "e", "n": 3, "cache": tmp_path, "workers": 1}
    found = extract(recipe, ["g01", "g02", "g04"], model, **common)
    assert (
        found.programs == ["g01", "g04"] and found.values.shape == (2, 3, 64) and "no such grain" in found.failed["g02"]
    )
    from synthbench.evaluate.features import features
    from synthbench.generator import stream

    generator = recipe.load()
    image = np.stack([generator.render(4, stream(0, 4 + 2 * 6), 16)])
    np.testing.assert_allclose(found.values[1, 2], features(model, image)[0], rtol=1e-4, atol=1e-5)
    assert len(list(tmp_path.glob("frames-*/*.npy"))) == 2
    again = extract(recipe.model_copy(update={"name": "other"}), ["g04"], model, **common)
    np.testing.assert_array_equal(again.values[0], found.values[1])
    with pytest.raises(UnknownNameError, match="unknown program 'g99'"):
        extract(recipe, ["g99"], model, **common)
