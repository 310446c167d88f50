"""The format: layout, deterministic bytes, and a reader that detects damage."""

from __future__ import annotations

import hashlib
import shutil
import tarfile

import numpy as np
import pytest

from synthbench.dataset.manifest import fingerprint
from synthbench.errors import DataError
from synthbench.render.render import render
from synthbench.render.shards import Dataset
from synthbench.render.write import write_shard


@pytest.fixture(scope="module")
def rendered(stripes, tmp_path_factory):
    out = tmp_path_factory.mktemp("rendered") / "data"
    return render(stripes, out=out, images=70, size=8, seed=0, shard_size=24, workers=1).folder


@pytest.fixture
def data(rendered, tmp_path):
    return Dataset.open(shutil.copytree(rendered, tmp_path / "data"))


def test_shard_bytes(tmp_path):
    side = write_shard(tmp_path, 2, {11: (1, b"later"), 3: (0, b"x" * 600)}, [], format="png", renderer="r")
    path = tmp_path / "shard-00002.tar"
    assert side.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert side.bytes == path.stat().st_size
    assert side.images == [(3, 0, 512, 600), (11, 1, 512 + 1024 + 1024 + 512, 5)]
    for _, _, start, n in side.images:
        assert path.read_bytes()[start : start + n] in {b"later", b"x" * 600}
    with tarfile.open(path) as tar:
        assert tar.getnames() == ["000000003.png", "000000003.cls", "000000011.png", "000000011.cls"]
        assert all((m.mtime, m.uid, m.gid, m.mode, m.uname) == (0, 0, 0, 0o644, "") for m in tar)
        assert tar.extractfile("000000011.cls").read() == b"1"


def test_load_all_in_order(data):
    images = data.load_all(threads=3)
    for i in range(len(data)):
        np.testing.assert_array_equal(images[i], data.image(i))


def test_fingerprint_of_a_data_set(data):
    first = data.load_all()[:16]
    assert data.manifest.fingerprint == fingerprint(first, data.class_of[:16].tolist())


def test_index_out_of_range(data):
    with pytest.raises(IndexError, match="image 70 of a data set of 70"):
        data.image(70)


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match=r"no data set .*nowhere.*synthbench render"):
        Dataset.open(tmp_path / "nowhere")


def test_not_complete(data):
    (data.folder / "manifest.json").unlink()
    with pytest.raises(DataError, match=r"does not hold manifest.json: its rendering was interrupted"):
        Dataset.open(data.folder)


def test_corrupt_manifest(data):
    (data.folder / "manifest.json").write_text('{"seed": 1}')
    with pytest.raises(DataError, match=r"manifest.json is corrupt \(identity: Field required\)"):
        Dataset.open(data.folder)


def test_corrupt_shard(data):
    path = data.folder / "shard-00001.tar"
    tar = bytearray(path.read_bytes())
    tar[512:700] = bytes(188)
    path.write_bytes(tar)
    reopened = Dataset.open(data.folder)
    with pytest.raises(DataError, match=r"shard-00001.tar does not match its SHA-256.*renders this shard again"):
        reopened.verify()
    with pytest.raises(DataError, match=r"shard-00001.tar cannot read image k="):
        reopened.load_all()


def test_missing_shard(data):
    (data.folder / "shard-00002.tar").unlink()
    with pytest.raises(DataError, match=r"shard-00002.tar is missing"):
        Dataset.open(data.folder)
