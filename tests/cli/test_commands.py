"""What the commands print and write."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from synthbench import registry
from synthbench.board.rank import load_rows
from synthbench.cli.board import show_standing
from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.protocol import protocol
from synthbench.result import result
from synthbench.result.encoder_file import WEIGHTS
from synthbench.run.run import Finished


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
    mine = result.reseal(row.result, command="synthbench run white-noise")
    path = tmp_path / "white-noise" / "seed-0"
    path.mkdir(parents=True)
    result.write(mine, path / "result.json")
    show_standing(Finished(path, mine, False), tmp_path)
    out = " ".join(capsys.readouterr().out.split())
    assert re.search(r"From the shipped row of white-noise: \+0\.0 \(−\d\.\d to \+\d\.\d\) points, within noise\.", out)


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
    import signal

    import synthbench.run.run

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(synthbench.run.run, "run", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    answer = call("run", "white-noise", "--out", tmp_path)
    assert answer.code == 75
    assert "Run the same command to continue" in answer.err
    assert signal.getsignal(signal.SIGTERM) is before
