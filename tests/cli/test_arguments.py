"""Wrong arguments: exit code 2, and a suggestion."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "command", [["run"], ["pretrain"], ["preview"], ["render", "-n", "4", "--size", "16", "--out", "x"]]
)
def test_an_unknown_entrant(call, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = call(*command, "dead-leafs")
    assert answer.code == 2
    assert answer.out == ""
    assert "error: unknown entrant 'dead-leafs'. Did you mean" in answer.err
    assert "dead-leaves" in answer.err
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize("command", ["run", "pretrain", "plan"])
def test_an_unknown_protocol(call, command, pocket):
    answer = call(command, "white-noise", "--protocol", pocket.id + "s")
    assert answer.code == 2
    assert f"unknown protocol '{pocket.id}s'. Did you mean {pocket.id}" in answer.err


@pytest.mark.parametrize("command", ["run", "pretrain", "plan"])
def test_an_unknown_key_to_set(call, command):
    answer = call(command, "white-noise", "--set", "optimizer.epoch=2")
    assert answer.code == 2
    assert "unknown protocol key 'optimizer.epoch'. Did you mean optimizer.epochs" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "optimizer.epochs"], "--set 'optimizer.epochs': write --set key=value."),
        (["--set", "optimizer.epochs=many"], "optimizer.epochs"),
        (["--set", "optimizer.epochs=-1"], "optimizer.epochs"),
        (["-g", "=3"], "-g '=3': write -g key=value."),
        (["--device", "gpu"], "unknown device 'gpu'"),
        (["--seed", "-1"], "'-1' is not a seed"),
        (["--seed", "0,1"], "--seeds 0,1` runs them"),
        (["--seeds", "0,1"], "sweep ENTRANT --seeds 0,1` runs them"),
        (["--seed", str(2**70)], "seed"),
        (["--workers", "0"], "--workers"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_a_wrong_value(call, tmp_path, words, message):
    answer = call("run", "white-noise", "--out", tmp_path / "runs", *words)
    assert answer.code == 2
    assert answer.out == ""
    assert message in " ".join(answer.err.split())
    assert not (tmp_path / "runs").exists()


def test_an_unknown_parameter_of_the_generator(call, tmp_path):
    answer = call("render", "dead-leaves", "-g", "shap=circle", "-n", 4, "--size", 16, "--out", tmp_path / "x")
    assert answer.code == 2
    assert "unknown parameter of dead-leaves 'shap'. Did you mean shape?" in answer.err


@pytest.mark.parametrize("size", [-5, 0, 7, 10**6])
@pytest.mark.parametrize("command", ["render", "preview"])
def test_a_size_that_cannot_be(call, tmp_path, command, size):
    words = ["-n", 4, "--out", tmp_path / "x"] if command == "render" else ["--out", tmp_path / "x.png"]
    answer = call(command, "white-noise", "--size", size, *words)
    assert answer.code == 2
    assert "size" in answer.err
    assert str(size) in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--images", "0"], "--images"),
        (["--format", "gif"], "--format 'gif': use png or jpeg."),
        (["--format", "jpeg", "--quality", "101"], "101"),
        (["--deadline", "0"], "deadline"),
    ],
)
def test_other_wrong_values_of_render(call, tmp_path, words, message):
    answer = call("render", "white-noise", "-n", 4, "--size", 16, "--out", tmp_path / "x", *words)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())


def test_a_preview_is_a_png(call, tmp_path):
    answer = call("preview", "white-noise", "--out", tmp_path / "x.jpg")
    assert answer.code == 2
    assert "a preview is a .png file" in answer.err


def test_an_encoder_that_is_not_there(call, tmp_path):
    answer = call("evaluate", tmp_path)
    assert answer.code == 1
    assert f"there is no encoder at '{tmp_path}'" in answer.err


def test_a_track_that_is_not_there(call, tmp_path, pocket):
    answer = call("board", "--runs", tmp_path, "--track", pocket.track + "x")
    assert answer.code == 2
    assert f"unknown track '{pocket.track}x'" in answer.err


def test_markup_in_a_name_is_printed_as_it_is(call):
    assert "'[bold]x[/]'" in call("run", "[bold]x[/]").err
