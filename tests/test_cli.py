"""The command line, through its real entry point: help, exit codes, one JSON document on stdout, helpful messages."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image
from rich.console import Console

from synthbench import cli, registry
from synthbench.board.rank import load_rows
from synthbench.cli import console, options
from synthbench.cli.board import show_standing
from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.protocol import protocol
from synthbench.result import result
from synthbench.result.encoder_file import WEIGHTS
from synthbench.run.run import Finished


def commands(group: Any, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *words, name)


COMMANDS = list(commands(typer.main.get_command(cli.app)))


def test_the_commands_of_the_design_are_here():
    names = {words[0] for words in COMMANDS if words}
    assert names >= {"run", "render", "preview", "pretrain", "evaluate", "board", "list", "new", "doctor"}
    assert ("board", "build") in COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help(call, words):
    for flag in ("--help", "-h") if words in ((), ("run",), ("board", "build")) else ("--help",):
        answer = call(*words, flag)
        assert answer.code == 0
        assert "Usage:" in answer.out
        if words:
            assert "Example" in answer.out


def test_the_version(call):
    answer = call("--version")
    assert (answer.code, answer.out.strip()) == (0, f"synthbench {metadata.version('synthbench-vision')}")


def test_every_command_is_in_a_group(call):
    lines = [line.strip("│ ") for line in call("--help").out.splitlines()]
    assert not any("─ Commands ─" in line for line in lines)
    heads = [line for line in lines if line.startswith("╭─") and "Options" not in line]
    assert [head.strip("╭╮─ ") for head in heads] == [
        "Score a generator",
        "Data",
        "Leaderboard",
        "Study",
        "Information and setup",
    ]


def test_what_is_piped_is_not_cut():
    titles = [recipe.resolve(name).title for name in registry.recipes()]
    env = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    words = [sys.executable, "-m", "synthbench", "list"]
    piped = subprocess.run(words, capture_output=True, text=True, env=env, check=True, timeout=120).stdout
    assert "…" not in piped
    assert all(title in piped for title in titles)


@pytest.mark.parametrize("notebook", [False, True])
def test_a_notebook_does_not_count_as_a_terminal(monkeypatch, notebook):
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    if notebook:
        monkeypatch.setenv("JPY_PARENT_PID", "1")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    assert Console(file=Screen(), force_terminal=console._forced()).is_terminal == (not notebook)


def test_light_commands_do_not_import_torch():
    code = (
        "import sys\n"
        "import synthbench\n"
        "synthbench.Generator\n"
        "sys.argv = ['synthbench', *sys.argv[1:]]\n"
        "from synthbench.cli import main\n"
        "for words in (['--help'], ['run', '--help'], ['plan', '--help'],\n"
        "              ['list'], ['list', 'generators'], ['list', 'protocols'], ['list', 'datasets'],\n"
        "              ['run', 'no-such-entrant'], ['run', 'white-noise', '--set', 'optimizer.epoch=2']):\n"
        "    sys.argv[1:] = words\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit:\n"
        "        pass\n"
        "    heavy = {'torch', 'torchvision', 'moderngl', 'numba', 'fsspec', 's3fs'} & set(sys.modules)\n"
        "    if heavy:\n"
        "        raise SystemExit(f'{words} imports {heavy}')\n"
        "print('light')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith("light\n")


def test_the_installed_command_is_main():
    from importlib import metadata

    (point,) = metadata.entry_points(group="console_scripts", name="synthbench")
    assert point.load() is cli.main


# list


@pytest.mark.parametrize("kind", [None, "entrants", "generators", "protocols", "datasets"])
def test_list_json_is_one_document(call, kind):
    answer = call("list", *([kind] if kind else []), "--json")
    rows = json.loads(answer.out)
    assert answer.code == 0
    assert rows
    assert all(isinstance(row, dict) for row in rows)
    names = {next(iter(row.values())) for row in rows}
    if kind in (None, "entrants"):
        assert names == set(registry.recipes())
    for_people = call("list", *([kind] if kind else [])).out
    assert all(name in for_people for name in names)
    assert "…" not in for_people


def test_list_marks_the_default_protocol(call):
    rows = json.loads(call("list", "protocols", "--json").out)
    assert [row["protocol"] for row in rows if row["default"]] == [options.DEFAULT_PROTOCOL]


def test_part_of_a_protocols_name_suggests_those_that_contain_it(call):
    answer = call("run", "white-noise", "--protocol", "pocket")
    assert answer.code == 2
    assert options.DEFAULT_PROTOCOL in " ".join(answer.err.split())


def test_list_of_something_else(call):
    answer = call("list", "protocol")
    assert answer.code == 2
    assert "protocols" in answer.err


# Wrong arguments: exit code 2, and a suggestion


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


# The commands


def test_new_writes_a_template_that_renders(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = call("new", "my_generator.py")
    assert answer.code == 0
    assert "synthbench run my_generator.py:Stripes" in answer.err
    found = recipe.resolve("my_generator.py:Stripes")
    made = [found.load().render(label, stream(0, label), 48) for label in (0, 1)]
    assert all(image.shape == (48, 48, 3) and image.dtype == np.uint8 and np.ptp(image) > 0 for image in made)
    before = (tmp_path / "my_generator.py").read_bytes()
    again = call("new", "my_generator.py")
    assert again.code == 2
    assert "'my_generator.py' exists already" in again.err
    assert (tmp_path / "my_generator.py").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "message"), [("stripes.txt", "must be a .py file"), ("absent/stripes.py", "cannot write")]
)
def test_new_elsewhere(call, tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    answer = call("new", name)
    assert answer.code == 2
    assert message in answer.err


def test_render_and_its_json(call, tmp_path):
    words = ["render", "white-noise", "-n", 4, "--size", 16, "--workers", 1, "--out", tmp_path / "x"]
    answer = call(*words, "--json")
    assert answer.code == 0, answer.err
    manifest = json.loads(answer.out)
    assert (manifest["n_images"], manifest["size"], len(manifest["fingerprint"])) == (4, 16, 64)
    again = call(*words)
    assert (again.code, again.out) == (0, "")
    assert manifest["fingerprint"][:12] in again.err
    other = call(*words[:2], "-n", 5, *words[4:])
    assert other.code == 1
    assert "holds another data set" in other.err


def test_preview(call, tmp_path):
    answer = call("preview", "white-noise", "--size", 16, "--out", tmp_path / "sheet.png")
    assert answer.code == 0, answer.err
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert min(sheet.size) >= 8 * 16


def test_run_and_evaluate_and_their_json(call, tmp_path, tiny_task, tiny_overrides):
    """The baseline without images is the quickest run."""
    baseline = next(name for name in registry.recipes() if not recipe.resolve(name).renders)
    changes = [word for key, value in tiny_overrides.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    words = ["run", baseline, "--out", tmp_path, "--device", "cpu", *changes]
    answer = call(*words, "--json")
    assert answer.code == 0, answer.err
    record = json.loads(answer.out)
    assert (record["generator"]["name"], record["reused"]) == (baseline, False)
    assert record["protocol"]["overrides"] == tiny_overrides
    assert record["command"].startswith(f"synthbench run {baseline} --out ")
    again = json.loads(call(*words, "--json").out)
    assert again["reused"]
    assert again["submission_id"] == record["submission_id"]
    for_people = call(*words)
    assert for_people.code == 0
    assert "mean top-1" in for_people.out
    assert "already done" in for_people.err

    file = tmp_path / "mine.toml"
    rules = protocol.load(record["protocol"]["id"]).override(tiny_overrides).model_dump(mode="json")
    file.write_text("\n".join(_toml(rules)))
    scored = json.loads(call("evaluate", record["folder"], "--protocol", file, "--json").out)
    assert scored["mean"] == pytest.approx(record["aggregate"]["value"])
    assert scored["mean"] == pytest.approx(
        json.loads(call("evaluate", f"{record['folder']}/{WEIGHTS}", "-p", file, "--json").out)["mean"]
    )
    assert "mean" in call("evaluate", record["folder"], "--protocol", file).out


def _toml(tree: dict[str, Any], above: str = "") -> Iterator[str]:
    """TOML of a protocol: JSON's scalars and lists are TOML too."""
    yield from (f"{k} = {json.dumps(v)}" for k, v in tree.items() if not isinstance(v, dict | None))
    for name, table in tree.items():
        if isinstance(table, dict):
            yield from (f"[{above}{name}]", *_toml(table, f"{above}{name}."))


