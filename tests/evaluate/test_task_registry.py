"""Tasks and probes of other packages through entry points: found, checked, and evaluated end to end."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from synthbench.errors import SynthbenchError
from synthbench.evaluate import evaluate, registry
from synthbench.evaluate.task import About, Made
from synthbench.pretrain.encoder import initial
from synthbench.protocol import protocol
from synthbench.result.result import Score

CODE = '''
import numpy as np
import torch
from synthbench.errors import UsageError
from synthbench.evaluate.metrics import MeanPerClass, Predicted, R2
from synthbench.evaluate.probe import Probe
from synthbench.evaluate.task import About, Pixels, Splits, Task


class Shades(Task):
    """Three shades, of which the first is seen most; the mean of the classes counts."""

    about = About("shades", "Which shade?", "kites:shades", "MIT", 3, (24, 0, 12), "v1")
    metric = MeanPerClass()

    def splits(self, size):
        rng = np.random.default_rng(0)

        def some(n):
            y = np.array([0, 0, 1, 2] * (n // 4))
            return Pixels((rng.integers(0, 60, (n, size, size, 3)) + 90 * y[:, None, None, None]).astype(np.uint8), y)

        return Splits(some(24), None, some(12))


class Brightness(Task):
    """How bright is it? A number, so R2 counts."""

    about = About("brightness", "How bright?", "kites:brightness", "MIT", 0, (40, 0, 20), "v1", guess=0.0)
    metric = R2()

    def splits(self, size):
        rng = np.random.default_rng(1)

        def some(n):
            y = rng.uniform(0, 1, n).astype(np.float32)
            return Pixels((rng.integers(0, 20, (n, size, size, 3)) + 200 * y[:, None, None, None]).astype(np.uint8), y)

        return Splits(some(40), None, some(20))


class Ridge(Probe):
    """Least squares with a penalty of the protocol's; rounds to a class where there are classes."""

    name = "ridge"

    def predict(self, work):
        settings = (work.rules.settings or {}).get("ridge")
        if settings is None:
            raise UsageError("the ridge probe needs evaluate.settings.ridge.l2")
        (x, y), (test, _) = work.features("train"), work.features("test")
        mean, std = x.mean(0), x.std(0).clamp(min=1e-6)
        x, test = (x - mean) / std, (test - mean) / std
        k = work.task.about.classes
        wanted = torch.nn.functional.one_hot(y, k).float() if k else y[:, None]
        gram = x.T @ x + settings["l2"] * torch.eye(x.shape[1])
        found = test @ torch.linalg.solve(gram, x.T @ (wanted - wanted.mean(0))) + wanted.mean(0)
        return Predicted(found.argmax(1), found) if k else Predicted(found[:, 0])


SHADES, BRIGHTNESS, RIDGE = Shades(), Brightness(), Ridge()
'''
POINTS = """
[synthbench.tasks]
shades = kites:SHADES
brightness = kites:BRIGHTNESS

[synthbench.probes]
ridge = kites:RIDGE
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A package that is installed in its own folder and found in this process."""
    (tmp_path / "kites.py").write_text(CODE)
    info = tmp_path / "kites-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kites\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "home"))
    forget()
    yield
    forget()
    sys.modules.pop("kites", None)


def forget():
    registry.tasks.cache_clear()
    registry.probes.cache_clear()


@pytest.mark.usefixtures("plugin")
def test_a_plug_in_adds_tasks_and_a_probe_and_evaluates_with_them(call):
    """Listed, evaluated, and stored in a valid record."""
    encoder = initial("resnet18", size=16, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0, width=8)
    rules = protocol.load("simclr-resnet18-pocket").override({
        "evaluate.tasks": ["shades", "brightness"], "evaluate.probes": ["ridge"], "evaluate.size": 16,
        "evaluate.settings": {"ridge": {"l2": 1.0}},
    })  # fmt: skip
    registry.ready(rules.evaluate)
    scores = evaluate.scores(evaluate.evaluate(encoder, rules.evaluate), seed=3)
    again = [Score.model_validate(json.loads(score.model_dump_json())) for score in scores]
    shades, brightness = (score.model_dump(mode="json") for score in again)
    assert (shades["metric"], shades["probe"], shades["dataset_id"], shades["n_test"]) == (
        "mean_per_class",
        "ridge",
        "kites:shades",
        12,
    )
    assert shades["per_seed"][0]["value"] > 0.6 and set(shades["per_seed"][0]["beside"]) == {"cross_entropy", "margin"}
    assert (brightness["metric"], brightness["chance"]) == ("r2", 0.0)
    assert 0.5 < brightness["ci"][0] <= brightness["per_seed"][0]["value"] <= brightness["ci"][1] <= 1
    assert "n_correct" not in brightness["per_seed"][0]
    rows = {row["name"]: row for row in json.loads(call("datasets", "--json").out)}
    assert (rows["shades"]["metric"], rows["shades"]["state"], rows["cifar10"]["metric"]) == (
        "mean_per_class",
        "here",
        "top1",
    )


class Point:
    """A minimal entry point."""

    def __init__(self, name: str, thing: object) -> None:
        self.name, self.value, self._thing = name, "kites:THING", thing

    def load(self) -> object:
        if isinstance(self._thing, Exception):
            raise self._thing
        return self._thing


KITES = Made(About("kites", "?", "test", "MIT", 2, (2, 0, 2), "v1"), lambda size: ())


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            [Point("dtd", KITES)],
            r"two packages register the task 'dtd', the second as kites:THING; uninstall one, or rename it",
        ),
        ([Point("kites", KITES), Point("kites", KITES)], "two packages register the task 'kites'"),
        (
            [Point("hawks", KITES)],
            "the entry point 'hawks' of synthbench.tasks registers a task named 'kites'; both names must be equal",
        ),
        (
            [Point("kites", 3)],
            r"the task 'kites' \(kites:THING\) is a int, not an object of synthbench.evaluate.task.Task",
        ),
        (
            [Point("kites", ImportError("no module named x"))],
            r"the task 'kites' \(kites:THING\) cannot be loaded: ImportError: no module named x",
        ),
    ],
)
def test_a_plug_in_that_is_wrong_is_named(monkeypatch, points, said):
    monkeypatch.setattr(registry.metadata, "entry_points", lambda group: points)
    with pytest.raises(SynthbenchError, match=said):
        registry.tasks.__wrapped__()


def test_listing_tasks_needs_no_torch():
    code = "import sys; from synthbench.evaluate import registry; registry.tasks(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
