"""A run end to end, with a tiny generator under a tiny protocol."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import pictures
import pytest
import torch
from PIL import Image
from two_ranks import first_of_two

import synthbench
from synthbench import registry
from synthbench.entrant.recipe import Recipe, resolve
from synthbench.errors import DataError, UnknownNameError, UsageError
from synthbench.measure.properties import UNITS
from synthbench.pretrain import device as devices
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.pretrain.execution import Execution
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.render.shards import Dataset
from synthbench.result import folder
from synthbench.result import result as results
from synthbench.result.encoder_file import WEIGHTS
from synthbench.run.run import Finished, Job, pretrain_only, run

CPU = torch.device("cpu")
HERE = Execution(CPU, workers=1)
pytestmark = pytest.mark.usefixtures("tiny_task")


class Notes(Reporter):
    """Records the stages."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, name: str, detail: str = "") -> None:
        self.stages.append(name)


def go(recipe: Recipe, protocol: Protocol, overrides, out: Path, report: Reporter | None = None) -> Finished:
    return run(Job(recipe, protocol, out=out, execution=HERE), overrides=overrides, report=report)


@pytest.fixture(scope="module")
def finished(stripes, tiny, tiny_overrides, tiny_task, tmp_path_factory):
    return go(stripes, tiny, tiny_overrides, tmp_path_factory.mktemp("runs"))


def test_the_run_folder(finished, stripes, tiny):
    assert not finished.reused
    assert finished.path.parts[-3:] == ("Stripes", tiny.id, "seed-0")
    files = {f.name for f in finished.path.iterdir()}
    assert files >= {
        folder.RESULT, folder.RECIPE, folder.PROTOCOL, folder.ENVIRONMENT, folder.REQUEST, folder.IMAGES, folder.SHEET,
        folder.LOSS_FIGURE, folder.LOSSES, folder.SCORES_FIGURE, WEIGHTS,
    }  # fmt: skip
    assert CHECKPOINT not in files
    assert not [name for name in files if name.endswith(".tmp")]
    for picture in (folder.SHEET, folder.LOSS_FIGURE, folder.SCORES_FIGURE):
        with Image.open(finished.path / picture) as image:
            assert min(image.size) > 100
    assert Recipe.model_validate_json((finished.path / folder.RECIPE).read_text()) == stripes
    assert Protocol.model_validate_json((finished.path / folder.PROTOCOL).read_text()).sha256() == tiny.sha256()
    data = Dataset.open(finished.path / folder.IMAGES)
    assert data.load_all().shape == (32, 32, 32, 3)


def test_an_unavailable_pinned_precision_is_reported_and_unranked(stripes, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "cpu_has_bf16", lambda: False)
    told: list[str] = []

    class Told(Reporter):
        def stage(self, name: str, detail: str = "") -> None:
            told.append(name)

        def note(self, text: str) -> None:
            told.append(text)

    pinned = tiny.override({"optimizer.precision": "bf16", "optimizer.pinned": True})
    record = go(stripes, pinned, {}, tmp_path, Told()).result
    assert told[0].startswith(
        f"warning: {tiny.id} pins bf16, which this cpu does not support: training in fp32 instead; the run is unra"
    )
    assert record.protocol.overrides == {"optimizer.precision": "fp32"}
    assert record.env["precision"] == "fp32"
    assert devices.instead(tiny.override({"optimizer.pinned": True}).optimizer, CPU) is None
    assert devices.instead(tiny.override({"optimizer.precision": "bf16"}).optimizer, CPU) is None


def test_the_run_folder_holds_a_log(finished):
    """Required by the design."""
    assert (finished.path / folder.LOG).read_text().strip()


def test_the_losses(finished):
    head, *lines = (finished.path / folder.LOSSES).read_text().splitlines()
    assert head == "step,loss"
    assert [int(line.split(",")[0]) for line in lines] == [1, 2, 3, 4]
    assert float(lines[-1].split(",")[1]) == pytest.approx(finished.result.runs[0].final_loss, abs=1e-6)


def test_the_record(finished, stripes, tiny, tiny_overrides):
    record = finished.result
    assert results.read(finished.path / folder.RESULT) == record
    assert (record.protocol.id, record.protocol.sha256) == (tiny.id, tiny.sha256())
    assert record.protocol.overrides == tiny_overrides
    assert (record.generator.name, record.generator.source_sha256) == ("Stripes", stripes.source_sha256())
    assert record.data is not None
    assert (record.data.n_images, record.data.n_classes, record.data.resolution, record.data.n_left_out) == (
        32,
        2,
        32,
        0,
    )
    (cost,) = record.runs
    assert (cost.seed, cost.samples_seen, cost.status) == (0, 2 * 2 * 32, "finished")
    assert cost.encoder.weights_sha256 == hashlib.sha256((finished.path / WEIGHTS).read_bytes()).hexdigest()
    assert cost.wall_s >= cost.pretrain_s > 0
    assert 0.01 < cost.peak_memory_gb < 64
    assert math.isfinite(cost.final_loss)
    assert [(s.task, s.probe) for s in record.scores] == [
        (t, p) for t in tiny.evaluate.tasks for p in tiny.evaluate.probes
    ]
    assert {"synthbench", "code_commit", "torch", "precision", "device"} <= set(record.env)
    assert record.command.startswith("synthbench run Stripes")
    images = Dataset.open(finished.path / folder.IMAGES).load_all()
    gzipped = [len(gzip.compress(image.tobytes(), 9, mtime=0)) / 1000 for image in images]
    assert record.properties is not None and record.properties["gzip_kb"] == pytest.approx(sum(gzipped) / len(gzipped))
    assert set(record.properties) == set(UNITS)


