"""Short pretraining runs: a call, a comparison, tiny protocols."""

from __future__ import annotations

import numpy as np
import torch

from synthbench.pretrain.encoder import Encoder
from synthbench.pretrain.loop import Outcome, pretrain
from synthbench.protocol import Protocol, load

CPU = torch.device("cpu")
STEPS = 8
"""Two epochs of 64 images in batches of 16."""
LABELS = np.arange(64) % 4
OBJECTIVES = ["simclr-resnet18", "supcon-resnet18", "ce-resnet18", "moco_v2-resnet50"]


def go(images, protocol, out, **changes) -> Outcome:
    return pretrain(images, **{"protocol": protocol, "seed": 0, "out": out, "identity": "these", "device": CPU} | changes)


def same(a: Encoder, b: Encoder) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def small(_architecture: str, _width: int = 64) -> torch.nn.Module:
    """In the place of a ResNet: what the loop does does not depend on the network, and this one takes no time."""
    layers = [torch.nn.Conv2d(3, 8, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1)]
    return torch.nn.Sequential(*layers, torch.nn.Flatten())


def short(name: str) -> Protocol:
    """A protocol of the paper with the constants of these runs."""
    changes = {
        "data.images": 64, "data.size": 32, "augment.size": 32, "optimizer.batch": 16, "optimizer.epochs": 2, "optimizer.precision": "fp32",
    }  # fmt: skip
    if name.startswith("moco"):
        changes |= {"objective.queue": 64, "objective.groups": 4, "objective.hidden": 16}
    return load(name).override(changes)
