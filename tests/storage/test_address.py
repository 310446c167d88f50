"""Data sets at an address, on a real S3 server over HTTP: the same bytes, killed and resumed, and each failure ends in
a retry that succeeds or in a message that says what to do."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from s3_server import EACH, S3, Here, N, elsewhere

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, StorageError, UsageError
from synthbench.generator import stream
from synthbench.pretrain.order import Order
from synthbench.pretrain.source import Decoded
from synthbench.render.shards import MANIFEST, Dataset
from synthbench.storage.copy import LIMIT, Copy
from synthbench.storage.files import is_draft
from synthbench.storage.remote import Remote, is_address, local

SHARDS = N // EACH


@pytest.fixture
def address(s3: S3) -> str:
    return f"s3://{s3.bucket}/some/shards"


def objects(address: str) -> dict[str, bytes]:
    remote = Remote(address)
    return {name: remote.read(name) or b"" for name in remote.sizes()}


def drafts() -> list[str]:
    return [name for _, _, names in os.walk(os.environ["SYNTHBENCH_HOME"]) for name in names if is_draft(Path(name))]


def same(address: str, folder: Path) -> None:
    """The objects are the files of a local render, but for the seconds that it took."""
    found, files = objects(address), {f.name: f.read_bytes() for f in folder.iterdir() if f.name != ".lock"}
    assert found.keys() == files.keys()
    for name, data in files.items():
        if name.endswith(".tar") or name == "request.json":
            assert found[name] == data
        else:
            assert json.loads(found[name]) | {"seconds": 0} == json.loads(data) | {"seconds": 0}


def test_a_render_to_an_address_gives_the_bytes_of_a_local_one(address, render, tmp_path):
    data, _ = render(address)
    render(tmp_path / "here")
    same(address, tmp_path / "here")
    assert np.array_equal(data.load_all(), Dataset.open(tmp_path / "here").load_all())


def stop_at(number: int):
    def before(index: int) -> None:
        if index == number:
            raise KeyboardInterrupt

    return before


def test_a_killed_render_goes_on_elsewhere_without_bringing_a_shard_back(s3, address, render, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        render(address, before=stop_at(4))
    uploaded = objects(address)
    assert MANIFEST not in uploaded
    missing = [k for k in range(6) if f"shard-{k:05}.json" not in uploaded]
    assert missing in ([4, 5], [3, 4, 5])  # the upload of the shard before may have been under way
    elsewhere(tmp_path / "other machine", monkeypatch)
    s3.forget()
    _, drawn = render(address)
    assert drawn == missing
    assert s3.count(r"GET \S+ list-type=2|GET /\S+\?list-type=2") == 1
    whole = [line for line in s3.lines if line.startswith("GET") and ".tar" in line]
    assert len(whole) <= 16, "the fingerprint reads images, and nothing reads shards"
    render(tmp_path / "here")
    same(address, tmp_path / "here")


def test_a_finished_one_is_used_again(s3, address, render):
    render(address)
    s3.forget()
    _, drawn = render(address)
    assert not drawn
    assert not s3.count("PUT|DELETE|POST")


def test_a_lost_or_shortened_object_is_made_again(address, render, tmp_path, monkeypatch):
    render(address)
    elsewhere(tmp_path / "other machine", monkeypatch)
    remote = Remote(address)
    remote.delete("shard-00001.tar")
    (tmp_path / "short").write_bytes(b"short")
    remote.put(tmp_path / "short", "shard-00003.tar")
    _, drawn = render(address)
    assert drawn == [1, 3]
    render(tmp_path / "here")
    same(address, tmp_path / "here")


def test_a_record_that_is_lost_is_named_and_made_again(address, render, tmp_path, monkeypatch):
    render(address)
    Remote(address).delete("shard-00002.json")
    elsewhere(tmp_path / "other machine", monkeypatch)
    with pytest.raises(DataError, match=rf"{address}/shard-00002\.json is missing\. Is the data set being rendered"):
        Dataset.open(address)
    assert render(address)[1] == [2]
    Dataset.open(address).verify()


def test_what_else_is_there_is_not_touched(address, render, tmp_path):
    (tmp_path / "cat.jpg").write_bytes(b"cat")
    Remote(address).put(tmp_path / "cat.jpg", "cat.jpg")
    with pytest.raises(DataError, match=rf"{address} holds files that are not a data set \(cat\.jpg\)"):
        render(address)
    render(f"{address}/own")
    with pytest.raises(DataError, match=rf"{address}/own holds another data set \(seed 0, not 1\)"):
        render(f"{address}/own", seed=1)
    assert objects(address) == {"cat.jpg": b"cat"}


def test_another_renderer_is_refused(address, render, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        render(address, before=stop_at(2))
    monkeypatch.setattr(Here, "renderer", "llvmpipe")
    before = objects(address)
    with pytest.raises(DataError, match="started with the renderer 'numpy', and this machine has 'llvmpipe'"):
        render(address)
    assert objects(address) == before


@pytest.mark.parametrize("kind", ["cut", "503 SlowDown", "500 InternalError"])
def test_an_upload_that_fails_is_tried_again(s3, address, render, kind, tmp_path):
    fault = s3.fail(r"PUT \S+shard-0000[02].tar", kind, times=3)
    render(address)
    assert fault.times == 0
    render(tmp_path / "here")
    same(address, tmp_path / "here")


@pytest.mark.parametrize("kind", ["cut", "503 SlowDown"])
def test_a_download_that_fails_is_tried_again(s3, address, render, tmp_path, monkeypatch, kind):
    before = render(address)[0].load_all()
    elsewhere(tmp_path / "other machine", monkeypatch)
    fault = s3.fail(r"GET \S+shard-0000[02].tar", kind, times=3)
    assert np.array_equal(Dataset.open(address).load_all(), before)
    assert fault.times == 0
    assert not drafts()


def test_a_store_that_keeps_failing_is_named(s3, address, render):
    fault = s3.fail(r"PUT \S+shard-00002", "503 SlowDown")
    said = (
        rf"cannot write {address}/shard-00002\.tar, 4 times: .*said so by the test.* Check the address and the "
        r"network\. Finished work is kept"
    )
    with pytest.raises(StorageError, match=said):
        render(address)
    assert not [name for name in objects(address) if name.startswith("shard-00002") or name == MANIFEST]
    fault.times = 0
    assert 0 not in render(address)[1]


def test_wrong_keys_are_named(address, render, other_keys):
    other_keys.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    said = rf"cannot list {address}: access is refused \(.*InvalidAccessKeyId.*\)\. Renew or set the credentials"
    with pytest.raises(StorageError, match=said):
        render(address)


def test_no_keys_are_named(address, other_keys):
    other_keys.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(StorageError, match=rf"cannot read {address}/manifest.json: access is refused .*credentials"):
        resolve(address)


def test_credentials_that_expire_in_the_middle_lose_nothing(s3, address, render, tmp_path):
    s3.fail(r"PUT \S+shard-0000[3-5]", "403 ExpiredToken")
    said = (
        rf"cannot write {address}/shard-0000[345]\.tar: access is refused \(ExpiredToken: .*run the same command again"
    )
    with pytest.raises(StorageError, match=said):
        render(address)
    assert {"shard-00000.json", "shard-00001.json", "shard-00002.json"} <= objects(address).keys()
    s3.forget()  # renewed
    render(address, before=lambda index: pytest.fail(f"shard {index} was drawn") if index < 3 else None)
    render(tmp_path / "here")
    same(address, tmp_path / "here")


def test_a_bucket_that_vanishes_is_named_and_nothing_is_drawn_again(s3, address, render, tmp_path):
    def vanish(index: int) -> None:
        if index == 3:
            s3.fail(rf"\S+ /{s3.bucket}", "404 NoSuchBucket")

    said = rf"cannot write {address}/\S+: it does not exist \(.*\)\. Check the address; create the bucket if it is gone"
    with pytest.raises(StorageError, match=said):
        render(address, before=vanish)
    with pytest.raises(StorageError, match=said):
        render(address)
    s3.forget()  # the bucket is there again, and empty
    for name in Remote(address).sizes():
        Remote(address).delete(name)
    _, drawn = render(address)
    assert not {0, 1, 2} & set(drawn), "they are in the copy"
    render(tmp_path / "here")
    same(address, tmp_path / "here")


def test_a_multipart_upload_that_fails_is_aborted(s3, address, tmp_path, monkeypatch):
    import s3fs

    monkeypatch.setattr(s3fs.core, "calculate_chunksize", lambda *_, **__: 5 * 2**20)
    (tmp_path / "large").write_bytes(bytes(11 * 2**20))
    fault = s3.fail(r"PUT \S+partNumber=2", "403 AccessDenied")
    with pytest.raises(StorageError, match="access is refused"):
        Remote(address).put(tmp_path / "large", "large")
    assert s3.count(r"DELETE \S+uploadId=") == 1
    assert not objects(address)
    fault.times = 0
    Remote(address).put(tmp_path / "large", "large")
    assert Remote(address).sizes() == {"large": 11 * 2**20}


def test_an_upload_that_ends_early_is_not_left(address, tmp_path, monkeypatch):
    """Of a store whose writes are not whole by themselves."""
    remote = Remote(address.replace("s3://", "memory://"))
    put = remote._fs.put_file
    monkeypatch.setattr(remote._fs, "put_file", lambda path, at: remote._fs.pipe_file(at, b"ha"))
    (tmp_path / "file").write_bytes(b"half")
    with pytest.raises(StorageError, match="4 times: .*2 of 4 bytes arrived"):
        remote.put(tmp_path / "file", "file")
    assert not remote.sizes()
    monkeypatch.setattr(remote._fs, "put_file", put)
    remote.put(tmp_path / "file", "file")
    assert remote.read("file") == b"half"


@pytest.fixture
def tiny_disk(tmp_path, monkeypatch):
    """A home on a disk of 40 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=40k", "none", disk]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    elsewhere(disk, monkeypatch)
    monkeypatch.setenv(LIMIT, "1")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_of_this_machine_is_named(address, render, tmp_path, monkeypatch, request):
    whole = render(address)[0].load_all()
    disk = request.getfixturevalue("tiny_disk")
    with pytest.raises(
        DataError, match=rf"cannot write {disk}\S+: No space left .*SYNTHBENCH_HOME to a folder elsewhere"
    ):
        Dataset.open(address).load_all()
    assert not drafts()
    elsewhere(tmp_path / "large", monkeypatch)
    assert np.array_equal(Dataset.open(address).load_all(), whole)


