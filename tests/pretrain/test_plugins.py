"""An objective and an encoder of another package, through entry points only, from a protocol file to a run folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from synthbench.errors import ProtocolError
from synthbench.protocol import protocol

BARLOW = '''
"""Barlow Twins (Zbontar et al. 2021): the correlations between the two views' embeddings are made the identity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from synthbench.pretrain.objectives.objective import Batch, Learner, Objective


class BarlowTwins(Objective):
    """The encoder, a head of two layers with batch norm, and the loss on the cross-correlation matrix (Eq. 1 and 2)."""

    name: Literal["barlow_twins"]
    hidden: int = Field(ge=1)
    dim: int = Field(ge=2)
    weight: float = Field(gt=0)
    """Of what is beside the diagonal."""

    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        first = [nn.Linear(features, self.hidden, bias=False), nn.BatchNorm1d(self.hidden), nn.ReLU(inplace=True)]
        return nn.Sequential(*first, nn.Linear(self.hidden, self.dim, bias=False))

    def check(self, optimizer) -> None:
        if not optimizer.drop_last:
            raise ValueError("barlow_twins needs optimizer.drop_last: its correlations are over the batch")

    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        z1, z2 = learner.embed(batch)
        yield barlow_loss(z1, z2, weight=self.weight)


def barlow_loss(z1: Tensor, z2: Tensor, *, weight: float) -> Tensor:
    """(B, D) embeddings of the two views, in the same order -> scalar."""
    z1, z2 = ((z - z.mean(0)) / z.std(0, unbiased=False).clamp(min=1e-5) for z in (z1, z2))
    correlation = z1.T @ z2 / len(z1)
    diagonal = correlation.diagonal()
    beside = correlation.square().sum() - diagonal.square().sum()
    return (diagonal - 1).square().sum() + weight * beside
'''

ENCODER = '''
"""A network of timm under a name of its own, narrower than timm's."""

from synthbench.pretrain.encoders.architecture import Architecture, outermost


def build(width, stem, size):
    import timm

    return timm.create_model("vit_tiny_patch16_224", num_classes=0, img_size=size, patch_size=8, depth=2, dynamic_img_size=True)


VIT = Architecture("ViT of two blocks", build, lambda net: net.num_features, lambda net: outermost(net, "Block"))
'''  # noqa: E501

POINTS = """
[synthbench.objectives]
barlow_twins = plugged.barlow:BarlowTwins

[synthbench.encoders]
two-blocks = plugged.encoder:VIT
"""

SECTIONS = {
    "encoder": {"architecture": "two-blocks"},
    "objective": {"name": "barlow_twins", "hidden": 64, "dim": 32, "weight": 0.005},
    "optimizer": {
        "name": "adamw", "batch": 16, "epochs": 2, "lr": 1e-3, "beta1": 0.9, "beta2": 0.95, "weight_decay": 0.05,
        "warmup": 0.1, "drop_last": True, "precision": "fp32",
    },
}  # fmt: skip

RUN = """
import sys, json
from pathlib import Path
import torch
from synthbench.run import run as runs
from synthbench.protocol.protocol import Protocol
from synthbench.entrant.recipe import resolve
from synthbench.pretrain.encoder import load_encoder
from synthbench.pretrain.execution import Execution

rules = Protocol.model_validate_json(sys.argv[1])
for name, again in (("two-blocks", False), ("timm:resnet10t", True)):
    mine = rules.override({"encoder.architecture": name})
    execution = Execution(torch.device("cpu"), workers=1, recompute=again)
    path = runs.pretrain_only(runs.Job(resolve("white-noise"), mine, out=Path(sys.argv[2]) / name.replace(":", "-"), execution=execution))
    losses = [float(line.split(",")[1]) for line in (path.parent / "losses.csv").read_text().splitlines()[1:]]
    encoder = load_encoder(path)
    told = {"objective": type(mine.objective).__name__, "losses": losses, "out": list(encoder(torch.rand(2, 3, 48, 48)).shape)}
    print(json.dumps(told | {"features": encoder.features, "sha": mine.sha256(), "kept": mine.constants()["objective"]}))
"""  # noqa: E501


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """What pip would install: a package and its entry points."""
    root = tmp_path_factory.mktemp("site")
    (root / "plugged").mkdir()
    for name, text in (("__init__", ""), ("barlow", BARLOW), ("encoder", ENCODER)):
        (root / "plugged" / f"{name}.py").write_text(text)
    (root / "plugged-1.0.dist-info").mkdir()
    (root / "plugged-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (root / "plugged-1.0.dist-info" / "entry_points.txt").write_text(POINTS)
    return root


def test_an_objective_and_an_encoder_of_another_package(package, tiny, tmp_path):
    import json

    text = json.dumps(json.loads(tiny.model_dump_json()) | SECTIONS)
    words = [sys.executable, "-c", RUN, text, str(tmp_path)]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(package)}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    own, timm = map(json.loads, done.stdout.splitlines())
    assert own["objective"] == "BarlowTwins" and own["kept"] == SECTIONS["objective"]
    assert len(own["losses"]) == 4 and own["losses"][-1] < own["losses"][0]
    assert (own["out"], timm["out"]) == ([2, 192], [2, 512])
    assert len(timm["losses"]) == 4


def test_what_is_not_registered_is_named_with_its_key(tiny):
    with pytest.raises(
        ProtocolError,
        match=r"objective\.name: unknown objective 'barlow_twins'\. Known: cross_entropy, moco_v2, simclr, supcon",
    ):
        protocol._validate("p", tiny.model_dump() | {"objective": SECTIONS["objective"]})
    with pytest.raises(
        ProtocolError,
        match=r"encoder\.architecture: .*unknown encoder 'two-blocks'.*Networks of timm are named timm:NAME",
    ):
        tiny.override({"encoder.architecture": "two-blocks"})


def test_a_plugin_that_is_something_else_is_named(package, tiny):
    points = package / "plugged-1.0.dist-info" / "entry_points.txt"
    points.write_text(POINTS.replace("plugged.barlow:BarlowTwins", "plugged.encoder:VIT"))
    code = (
        "import sys; from synthbench.protocol.protocol import "
        "_validate; import json; _validate('p', json.loads(sys.argv[1]))"
    )
    try:
        words = [sys.executable, "-c", code, tiny.model_dump_json().replace('"name":"simclr"', '"name":"barlow_twins"')]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(package)}
        )
    finally:
        points.write_text(POINTS)
    assert (
        "objective 'barlow_twins' (plugged.encoder:VIT) is not a subclass of synthbench.pretrain.objectives"
        in done.stderr
    )
