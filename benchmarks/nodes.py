"""How much faster two nodes of a Ray cluster render than one, on this machine, and whether the bytes are the same.

Each node has one CPU, so two need two cores that nothing else uses. The cluster stands before the clock starts; what is
timed is the whole of ``render``: connecting, the comparison of the nodes, rendering, and writing in this process.

    nice -n -5 python benchmarks/nodes.py shaders-open --images 4096 --size 96
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

from synthbench.entrant.recipe import Recipe, resolve
from synthbench.render.render import render

NODES = (0, 1, 2)
"""0: without Ray, one worker process."""


def timed(recipe: Recipe, nodes: int, images: int, size: int, out: Path) -> tuple[float, list[str]]:
    """Seconds, and the hashes of the shards."""
    if not nodes:
        return _render(recipe, images, size, out, "")
    cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1)
        return _render(recipe, images, size, out, cluster.address)
    finally:
        cluster.shutdown()


def _render(recipe: Recipe, images: int, size: int, out: Path, ray: str) -> tuple[float, list[str]]:
    began = time.perf_counter()
    data = render(recipe, images=images, size=size, seed=0, out=out, workers=1, shard_size=128, ray=ray)
    return time.perf_counter() - began, [shard.sha256 for shard in data.manifest.shards]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("entrant")
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--size", type=int, default=96, help="height and width in pixels")
    parser.add_argument("--rounds", type=int, default=2, help="the fastest counts")
    options = parser.parse_args()
    os.environ |= {"RAY_worker_niceness": "0"}  # not 15, Ray's default: other work would come first
    recipe, found = resolve(options.entrant), dict.fromkeys(NODES, float("inf"))
    hashes = set()
    with tempfile.TemporaryDirectory(prefix="synthbench-nodes-") as scratch:
        for turn in range(options.rounds):
            for nodes in NODES:
                out = Path(scratch) / f"{turn}-{nodes}"
                seconds, shards = timed(recipe, nodes, options.images, options.size, out)
                found[nodes] = min(found[nodes], seconds)
                hashes.add(tuple(shards))
    print(f"{options.entrant}, {options.images:,} images of {options.size} px; load {os.getloadavg()[0]:.1f}")
    print(f"one machine, 1 process: {found[0]:.1f} s; 1 node: {found[1]:.1f} s; 2 nodes: {found[2]:.1f} s")
    print(f"speed-up of two nodes over one: {found[1] / found[2]:.2f}")
    print("bytes equal" if len(hashes) == 1 else "THE BYTES DIFFER")
    raise SystemExit(len(hashes) != 1)


if __name__ == "__main__":
    main()