def test_an_object_that_changed_under_the_copy_is_named(s3, address, render, tmp_path, monkeypatch):
    render(address)
    elsewhere(tmp_path / "other machine", monkeypatch)
    data = Dataset.open(address)
    remote = Remote(address)
    (tmp_path / "other").write_bytes(bytes(remote.sizes()["shard-00002.tar"]))
    remote.put(tmp_path / "other", "shard-00002.tar")
    said = rf"{address}/shard-00002\.tar does not have the SHA-256 in the manifest.*delete it, and run the command"
    with pytest.raises(StorageError, match=said):
        data.verify()
    assert not (data.folder / "shard-00002.tar").exists()
    assert not drafts()
    remote.delete("shard-00002.tar")
    assert render(address)[1] == [2]
    Dataset.open(address).verify()


def test_a_data_set_that_was_rendered_anew_is_brought_anew(s3, address, render, tmp_path, monkeypatch):
    render(address)
    elsewhere(tmp_path / "other machine", monkeypatch)
    first = Dataset.open(address).load_all()
    recipe = resolve(address).sha256()
    elsewhere(tmp_path / "home", monkeypatch)
    remote = Remote(address)
    for name in remote.sizes():
        remote.delete(name)
    render(address, seed=1)
    elsewhere(tmp_path / "other machine", monkeypatch)
    second = Dataset.open(address).load_all()
    assert not np.array_equal(first, second)
    assert resolve(address).sha256() != recipe
    render(tmp_path / "here", seed=1)
    assert np.array_equal(second, Dataset.open(tmp_path / "here").load_all())


