"""Several processes on one run: two Gloo ranks on the CPU give the result of one process, and report errors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from synthbench.pretrain import encoder
from synthbench.pretrain.encoders.architecture import Architecture
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.ranks import Ranks
from synthbench.pretrain.training_images import Pixels
from synthbench.protocol import protocol

NAMES = ("simclr-resnet18", "supcon-resnet18", "ce-resnet18", "moco_v2-resnet50")
N = 26
"""Images: three batches of 8 and one of 2; MoCo drops the last."""


def small(_name: str) -> Architecture:
    """Instead of a ResNet: two layers with batch norm.

    The ranks' work does not depend on the network, and this one takes no time.
    """
    return Architecture("small", _small, lambda _: 16, lambda net: [net])


def _small(*_: object) -> nn.Module:
    layers = [
        nn.Conv2d(3, 8, 3, 2, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, 2, 1, bias=False),
        nn.BatchNorm2d(16),
    ]
    return nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def rules(name: str) -> protocol.Protocol:
    changes = {
        "data.images": N,
        "data.size": 32,
        "augment.size": 32,
        "optimizer.batch": 8,
        "optimizer.epochs": 1,
        "optimizer.precision": "fp32",
    }
    if name.startswith("moco"):
        changes |= {"objective.queue": 32, "objective.groups": 2, "objective.hidden": 64}
    return protocol.load(name).override(changes)


def data() -> Pixels:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (N, 4, 4, 3), dtype=np.uint8)
    return Pixels(coarse.repeat(8, 1).repeat(8, 2), np.arange(N) % 4, identity="x")


RANK = """
import sys
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[2])
from test_ranks import NAMES, data, rules, small
from synthbench.entrant import recipe
from synthbench.errors import RankError, SynthbenchError
from synthbench.pretrain import encoder
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.ranks import join
from synthbench.protocol.protocol import load
from synthbench.result import environment
from synthbench.run import run

def differ(what):
    real = environment.git_state
    environment.git_state = (lambda folder: (f"commit {ranks.rank}", False)) if what == "code" else real
    entrant = recipe.resolve("dead-leaves-mixed" if what == "recipe" and ranks.rank else "dead-leaves-squares")
    how = Execution(torch.device("cpu"), ranks=ranks)
    job = run.Job(entrant, load("simclr-resnet18-pocket"), 0, out / "differ", what == "live", how)
    try:
        (run.pretrain_only if ranks.first else run.assist)(job)
    except SynthbenchError as error:
        print(what, error, flush=True)
    finally:
        environment.git_state = real

torch.set_num_threads(1)
with join() as ranks:
    out = Path(sys.argv[1])
    try:
        ranks.agree({"seed": 0, "protocol": f"p{ranks.rank}"})
    except RankError as error:
        print("protocol", error, flush=True)
    for what in ("recipe", "code", "live"):
        differ(what)
    encoder.architecture = small
    for name in NAMES:
        (out / name).mkdir(exist_ok=True)
        ranks.hear(f"folder {name}", "made")
        made = pretrain(data(), protocol=rules(name), seed=0, out=out / name, execution=Execution(torch.device("cpu"), ranks=ranks))
        if ranks.first:
            torch.save({"losses": made.losses, "weights": made.encoder.backbone.state_dict()}, out / name / "end.pt")
"""  # noqa: E501


def start(rank: int, port: int, out: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    words = [sys.executable, "-c", RANK, str(out), os.path.dirname(__file__)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of two ranks, and what each said. They are started once: importing torch takes longer than their
    work."""
    out, port, said = tmp_path_factory.mktemp("ranks"), free_port(), []
    both = [start(rank, port, out) for rank in range(2)]
    try:
        for one in both:
            output, errors = one.communicate(timeout=200)
            assert one.returncode == 0, errors[-3000:]
            said.append(dict(line.split(" ", 1) for line in output.splitlines()))
    finally:
        for one in both:
            one.kill()
    return out, said


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
    assert not (out / "differ").exists()
