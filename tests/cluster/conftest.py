"""A real Ray cluster on this machine: two nodes of one CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """``ray.cluster_utils.Cluster``; a test that ends a node adds one again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "RAY_worker_niceness", "0"
        )  # its default of 15 starves the tasks when other tests run at the same time
        patch.setenv("PYTHONPATH", os.path.dirname(__file__))
        from ray.cluster_utils import Cluster

        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(2):
            made.add_node(num_cpus=1)
        yield made
        made.shutdown()
