"""Curves with ``--track``: TensorBoard's event files are read back; the others are tested with stand-ins for their
packages."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
import torch

from synthbench.errors import DataError, UsageError
from synthbench.pretrain.execution import Execution
from synthbench.run.run import Job, run
from synthbench.run.track import TRACKERS, tracking
from synthbench.storage.mirror import STATE

CONFIG = {"entrant": "stripes", "optimizer.lr": 0.1}


def events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    held = EventAccumulator(str(folder))
    held.Reload()
    return {tag: [(e.step, e.value) for e in held.Scalars(tag)] for tag in held.Tags()["scalars"]}


def test_tensorboard(tmp_path):
    with tracking("tensorboard", tmp_path, "stripes/seed-0", CONFIG) as tracker:
        for step in (1, 2, 3):
            tracker.log(step, {"loss": 1 / step})
    assert events(tmp_path / "tensorboard")["loss"] == [(step, pytest.approx(1 / step)) for step in (1, 2, 3)]


def test_a_resumed_run_logs_each_step_once(tmp_path):
    """Killed after step 3, it continues from a checkpoint of step 1."""
    for steps in ((1, 2, 3), (2, 3, 4)):
        with tracking("tensorboard", tmp_path, "stripes/seed-0", CONFIG) as tracker:
            for step in steps:
                tracker.log(step, {"loss": step / 10})
        (tmp_path / "tensorboard").touch()
    assert [step for step, _ in events(tmp_path / "tensorboard")["loss"]] == [1, 2, 3, 4]


class Calls(list):
    """A stand-in for a tracker's module that records calls."""

    def module(self, name: str) -> types.ModuleType:
        made = types.ModuleType(name)
        run = types.SimpleNamespace(
            log=lambda *a, **w: self.append(("run.log", a, w)), finish=lambda: self.append(("run.finish", (), {}))
        )
        made.login = lambda: True
        made.init = lambda *a, **w: (self.append(("init", a, w)), run)[1]
        made.log = lambda *a, **w: self.append(("log", a, w))
        made.finish = lambda: self.append(("finish", (), {}))
        return made


@pytest.mark.parametrize(("name", "prefix"), [("wandb", "run."), ("trackio", "")])
def test_the_others_get_every_step_and_an_end(tmp_path, monkeypatch, name, prefix):
    calls = Calls()
    monkeypatch.setitem(sys.modules, name, calls.module(name))

    def interrupted() -> None:
        with tracking(name, tmp_path, "stripes/seed-0", CONFIG) as tracker:
            assert calls == [], "nothing is begun before there is a value"
            tracker.log(1, {"loss": 0.5})
            tracker.log(2, {"loss": 0.4})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (_, _, begun), *logged, ended = calls
    assert (begun["project"], begun["name"], begun["config"], begun["resume"]) == (
        "synthbench",
        "stripes/seed-0",
        CONFIG,
        "allow",
    )
    assert logged == [(f"{prefix}log", ({"loss": x},), {"step": step}) for step, x in ((1, 0.5), (2, 0.4))]
    assert ended[0] == f"{prefix}finish"


def test_a_resumed_run_of_wandb_is_the_same_one(tmp_path, monkeypatch):
    calls = Calls()
    monkeypatch.setitem(sys.modules, "wandb", calls.module("wandb"))
    for home in ("first home", "second home"):
        (tmp_path / home).mkdir()
        (tmp_path / home / STATE).write_text('{"address": "s3://bucket/runs/one"}')
    for folder in (tmp_path / name for name in ("a", "a", "b", "first home", "second home")):
        with tracking("wandb", folder, "stripes/seed-0", CONFIG) as tracker:
            tracker.log(1, {"loss": 0.5})
    first, again, other, here, there = (words["id"] for name, _, words in calls if name == "init")
    assert first == again != other
    assert here == there, "the runs of one address"


@pytest.mark.parametrize("name", sorted(TRACKERS))
def test_a_missing_package_names_the_extra(tmp_path, monkeypatch, name):
    for module in ("torch.utils.tensorboard", "tensorboard", "wandb", "trackio"):
        monkeypatch.setitem(sys.modules, module, None)
    with (
        pytest.raises(UsageError, match=rf"--track {name} needs a package .*pip install 'synthbench-vision\[{name}\]'"),
        tracking(name, tmp_path, "x", {}),
    ):
        pass


@pytest.mark.parametrize("stage", ["login", "init"])
def test_a_tracker_that_does_not_start_is_told_without_a_traceback(tmp_path, monkeypatch, stage):
    """Without a key, before anything is rendered; or a failure of the service when the run starts there."""

    def fail(*args, **words):
        raise RuntimeError("No API key\nconfigured.")

    module = Calls().module("wandb")
    setattr(module, stage, fail)
    monkeypatch.setitem(sys.modules, "wandb", module)
    if stage == "login":
        with (
            pytest.raises(
                UsageError,
                match=r"--track wandb does not start: No API key configured\. Log in first, or set WANDB_MODE=offline",
            ),
            tracking("wandb", tmp_path, "x", {}),
        ):
            pytest.fail("it went on")
    else:
        with (
            pytest.raises(
                DataError,
                match=r"the tracker does not start: No API key configured\. Finished work is kept; the same command",
            ),
            tracking("wandb", tmp_path, "x", {}) as tracker,
        ):
            tracker.log(1, {"loss": 1.0})


def test_an_unknown_tracker_is_refused(tmp_path):
    with (
        pytest.raises(UsageError, match="--track 'mlflow': one of tensorboard, wandb, trackio"),
        tracking("mlflow", tmp_path, "x", {}),
    ):
        pass


def test_no_tracker_is_the_default(tmp_path):
    with tracking(None, tmp_path, "x", {}) as tracker:
        assert tracker is None


def test_a_run_is_drawn(stripes, tiny, tiny_task, tmp_path):
    done = run(Job(stripes, tiny, out=tmp_path, execution=Execution(torch.device("cpu"), 1, track="tensorboard")))
    found = events(done.path / "tensorboard")
    rows = [line.split(",") for line in (done.path / "losses.csv").read_text().splitlines()[1:]]
    assert found["loss"] == [(int(step), pytest.approx(float(loss), abs=1e-4)) for step, loss in rows]
    assert len(found["learning_rate"]) == len(rows)
    assert found["mean_top1"] == [(len(rows), pytest.approx(done.result.aggregate.value))]
    assert len([tag for tag in found if tag.startswith(tiny.evaluate.tasks[0])]) == len(tiny.evaluate.probes)