def test_ctrl_c_says_how_to_continue(call, tmp_path, monkeypatch):
    import synthbench.run.run

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(synthbench.run.run, "run", interrupted)
    answer = call("run", "white-noise", "--out", tmp_path)
    assert answer.code == 130
    assert answer.out == ""
    assert "Run the same command to continue" in answer.err


def test_doctor(call, tmp_path):
    answer = call("doctor", "--out", tmp_path, "--json")
    checks = json.loads(answer.out)
    assert {c["state"] for c in checks} <= {"ok", "missing", "optional"}
    assert all(c["fix"] for c in checks if c["state"] != "ok")
    assert answer.code == int(any(c["state"] == "missing" for c in checks))
    for_people = call("doctor", "--out", tmp_path / "not" / "yet" / "here")
    assert all(c["name"] in for_people.out for c in checks)


def test_board_json_is_one_document(call, tmp_path):
    answer = call("board", "--runs", tmp_path, "--json")
    assert answer.code == 0
    assert json.loads(answer.out)


def test_the_board_shows_the_default_protocol_and_the_rest_on_demand(call, tmp_path):
    first, whole = call("board", "--runs", tmp_path).out, call("board", "--runs", tmp_path, "--all").out
    assert "simclr-resnet18, pocket scale (simclr-resnet18-pocket-2)" in first
    assert "paper scale" not in first
    assert re.search(r"More boards \(rows\): .*moco_v2-resnet50-paper \(\d+\).* Show them with --all", first)
    for track in ("ce-resnet18", "moco_v2-resnet50", "simclr-resnet18", "supcon-resnet18"):
        assert f"{track}, paper scale" in whole
    assert "More boards" not in whole
    assert "ce-resnet18, paper scale" in call("board", "--runs", tmp_path, "--track", "ce-resnet18").out


