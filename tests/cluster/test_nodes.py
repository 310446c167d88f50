"""Tasks on a real cluster of two nodes: failures, lost workers, errors of unsuitable clusters."""

from __future__ import annotations

import signal
import socket
import sys

import pytest

from synthbench.cluster import nodes
from synthbench.cluster.nodes import Needs
from synthbench.cluster.task import Task
from synthbench.errors import ClusterError


def test_results_failures_and_a_lost_worker(cluster, tmp_path):
    kept = signal.getsignal(signal.SIGTERM)
    tasks = [Task(f"double {x}", "cluster_work:double", {"x": x}) for x in range(8)]
    tasks += [Task("refuse", "cluster_work:refuse", {}), Task("fail", "cluster_work:fail", {})]
    tasks += [Task("die", "cluster_work:die_once", {"mark": str(tmp_path / "mark")})]
    with nodes.connected(cluster.address) as ray:
        assert signal.getsignal(signal.SIGTERM) is kept
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
            match=r"none of the 3 nodes of the cluster has 1 CPU and 1 GPU, .* largest has 1 CPUs and 0 GPUs",
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


def test_no_ray_at_the_address():
    """Ray itself tries for five minutes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(ClusterError, match=f"there is no Ray at '127.0.0.1:{port}': .*`--ray local` starts one"),
        nodes.connected(f"127.0.0.1:{port}"),
    ):
        pass


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ClusterError, match=r"Ray, which is not installed: pip install 'synthbench-vision\[ray\]'"),
        nodes.connected("auto"),
    ):
        pass
