"""Steered walks follow the gradient, start from an image of the data set, and refuse generators that cannot be
steered."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from synthbench.entrant.recipe import resolve
from synthbench.errors import SynthbenchError, UsageError
from synthbench.generator import stream
from synthbench.pretrain.encoder import initial
from synthbench.registry import load_class
from synthbench.study.predictor import Predictor
from synthbench.study.steer import steer, trajectory


def square(w):
    """An image whose brightness is the first number of w."""
    return torch.sigmoid(w[0]).expand(3, 8, 8)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_step_follows_the_gradient_on_the_sphere(sign):
    w = torch.tensor([0.0, 3.0, 4.0])
    walk = trajectory(w, square, lambda pixels: pixels.mean(), steps=10, step=sign * 0.1)
    assert len(walk.scores) == 11 and walk.images.shape == (11, 8, 8, 3) and walk.images.dtype == np.uint8
    assert (sign * np.diff(walk.scores) > 0).all()
    # The gradient is (+, 0, 0): after one step of 0.1 |w| w is (0.5, 3, 4), brought back to the length 5.
    expected = torch.sigmoid(torch.tensor(sign * 0.5 * 5 / np.sqrt(25.25)))
    assert walk.scores[1] == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_array_equal(walk.images[0], 128)


def test_a_step_that_goes_too_far_is_halved_and_the_top_ends_the_walk():
    w = torch.tensor([0.0, 3.0, 4.0])
    top = trajectory(w, square, lambda pixels: -(pixels.mean() - 0.6).square(), steps=40, step=0.5)
    assert (np.diff(top.scores) > 0).all() and len(top.scores) < 41
    assert top.scores[-1] > -1e-4 > top.scores[0], "brightness 0.6 is reached"


def test_a_score_that_does_not_depend_on_w():
    with pytest.raises(SynthbenchError, match="does not depend on w here"):
        trajectory(torch.ones(3), square, lambda pixels: (pixels * 0).sum(), steps=2, step=0.1)


@pytest.mark.parametrize("family", ["oriented", "random"])
def test_the_start_is_the_streams_image(family):
    generator = load_class("stylegan")(family=family)
    expected = generator.render(3, stream(0, 5), 16)
    w, image = generator.steer(3, stream(0, 5), 16)
    w.requires_grad_(True)
    pixels = image(w)
    made = (pixels.detach() * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(made - expected).max() <= 1
    (gradient,) = torch.autograd.grad(pixels.square().mean(), w)
    assert torch.isfinite(gradient).all() and gradient.abs().sum() > 0


@pytest.fixture(scope="module")
def predictor():
    encoder = initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8).eval()
    torch.manual_seed(0)
    return SimpleNamespace(model=Predictor(encoder.features), encoder=encoder, kind="single", size=16)


def test_the_walks_as_video_and_picture(tmp_path, predictor):
    av = pytest.importorskip("av")
    told = []
    picture, walks = steer(
        resolve("stylegan-oriented"),
        predictor,
        tmp_path / "w.mp4",
        starts=1,
        steps=3,
        step=0.05,
        progress=lambda *news: told.append(news),
    )
    ((down, up),) = walks
    assert down.scores[0] == pytest.approx(up.scores[0]) and down.scores[-1] < up.scores[0] < up.scores[-1]
    with av.open(str(tmp_path / "w.mp4")) as file:
        assert len(list(file.decode(video=0))) == 7, "three down, the start, three up"
    assert told == [(1, 1)] and picture == tmp_path / "w.png"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["w.mp4", "w.png"]


@pytest.mark.parametrize(
    ("entrant", "changes", "message"),
    [
        ("white-noise", {}, "white-noise cannot be steered"),
        ("stylegan-oriented", {"label": 999}, "--label 999: stylegan-oriented has the labels 0 to 249"),
        ("stylegan-oriented", {"step": 0.0}, "a step between 0 and 1"),
        ("stylegan-oriented", {"kind": "frames"}, "study fit --kind single"),
    ],
)
def test_what_cannot_be_steered_is_refused(tmp_path, predictor, entrant, changes, message):
    pytest.importorskip("av")
    kind = changes.pop("kind", "single")
    with pytest.raises(UsageError, match=message):
        steer(resolve(entrant), SimpleNamespace(**{**vars(predictor), "kind": kind}), tmp_path / "w.mp4", **changes)
    assert list(tmp_path.iterdir()) == []
