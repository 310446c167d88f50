"""A short pretraining for several ranks: a call of it is the same in every process."""

from __future__ import annotations

import numpy as np
from torch import nn

from synthbench.pretrain.encoders.architecture import Architecture
from synthbench.pretrain.training_images import Pixels
from synthbench.protocol import protocol

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
