"""Everything that needs a cluster: tasks, rendering and sweeps on two nodes. In one file, so that one process of the
test run starts one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import nullcontext

import pytest

from synthbench.cluster import farm, nodes, sweep
from synthbench.cluster.nodes import Needs
from synthbench.cluster.task import Task
from synthbench.entrant.recipe import resolve
from synthbench.errors import ClusterError
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.render.render import render
from synthbench.render.shards import Dataset
from synthbench.result import folder, result
from synthbench.run import render_stage


def test_results_failures_and_a_lost_worker(cluster, tmp_path):
    tasks = [Task(f"double {x}", "cluster_work:double", {"x": x}) for x in range(8)]
    tasks += [Task("refuse", "cluster_work:refuse", {}), Task("fail", "cluster_work:fail", {})]
    tasks += [Task("die", "cluster_work:die_once", {"mark": str(tmp_path / "mark")})]
    with nodes.connected(cluster.address) as ray:
        asked = nodes.survey(ray, "cluster_work:double", {"x": 1}, Needs())
        assert [(node.places, node.answer, node.failed) for node in asked] == [(1, 2, "")] * 2
        found = {outcome.task.name: outcome for outcome in nodes.run(ray, tasks, Needs())}
        own = [
            outcome.value
            for outcome in nodes.run(ray, [Task("process", "cluster_work:process", {})] * 2, Needs(), fresh=True)
        ]
        assert len(set(own)) == 2
        only = [
            outcome.value
            for outcome in nodes.run(ray, [Task("where", "cluster_work:where", {})] * 3, Needs(), only=asked[1:])
        ]
        assert only == [asked[1].id] * 3
        with pytest.raises(
            ClusterError,
            match=r"none of the 2 nodes of the cluster has 1 CPU and 1 GPU, .* largest has 1 CPUs and 0 GPUs",
        ):
            nodes.survey(ray, "cluster_work:double", {"x": 1}, Needs(1, 1))
    assert [found[f"double {x}"].value for x in range(8)] == [2 * x for x in range(8)]
    assert found["refuse"].failed == "there are no images"
    assert found["fail"].failed == "KeyError: 'x'"
    assert (tmp_path / "mark").exists() and found["die"].failed == ""


def test_a_node_with_another_synthbench_is_named(cluster, monkeypatch):
    monkeypatch.setattr(nodes, "versions", lambda: {"synthbench": "9.9", "Python": "3.1"})
    with (
        nodes.connected(cluster.address) as ray,
        pytest.raises(ClusterError, match=r"^node .* has synthbench .*, not 9\.9 and Python .*, not 3\.1"),
    ):
        nodes.survey(ray, "cluster_work:double", {"x": 1}, Needs())


def test_a_node_that_cannot_begin_the_task_is_named(cluster, monkeypatch):
    def other(*_):
        raise AttributeError("no such function")

    monkeypatch.setattr(nodes, "guarded", other)
    with (
        nodes.connected(cluster.address) as ray,
        pytest.raises(ClusterError, match=r"^node .* cannot start the task \(AttributeError: no such"),
    ):
        nodes.survey(ray, "cluster_work:double", {"x": 1}, Needs())


def shards(data):
    return [(shard.name, shard.sha256) for shard in data.manifest.shards]


GENERATORS = """
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

class Shy(Moody):
    def render(self, label, rng, size):
        if label:
            raise ValueError("not now")
        return super().render(label, rng, size)
