"""Sweeps: what lanes do is what ``run`` does; a killed lane costs little; what fails is named; the rows are right."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from s3_server import elsewhere
from tiny_pocket import toml

from synthbench.cluster import lanes, sweep
from synthbench.cluster.sweep import ROWS
from synthbench.cluster.task import Outcome, do
from synthbench.errors import UsageError
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.result import folder, result
from synthbench.storage.remote import Remote

PROTOCOL = "simclr-resnet18-pocket"
TINY = {
    "data.images": 16, "data.size": 16, "augment.size": 16, "encoder.width": 8, "optimizer.batch": 8,
    "optimizer.epochs": 8, "optimizer.precision": "fp32", "evaluate.tasks": ["photos-gray"], "evaluate.size": 8,
    "evaluate.probes": ["knn"],
}  # fmt: skip
CHANGES = [f"--protocol={PROTOCOL}"] + [f"--set={key}={json.dumps(value)}" for key, value in TINY.items()]
GENERATORS = """
import os
import numpy as np
from synthbench import Generator

class Good(Generator):
    labels = ("a", "b")

    def render(self, label, rng, size):
        return rng.integers(0, 100 + 100 * label, (size, size, 3)).astype(np.uint8)

class Fussy(Good):
    def render(self, label, rng, size):
        if not os.path.exists(os.environ["FUSSY"]):
            raise ValueError("not today")
        return super().render(label, rng, size)
