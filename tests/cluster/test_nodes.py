"""Tasks on a real cluster of two nodes: failures, lost workers, errors of unsuitable clusters."""

from __future__ import annotations

import socket
import sys
from threading import Thread

import pytest

from synthbench.cluster import nodes
from synthbench.cluster.nodes import Needs
from synthbench.cluster.task import Task
from synthbench.errors import ClusterError


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


@pytest.mark.parametrize(
    ("ray_says", "we_say"),
    [
        (
            "Version mismatch: The cluster was started with:\n    Ray: 2.9\n    Python: 3.1",
            "the cluster at 'auto' runs other versions: .* Python: 3.1 Install the same Ray and Python",
        ),
        (
            "Could not find any running Ray instance.",
            "there is no Ray at 'auto': Could not find .* Start one",
        ),
    ],
)
def test_what_ray_says_is_passed_on_with_what_to_do(monkeypatch, ray_says, we_say):
    import ray

    def refuse(**_):
        raise RuntimeError(ray_says)

    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    with pytest.raises(ClusterError, match=we_say), nodes.connected("auto"):
        pass


def test_a_server_that_is_not_ray():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            client, _ = server.accept()
            with client:
                client.recv(99)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        Thread(target=serve, daemon=True).start()
        with (
            pytest.raises(ClusterError, match=r"no Ray at '127\.0\.0\.1:\d+': another kind of server listens there"),
            nodes.connected(f"127.0.0.1:{server.getsockname()[1]}"),
        ):
            pass


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ClusterError, match=r"Ray, which is not installed: pip install 'synthbench-vision\[ray\]'"),
        nodes.connected("auto"),
    ):
        pass
