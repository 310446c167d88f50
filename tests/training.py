"""Short pretraining runs: a call, a comparison, tiny protocols."""

from __future__ import annotations

import numpy as np
import torch

from synthbench.pretrain.encoder import Encoder
from synthbench.pretrain.encoders.architecture import Architecture
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import Outcome, pretrain
from synthbench.pretrain.training_images import Drawn, Pixels
from synthbench.protocol.protocol import Protocol, load
from synthbench.render.live import Live

CPU = torch.device("cpu")
STEPS = 8
"""Two epochs of 64 images in batches of 16."""
LABELS = np.arange(64) % 4
OBJECTIVES = ["simclr-resnet18", "supcon-resnet18", "ce-resnet18", "moco_v2-resnet50"]


def go(
    images, protocol, out, *, labels=None, live_classes=0, identity="these", progress=None, track=None, seed=0, **how
) -> Outcome:
    """Pretrain on an array, or on the images of ``Live``; ``how`` are arguments of ``Execution``."""
    if isinstance(images, np.ndarray):
        images = Pixels(images, labels, identity=identity)
    elif isinstance(images, Live):
        images = Drawn(images, [str(i) for i in range(live_classes)], identity)
    execution = Execution(**{"device": CPU} | how)
    return pretrain(images, protocol=protocol, seed=seed, out=out, execution=execution, progress=progress, track=track)


def same(a: Encoder, b: Encoder) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def small(_name: str) -> Architecture:
    """Instead of a ResNet: the loop does not depend on the network, and this one takes no time."""
    return Architecture("small", _small, lambda _: 8, lambda net: [net])


def _small(*_: object) -> torch.nn.Module:
    layers = [
        torch.nn.Conv2d(3, 8, 3, 2, 1, bias=False),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
    ]
    return torch.nn.Sequential(*layers, torch.nn.Flatten())


def short(name: str) -> Protocol:
    """A protocol of the paper with the constants of these runs."""
    changes = {
        "data.images": 64,
        "data.size": 32,
        "augment.size": 32,
        "optimizer.batch": 16,
        "optimizer.epochs": 2,
        "optimizer.precision": "fp32",
    }
    if name.startswith("moco"):
        changes |= {"objective.queue": 64, "objective.groups": 4, "objective.hidden": 16}
    return load(name).override(changes)
