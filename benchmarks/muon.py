"""Cost of an optimizer's update, in CPU time and as a share of the whole step: SGD, our Muon, timm's Muon.

    python benchmarks/muon.py [--iterations 3] [--rounds 15]

One thread, with the network, batch and views of the pocket scale (half-width ResNet-18, 2 x 64 views of 64 px); all are
timed in turn in every round, so that other load slows them equally. Medians are reported.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from timm.optim.muon import Muon as TimmMuon
from torch import nn

from synthbench.pretrain.loop import build
from synthbench.pretrain.optimizers.muon import Muon, RestSGD
from synthbench.pretrain.optimizers.optimizer import split
from synthbench.pretrain.projector import Projector
from synthbench.protocol import protocol


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rules = protocol.load("simclr-resnet18-pocket")
    encoder = build(rules, 0)
    net = nn.Sequential(encoder.backbone, Projector(encoder.features, 512, 128)).to(memory_format=torch.channels_last)
    views = torch.randn(2 * rules.optimizer.batch, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    config = Muon(
        name="muon", batch=64, epochs=8, lr=1e-6, warmup=0.1, precision="fp32", momentum=0.9, nesterov=True,
        weight_decay=0, ns_steps=options.iterations, rest=RestSGD(name="sgd", lr=1e-6, momentum=0.9, nesterov=True,
        weight_decay=0),
    )  # fmt: skip
    ours, sgd = config.make(net), rules.optimizer.make(net)
    weights, rest = split(net)
    theirs = TimmMuon(
        weights, lr=1e-6, momentum=0.9, weight_decay=0, nesterov=True, ns_steps=options.iterations,
        ns_coefficients="original", adjust_lr_fn="original", conv_mode="flatten",
    )  # fmt: skip
    theirs_rest = torch.optim.SGD(rest, lr=1e-6, momentum=0.9, nesterov=True, fused=True)

    def loss() -> None:
        (net(views) @ torch.eye(128)).square().sum().backward()

    def timm_step() -> None:
        theirs.step()  # type: ignore[no-untyped-call]
        theirs_rest.step()

    timed: dict[str, Callable[[], object]] = {
        "forward and backward": loss,
        "SGD": sgd.step,
        "Muon": ours.step,
        "Muon of timm": timm_step,
    }
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(options.rounds):
        for name, call in timed.items():
            started = time.process_time()
            call()
            spent[name].append(time.process_time() - started)
    medians = {name: 1e3 * statistics.median(times) for name, times in spent.items()}
    whole = medians["forward and backward"] + medians["SGD"]
    for name, milliseconds in medians.items():
        more = (
            ""
            if name in ("forward and backward", "SGD")
            else f", {100 * (milliseconds - medians['SGD']) / whole:+.1f} % of a step with SGD"
        )
        print(f"{name}: {milliseconds:.1f} ms{more}")


if __name__ == "__main__":
    main()
