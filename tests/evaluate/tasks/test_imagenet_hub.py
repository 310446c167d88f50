"""ImageNet from the Hub: parquet in its real format, through the Hub's client, to the splits for evaluation."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import timm.data
import tiny_data

from synthbench.errors import DataError, UnknownNameError, UsageError
from synthbench.evaluate import on_disk, registry
from synthbench.evaluate.evaluate import scores
from synthbench.evaluate.outcome import Outcome
from synthbench.evaluate.tasks import imagenet_hub
from synthbench.evaluate.tasks.imagenet import imagenet100
from synthbench.images import hub as hubs
from synthbench.result.result import wilson

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

REPO = "ILSVRC/imagenet-1k"
NAMES = [f"class {999 - i}" for i in range(1000)]
"""Names whose alphabetical order differs from that of their numbers."""
LABELS = [*imagenet_hub.NUMBERS_100, 0, 999]


def parquet(labels: list[int], seed: int, names: list[str] = NAMES) -> bytes:
    """In the form of the ``datasets`` library: image {bytes, path}, label int64, features in the metadata."""
    rows = []
    for i, label in enumerate(labels):
        buffer = io.BytesIO()
        tiny_data.picture(label, seed + i, (12, 10)).save(buffer, "jpeg", quality=95)
        rows.append({"bytes": buffer.getvalue(), "path": f"{i}.JPEG"})
    features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    table = pa.table({"image": rows, "label": pa.array(labels, pa.int64())})
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), out)
    return out.getvalue()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path / "data"))
    tiny_data.change(monkeypatch, "imagenet-1k", classes=1000, counts=(2 * 1000, 0, 1000))
    tiny_data.change(monkeypatch, "imagenet-100", counts=(200, 0, 100))
    yield
    tiny_data.forget()


@pytest.fixture
def brought(home, hub):
    """Two training images and one validation image of each class, fetched from a local Hub."""
    repo = hub.create("dataset", REPO)
    files = {f"data/train-0000{i}-of-00002.parquet": parquet(list(range(1000)), 2000 * i) for i in range(2)}
    hub.commit(
        repo,
        "refs/heads/main",
        files | {"data/validation-00000-of-00001.parquet": parquet(list(reversed(range(1000))), 9000)},
    )
    for split in ("train", "validation"):
        hubs.fetch(hubs.Wanted(repo=REPO, split=split))


def test_imagenet_and_imagenet_100_are_read_from_what_was_fetched(brought):
    whole = tiny_data.load("imagenet-1k")
    assert (len(whole.train), whole.val, len(whole.test), whole.train.names) == (2000, None, 1000, NAMES)
    for i in (0, 1, 1234, 1999):
        colour = np.asarray(whole.train.image(i), float).mean((0, 1))
        assert (
            np.abs(
                colour - np.asarray(tiny_data.picture(int(whole.train.labels[i]), 0, (12, 10)), float).mean((0, 1))
            ).max()
            < 12
        )
    hundred = tiny_data.load("imagenet-100")
    assert (len(hundred.train), len(hundred.test)) == (200, 100)
    assert hundred.test.names == [NAMES[i] for i in imagenet_hub.NUMBERS_100]
    assert np.bincount(hundred.train.labels).tolist() == [2] * 100
    assert registry.state("imagenet-100") == "here"
    (score,) = scores([Outcome("imagenet-100", "linear", "top1", 100, 0.5, wilson(50, 100), 50)], seed=0)
    assert score.dataset_id == f"hf://datasets/{REPO}"
    assert len(score.dataset_revision) == 40


def test_the_numbers_are_imagenet_100s():
    """timm contains the 1,000 sorted WordNet ids."""
    wnids = timm.data.ImageNetInfo("imagenet1k").label_names()
    assert len(wnids) == 1000
    assert tuple(wnids[i] for i in imagenet_hub.NUMBERS_100) == imagenet100()


def test_what_was_not_fetched_says_how(home, tmp_path):
    with pytest.raises(
        DataError,
        match=r"ImageNet-1k is not at .*`synthbench fetch hub -g repo=ILSVRC/imagenet-1k`.*--data imagenet-1k=FOLDER",
    ):
        tiny_data.load("imagenet-1k")
    on_disk.choose({"imagenet-1k": "hf://datasets/user/copy"})
    assert registry.state("imagenet-1k") == registry.state("imagenet-100") == "not here"
    with pytest.raises(
        DataError, match=r"'user/copy' .*has not been fetched.*`synthbench fetch hub -g repo=user/copy` fetches it"
    ):
        tiny_data.load("imagenet-100")


def test_a_missing_class_is_counted(home, hub):
    repo = hub.create("dataset", REPO)
    files = {f"{split}.parquet": parquet(list(imagenet_hub.NUMBERS_100[1:]), 0) for split in ("train", "validation")}
    hub.commit(repo, "refs/heads/main", files)
    for split in ("train", "validation"):
        hubs.fetch(hubs.Wanted(repo=REPO, split=split))
    with pytest.raises(DataError, match="lacks 1 of 100 classes: fetch hf://datasets/ILSVRC/imagenet-1k again"):
        tiny_data.load("imagenet-100")


def test_a_copy_without_names_is_refused(home, hub):
    hub.commit(
        hub.create("dataset", "user/plain"),
        "refs/heads/main",
        {f"{split}.parquet": parquet([0, 1], 0, []) for split in ("train", "validation")},
    )
    for split in ("train", "validation"):
        hubs.fetch(hubs.Wanted(repo="user/plain", split=split))
    on_disk.choose({"imagenet-100": "hf://datasets/user/plain"})
    with pytest.raises(DataError, match="hf://datasets/user/plain does not name its classes"):
        tiny_data.load("imagenet-100")


def test_a_folder_may_lie_anywhere(home, tmp_path, monkeypatch):
    tiny_data.imagenet(tmp_path / "elsewhere", monkeypatch)
    on_disk.choose({"imagenet-1k": str(tmp_path / "elsewhere" / "imagenet")})
    assert len(tiny_data.load("imagenet-100").train) == 200
    assert registry.state("imagenet-1k") == "here"


@pytest.mark.parametrize(
    ("places", "kind", "said"),
    [
        ({"imagenet": "/x"}, UnknownNameError, "unknown data set 'imagenet'. Did you mean"),
        ({"cifar10": "hf://datasets/user/name"}, UsageError, "only ImageNet can be read from the Hub"),
        ({"imagenet-1k": "hf://user/name"}, UsageError, "as hf://datasets/user/name"),
    ],
)
def test_places_that_are_refused(home, places, kind, said):
    with pytest.raises(kind, match=said):
        on_disk.choose(places)
