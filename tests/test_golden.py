"""Golden values that must not change with refactoring: the losses of every objective, images, record ids.

Protocols' hashes are pinned in ``test_protocol``.
"""

from __future__ import annotations

import numpy as np
import pytest
from record_fields import fields
from training import LABELS, go, short

from synthbench.entrant.recipe import resolve
from synthbench.render.render import render
from synthbench.result import result

LOSSES = {
    "simclr-resnet18": ([4.075618, 3.36289, 3.504356, 3.678466, 3.558935, 3.46057, 3.50081, 3.329445], 1584.4139),
    "supcon-resnet18": ([4.041126, 3.791335, 3.592844, 3.507944, 3.453485, 3.45398, 3.451243, 3.437911], 1563.9413),
    "ce-resnet18": ([1.562998, 1.596497, 1.443463, 1.517787, 1.550274, 1.548416, 1.491682, 1.628], 1564.0048),
    "moco_v2-resnet50": ([1.217867, 3.007482, 3.602437, 3.974779, 4.277413, 4.403486, 4.382537, 4.157401], 1637.6757),
}
"""The loss of each step, and the sum of the squared weights at the end. CPUs differ in the order of their sums."""

FINGERPRINTS = {
    "white-noise": "a151194dc4f16b19fcb3d0210ac66cc5f7e905eae89e401262c0648a4601502b",
    "dead-leaves-squares": "2918cb7f6b80c40a7ff8cfd38cc60cf63d1aefe445b35b023ca1354d173319ef",
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_every_objective(tmp_path, name):
    images = np.random.default_rng(0).integers(0, 256, (64, 4, 4, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    outcome = go(
        images, short(name).override({"encoder.architecture": "resnet18", "encoder.width": 8}), tmp_path, labels=LABELS
    )
    losses, squares = LOSSES[name]
    assert outcome.losses == pytest.approx(losses, rel=1e-3)
    assert sum(
        p.detach().double().square().sum().item() for p in outcome.encoder.backbone.parameters()
    ) == pytest.approx(squares, rel=1e-5)


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_bytes_of_images(tmp_path, name):
    data = render(resolve(name), images=6, size=32, seed=0, out=tmp_path / "images", format="png", workers=1)
    assert data.manifest.fingerprint == FINGERPRINTS[name]


def test_the_id_of_a_record():
    assert result.content_id(fields()) == "6efb37c9fd8f7ea111034e1d600fdfcc1860e5ce57cbf4c003d4b9fa05c6759d"
