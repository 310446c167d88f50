"""Data sets at an address, on simulated stores: how soon a render goes on among a million shards, and how soon training
has its first step's images while the shards arrive.

Keys: a store that lists ``--shards`` shards of one image but the last, and holds no data. Measured from the call of
``render`` to the moment at which the missing shard is given out.

Arrival: a store of ``--rate`` MB/s for a file and ``--latency`` s for a request. Two ways to the same batches, in the
same order: bring all shards and then read, or read while they arrive.

    python benchmarks/address.py [--shards 1000000] [--images 4096] [--rate 20] [--latency 0.02]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import fsspec
import numpy as np
import torch
from fsspec.implementations.memory import MemoryFileSystem

from synthbench.dataset.manifest import Request, Sidecar
from synthbench.entrant.recipe import resolve
from synthbench.pretrain.order import Order
from synthbench.pretrain.source import Decoded
from synthbench.render import render as rendering
from synthbench.render.shards import Dataset

SIZE, BATCH = 96, 256


class Keys(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """Lists shards and holds none."""

    protocol = "keys"
    request: Request

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[dict[str, Any]]:
        """All but the last shard, with their records."""
        names = ["request.json"] + [
            f"shard-{j:05d}.{kind}" for j in range(self.request.n_images - 1) for kind in ("json", "tar")
        ]
        return [{"name": f"{path}/{name}", "size": 10240, "type": "file"} for name in names]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        """The request, or the record of shard 0."""
        if path.endswith("request.json"):
            return self.request.model_dump_json().encode()
        side = Sidecar(
            name="shard-00000.tar", sha256="0", bytes=10240, n_images=1, images=[(0, 0, 512, 9)], left_out=[],
            renderer="none",
        )  # fmt: skip
        return side.model_dump_json().encode()


class _Resumed(Exception):
    """The first shard is given out."""


class _Pool:
    labels, renderer = ("noise",), "none"

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None: ...

    def run(self, jobs: list[Any], **_: Any) -> Iterator[Any]:
        """Stop at the first job."""
        assert len(jobs) == 1
        raise _Resumed
        yield


def resume(shards: int) -> tuple[float, float]:
    """Seconds (on the clock, of CPU) until the last of so many shards is given out."""
    recipe = resolve("white-noise")
    fsspec.register_implementation("keys", Keys, clobber=True)
    Keys.request = Request(
        identity=recipe.identity(), recipe_sha256=recipe.sha256(), seed=0, n_images=shards, size=8, format="png",
        quality=None, shard_size=1,
    )  # fmt: skip
    kept, rendering._pool = rendering._pool, lambda *_, **__: _Pool()  # type: ignore[assignment]
    began, spent = time.perf_counter(), time.process_time()
    try:
        rendering.render(recipe, images=shards, size=8, seed=0, out=f"keys://{shards}/shards", shard_size=1)
    except _Resumed:
        return time.perf_counter() - began, time.process_time() - spent
    finally:
        rendering._pool = kept
    raise AssertionError("nothing was missing")


class Slow(MemoryFileSystem):  # type: ignore[misc]
    """Memory at the speed of a network."""

    protocol = "slow"
    store: dict[str, Any] = {}  # noqa: RUF012 - as in its base
    pseudo_dirs = [""]  # noqa: RUF012
    rate, latency = 1e9, 0.0

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("slow://", "memory://")))

    def get_file(self, rpath: str, lpath: str, **more: Any) -> None:
        """After the time that it would take."""
        time.sleep(self.latency + self.info(rpath)["size"] / self.rate)
        super().get_file(rpath, lpath, **more)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **more: Any) -> bytes:
        """After the time that it would take."""
        data: bytes = super().cat_file(path, start=start, end=end, **more)
        time.sleep(self.latency + len(data) / self.rate)
        return data


def arrival(address: str, images: int, *, first: bool) -> tuple[float, float, int]:
    """Seconds until the first step and all steps of an epoch have their images, and a hash of the pixels.

    Args:
        first: bring all shards first.
    """
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYNTHBENCH_HOME"] = home
        began = time.perf_counter()
        data = Dataset.open(address)
        if first:
            data.verify()
        source = Decoded(data, torch.device("cpu"))
        steps = images // BATCH
        source.start(0, steps, Order(0, images, BATCH, steps), lambda step: np.arange(BATCH))
        total = hash(source.take(0).pixels.numpy().tobytes())
        one = time.perf_counter() - began
        for step in range(1, steps):
            total ^= hash(source.take(step).pixels.numpy().tobytes())
        source.close()
        return one, time.perf_counter() - began, total


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1_000_000)
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=20.0, help="MB/s of a transfer")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds of a request")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYNTHBENCH_HOME"] = home
        wall, cpu = resume(told.shards)
        print(f"{told.shards:,} shards: {wall:.1f} s until the missing one is given out ({cpu:.1f} s of CPU)")
        fsspec.register_implementation("slow", Slow, clobber=True)
        recipe = resolve("white-noise")
        data = rendering.render(
            recipe, images=told.images, size=SIZE, seed=0, out="slow://bucket/shards", shard_size=128, workers=1
        )
        size = sum(shard.bytes for shard in data.manifest.shards)
    Slow.rate, Slow.latency = told.rate * 1e6, told.latency
    print(f"{len(data):,} images, {size / 1e6:.0f} MB in {len(data.manifest.shards)} shards, {told.rate:g} MB/s:")
    found = set()
    for first in (True, False):
        one, all_, total = arrival("slow://bucket/shards", told.images, first=first)
        found.add(total)
        how = "all shards first " if first else "while they arrive"
        print(f"  {how}: first step after {one:.2f} s, all {told.images // BATCH} after {all_:.2f} s")
    assert len(found) == 1, "the order differs"


if __name__ == "__main__":
    main()