"""


def test_what_hangs_crashes_or_raises_is_left_out_as_on_one_machine(cluster, tmp_path):
    """Though the program draws well before, between and in the next shard, and here two workers share the shards."""
    (tmp_path / "moody.py").write_text(GENERATORS)
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
    (tmp_path / "moody.py").write_text(GENERATORS)
    entrant, out = f"{tmp_path / 'moody.py'}:Calm", tmp_path / "out"
    done = call("render", entrant, "-n", 12, "--size", 16, "--ray", cluster.address, "--out", out)
    assert done.code == 0, done.err
    here = render(resolve(entrant), images=12, size=16, seed=0, out=tmp_path / "here", workers=1)
    assert shards(Dataset.open(out)) == shards(here)
    said = call("render", entrant, "-n", 12, "--size", 16, "--renderer", "x", "--out", out).err
    assert "--renderer selects nodes of a cluster" in said
    addresses = []

    def noted(work):
        def do(*words, ray="", address="", **settings):
            addresses.append(ray or address)
            return work(*words, **settings)

        return do

    monkeypatch.setattr(render_stage, "render", noted(render))
    monkeypatch.setattr(farm, "check", noted(lambda *_, **__: []))
    rules = protocol.load("simclr-resnet18-pocket").override({"data.images": 12, "data.size": 16, "augment.size": 16})
    stored = render_stage.images(
        resolve(entrant), rules, 0, tmp_path, tmp_path / "images", 1, False, Reporter(), ray=cluster.address
    )
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


CHANGES = {
    "data.images": 16, "data.size": 16, "augment.size": 16, "encoder.width": 8, "optimizer.batch": 8,
    "optimizer.epochs": 1, "optimizer.precision": "fp32", "evaluate.tasks": ["photos-gray"], "evaluate.size": 8,
    "evaluate.probes": ["knn"],
}  # fmt: skip


def test_a_sweep_on_a_cluster(cluster, tmp_path, call, monkeypatch):
    """A run as a task; and a folder that the nodes do not see."""
    (tmp_path / "generators.py").write_text(GENERATORS)
    out, rules = tmp_path / "runs", "simclr-resnet18-pocket"
    words = ["sweep", f"{tmp_path / 'generators.py'}:Calm", "--ray", cluster.address, "--out", out, "--protocol", rules]
    words += [f"--set={key}={json.dumps(value)}" for key, value in CHANGES.items()]
    done = call(*words, "--seeds", 0)
    assert done.code == 0, done.err
    assert f"Ray at {cluster.address}, 1 CPU each" in done.err and "[1/1] Calm seed 0" in done.err
    record = result.read(folder.run_folder(out, "Calm", rules, 0) / folder.RESULT)
    assert record.env["threads"] == 1
    assert result.read(out / sweep.ROWS / rules / "Calm.json").runs == record.runs
    assert not list(out.glob(".*"))
    monkeypatch.setattr(sweep, "_marked", lambda _: nullcontext("/nowhere/marker"))
    refused = call(*words, "--seeds", 1)
    assert "cannot access the folder" in refused.err and "folder that is shared by all nodes." in refused.err
    assert not folder.run_folder(out, "Calm", rules, 1).exists()


def test_a_study_on_a_cluster_gives_the_same(cluster, tmp_path):
    """As in this process; one of its two jobs fails."""
    from synthbench.study.job import Job, score
    from synthbench.study.programs import restricted
    from synthbench.study.sweep import on_ray

    (tmp_path / "generators.py").write_text(GENERATORS)
    shy = resolve(f"{tmp_path / 'generators.py'}:Shy")
    rules = protocol.load("simclr-resnet18-pocket").override(CHANGES).model_dump(mode="json")
    jobs = [Job(x, restricted(shy, [x], x).model_dump(mode="json"), rules, 0, "cpu") for x in ("calm", "moody")]
    keys = ("program", "seed", "score", "scores", "final_loss", "thumbnail", "failed")
    found = {job.program: result for job, result in on_ray(jobs, address=cluster.address)}
    assert "not now" in found["moody"]["failed"]
    for job in jobs:
        expected = score(job)
        assert [found[job.program].get(key) for key in keys] == [expected.get(key) for key in keys]


SETTINGS = {"images": 48, "size": 16, "seed": 3, "shard_size": 4}
SLOW = """
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
    the nodes look, so they travel. The last test: the next that needs that node starts another."""
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "tint.txt").write_text("20")
    (tmp_path / "slow.py").write_text(SLOW)
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
    assert shards(data) == shards(alone)
    assert (data.manifest.fingerprint, data.manifest.renderer) == (alone.manifest.fingerprint, alone.manifest.renderer)


def moved(pack, home):
    """Pack an entrant as if it lay where no node sees it."""

    def elsewhere(recipe):
        packed = pack(recipe)
        assert sorted(packed["files"]) == ["beside.py", "slow.py", "tint.txt"]
        packed["recipe"]["generator"] = str(home / "slow.py") + ":Slow"
        return packed

    return elsewhere
