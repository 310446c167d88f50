"""Several processes on one run: two Gloo ranks on the CPU give the result of one process, and report errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from rank_training import data, rules, small
from two_ranks import first_of_two

from synthbench.entrant import recipe
from synthbench.errors import RankError, SynthbenchError
from synthbench.pretrain import encoder
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.ranks import Ranks, join
from synthbench.protocol import protocol
from synthbench.result import environment
from synthbench.run import run

NAMES = ("simclr-resnet18", "supcon-resnet18", "ce-resnet18", "moco_v2-resnet50")


def rank(out: Path) -> dict[str, str]:
    """What one of the ranks does; returns its errors."""
    said = {}
    torch.set_num_threads(1)
    with join() as joined, pytest.MonkeyPatch.context() as patch:
        try:
            joined.agree({"seed": 0, "protocol": f"p{joined.rank}"})
        except RankError as error:
            said["protocol"] = str(error)
        for what in ("recipe", "code", "live"):
            said[what] = otherwise(what, joined, out / "otherwise")
        patch.setattr(encoder, "architecture", small)
        for name in NAMES:
            (out / name).mkdir(exist_ok=True)
            joined.hear(f"folder {name}", "made")
            how = Execution(torch.device("cpu"), ranks=joined)
            made = pretrain(data(), protocol=rules(name), seed=0, out=out / name, execution=how)
            if joined.first:
                end = {"losses": made.losses, "weights": made.encoder.backbone.state_dict()}
                torch.save(end, out / name / "end.pt")
    return said


def otherwise(what: str, joined: Ranks, out: Path) -> str:
    """The error of a run whose ranks were not started with the same recipe or code, or with an option for one."""
    entrant = recipe.resolve("dead-leaves-mixed" if what == "recipe" and joined.rank else "dead-leaves-squares")
    how = Execution(torch.device("cpu"), ranks=joined)
    job = run.Job(entrant, protocol.load("simclr-resnet18-pocket"), 0, out, what == "live", how)
    with pytest.MonkeyPatch.context() as patch:
        if what == "code":
            patch.setattr(environment, "git_state", lambda folder: (f"commit {joined.rank}", False))
        try:
            (run.pretrain_only if joined.first else run.assist)(job)
        except SynthbenchError as error:
            return str(error)
    return ""


SECOND = """
import json, sys
from pathlib import Path
from test_ranks import rank
print(json.dumps(rank(Path(sys.argv[1]))))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of two ranks, and the errors of each. They are started once: importing torch takes longer than their
    work."""
    out = tmp_path_factory.mktemp("ranks")
    with first_of_two([sys.executable, "-c", SECOND, str(out)]) as second:
        ours = rank(out)
        output, errors = second.communicate(timeout=200)
        assert second.returncode == 0, errors[-3000:]
    return out, (ours, json.loads(output))


@pytest.mark.parametrize("name", NAMES)
def test_two_ranks_do_what_one_does(shared, tmp_path, monkeypatch, name):
    """The same batches, views, shuffles and losses; sums have another order."""
    monkeypatch.setattr(encoder, "architecture", small)
    alone = pretrain(data(), protocol=rules(name), seed=0, out=tmp_path, execution=Execution(torch.device("cpu")))
    ends = torch.load(shared[0] / name / "end.pt", weights_only=True)
    assert ends["losses"] == pytest.approx(alone.losses, rel=1e-5)
    for key, value in alone.encoder.backbone.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(
                ends["weights"][key], value, rtol=1e-3, atol=1e-5, msg=lambda text, key=key: f"{key}: {text}"
            )


def test_a_batch_is_shared_evenly():
    assert [Ranks(r, 3).rows(8).tolist() for r in range(3)] == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_ranks_that_do_not_do_the_same_are_named(shared):
    for said in shared[1]:
        assert said["protocol"].startswith(
            "the ranks differ: protocol is 'p1' on rank 1 and 'p0' on rank 0. Start all with the same command"
        )


def test_ranks_that_were_started_otherwise_stop_before_anything_is_rendered(shared):
    out, both = shared
    for said in both:
        assert said["recipe"].startswith("the ranks differ: recipe_sha256 is '")
        assert (
            "the ranks differ: commit is ('commit 1', False) on rank 1 and ('commit 0', False) on rank 0"
            in said["code"]
        )
        assert said["live"].startswith("--live works with one process, not with 2")
    assert not (out / "otherwise").exists()