def test_the_record_lists_what_the_run_left(finished):
    """All files except the record itself, the lock and the images."""
    left = {f.name for f in finished.path.iterdir() if f.is_file() and f.suffix in (".png", ".csv", ".safetensors")}
    assert left <= set(finished.result.artifacts)
    assert all((finished.path / name).is_file() for name in finished.result.artifacts)


def test_the_encoder_loads(finished, tiny):
    encoder = synthbench.load_encoder(finished.path)
    assert (encoder.size, encoder.features, encoder.training) == (tiny.augment.size, 8 * tiny.encoder.width, False)


def test_a_second_call_reuses_everything(finished, stripes, tiny, tiny_overrides):
    before = {f.name: f.stat().st_mtime_ns for f in finished.path.iterdir()}
    notes = Notes()
    again = go(stripes, tiny, tiny_overrides, finished.path.parents[2], notes)
    assert (again.reused, again.result, notes.stages) == (True, finished.result, [])
    del before[".lock"]
    assert all((finished.path / name).stat().st_mtime_ns == time for name, time in before.items())


def test_other_rules_do_not_mix_with_a_run(finished, stripes, tiny, tiny_overrides):
    other = tiny.override({"optimizer.lr": 0.01})
    with pytest.raises(DataError, match=r"holds another run \(other protocol_sha256\)\. Choose another --out"):
        go(stripes, other, tiny_overrides, finished.path.parents[2])


def test_random_initialisation_needs_no_images(tiny, tiny_overrides, tmp_path):
    baseline = next(r for r in map(resolve, registry.recipes()) if not r.renders)
    notes = Notes()
    done = go(baseline, tiny, tiny_overrides, tmp_path, notes)
    assert notes.stages == ["evaluate"]
    assert done.result.data is None
    assert (done.result.runs[0].samples_seen, done.result.runs[0].final_loss) == (0, None)
    assert not (done.path / folder.IMAGES).exists()
    assert go(baseline, tiny, tiny_overrides, tmp_path).reused


def test_the_entrants_own_folder_is_refused_before_anything_is_written(tiny, tiny_overrides, tmp_path):
    recipe = resolve(str(pictures.tree(tmp_path / "photos", ["a/0.png", "b/0.png"])))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=r"photos/.*/seed-0' lies in the entrant's own folder"):
        go(recipe, tiny, tiny_overrides, tmp_path)  # whose run folder is tmp_path/photos/...
    with pytest.raises(UsageError, match=r"photos/runs/.*/seed-0' lies in the entrant's own folder"):
        pretrain_only(Job(recipe, tiny, out=tmp_path / "photos" / "runs", execution=HERE))
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_task_is_refused_before_anything_is_rendered(stripes, tiny, tiny_overrides, tmp_path):
    """And not after pretraining."""
    name = tiny_overrides["evaluate.tasks"][0]
    notes = Notes()
    with pytest.raises(UnknownNameError, match=f"unknown task '{name}s'.*{name}"):
        go(stripes, tiny.override({"evaluate.tasks": [f"{name}s"]}), {}, tmp_path, notes)
    assert notes.stages == []


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from synthbench.run import run as runs
from synthbench.pretrain.execution import Execution
from synthbench.protocol.protocol import Protocol
from synthbench.entrant.recipe import Recipe
from synthbench.progress import Reporter

class Bomb(Reporter):
    def progress(self, done, total, text=""):
        if text.startswith("loss") and done == 3:
            os.kill(os.getpid(), signal.SIGKILL)

