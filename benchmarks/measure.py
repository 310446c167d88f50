"""LPIPS of a set of images: synthbench compared with the ``lpips`` package image by image, in CPU seconds.

    python benchmarks/measure.py [--images 16] [--size 128]

Both use AlexNet with random weights, which have the same cost. Timed are LPIPS-intra (two crops of each image) and
LPIPS-inter over all pairs with the package, one pair at a time, as in its documentation and in most code, on tensors of
the crops; and both together, as in ``synthbench measure``. The values are checked to be equal before times are printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import combinations
from typing import TypeVar

import lpips
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from synthbench.entrant.recipe import resolve
from synthbench.generator import stream
from synthbench.measure.networks import alexnet_stages, as_tensor
from synthbench.measure.perceptual import Spread, crops, intra_and_inter

T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--size", type=int, default=128)
    args = parser.parse_args()
    torch.manual_seed(0)
    package = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    stages = alexnet_stages(
        {key.partition(".")[2]: value for key, value in package.net.state_dict().items()}, torch.device("cpu")
    )
    generator = resolve("dead-leaves-squares").load()
    ks = np.arange(args.images)
    images = np.stack([generator.render(0, stream(0, k), args.size) for k in ks.tolist()])
    first, second = crops(images, ks)
    tensors = [[x[None].float() / 127.5 - 1 for x in as_tensor(part)] for part in (first, second)]

    def ours() -> tuple[np.ndarray, float]:
        spreads: dict[int, Spread] = {}
        return intra_and_inter(stages, images, ks, np.zeros(len(ks), np.int64), spreads), spreads[0].mean()

    @torch.inference_mode()
    def intra() -> np.ndarray:
        return np.array([float(package(a, b)) for a, b in zip(*tensors, strict=True)])

    @torch.inference_mode()
    def inter() -> float:
        return float(np.mean([float(package(a, b)) for a, b in combinations(tensors[0], 2)]))

    mine, own = cpu_seconds(ours)
    theirs_intra, their_intra = cpu_seconds(intra)
    theirs_inter, their_inter = cpu_seconds(inter)
    assert np.allclose(mine[0], theirs_intra, rtol=1e-5) and np.isclose(mine[1], theirs_inter, rtol=1e-5)
    title = f"{args.images} images at {args.size} px, CPU seconds (least of 3), {torch.get_num_threads()} threads"
    table = Table(title=title, title_justify="left")
    for column in ("", "lpips", "synthbench, both", "faster"):
        table.add_column(column, justify="right" if column else "left")
    total, n = their_intra + their_inter, args.images
    for name, theirs in (("intra alone", their_intra), (f"intra and inter, {n * (n - 1) // 2} pairs", total)):
        table.add_row(name, f"{theirs:.2f}", f"{own:.2f}", f"{theirs / own:.1f}x")
    Console().print(table)


def cpu_seconds(call: Callable[[], T], rounds: int = 3) -> tuple[T, float]:
    """The result of a call, and its minimum CPU time."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        value = call()
        best = min(best, time.process_time() - start)
    return value, best


if __name__ == "__main__":
    main()
