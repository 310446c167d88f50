"""Pretraining speed, compared in one run: synthbench, the bare step on ready tensors, and lightly's SimCLR.

    pip install -e '.[bench]' && python benchmarks/pretrain.py

Same encoder, batch, resolution and precision for all. ``bare`` is forward, loss, backward and optimiser step of
synthbench's own network on prepared tensors: its difference to synthbench is the cost of data and augmentation, which
is also timed inside synthbench's steps, because single rounds vary by more. ``torchvision`` is ``bare`` with PyTorch's
own convolution gradients; ``batched`` is synthbench with its augmentation as tensor code on the CPU (the code for
GPUs). lightly uses its own transform, loss and head, and a DataLoader with two workers. Each one runs in its own
process; rounds alternate, so that other load affects all equally; medians are reported.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from synthbench.pretrain import augment, loop
from synthbench.pretrain import device as devices
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import build, pretrain
from synthbench.pretrain.objectives.simclr import SimCLR, simclr_loss
from synthbench.pretrain.projector import Projector
from synthbench.pretrain.smallconv import speed_up
from synthbench.pretrain.source import Held
from synthbench.pretrain.training_images import Pixels
from synthbench.pretrain.views import views_of
from synthbench.protocol import protocol as protocols

WARM = 3
"""Steps before timing starts."""


def images(n: int, size: int) -> np.ndarray:
    """(N, size, size, 3) uint8; their content does not affect the speed."""
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def synthbench(rules: protocols.Protocol, steps: int) -> tuple[float, float]:
    """Seconds per step of ``synthbench.pretrain.loop.pretrain``, and the share of fetching and augmenting the images
    (on a CPU, where the stages are sequential)."""
    ticks: list[float] = []
    spent: list[float] = []

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def worked(*given: Any) -> Any:
            start = time.perf_counter()
            made = work(*given)
            spent.append(time.perf_counter() - start)
            return made

        return worked

    batch = rules.optimizer.batch
    data = images(batch * (steps + WARM), rules.data.size)
    with (
        tempfile.TemporaryDirectory() as out,
        mock.patch.object(loop, "views_of", timed(views_of)),
        mock.patch.object(Held, "take", timed(Held.take)),
    ):
        pretrain(
            Pixels(data, identity="benchmark"),
            protocol=rules.override({"optimizer.epochs": 1}),
            seed=0,
            out=Path(out),
            execution=Execution(checkpoint_s=1e9),
            progress=lambda *_: ticks.append(time.perf_counter()),
        )
    seconds = ticks[-1] - ticks[WARM - 1]
    return seconds / steps, sum(spent[2 * WARM :]) / seconds


def batched(rules: protocols.Protocol, steps: int) -> tuple[float, float]:
    """``synthbench`` with the GPU's augmentation."""
    with mock.patch.object(augment, "augment", augment.batched):
        return synthbench(rules, steps)


def bare(rules: protocols.Protocol, steps: int, *, fast: bool = True) -> float:
    """Seconds per step on prepared tensors."""
    device = devices.pick()
    whole = build(rules, 0).to(device)
    encoder = whole.backbone
    if fast and device.type == "cpu" and devices.precision(rules.optimizer.precision, device) == "fp32":
        speed_up(encoder)
    head = Projector(whole.features, _simclr(rules).hidden, _simclr(rules).dim).to(device)
    views = torch.randn(2 * rules.optimizer.batch, 3, rules.augment.size, rules.augment.size, device=device)
    views = views.contiguous(memory_format=torch.channels_last)
    parameters = [*encoder.parameters(), *head.parameters()]

    def loss() -> Tensor:
        z1, z2 = head(encoder(views)).chunk(2)
        return simclr_loss(z1, z2, temperature=0.2, base_temperature=0.2)

    return _clock(rules, parameters, loss, steps)


