"""The layout and the fingerprint of a data set."""

from __future__ import annotations

import hashlib

import numpy as np

from synthbench.dataset.manifest import fingerprint, layout


def test_layout_keeps_labels_together():
    chunks = layout(10, 3, 4)
    assert chunks == [[(0, 0), (3, 0), (6, 0), (9, 0)], [(1, 1), (4, 1), (7, 1), (2, 2)], [(5, 2), (8, 2)]]


def test_fingerprint_is_stable():
    image = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    expected = hashlib.sha256(b"\2\0\0\0\0\0\0\0" + bytes(range(192))).hexdigest()
    assert fingerprint([image], [2]) == expected
