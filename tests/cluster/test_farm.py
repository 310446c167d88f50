"""Which nodes fit together. What needs a cluster is in test_ray.py."""

from __future__ import annotations

import pytest

from synthbench.cluster.farm import fitting
from synthbench.cluster.nodes import Node
from synthbench.errors import ClusterError


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
        ClusterError, match=r"1 of 2 nodes fit together: .*; d not at all: there is no EGL here\. Choose nodes"
    ):
        fitting([mesa, blind], "")
    with pytest.raises(ClusterError, match=r"no node draws with 'Radeon'"):
        fitting([mesa, nvidia], "Radeon")
    with pytest.raises(ClusterError, match="the nodes draw differently"):
        fitting([mesa, node("e", "Mesa llvmpipe", images="1234")], "mesa")
