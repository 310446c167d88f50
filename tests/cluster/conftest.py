"""A real Ray cluster on this machine: two nodes of one CPU, of which the second has no EGL."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from synthbench.cluster import nodes

NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere/egl.json"}


@pytest.fixture(scope="session")
def started() -> Iterator[Any]:
    """``ray.cluster_utils.Cluster``, of the head."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "RAY_worker_niceness", "0"
        )  # its default of 15 starves the tasks when other tests run at the same time
        patch.setenv("PYTHONPATH", os.path.dirname(__file__))
        from ray.cluster_utils import Cluster

        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        yield made
        made.shutdown()


def whole(cluster: Any) -> Any:
    """With two nodes, also after a test that lost one."""
    while len(cluster.list_all_nodes()) < 2:
        cluster.add_node(num_cpus=1, env_vars=NO_EGL)
    return cluster


@pytest.fixture(scope="session")
def connection(started: Any) -> Iterator[Any]:
    """Ray's worker processes live as long as their connection, and take longer to start than what these tests do."""
    whole(started)
    kept = signal.getsignal(signal.SIGTERM)
    with nodes.connected(started.address) as ray:
        assert signal.getsignal(signal.SIGTERM) is kept
        yield ray


@pytest.fixture
def cluster(started: Any, connection: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The cluster; all tests share one connection to it."""

    def connected(address: str) -> Any:
        assert address == started.address
        return nullcontext(connection)

    monkeypatch.setattr(nodes, "connected", connected)
    return whole(started)