def test_each_shard_is_brought_once_a_machine(s3, address, render, tmp_path, monkeypatch):
    render(address)
    elsewhere(tmp_path / "other machine", monkeypatch)
    opened = [Dataset.open(address) for _ in range(3)]
    s3.forget()
    threads = [threading.Thread(target=data.load_all) for data in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert s3.count(r"GET \S+\.tar") == SHARDS
    opened[0].load_all()
    assert s3.count(r"GET \S+\.tar") == SHARDS


def test_steps_get_their_images_while_shards_arrive(s3, address, render, tmp_path, monkeypatch):
    render(address)
    render(tmp_path / "here")
    elsewhere(tmp_path / "other machine", monkeypatch)
    data, near = Dataset.open(address), Dataset.open(tmp_path / "here")
    waits, get = threading.Event(), Remote.get
    parts: list[str] = []
    part = Remote.part
    monkeypatch.setattr(Remote, "get", lambda self, name, path: (waits.wait(30), get(self, name, path)))
    monkeypatch.setattr(Remote, "part", lambda self, *where: (parts.append(where[0]), part(self, *where))[1])
    batches = []
    for each in (data, near):
        source = Decoded(each, torch.device("cpu"))
        source.start(0, 2 * N // 6, Order(0, N, 6, N // 6), lambda step: np.arange(6))
        batches.append([source.take(step).pixels.numpy() for step in range(2)])
        assert (each is near) or not list(each.folder.glob("*.tar")), "no shard is here yet"
        waits.set()
        batches[-1] += [source.take(step).pixels.numpy() for step in range(2, 2 * N // 6)]
        source.close()
    assert parts
    assert all(np.array_equal(a, b) for a, b in zip(*batches, strict=True))


def test_an_entrant_at_an_address_is_that_of_the_folder(s3, address, render, tmp_path, monkeypatch):
    render(address)
    render(tmp_path / "shards")
    elsewhere(tmp_path / "other machine", monkeypatch)
    far, near = resolve(address), resolve(str(tmp_path / "shards"))
    assert (far.name, far.sha256(), far.params) == (near.name, near.sha256(), {"path": address})
    a, b = far.load(), near.load()
    assert a.labels == b.labels
    for k in range(6):
        assert np.array_equal(a.render(0, stream(5, k), 8), b.render(0, stream(5, k), 8))
    with pytest.raises(UsageError, match="lies in the entrant's own folder"):
        far.require_outside(f"{address}/more")
    far.require_outside(f"{address}-more")


def test_render_reads_and_writes_addresses(s3, address, call, render, tmp_path):
    """With the real worker processes and the command line."""
    render(address)
    words = ["-n", 8, "--size", 16, "--workers", 1, "--json"]
    answer = call("render", address, *words, "--out", f"s3://{s3.bucket}/again")
    assert answer.code == 0, answer.err
    near = call("render", render(tmp_path / "shards")[0].folder, *words, "--out", tmp_path / "again")
    assert json.loads(answer.out)["fingerprint"] == json.loads(near.out)["fingerprint"]


def test_images_that_do_not_come_are_not_left_out(s3, address, call, render, tmp_path, monkeypatch):
    render(address)
    elsewhere(tmp_path / "other machine", monkeypatch)
    s3.fail(r"GET \S+shard-0000\d.tar", "403 ExpiredToken")
    answer = call("render", address, "-n", 8, "--size", 16, "--workers", 1, "--out", tmp_path / "again")
    assert answer.code == 1
    assert "access is refused (ExpiredToken" in answer.err
    assert "left out" not in answer.err
    assert not (tmp_path / "again" / MANIFEST).exists()


def test_an_address_without_a_data_set_says_what_is_read(address):
    with pytest.raises(
        StorageError, match=rf"{address} holds no manifest\.json.*synthbench render ENTRANT --out {address}"
    ):
        resolve(address)


def test_unused_copies_make_room_the_longest_unused_first(s3, address, render, tmp_path, monkeypatch):
    folders = []
    for i in range(3):
        data, _ = render(f"{address}/{i}")
        folders.append(data.folder)
        os.utime(data.folder / ".in-use", (1000 + i, 1000 + i))
    size = sum(shard.bytes for shard in data.manifest.shards)
    kept = Copy(f"{address}/0")  # in use, and used last
    del data
    gc.collect()  # fsspec's exceptions hold the frames below them
    monkeypatch.setenv(LIMIT, str(3 * size / 1e9))
    assert Copy(f"{address}/new").make_room(size // 2)
    assert [bool(list(folder.glob("*.tar"))) for folder in folders] == [True, False, True]
    assert kept.folder == folders[0]
    monkeypatch.setenv(LIMIT, str(size / 2e9))
    elsewhere(tmp_path / "other machine", monkeypatch)
    with pytest.raises(StorageError, match=rf"{address}/0 has 0\.\d+ GB to download.*set {LIMIT} to a larger number"):
        Dataset.open(f"{address}/0").load_all()
    monkeypatch.setenv(LIMIT, "much")
    with pytest.raises(UsageError, match="SYNTHBENCH_CACHE_GB='much': must be a number of gigabytes"):
        Dataset.open(f"{address}/0").load_all()


def test_a_shard_that_vanishes_while_the_copies_are_counted_counts_nothing(address):
    copy = Copy(address)
    copy.folder.mkdir(parents=True, exist_ok=True)
    (copy.folder / "shard-00000.tar").symlink_to("removed meanwhile")
    assert copy.make_room(0)


def test_a_render_that_is_larger_than_the_copies_may_be_ends(address, render, tmp_path, monkeypatch):
    monkeypatch.setenv(LIMIT, "0.000001")
    data, _ = render(address)
    assert not list(data.folder.glob("*.tar"))
    render(tmp_path / "here")
    same(address, tmp_path / "here")


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("s3://bucket/shards/", "s3://bucket/shards"),
        ("file:///data/shards", Path("/data/shards")),
        ("shards", Path("shards")),
        ("C:/shards", Path("C:/shards")),
    ],
)
def test_an_address_is_told_from_a_path(place, found):
    assert local(place) == found
    assert is_address(place) == ("://" in place)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://", r"'s3://' is incomplete: write it as in s3://bucket/prefix"),
        ("nowhere://bucket", r"nowhere:// is not known; known are s3://"),
        ("gs://bucket/shards", r"gs:// needs a package that is not installed\. pip install 'synthbench-vision\[gcs\]'"),
    ],
)
def test_an_address_that_cannot_be_read_is_named(address, message, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    with pytest.raises(UsageError, match=message):
        resolve(address)
