"""Data sets and runs at ``hf://``, on a local Hub."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from s3_server import elsewhere

from synthbench.entrant.recipe import resolve
from synthbench.errors import StorageError
from synthbench.render.shards import MANIFEST, Dataset
from synthbench.storage.mirror import OWNER, Mirror
from synthbench.storage.remote import Remote

REPO = "alice/shards"


@pytest.fixture
def address(hub, tmp_path, monkeypatch) -> str:
    from huggingface_hub import HfApi, HfFileSystem

    HfFileSystem.clear_instance_cache()
    elsewhere(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    HfApi().create_repo(REPO, repo_type="dataset")
    yield f"hf://datasets/{REPO}/some"
    HfFileSystem.clear_instance_cache()


def put(address: str, name: str, data: bytes) -> None:
    """Change a file with another client."""
    from huggingface_hub import HfApi

    path = "/".join(address.split("/")[5:])
    HfApi().upload_file(path_or_fileobj=data, path_in_repo=f"{path}/{name}", repo_id=REPO, repo_type="dataset")


def test_a_data_set_on_the_hub(address, render, tmp_path, monkeypatch):
    data, _ = render(address)
    near, _ = render(tmp_path / "near")
    assert np.array_equal(data.load_all(), near.load_all())
    elsewhere(tmp_path / "other machine", monkeypatch)
    assert render(address)[1] == []
    assert resolve(address).sha256() == resolve(str(tmp_path / "near")).sha256()
    far = Dataset.open(address)
    put(address, "shard-00002.tar", bytes(far.manifest.shards[2].bytes))
    with pytest.raises(StorageError, match=rf"{address}/shard-00002\.tar does not have the SHA-256 in the manifest"):
        far.verify()


def test_a_file_that_another_client_changed_is_read_anew(address, tmp_path):
    put(address, "a.json", b"1")
    remote = Remote(address)
    assert remote.sizes() == {"a.json": 1}
    assert remote.read("a.json") == b"1"
    before = remote.versions()
    put(address, "a.json", b"longer")
    assert remote.read("a.json") == b"longer"
    assert remote.part("a.json", 2, 4) == b"nger"
    put(address, "a.json", b"the longest")
    remote.get("a.json", tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == b"the longest"
    put(address, "a.json", b"short")
    remote.get("a.json", tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == b"short"
    assert remote.versions()["a.json"] != before["a.json"]
    (tmp_path / "a.json").write_bytes(b"3")
    assert remote.put(tmp_path / "a.json", "a.json") == remote.versions()["a.json"]
    remote.delete("a.json")
    assert remote.read("a.json") is None


def test_a_folder_that_one_process_works_in(address, tmp_path, monkeypatch):
    first = Mirror(address, first="run.json", final="result.json")
    first.bring()
    first.own()
    for name in ("run.json", "weights.safetensors", "result.json"):
        (first.folder / name).write_text(name)
    first.publish()
    assert Remote(address).sizes().keys() == {OWNER, "run.json", "weights.safetensors", "result.json"}
    elsewhere(tmp_path / "other machine", monkeypatch)
    second = Mirror(address, first="run.json", final="result.json")
    second.bring()
    assert (second.folder / "weights.safetensors").read_text() == "weights.safetensors"
    assert list(Remote(f"hf://datasets/{REPO}").holders("result.json", 3)) == [address]


def test_a_repo_that_does_not_exist_or_may_not_be_written_to_is_named(address, tmp_path: Path, monkeypatch):
    with pytest.raises(StorageError, match=r"hf://datasets/alice/none/x holds no manifest\.json|does not exist"):
        resolve("hf://datasets/alice/none/x")
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(
        StorageError, match=r"cannot write hf://datasets/alice/none/x/manifest\.json: it does not exist"
    ):
        Remote("hf://datasets/alice/none/x").put(tmp_path / MANIFEST, MANIFEST)
