"""Rendering on a real cluster of two nodes: the bytes of one machine; one renderer a data set."""

from __future__ import annotations

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


def shards(data):
    return [(shard.name, shard.sha256) for shard in data.manifest.shards]


MOODY = """
import os
from synthbench import Generator

class Moody(Generator):
    labels = ("calm", "moody")

    def render(self, label, rng, size):
        mood = rng.integers(0, 16) if label else 3
        if mood == 0:
            os._exit(9)
        while mood == 1:
            pass
        if mood == 2:
            raise ValueError("no")
        return rng.integers(0, 256, (size, size, 3)).astype("uint8")

class Calm(Moody):
    labels = ("calm", )
"""


def test_what_hangs_crashes_or_raises_is_left_out_as_on_one_machine(cluster, tmp_path):
    """Though the program draws well before, between and in the next shard, and here two workers share the shards."""
    (tmp_path / "moody.py").write_text(MOODY)
    recipe = resolve(f"{tmp_path / 'moody.py'}:Moody")
    settings = {"images": 90, "size": 16, "seed": 272, "shard_size": 75, "deadline": 0.5}
    here = render(recipe, out=tmp_path / "here", workers=2, **settings)
    there = render(recipe, out=tmp_path / "there", ray=cluster.address, **settings)
    assert shards(there) == shards(here)
    left_out = [[(x.k, x.label, x.reason) for x in data.manifest.left_out] for data in (there, here)]
    assert left_out[0] == left_out[1]
    reasons = " ".join(reason for _, _, reason in left_out[0])
    assert all(word in reasons for word in ("hung", "exit code 9", "raised ValueError: no", "not tried again"))


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


def test_the_commands_render_on_a_cluster(cluster, tmp_path, call, monkeypatch):
    """``render`` with its check, and the first stage of ``run``."""
    (tmp_path / "moody.py").write_text(MOODY)
    entrant, out = f"{tmp_path / 'moody.py'}:Calm", tmp_path / "out"
    done = call("render", entrant, "-n", 12, "--size", 16, "--ray", cluster.address, "--out", out)
    assert done.code == 0, done.err
    here = render(resolve(entrant), images=12, size=16, seed=0, out=tmp_path / "here", workers=1)
    assert shards(Dataset.open(out)) == shards(here)
    said = call("render", entrant, "-n", 12, "--size", 16, "--renderer", "x", "--out", out).err
    assert "--renderer chooses among the nodes" in said
    addresses = []

    def noted(work):
        def do(*words, ray="", address="", **settings):
            addresses.append(ray or address)
            return work(*words, **settings)

        return do

    monkeypatch.setattr(render_stage, "render", noted(render))
    monkeypatch.setattr(farm, "check", noted(lambda *_, **__: []))
    rules = protocol.load("simclr-resnet18-pocket").override({"data.images": 12, "data.size": 16, "augment.size": 16})
    stored = render_stage.images(resolve(entrant), rules, 0, tmp_path, 1, False, Reporter(), ray=cluster.address)
    assert (stored.fingerprint, addresses) == (here.manifest.fingerprint, [cluster.address] * 2)


def test_a_node_without_egl_is_named_and_the_others_can_be_chosen(cluster, gl, tmp_path):
    recipe, settings = resolve("shaders", {"limit": 1}), {"images": 2, "size": 16, "seed": 0}
    with pytest.raises(
        ClusterError,
        match=r"1 of 2 nodes fit together: 1 node .* not at all: no OpenGL context through EGL.*--renderer",
    ):
        render(recipe, out=tmp_path / "out", ray=cluster.address, **settings)
    here = render(recipe, out=tmp_path / "here", workers=1, **settings)
    name = here.manifest.renderer.split()[0]
    there = render(recipe, out=tmp_path / "out", ray=cluster.address, renderer=name, **settings)
    assert shards(there) == shards(here)


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
