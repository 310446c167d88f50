"""No Ray at the address, or none here. What needs a cluster is in test_ray.py."""

from __future__ import annotations

import socket
import sys
from threading import Thread

import pytest

from synthbench.cluster import nodes
from synthbench.errors import ClusterError


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
