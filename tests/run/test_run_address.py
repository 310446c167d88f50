"""Runs at an address, on a real S3 server: killed on one machine, they end on another as they would have at home; and
the commands that take a run folder take its address."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from s3_server import elsewhere
from test_run import HERE, KILLED, go

import synthbench
from synthbench.cluster import sweep
from synthbench.errors import DataError, StorageError
from synthbench.pretrain.checkpoint import CHECKPOINT
from synthbench.progress import Reporter
from synthbench.result import folder
from synthbench.result import result as results
from synthbench.result.address import BOARD, all_brought
from synthbench.result.encoder_file import WEIGHTS
from synthbench.run.run import Finished, Job
from synthbench.storage.files import sha256_of
from synthbench.storage.mirror import OWNER, here
from synthbench.storage.remote import Remote

PUBLISHED = """
import time
from synthbench.storage.remote import Remote

def wait():
    address = runs.Job(recipe, protocol, out=sys.argv[3]).address
    while "checkpoint.pt" not in Remote(address).sizes():
        time.sleep(0.05)
"""
"""In a process that is killed: the checkpoint is there."""


pytestmark = pytest.mark.usefixtures("tiny_task")


class Said(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def out(s3) -> str:
    return f"s3://{s3.bucket}/runs"


@pytest.fixture(scope="module")
def near(stripes, tiny, tiny_overrides, tiny_task, tmp_path_factory) -> Finished:
    """A run at home."""
    return go(stripes, tiny, tiny_overrides, tmp_path_factory.mktemp("runs"))


@pytest.fixture
def address(near, out, stripes, tiny, tmp_path, monkeypatch) -> str:
    """The same run at an address, published by another machine."""
    job = Job(stripes, tiny, out=out)
    with folder.claim(job.path, job.request, address=job.address):
        for path in near.path.iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, job.path / path.name)
    for path in (near.path / folder.IMAGES).iterdir():
        Remote(f"{job.address}/{folder.IMAGES}").put(path, path.name)
    elsewhere(tmp_path / "other machine", monkeypatch)
    return job.address


def test_a_run_killed_on_one_machine_ends_on_another(
    s3, out, near, stripes, tiny, tiny_overrides, tmp_path, monkeypatch
):
    words = [
        sys.executable,
        "-c",
        PUBLISHED + KILLED.replace("os.kill(", "wait(), os.kill("),
        stripes.model_dump_json(),
        tiny.model_dump_json(),
        out,
    ]
    killed = subprocess.run(words, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    address = Job(stripes, tiny, out=out).address
    assert {folder.REQUEST, CHECKPOINT, OWNER} <= Remote(address).sizes().keys()
    images = Remote(f"{address}/{folder.IMAGES}").sizes()
    assert "manifest.json" in images
    elsewhere(tmp_path / "second", monkeypatch)
    s3.forget()
    said = Said()
    done = go(stripes, tiny, tiny_overrides, out, said)
    assert done.address == address
    assert re.match(r"continuing after process \d+ of \S+ \(since ", said.notes[0])
    assert not s3.count(r"PUT \S+\.tar"), "the images are there"
    assert "resumed at step" in (done.path / folder.LOG).read_text()
    assert done.result.scores == near.result.scores
    ours, theirs = done.result.runs[0], near.result.runs[0]
    assert (ours.encoder, ours.fingerprint, ours.final_loss) == (theirs.encoder, theirs.fingerprint, theirs.final_loss)
    assert (done.path / folder.LOSSES).read_text() == (near.path / folder.LOSSES).read_text()
    remote = Remote(address)
    local = {path.name for path in near.path.iterdir() if path.is_file()} - {".lock"}
    assert remote.sizes().keys() - {OWNER} == local, "the files of a run at home"
    assert [line for line in s3.lines if line.startswith("PUT")][-1].split("?")[0].endswith(folder.RESULT)

    elsewhere(tmp_path / "third", monkeypatch)
    s3.forget()
    again = go(stripes, tiny, tiny_overrides, out)
    assert again.reused
    assert again.result == done.result
    assert not s3.count("PUT|DELETE|POST"), "a finished one is only read"


def test_a_sweep_at_an_address(address, near, out, stripes, tiny):
    planned = sweep.Planned(Job(stripes, tiny, out=out), "synthbench run")
    assert sweep.finished(planned) == near.result, "a sweep does not run it again"
    assert sweep.finished(sweep.Planned(Job(stripes, tiny, 1, out), "")) is None
    rows = sweep.write_rows([sweep.Ended(planned, near.result)], out, {stripes.name: "synthbench sweep"})
    place, row = rows[stripes.name]
    assert place == f"{out}/{sweep.ROWS}/{tiny.id}/Stripes.json"
    assert results.parse(Remote(f"{out}/{sweep.ROWS}/{tiny.id}").read("Stripes.json"), "row") == row
    assert sweep.sees({"marker": out}, Reporter())


def test_a_data_set_at_an_address_is_an_entrant(address, near, out, tiny, tiny_overrides, tmp_path, monkeypatch, call):
    """Pretrained on one machine and evaluated on another, its encoder is that of the same shards in a folder."""
    words = [f"--protocol={tiny.id}", "--device=cpu", "--workers=1"]
    words += [f"--set={key}={json.dumps(value)}" for key, value in tiny_overrides.items()]
    shards = f"{address}/{folder.IMAGES}"
    trained = call("pretrain", shards, *words, "--out", out)
    assert trained.code == 0, trained.err
    assert f"wrote {out}/images/{tiny.id}/seed-0/{WEIGHTS}" in trained.err
    elsewhere(tmp_path / "third", monkeypatch)
    answer = call("run", shards, *words, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert "resumed at step 4" in answer.err
    record = json.loads(answer.out)
    assert f"{shards} --protocol={tiny.id} " in record["command"]
    local = call("pretrain", near.path / folder.IMAGES, *words, "--out", tmp_path / "local")
    assert local.code == 0, local.err
    weights = folder.run_folder(tmp_path / "local", "images", tiny.id, 0) / WEIGHTS
    assert record["runs"][0]["encoder"]["weights_sha256"] == sha256_of(weights)


def test_the_commands_that_read_runs(s3, address, near, out, tmp_path, call):
    s3.forget()
    encoder = synthbench.load_encoder(address)
    assert torch.equal(
        *(e.state_dict()["backbone.conv1.weight"] for e in (encoder, synthbench.load_encoder(near.path)))
    )
    assert not s3.count(r"GET \S+(csv|png|tar)")
    (here(out) / "deleted there").mkdir()
    (here(out) / "deleted there" / folder.RESULT).write_text("{}")
    shown = call("board", "--runs", out, "--all", "--json")
    assert near.result.submission_id in shown.out
    assert "deleted there" not in shown.err
    assert call("report", address, "--out", tmp_path / "report.html").code == 0
    page = (tmp_path / "report.html").read_text()
    assert "Stripes" in page and "coverage" in page.lower(), "properties are measured on the images"
    dry = call("submit", address, "--leaderboard", "mona/board", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    plan = json.loads(dry.out)
    assert "first-images.png" in plan["files"]["main"]
    assert not [note for note in plan["notes"] if "images are missing" in note]
    assert (
        call("evaluate", f"{out}/Stripes")
        .err.strip()
        .endswith("`synthbench run ENTRANT --out ADDRESS` writes it to ADDRESS/<entrant>/<protocol>/seed-<S>.")
    )
    with pytest.raises(StorageError, match=rf"{out}/none holds no finished run"):
        all_brought(f"{out}/none", BOARD)

    (tmp_path / "other").write_bytes(b"other weights")
    Remote(address).put(tmp_path / "other", WEIGHTS)
    with pytest.raises(DataError, match=rf"{address}/{WEIGHTS} is not the encoder in result\.json there"):
        synthbench.load_encoder(address)


def test_another_run_at_the_address_is_not_disturbed(out, stripes, tiny, tmp_path, monkeypatch):
    job = Job(stripes, tiny, out=out, execution=HERE)
    with folder.claim(job.path, job.request, address=job.address) as working:
        elsewhere(tmp_path / "second", monkeypatch)
        other = job.request | {"recipe_sha256": "0" * 64}
        said = rf"{job.address} holds another run \(other recipe_sha256\)\. Choose another --out"
        with pytest.raises(DataError, match=said), folder.claim(job.path, other, address=job.address):
            pass
        working.publish()


def test_a_file_is_not_a_folder_of_runs(s3, out, stripes, tiny, tmp_path):
    (tmp_path / "file").write_bytes(b"data")
    Remote(out).put(tmp_path / "file", "shard.tar")
    job = Job(stripes, tiny, out=f"{out}/shard.tar", execution=HERE)
    said = rf"{out}/shard\.tar is a file; the address of a folder is needed, as in {out}/prefix"
    with pytest.raises(StorageError, match=said), folder.claim(job.path, job.request, address=job.address):
        pass


def test_an_interrupted_run_is_published(out, stripes, tiny):
    job = Job(stripes, tiny, out=out, execution=HERE)

    def interrupted() -> None:
        with folder.claim(job.path, job.request, address=job.address):
            (job.path / CHECKPOINT).write_bytes(b"state")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert CHECKPOINT in Remote(job.address).sizes()


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        (
            r"\S+ /bucket",
            "404 NoSuchBucket",
            r"cannot write s3://\S+/\.owner\.json: it does not exist .* create the bucket",
        ),
        (r"PUT", "403 AccessDenied", r"cannot write \S+/\.owner\.json: access is refused .*ask for the right to write"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_named_before_anything_is_drawn(s3, out, call, line, kind, message):
    s3.fail(line, kind)
    answer = call("run", "white-noise", "--out", out)
    assert answer.code == 1
    assert re.search(message, answer.err), answer.err
    assert "render" not in answer.err


def test_commands_that_write_here_refuse_an_address(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (("preview", "white-noise"), ("measure", "white-noise"), ("report", "runs")):
        answer = call(*words, "--out", "s3://bucket/prefix")
        assert answer.code == 2
        assert "s3://bucket/prefix is an address, and this command writes to the local disk" in answer.err
    assert not os.listdir(tmp_path)
    assert here("s3://bucket") != here("s3://bucket/prefix")
