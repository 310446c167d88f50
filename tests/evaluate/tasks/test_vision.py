"""The archives that torchvision downloads, in their real formats with a few images in them."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_data

from synthbench import protocol
from synthbench.errors import DataError
from synthbench.evaluate import registry
from synthbench.evaluate.evaluate import score
from synthbench.evaluate.tasks.vision import Vision
from synthbench.pretrain.encoder import initial


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path))
    yield tmp_path / "torchvision"
    tiny_data.forget()


def test_cifar10(root, monkeypatch):
    pixels = tiny_data.cifar10(root)
    tiny_data.cifar10_is_whole(monkeypatch)
    found = tiny_data.load("cifar10")
    assert (len(found.train), len(found.val), len(found.test)) == (18, 2, 4)
    np.testing.assert_array_equal(np.asarray(found.test.image(1)), pixels[21].reshape(3, 32, 32).transpose(1, 2, 0))
    assert found.test.labels.tolist() == [0, 1, 2, 3]
    encoder = initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8)
    rules = protocol.load("simclr-resnet18-small").evaluate
    linear, knn = score(encoder, registry.task("cifar10"), rules.model_copy(update={"size": 32, "resize": 32}))
    assert (linear.n_test, knn.n_test) == (4, 4)


def test_a_broken_archive_is_named_and_how_to_get_it(root, monkeypatch):
    tiny_data.cifar10(root)
    with pytest.raises(DataError, match=r"CIFAR-10 is not whole below .*torchvision .*Get it by `synthbench fetch cifar10`"):
        tiny_data.load("cifar10")


def test_eurosat_is_split_once_and_for_all(root, monkeypatch):
    tiny_data.eurosat(root, monkeypatch)
    found = tiny_data.load("eurosat")
    assert (len(found.train), len(found.val), len(found.test)) == (22, 2, 6)
    indices = [[i for _, i, _ in part.places] for part in (found.train, found.val, found.test)]
    assert sorted(i for part in indices for i in part) == list(range(30))
    tiny_data.forget()
    assert [i for _, i, _ in tiny_data.load("eurosat").test.places] == indices[2]


def test_dtd(root, monkeypatch):
    tiny_data.class_folders(root / "dtd" / "dtd" / "images", ["banded", "dotted"], 6)
    labels = root / "dtd" / "dtd" / "labels"
    labels.mkdir()
    for i, split in enumerate(("train", "val", "test")):
        lines = [f"{name}/{name}_{j}.JPEG" for name in ("banded", "dotted") for j in (2 * i, 2 * i + 1)]
        (labels / f"{split}1.txt").write_text("\n".join(lines))
    tiny_data.change(monkeypatch, "dtd", counts=(4, 4, 4))
    found = tiny_data.load("dtd")
    assert [part.labels.tolist() for part in (found.train, found.val, found.test)] == [[0, 0, 1, 1]] * 3
    assert found.val.image(0).size == (42, 58)


@pytest.mark.parametrize("name", ["simclr-resnet18-small", "supcon-resnet18-small", "ce-resnet18-small", "moco_v2-resnet50-small"])
def test_the_small_scale_needs_only_what_torchvision_downloads(name):
    assert all(isinstance(registry.task(task), Vision) for task in protocol.load(name).evaluate.tasks)