"""


@pytest.fixture
def generators(tmp_path, monkeypatch):
    monkeypatch.setenv("FUSSY", str(tmp_path / "content"))
    file = tmp_path / "generators.py"
    file.write_text(GENERATORS)
    return file


def seed_folder(out, entrant, seed):
    return folder.run_folder(out, entrant, PROTOCOL, seed)


def in_this_process(tasks, environments, **how):
    """Instead of ``lanes.run``: a process takes five seconds to import what a run needs."""
    for task in tasks:
        yield Outcome(task, *do(task.function, task.arguments, Reporter()))


def test_a_sweep_with_a_lane_that_dies_and_an_entrant_that_fails(generators, tmp_path, call, monkeypatch):
    """The run of the killed lane goes on in another. Then the same command with an entrant that fails; and again with
    that entrant repaired: only the failed run is repeated."""
    killed = []

    class Mortal(lanes.Lane):
        def begin(self, task, report):
            super().begin(task, report)
            told = report.progress

            def progress(done, total, text=""):
                told(done, total, text)
                if text.startswith("loss") and not killed:
                    killed.append(task.name)
                    while not (seed_folder(out, "Good", 1) / CHECKPOINT).exists():
                        time.sleep(0.01)
                    self.process.kill()

            report.progress = progress

    monkeypatch.setattr(lanes, "Lane", Mortal)
    out = tmp_path / "runs"
    words = [
        "sweep",
        f"{generators}:Good",
        "--seeds",
        "1",
        "--lanes",
        "1",
        "--checkpoint-minutes",
        "0",
        *CHANGES,
    ]
    words += ["--out", out]
    first = call(*words)
    assert first.code == 0, first.err
    assert killed == ["Good seed 1"]
    assert (
        "Good seed 1: warning: the task crashed its process (SIGKILL: out of memory?); it is started again" in first.err
    )
    assert "resumed at step" in (seed_folder(out, "Good", 1) / folder.LOG).read_text()
    row = result.read(out / ROWS / PROTOCOL / "Good.json")
    record = result.read(seed_folder(out, "Good", 1) / folder.RESULT)
    assert row.runs == record.runs
    assert row.command.startswith(f"synthbench sweep {generators}:Good --seeds=1 --protocol={PROTOCOL} ")
    assert record.command.startswith(f"synthbench run {generators}:Good --protocol={PROTOCOL}")
    assert record.command.endswith(" --seed=1")
    assert record.protocol.overrides == TINY
    assert (record.env["threads"], record.env["ranks"]) == (1, 1)
    before = (seed_folder(out, "Good", 1) / folder.LOG).stat().st_mtime_ns
    monkeypatch.setattr(lanes, "run", in_this_process)
    words.append(f"{generators}:Fussy")
    failed = call(*words)
    assert failed.code == 1
    assert "Fussy seed 1 failed: Fussy: " in failed.err and "not today" in failed.err
    assert "An entrant with a failed run has no row." in failed.err
    assert not (out / ROWS / PROTOCOL / "Fussy.json").exists()
    (tmp_path / "content").touch()
    second = call(*words, "--json")
    found = json.loads(second.out)
    assert second.code == 0, second.err
    assert [(run["entrant"], run["reused"], run["failed"]) for run in found["runs"]] == [
        ("Good", True, ""),
        ("Fussy", False, ""),
    ]
    assert set(found["rows"]) == {"Good", "Fussy"}
    assert found["rows"]["Good"]["submission_id"] == row.submission_id
    assert (seed_folder(out, "Good", 1) / folder.LOG).stat().st_mtime_ns == before
    assert not list(out.glob(".*"))
    rows_of_two_seeds(record, tmp_path)


def test_a_sweep_at_an_address(s3, write, call, monkeypatch, tmp_path):
    """The runs and the rows are at the address; on another machine, the same command finds all of them finished."""
    monkeypatch.setattr(lanes, "run", in_this_process)
    rules = protocol.load(PROTOCOL).override(TINY | {"id": "tiny"})
    file = write("tiny.toml", "".join(f"{key} = {toml(value)}\n" for key, value in rules.constants().items()))
    out = f"s3://{s3.bucket}/runs"
    words = ["sweep", "white-noise", "random-init", "--seeds", "0", "-p", file, "--device", "cpu", "--out", out]
    first = call(*words, "--json")
    assert first.code == 0, first.err
    found = json.loads(first.out)
    assert [(run["folder"], run["reused"]) for run in found["runs"]] == [
        (f"{out}/{name}/tiny/seed-0", False) for name in ("white-noise", "random-init")
    ]
    for name in ("white-noise", "random-init"):
        row = result.parse(Remote(f"{out}/{ROWS}/tiny").read(f"{name}.json"), name)
        record = result.parse(Remote(f"{out}/{name}/tiny/seed-0").read(folder.RESULT), name)
        assert (row.runs, row.protocol.overrides) == (record.runs, {})
    elsewhere(tmp_path / "other machine", monkeypatch)
    s3.forget()
    second = call(*words)
    assert second.code == 0, second.err
    assert "2 runs under tiny, 2 of them already finished" in second.err
    assert f"2 rows for the board in {out}/{ROWS}/tiny." in second.err
    assert not s3.count(rf"(PUT|DELETE|POST) (?!/{s3.bucket}/runs/{ROWS}/)"), "only the rows are written again"


def rows_of_two_seeds(record, tmp_path):
    """The row has the seeds in their order, and the means."""
    fields = json.loads(result.to_json(record).replace('"seed": 1', '"seed": 0'))
    other = result.seal(
        {key: value for key, value in fields.items() if key not in ("schema_version", "submission_id", "created_at")}
    )
    job = SimpleNamespace(recipe=SimpleNamespace(name="Good"))
    ended = [sweep.Ended(SimpleNamespace(job=job), each) for each in (record, other)]
    ((path, row),) = sweep.write_rows(ended, tmp_path / "two", {"Good": "the command"}).values()
    assert result.read(Path(path)) == row
    assert ([run.seed for run in row.runs], row.aggregate.std, row.command) == ([0, 1], 0.0, "the command")


def test_what_is_refused(generators, tmp_path, call):
    entrant = f"{generators}:Good"
    assert "repeated in this sweep: " in call("sweep", entrant, "--seeds", "0,0", "--out", tmp_path).err
    assert "--seeds 'a': expected integers separated by commas" in call("sweep", entrant, "--seeds", "a").err
    assert "--seeds ''" in call("sweep", entrant, "--seeds", "").err
    assert "--lanes is for one machine" in call("sweep", entrant, "--lanes", "2", "--ray", "auto").err
    assert "--device 'cuda:1' with --ray" in call("sweep", entrant, "--device", "cuda:1", "--ray", "auto").err
    assert not (tmp_path / "Good").exists()


def test_lanes_of_gpus(monkeypatch):
    import torch

    from synthbench.cluster.nodes import Needs
    from synthbench.cluster.sweep import lanes_of

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    device, environments, needs = lanes_of("auto", None, None, runs=9)
    assert (device.type, needs) == ("cuda", Needs(4, 1))
    assert environments == [{"CUDA_VISIBLE_DEVICES": "4"}, {"CUDA_VISIBLE_DEVICES": "6"}]
    assert lanes_of("cuda:1", None, None, runs=9)[1] == [{"CUDA_VISIBLE_DEVICES": "6"}]
    assert lanes_of("cpu", None, None, runs=3) == (torch.device("cpu"), [{}] * 3, Needs(1))
    assert lanes_of("cpu", None, 4, runs=9) == (torch.device("cpu"), [{}] * 2, Needs(4))
    with pytest.raises(UsageError, match="cuda:5"):
        lanes_of("cuda:5", None, None, runs=1)
