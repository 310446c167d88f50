"""Rendering on a real cluster of two nodes: the same bytes as on one machine, also after losses; one renderer per
data set."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from synthbench.cluster import farm
from synthbench.cluster.farm import fitting
from synthbench.cluster.nodes import Node
from synthbench.entrant.recipe import resolve
from synthbench.errors import ClusterError
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.render.render import render
from synthbench.render.shards import Dataset
from synthbench.run import render_stage

SETTINGS = {"images": 48, "size": 16, "seed": 3, "shard_size": 4}
GENERATOR = """
import os, time
from beside import shade
from synthbench import Generator

ASSETS = ["tint.txt"]

class Slow(Generator):
    labels = ("plain", "plainer", "plainest", "hangs", "crashes", "raises")

    def __init__(self, calm=True):
        self.tint = int(open(os.path.join(os.path.dirname(__file__), "tint.txt")).read())
        self.calm = calm

    def render(self, label, rng, size):
        name = self.labels[label]
        if not self.calm:
            while name == "hangs":
                pass
            if name == "crashes":
                os._exit(9)
            if name == "raises":
                raise ValueError("no")
        time.sleep(0.02)
        return shade(rng, size, self.tint + label)
"""
BESIDE = """
import numpy as np

def shade(rng, size, tint):
    return rng.integers(0, 100 + tint, (size, size, 3)).astype(np.uint8)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("entrant")
    (folder / "beside.py").write_text(BESIDE)
    (folder / "tint.txt").write_text("20")
    (folder / "slow.py").write_text(GENERATOR)
    return folder / "slow.py"


@pytest.fixture(scope="module")
def alone(file, tmp_path_factory):
    """The data set rendered on one machine."""
    return render(resolve(f"{file}:Slow"), out=tmp_path_factory.mktemp("alone"), workers=1, **SETTINGS)


def shards(data):
    return [(shard.name, shard.sha256) for shard in data.manifest.shards]


def test_a_lost_node_does_not_change_the_bytes(cluster, file, alone, tmp_path, monkeypatch):
    """A node is killed in the middle; the files of the entrant are not on the nodes, so they are sent."""
    home = tmp_path / "home"
    monkeypatch.setattr(farm.shipped, "pack", moved(farm.shipped.pack, home))
    killed = []

    def progress(done, total):
        if 0 < done < total and not killed:
            killed.append(done)
            cluster.remove_node(next(node for node in cluster.list_all_nodes() if not node.head), allow_graceful=False)
            cluster.add_node(num_cpus=1)

    data = render(resolve(f"{file}:Slow"), out=tmp_path / "out", ray=cluster.address, progress=progress, **SETTINGS)
    assert killed and shards(data) == shards(alone)
    assert (data.manifest.fingerprint, data.manifest.renderer) == (alone.manifest.fingerprint, alone.manifest.renderer)
    data.verify()


def moved(pack, home):
    """Pack an entrant as if it were in a folder that the nodes cannot access."""

    def elsewhere(recipe):
        packed = pack(recipe)
        assert sorted(packed["files"]) == ["beside.py", "slow.py", "tint.txt"]
        packed["recipe"]["generator"] = str(home / "slow.py") + ":Slow"
        return packed

    return elsewhere


def test_failing_programs_are_left_out_as_on_one_machine(cluster, file, tmp_path):
    recipe = resolve(f"{file}:Slow", {"calm": False})
    settings = {"images": 18, "size": 16, "seed": 3, "shard_size": 3, "deadline": 0.5}
    alone = render(recipe, out=tmp_path / "alone", workers=1, **settings)
    there = render(recipe, out=tmp_path / "there", ray=cluster.address, **settings)
    assert shards(there) == shards(alone)
    left_out = [[(x.k, x.label, x.reason) for x in data.manifest.left_out] for data in (there, alone)]
    assert left_out[0] == left_out[1]
    assert {label for _, label, _ in left_out[0]} == {3, 4, 5}


