"""An objective and an encoder of another package, through entry points only, from a protocol file to a run folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from synthbench import registry
from synthbench.entrant.recipe import resolve
from synthbench.errors import ProtocolError
from synthbench.pretrain.encoder import load_encoder
from synthbench.pretrain.execution import Execution
from synthbench.protocol import protocol
from synthbench.run.run import Job, pretrain_only

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


@pytest.fixture
def installed(package, monkeypatch) -> Iterator[None]:
    """The package is found in this process."""
    monkeypatch.syspath_prepend(str(package))
    registry.plugins.cache_clear()
    yield
    registry.plugins.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugged"]:
        del sys.modules[name]


def test_an_objective_and_an_encoder_of_another_package(installed, tiny, tmp_path):
    sections = json.loads(tiny.model_dump_json()) | SECTIONS
    rules = protocol.Protocol.model_validate_json(json.dumps(sections))
    execution = Execution(torch.device("cpu"), workers=1)
    path = pretrain_only(Job(resolve("white-noise"), rules, out=tmp_path, execution=execution))
    assert type(rules.objective).__name__ == "BarlowTwins"
    assert rules.constants()["objective"] == SECTIONS["objective"]
    losses = [float(line.split(",")[1]) for line in (path.parent / "losses.csv").read_text().splitlines()[1:]]
    assert len(losses) == 4 and losses[-1] < losses[0]
    assert load_encoder(path)(torch.rand(2, 3, 48, 48)).shape == (2, 192)


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


def test_a_plugin_that_is_something_else_is_named(package, installed, tiny):
    points = package / "plugged-1.0.dist-info" / "entry_points.txt"
    points.write_text(POINTS.replace("plugged.barlow:BarlowTwins", "plugged.encoder:VIT"))
    said = (
        r"objective 'barlow_twins' \(plugged\.encoder:VIT\) is not a subclass of synthbench\.pretrain\.objectives\."
        r"objective\.Objective"
    )
    try:
        with pytest.raises(ProtocolError, match=said):
            protocol._validate("p", tiny.model_dump() | {"objective": SECTIONS["objective"]})
    finally:
        points.write_text(POINTS)