recipe, protocol = Recipe.model_validate_json(sys.argv[1]), Protocol.model_validate_json(sys.argv[2])
execution = Execution(torch.device("cpu"), workers=1, checkpoint_s=0.0)
runs.pretrain_only(runs.Job(recipe, protocol, out=sys.argv[3], execution=execution), report=Bomb())
"""


def test_a_killed_run_resumes_with_the_result_of_an_unkilled_one(finished, stripes, tiny, tiny_overrides, tmp_path):
    words = [sys.executable, "-c", KILLED, stripes.model_dump_json(), tiny.model_dump_json(), str(tmp_path)]
    killed = subprocess.run(words, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    path = folder.run_folder(tmp_path, stripes.name, tiny.id, 0)
    assert torch.load(path / CHECKPOINT, weights_only=True)["step"] == 2
    assert not (path / WEIGHTS).exists()
    done = go(stripes, tiny, tiny_overrides, tmp_path)
    assert done.result.data.fingerprint == finished.result.data.fingerprint
    assert (done.path / folder.LOSSES).read_text() == (finished.path / folder.LOSSES).read_text()
    ours, theirs = (synthbench.load_encoder(p).state_dict() for p in (done.path, finished.path))
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert done.result.scores == finished.result.scores


class Stop(Exception):
    """In the middle of the pretraining."""


class Stopper(Reporter):
    def progress(self, done: int, total: int, text: str = "") -> None:
        if text.startswith("loss") and done == 3:
            raise Stop


def test_a_live_run(finished, stripes, tiny, tiny_overrides, tmp_path):
    """Stopped or not, it ends with the same weights; its record says that it is live, and the folder of a stored run
    is not reused for it."""
    whole = run(Job(stripes, tiny, 0, tmp_path / "whole", True, HERE), overrides=tiny_overrides)
    record = whole.result
    assert record.protocol.overrides == {**tiny_overrides, "live": True}
    assert (record.data.mode, record.data.n_images, record.data.n_left_out) == ("live", 2 * 32, 0)
    assert record.data.fingerprint == finished.result.data.fingerprint
    assert not (whole.path / folder.IMAGES).exists()
    assert (whole.path / folder.SHEET).is_file()
    assert (whole.path / folder.LOSSES).read_text() != (finished.path / folder.LOSSES).read_text()
    with pytest.raises(DataError, match=r"holds another run \(other live\)"):
        run(Job(stripes, tiny, 0, finished.path.parents[2], True, HERE), overrides=tiny_overrides)
    often = Execution(CPU, workers=1, checkpoint_s=0.0)
    with pytest.raises(Stop):
        pretrain_only(Job(stripes, tiny, 0, tmp_path / "stopped", True, often), report=Stopper())
    path = folder.run_folder(tmp_path / "stopped", stripes.name, tiny.id, 0)
    assert torch.load(path / CHECKPOINT, weights_only=True)["step"] == 2
    path = pretrain_only(Job(stripes, tiny, 0, tmp_path / "stopped", True, Execution(CPU, 2)))
    ours, theirs = (synthbench.load_encoder(p).state_dict() for p in (path.parent, whole.path))
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_pretraining_after_a_finished_run_starts_nothing(finished, stripes, tiny):
    """Its checkpoint is deleted by then; the encoder that the record hashes must stay."""
    before = (finished.path / WEIGHTS).stat().st_mtime_ns
    notes = Notes()
    path = pretrain_only(Job(stripes, tiny, out=finished.path.parents[2], execution=HERE), report=notes)
    assert path == finished.path / WEIGHTS
    assert "pretrain" not in notes.stages
    assert path.stat().st_mtime_ns == before


# The run folder


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    with folder.claim(tmp_path / "run", {"seed": 0}):
        words = [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from synthbench.result import folder\n"
            "with folder.claim(Path(sys.argv[1]), {'seed': 0}): pass",
            str(tmp_path / "run"),
        ]
        other = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "another process is working in" in other.stderr
    assert subprocess.run(words, capture_output=True, text=True, check=False).returncode == 0


def test_drafts_of_a_killed_process_are_removed(tmp_path):
    (tmp_path / ".checkpoint.pt.0123abcd.tmp").write_bytes(b"half")
    with folder.claim(tmp_path, {"seed": 0}):
        assert not list(tmp_path.glob("*.tmp"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DataError, match=r"cannot write .*file/run: Not a directory.*Choose another folder"),
        folder.claim(tmp_path / "file" / "run", {}),
    ):
        pass


def test_two_processes_share_a_run(finished, stripes, tiny, tmp_path, call):
    """The first rank, which is this process, renders and writes; both train; the weights are those of one process up
    to rounding. tests/pretrain/test_machines.py starts ranks with torchrun."""
    words = ["pretrain", stripes.generator, "--protocol", str(_toml_file(tiny, tmp_path)), "--out", tmp_path / "runs"]
    words += ["--device", "cpu", "--workers", "1"]
    with first_of_two([sys.executable, "-m", "synthbench", *map(str, words)]) as second:
        first = call(*words)
        assert first.code == 0, first.err
        _, errors = second.communicate(timeout=200)
        assert second.returncode == 0, errors[-3000:]
    path = folder.run_folder(tmp_path / "runs", stripes.name, tiny.id, 0)
    ours, theirs = (
        [float(line.split(",")[1]) for line in (p / folder.LOSSES).read_text().splitlines()[1:]]
        for p in (path, finished.path)
    )
    assert ours == pytest.approx(theirs, rel=0.02)
    assert ours[0] == pytest.approx(theirs[0], rel=1e-4)
    assert (path / WEIGHTS).is_file()


def _toml_file(rules: Protocol, folder_: Path) -> Path:
    lines: list[str] = []
    tables: dict[str, list[str]] = {}
    for key, value in rules.flat().items():
        head, dot, leaf = key.rpartition(".")
        (tables.setdefault(head, []) if dot else lines).append(f"{leaf if dot else key} = {json.dumps(value)}")
    for head, inside in tables.items():
        lines += [f"[{head}]", *inside]
    path = folder_ / f"{rules.id}.toml"
    path.write_text("\n".join(lines))
    return path
