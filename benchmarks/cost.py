"""Cost and bottlenecks of the paper's two protocols on 1, 8 and 64 nodes: the tables of docs/cluster.md.

Measured are, as CPU time of one core, rendering, decoding, hashing and writing a shard, and the size of an image. The
rest is computed from the protocols' numbers and the properties of a node (the options). The GPU's speed is an
assumption, not a measurement: give that of your GPU.

    python benchmarks/cost.py shaders-synth-21k dead-leaves-mixed stylegan-oriented --cores 32 --gpu-tflops 50
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthbench.entrant.recipe import Recipe, resolve
from synthbench.generator import stream
from synthbench.protocol.protocol import Protocol, load
from synthbench.render.render import render
from synthbench.render.shards import Dataset
from synthbench.render.write import write_shard
from synthbench.study.programs import labels_of

PROTOCOLS = {"simclr-resnet18": (5.3e17, 11.2e6), "moco_v2-resnet50": (8.5e18, 23.5e6)}
"""FLOP of pretraining (see the protocol's file) and weights that the ranks exchange in each step."""
NODES = (1, 8, 64)


@dataclass
class Rates:
    """CPU seconds and bytes per image."""

    render: float
    decode: float
    write: float
    bytes: float


def children() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(recipe: Recipe, rules: Protocol, programs: int, each: int) -> Rates:
    """Measured on a few programs with ``each`` images, without the time of loading and starting."""
    names = labels_of(recipe)
    if len(names) > programs:
        picked = sorted(stream(0, 0).choice(len(names), programs, replace=False).tolist())
        recipe = recipe.model_copy(update={"labels": tuple(names[i] for i in picked)})
    n, data, spent = min(len(names), programs), rules.data, []
    with tempfile.TemporaryDirectory(prefix="synthbench-cost-") as scratch:
        for number, images in enumerate((n, n, n * (1 + each))):  # the first fills the compiler's caches
            before = children()
            made = render(
                recipe, images=images, size=data.size, seed=0, out=Path(scratch) / str(number), format=data.format,
                quality=data.quality, workers=1, deadline=120.0,
            )  # fmt: skip
            spent.append(children() - before)
        before = time.process_time()
        for i in range(len(made)):
            made.image(i)
        decode = (time.process_time() - before) / len(made)
        size = sum(shard.bytes for shard in made.manifest.shards) / len(made)
        write = writing(made, Path(scratch), data.format)
    return Rates((spent[2] - spent[1]) / (n * each), decode, write, size)


def writing(data: Dataset, folder: Path, format: str) -> float:
    """CPU seconds per image of hashing and writing a shard in the requesting process."""
    images = {i: (0, data.encoded(i)) for i in range(len(data))}
    before = time.process_time()
    for _ in range(5):
        write_shard(folder, 0, images, [], format=format, renderer="")
    return (time.process_time() - before) / 5 / len(images)


def table(name: str, entrants: dict[str, Rates], rules: Protocol, options: argparse.Namespace) -> None:
    """Print a protocol's table."""
    flop, weights = PROTOCOLS[name]
    n, epochs, batch = rules.data.images, rules.optimizer.epochs, rules.optimizer.batch
    steps = epochs * rules.optimizer.steps_per_epoch(n)
    gpu = flop / (options.gpu_tflops * 1e12) / 3600
    about = f"{n:,} images at {rules.data.size} px, {epochs} epochs, {steps:,} steps"
    print(f"\n{name}: {about}; {gpu:,.0f} GPU hours at {options.gpu_tflops:g} TFLOP/s")
    head = "".join(f" render, {k} node{'s' if k > 1 else ''} | limit |" for k in NODES)
    print(f"\n| entrant | ms per image | core hours | GB |{head}")
    print("|---|---|---|---|" + "---|---|" * len(NODES))
    for entrant, rates in entrants.items():
        total = n * rates.bytes
        cells = []
        for k in NODES:
            needs = {
                "rendering": n * rates.render / (options.cores * k),
                "writing": n * rates.write,
                "network": 8 * total / (options.gbit * 1e9) if k > 1 else 0.0,
            }
            limit = max(needs, key=lambda what: needs[what])
            cells.append(f" {shown(needs[limit])} | {limit} |")
        print(
            f"| {entrant} | {1e3 * rates.render:,.0f} | {n * rates.render / 3600:,.1f} | {total / 1e9:,.0f} |"
            + "".join(cells)
        )
    decode = float(np.mean([rates.decode for rates in entrants.values()]))
    print(
        "\n"
        f"| pretraining, GPUs (one per node) | hours | the GPU | decode ({1e3 * decode:.1f} ms per image) | network |\n"
        "|---|---|---|---|---|"
    )
    for k in NODES:
        needs = {
            "GPU": flop / (options.gpu_tflops * 1e12) / k,
            "decode": n * epochs * decode / (options.cores * k),
            "network": steps * 2 * 4 * 8 * weights * (k - 1) / k / (options.gbit * 1e9),
        }
        print(f"| {k} | {shown(max(needs.values()))} | " + " | ".join(shown(value) for value in needs.values()) + " |")
    print(f"\nBatch {batch}: {batch / max(NODES):g} images per GPU and step on {max(NODES)} nodes.")


def shown(seconds: float) -> str:
    """Minutes below two hours."""
    return f"{seconds / 3600:,.1f} h" if seconds >= 7200 else f"{seconds / 60:,.1f} min"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("entrants", nargs="+")
    parser.add_argument("--programs", type=int, default=8, help="programs per entrant that are rendered")
    parser.add_argument("--images", type=int, default=8, help="images of each")
    parser.add_argument("--cores", type=int, default=32, help="CPU cores of a node")
    parser.add_argument("--gbit", type=float, default=10.0, help="network of a node, Gbit/s")
    parser.add_argument("--gpu-tflops", type=float, default=50.0, help="TFLOP/s of a GPU in training")
    options = parser.parse_args()
    for name in PROTOCOLS:
        rules = load(name)
        found = {
            entrant: measured(resolve(entrant), rules, options.programs, options.images) for entrant in options.entrants
        }
        table(name, found, rules, options)


if __name__ == "__main__":
    main()