def test_a_run_of_a_shipped_entrant_ends_with_the_difference(tmp_path, capsys):
    row = next(row for row in load_rows([]) if row.entrant == "white-noise" and row.result)
    about = {
        name: getattr(row.result, name)
        for name in type(row.result).model_fields
        if name not in ("schema_version", "submission_id")
    }
    mine = result.seal(about | {"command": "synthbench run white-noise"})
    path = tmp_path / "white-noise" / "seed-0"
    path.mkdir(parents=True)
    result.write(mine, path / "result.json")
    show_standing(Finished(path, mine, False), tmp_path)
    out = " ".join(capsys.readouterr().out.split())
    assert re.search(r"From the shipped row of white-noise: \+0\.0 \(−\d\.\d to \+\d\.\d\) points, within noise\.", out)


# Protocols, data sets


def test_protocol_show_diff_and_lock(call):
    shown = json.loads(call("protocol", "show", "simclr-resnet18", "--json").out)
    assert shown["sha256"] == protocol.load("simclr-resnet18").sha256()
    assert shown["optimizer"]["schedule"] == {"name": "step", "milestones": [120, 160], "factor": 0.1}
    changed = call("protocol", "show", "simclr-resnet18", "--set", "optimizer.epochs=3")
    assert "optimizer.epochs" in changed.out and "a run under these rules is unranked" in changed.err
    found = json.loads(call("protocol", "diff", "moco_v2-resnet50", "moco_v2-resnet50-authors", "--json").out)
    assert found == {"id": ["moco_v2-resnet50", "moco_v2-resnet50-authors"], "optimizer.lr": [0.03, 0.015]}
    other = call("protocol", "diff", "simclr-resnet18", "ce-resnet18").out
    assert "objective.temperature" in other and "absent" in other
    locked = json.loads(call("protocol", "lock").out)
    assert locked == {name: protocol.load(name).sha256() for name in registry.protocols()}


def test_datasets_says_what_is_here(call, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path))
    (tmp_path / "imagenet").mkdir()
    rows = {row["name"]: row for row in json.loads(call("datasets", "--json").out)}
    assert rows["vtab-natural/dtd"]["state"] == "not here"
    assert "there is no folder" in rows["imagenet-1k"]["state"]
    assert rows["photos-gray"]["state"] == "here"
    assert all(row["licence"] and row["source"] for row in rows.values())
    assert "wds_vtab-dtd" in call("datasets").out


def test_missing_evaluation_images_are_reported_before_rendering(call, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path / "absent"))
    answer = call(
        "run", "white-noise", "-p", "simclr-resnet18", "--shrink", 1e4, "--out", tmp_path / "runs", "-d", "cpu"
    )
    assert answer.code == 1
    assert "ImageNet-100 is not at" in answer.err
    assert not (tmp_path / "runs").exists()


def test_sigterm_exits_with_the_code_for_try_again(call, tmp_path, monkeypatch):
    """SIGTERM, before pretraining (which has its own way to stop) as well as during it."""
    import os
    import signal

    import synthbench.run.run

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(synthbench.run.run, "run", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    answer = call("run", "white-noise", "--out", tmp_path)
    assert answer.code == 75
    assert "Run the same command to continue" in answer.err
    assert signal.getsignal(signal.SIGTERM) is before