def lightly(rules: protocols.Protocol, steps: int) -> float:
    """Seconds per step of lightly's SimCLR as in its documentation, with the protocol's sizes."""
    from lightly.loss import NTXentLoss
    from lightly.models.modules import SimCLRProjectionHead
    from lightly.transforms import SimCLRTransform
    from PIL import Image

    batch, size = rules.optimizer.batch, rules.augment.size
    transform = SimCLRTransform(
        input_size=size,
        cj_bright=0.4,
        cj_contrast=0.4,
        cj_sat=0.4,
        cj_hue=0.1,
        cj_strength=1.0,
        min_scale=0.2,
        gaussian_blur=0.0,
    )
    pool = [Image.fromarray(x) for x in images(batch, rules.data.size)]

    class Views(torch.utils.data.Dataset[list[Tensor]]):
        def __len__(self) -> int:
            return batch * (steps + WARM)

        def __getitem__(self, i: int) -> list[Tensor]:
            views: list[Tensor] = transform(pool[i % batch])
            return views

    loader = iter(torch.utils.data.DataLoader(Views(), batch_size=batch, num_workers=2, shuffle=True, drop_last=True))
    whole = build(rules, 0)
    backbone = whole.backbone
    head = SimCLRProjectionHead(whole.features, _simclr(rules).hidden, _simclr(rules).dim)
    criterion = NTXentLoss(temperature=_simclr(rules).temperature)

    def loss() -> Tensor:
        x1, x2 = next(loader)
        value: Tensor = criterion(head(backbone(x1)), head(backbone(x2)))
        return value

    return _clock(rules, [*backbone.parameters(), *head.parameters()], loss, steps)


def _simclr(rules: protocols.Protocol) -> SimCLR:
    if not isinstance(rules.objective, SimCLR):
        raise SystemExit(f"the protocol trains with {rules.objective.name}: give a --protocol of simclr.")
    return rules.objective


def _clock(
    rules: protocols.Protocol, parameters: list[torch.nn.Parameter], loss: Callable[[], Tensor], steps: int
) -> float:
    device = parameters[0].device
    bf16 = devices.precision(rules.optimizer.precision, device) == "bf16"
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-4, fused=True)
    start = 0.0
    for step in range(steps + WARM):
        if step == WARM:
            start = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            value = loss()
        optimizer.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        value.item()
    return (time.perf_counter() - start) / steps


def _rounds(contestants: list[str], words: list[str], rounds: int) -> Iterator[dict[str, float | str]]:
    for number in range(rounds):
        for name in contestants:
            done = subprocess.run(
                [sys.executable, __file__, "--only", name, *words], capture_output=True, check=False, encoding="utf-8"
            )
            if done.returncode:
                print(f"{name} failed:\n{done.stderr[-800:]}", file=sys.stderr)
                continue
            yield {"round": number, **json.loads(done.stdout.splitlines()[-1])}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", default="simclr-resnet18-pocket-2")
    parser.add_argument("--size", type=int, help="another input size than the protocol's")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    rules = protocols.load(given.protocol)
    if given.size:
        rules = rules.override({"augment.size": given.size})
    _simclr(rules)
    contestants: dict[str, Callable[[], tuple[float, float]]] = {
        "synthbench": lambda: synthbench(rules, given.steps),
        "batched": lambda: batched(rules, given.steps),
        "bare": lambda: (bare(rules, given.steps), 0.0),
        "torchvision": lambda: (bare(rules, given.steps, fast=False), 0.0),
        "lightly": lambda: (lightly(rules, given.steps), 0.0),  # its workers prepare images in the meantime
    }
    if given.only:
        seconds, share = contestants[given.only]()
        peak = (
            sum(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024 / 1e9
        )
        print(
            json.dumps(
                {
                    "name": given.only,
                    "views_per_s": 2 * rules.optimizer.batch / seconds,
                    "peak_gb": peak,
                    "share": share,
                }
            )
        )
        return
    words = [
        "--protocol",
        given.protocol,
        "--steps",
        str(given.steps),
        *(["--size", str(given.size)] if given.size else []),
    ]
    found: dict[str, list[dict[str, float | str]]] = {}
    for row in _rounds(list(contestants), words, given.rounds):
        found.setdefault(str(row["name"]), []).append(row)
    own = statistics.median(float(r["views_per_s"]) for r in found["synthbench"])
    precision = devices.precision(rules.optimizer.precision, devices.pick())
    print(
        f"{given.protocol}, {rules.augment.size} px, batch {rules.optimizer.batch}, {precision}, "
        f"{torch.get_num_threads()} threads"
    )
    print(f"{'':12} {'views/s':>8} {'lowest':>8} {'highest':>8} {'synthbench is':>14} {'peak GB':>8}")
    for name, rows in found.items():
        rates = [float(r["views_per_s"]) for r in rows]
        middle = statistics.median(rates)
        peak = max(float(r["peak_gb"]) for r in rows)
        print(f"{name:12} {middle:8.0f} {min(rates):8.0f} {max(rates):8.0f} {own / middle:13.2f}x {peak:8.2f}")
    shares = " ".join(f"{float(r['share']):.1%}" for r in found["synthbench"])
    print(f"fetching and augmenting the images is {shares} of synthbench's step")


if __name__ == "__main__":
    main()