def test_a_killed_driver_resumes_from_the_shards(cluster, file, alone, tmp_path):
    out = tmp_path / "out"
    words = [sys.executable, "-c", DRIVER, f"{file}:Slow", json.dumps(SETTINGS), str(out), cluster.address]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as driver:
        while len(done := sorted(out.glob("shard-*.json"))) < 2:
            assert driver.poll() is None, driver.stderr.read()
            time.sleep(0.01)
        driver.kill()
    before = {path: path.stat().st_mtime_ns for path in done}
    data = render(resolve(f"{file}:Slow"), out=out, ray=cluster.address, **SETTINGS)
    assert shards(data) == shards(alone)
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert shards(Dataset.open(out)) == shards(alone)


DRIVER = """
import json, sys
from synthbench.entrant.recipe import resolve
from synthbench.render.render import render
render(resolve(sys.argv[1]), out=sys.argv[3], ray=sys.argv[4], **json.loads(sys.argv[2]))
"""


def test_an_entrant_whose_images_the_nodes_do_not_have_is_refused(cluster, tmp_path, monkeypatch):
    import pictures

    recipe = resolve(str(pictures.tree(tmp_path / "photos", ["a/0.png", "b/0.png"])))
    pack = farm.shipped.pack

    def lost(recipe):
        packed = pack(recipe)
        packed["recipe"]["params"]["path"] = "/nowhere/photos"
        return packed

    monkeypatch.setattr(farm.shipped, "pack", lost)
    with pytest.raises(
        ClusterError, match=r"photos is not the same on .*: its path '/nowhere/photos' is missing or differs there"
    ):
        render(recipe, images=2, size=16, seed=0, out=tmp_path / "out", ray=cluster.address)


def test_the_commands_render_on_a_cluster(cluster, file, tmp_path, call):
    """``render`` with its check, and the first stage of ``run``."""
    out = tmp_path / "out"
    done = call("render", f"{file}:Slow", "-n", 12, "--size", 16, "--ray", cluster.address, "--out", out)
    assert done.code == 0, done.err
    alone = render(resolve(f"{file}:Slow"), images=12, size=16, seed=0, out=tmp_path / "alone", workers=1)
    assert shards(Dataset.open(out)) == shards(alone)
    assert (
        "--renderer selects nodes"
        in call("render", f"{file}:Slow", "-n", 12, "--size", 16, "--renderer", "x", "--out", out).err
    )
    rules = protocol.load("simclr-resnet18-pocket").override({"data.images": 12, "data.size": 16, "augment.size": 16})
    stored = render_stage.images(resolve(f"{file}:Slow"), rules, 0, tmp_path, 1, False, Reporter(), ray=cluster.address)
    assert stored.fingerprint == alone.manifest.fingerprint


def test_one_renderer_a_data_set():
    def node(name, renderer, images="00ff", failed=""):
        return Node(
            name, name, 1, None if failed else {"renderer": renderer, "images": images, "labels": ["x"]}, failed
        )

    mesa, other, nvidia = node("a", "Mesa llvmpipe"), node("b", "Mesa llvmpipe"), node("c", "NVIDIA H100")
    blind = node("d", "", failed="there is no EGL here")
    assert fitting([mesa, other], "") == [mesa, other]
    assert fitting([mesa, nvidia, other], "mesa") == [mesa, other]
    assert fitting([mesa, blind], "llvmpipe") == [mesa]
    with pytest.raises(
        ClusterError,
        match=r"2 of 3 nodes fit together: 2 nodes \(a, b\) with Mesa llvmpipe .*; 1 node \(c\) with NVIDIA H100",
    ):
        fitting([mesa, nvidia, other], "")
    with pytest.raises(
        ClusterError, match=r"1 of 2 nodes fit together: .*; d not at all: there is no EGL here\. Name those"
    ):
        fitting([mesa, blind], "")
    with pytest.raises(ClusterError, match=r"no node draws with 'Radeon'"):
        fitting([mesa, nvidia], "Radeon")
    with pytest.raises(ClusterError, match="the nodes draw differently"):
        fitting([mesa, node("e", "Mesa llvmpipe", images="1234")], "mesa")
