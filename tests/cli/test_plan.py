"""``synthbench plan``: what a run will take, measured, and told in the words of ``run``."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import tiny_data
import typer

from synthbench import cli
from synthbench.cli.plan import _duration
from synthbench.errors import UsageError
from synthbench.protocol import protocol
from synthbench.run.plan import Plan


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0, "0 s"),
        (1e-4, "0.36 s"),
        (0.002, "7 s"),
        (0.0166, "60 s"),
        (0.02, "1.2 min"),
        (1.5, "1.5 h"),
        (72, "3.0 days"),
    ],
)
def test_a_plan_prints_seconds_below_a_minute(hours, text):
    assert _duration(hours) == text


def test_plan(call, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path))
    changes = (
        "augment.size=32",
        "data.size=32",
        "optimizer.batch=16",
        "evaluate.size=32",
        "encoder.width=8",
    )
    small = [word for change in changes for word in ("--set", change)]
    answer = call("plan", "white-noise", "-p", "simclr-resnet18", *small, "-w", 1, "-d", "cpu", "--json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["steps"] == 200 * 6250
    assert found["hours"] == pytest.approx(found["render_h"] + found["pretrain_h"] + found["evaluate_h"])
    assert found["pretrain_h"] == pytest.approx(found["steps"] * 32 / found["views_per_s"] / 3600)
    assert found["pixels_gb"] == pytest.approx(100_000 * 32 * 32 * 3 / 1e9)
    assert (
        min(found["views_per_s"], found["checkpoint_gb"], found["peak_gb"], found["evaluate_h"], found["images_gb"]) > 0
    )
    assert found["missing"] == ["imagenet-100"]


def test_a_plan_finds_a_data_set_where_a_run_would_and_knows_of_live_runs(call, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path / "empty"))
    tiny_data.imagenet(tmp_path, monkeypatch)
    tiny_data.forget()
    changes = ("data.images=640", "optimizer.epochs=3", "optimizer.batch=16", "encoder.width=8")
    sizes = [f"{section}.size=32" for section in ("data", "augment", "evaluate")]
    words = [word for change in (*changes, *sizes) for word in ("--set", change)]
    place = f"imagenet-100={tmp_path / 'imagenet'}"
    answer = call(
        "plan",
        "white-noise",
        "-p",
        "simclr-resnet18",
        *words,
        "-w",
        1,
        "-d",
        "cpu",
        "--json",
        "--live",
        "--data",
        place,
    )
    tiny_data.forget()
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["missing"] == []
    assert (found["images_gb"], found["pixels_gb"], found["alongside"]) == (0, 0, False), (
        "none are stored; a CPU has both to do"
    )
    assert found["steps"] == 3 * 40
    assert found["hours"] == pytest.approx(found["render_h"] + found["pretrain_h"] + found["evaluate_h"])


def test_hours_of_a_plan_where_a_gpu_trains_while_images_are_drawn():
    rest = {field.name: 0.0 for field in dataclasses.fields(Plan)}
    assert Plan(**rest | {"render_h": 3.0, "pretrain_h": 2.0, "evaluate_h": 1.0, "alongside": True}).hours == 4
    assert Plan(**rest | {"render_h": 3.0, "pretrain_h": 2.0, "evaluate_h": 1.0}).hours == 6


def test_a_plan_shrinks_as_a_run_does(call, monkeypatch):
    import synthbench.run.plan
    import synthbench.run.run

    seen = []

    def stop(rules: protocol.Protocol) -> None:
        seen.append(rules)
        raise UsageError("seen")

    monkeypatch.setattr(synthbench.run.plan, "plan", lambda _, rules, **__: stop(rules))
    for name in ("run", "pretrain_only"):
        monkeypatch.setattr(synthbench.run.run, name, lambda job, **_: stop(job.protocol))
    for command in ("plan", "run", "pretrain"):
        answer = call(
            command, "white-noise", "-p", "simclr-resnet18", "--shrink", 1e4, "--set", "optimizer.epochs=2", "-d", "cpu"
        )
        assert "error: seen" in answer.err
    assert len({rules.sha256() for rules in seen}) == 1
    assert (seen[0].optimizer.epochs, seen[0].data.images < 100) == (2, True)


@pytest.mark.parametrize("command", ["run", "pretrain", "plan"])
def test_plan_and_run_share_their_options(command):
    """All options of ``plan`` except its own are also options of ``run``: a user only changes the command."""
    group: Any = typer.main.get_command(cli.app)
    words = {
        name: {option: p.default for p in group.commands[name].params for option in p.opts}
        for name in (command, "plan")
    }
    own = {"--data", "--json"} if command == "pretrain" else set()
    assert {option: default for option, default in words["plan"].items() if option not in own}.items() <= words[
        command
    ].items()


@pytest.mark.parametrize("command", ["run", "plan"])
def test_shrink_below_one(call, tmp_path, command):
    answer = call(command, "white-noise", "-p", "simclr-resnet18", "--shrink", 0.5)
    assert (answer.code, "--shrink 0.5: a number of at least 1" in answer.err) == (2, True)
