"""Rendering on a real cluster of two nodes, while things die. The last tests of this folder: the next one that needs
the lost node would have to start another."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from synthbench.cluster import farm
from synthbench.entrant.recipe import resolve
from synthbench.render.render import render

SETTINGS = {"images": 48, "size": 16, "seed": 3, "shard_size": 4}
GENERATOR = """
import os, time
from beside import shade
from synthbench import Generator

ASSETS = ["tint.txt"]

class Slow(Generator):
    labels = ("a", "b", "c", "d")

    def __init__(self):
        self.tint = int(open(os.path.join(os.path.dirname(__file__), "tint.txt")).read())

    def render(self, label, rng, size):
        time.sleep(0.02)
        return shade(rng, size, self.tint + label)
"""
BESIDE = """
import numpy as np

def shade(rng, size, tint):
    return rng.integers(0, 100 + tint, (size, size, 3)).astype(np.uint8)
"""
DRIVER = """
import json, sys
from synthbench.entrant.recipe import resolve
from synthbench.render.render import render
render(resolve(sys.argv[1]), out=sys.argv[3], ray=sys.argv[4], **json.loads(sys.argv[2]))
"""


def test_a_killed_driver_and_a_lost_node_cost_no_byte(cluster, tmp_path, monkeypatch):
    """The same command goes on where the shards are; then a node is lost. And the files of the entrant are not where
    the nodes look, so they travel."""
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "tint.txt").write_text("20")
    (tmp_path / "slow.py").write_text(GENERATOR)
    recipe, out = resolve(f"{tmp_path / 'slow.py'}:Slow"), tmp_path / "out"
    words = [sys.executable, "-c", DRIVER, recipe.generator, json.dumps(SETTINGS), str(out), cluster.address]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as driver:
        while len(done := sorted(out.glob("shard-*.json"))) < 2:
            assert driver.poll() is None, driver.stderr.read()
            time.sleep(0.01)
        driver.kill()
    before = {path: path.stat().st_mtime_ns for path in done}
    lost = []

    def progress(done, total):
        if len(before) * SETTINGS["shard_size"] < done < total and not lost:
            lost.append(next(node for node in cluster.list_all_nodes() if not node.head))
            cluster.remove_node(*lost, allow_graceful=False)

    monkeypatch.setattr(farm.shipped, "pack", moved(farm.shipped.pack, tmp_path / "home"))
    data = render(recipe, out=out, ray=cluster.address, progress=progress, **SETTINGS)
    assert lost
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    data.verify()
    alone = render(recipe, out=tmp_path / "alone", workers=1, **SETTINGS)
    assert [shard.sha256 for shard in data.manifest.shards] == [shard.sha256 for shard in alone.manifest.shards]
    assert (data.manifest.fingerprint, data.manifest.renderer) == (alone.manifest.fingerprint, alone.manifest.renderer)


def moved(pack, home):
    """Pack an entrant as if it lay where no node sees it."""

    def elsewhere(recipe):
        packed = pack(recipe)
        assert sorted(packed["files"]) == ["beside.py", "slow.py", "tint.txt"]
        packed["recipe"]["generator"] = str(home / "slow.py") + ":Slow"
        return packed

    return elsewhere
