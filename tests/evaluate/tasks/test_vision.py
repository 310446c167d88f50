"""The archives that torchvision downloads, in their real formats with a few images."""

from __future__ import annotations

import errno
import hashlib
import shutil
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tiny_data

from synthbench.errors import DataError
from synthbench.evaluate import on_disk, registry
from synthbench.evaluate.evaluate import score
from synthbench.evaluate.tasks import vision
from synthbench.evaluate.tasks.vision import Archive, Vision
from synthbench.pretrain.encoder import initial
from synthbench.protocol import protocol
from synthbench.storage import download as downloads


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
    with pytest.raises(
        DataError, match=r"CIFAR-10 is not complete below .*torchvision .*Get it by `synthbench fetch cifar10`"
    ):
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


@pytest.mark.parametrize(
    "name", ["simclr-resnet18-small", "supcon-resnet18-small", "ce-resnet18-small", "moco_v2-resnet50-small"]
)
def test_the_small_scale_needs_only_what_torchvision_downloads(name):
    assert all(isinstance(registry.task(task), Vision) for task in protocol.load(name).evaluate.tasks)


# Fetched


class Server:
    """A small archive of CIFAR-10, for requests from the start or from a byte on; ``cut`` requests end after a
    third."""

    def __init__(self, body: bytes) -> None:
        self.body, self.cut, self.asked, self.url = body, 0, [], ""
        self.asked: list[str | None]


@pytest.fixture
def server(tmp_path, root, monkeypatch) -> Iterator[Server]:
    tiny_data.cifar10(tmp_path / "made")
    with tarfile.open(tmp_path / "made.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "made" / "cifar-10-batches-py", "cifar-10-batches-py")
    state = Server((tmp_path / "made.tar.gz").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.send_response(206 if wanted else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(state.body) - start))
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{len(state.body) - 1}/{len(state.body)}")
            self.end_headers()
            end = len(state.body) // 3 if state.cut > 0 else len(state.body)
            state.cut -= 1
            self.wfile.write(state.body[start:end])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{http.server_address[1]}/cifar-10-python.tar.gz"
        tiny_data.cifar10_is_whole(monkeypatch)
        monkeypatch.setattr(vision_cifar(), "check_integrity", lambda path, md5: Path(path).is_file())
        monkeypatch.setattr(downloads.time, "sleep", lambda _: None)
        offer(monkeypatch, state.url, hashlib.md5(state.body).hexdigest())
        yield state
        http.shutdown()


def vision_cifar():
    from torchvision.datasets import cifar

    return cifar


def offer(patch: pytest.MonkeyPatch, url: str, md5: str) -> None:
    """Serve CIFAR-10's archive at an address."""
    task = registry.tasks()["cifar10"]
    patch.setitem(
        registry.tasks(), "cifar10", replace(task, archives=(Archive(url, "cifar-10-python.tar.gz", md5, "."),))
    )


def test_fetch_brings_a_data_set_and_resumes_where_it_stopped(server, root, call):
    server.cut = 1
    answer = call("fetch", "cifar10")
    assert (answer.code, len(server.asked)) == (0, 2)
    assert server.asked[1] == f"bytes={len(server.body) // 3}-", "from where the connection was cut"
    assert "fetched: CIFAR-10 in" in answer.err and "18 training, 2 validation, 4 test images" in answer.err
    assert "trying again" in answer.err
    answer = call("fetch", "cifar10", "--json")
    assert '"fetched": false' in answer.out and len(server.asked) == 2, "what is here and whole is not fetched again"
    assert registry.state("cifar10") == "here"


def test_what_is_half_unpacked_is_unpacked_again(server, root, call):
    call("fetch", "cifar10")
    (root / "cifar-10-batches-py" / "data_batch_3").unlink()
    tiny_data.forget()
    assert "CIFAR-10 is not complete below" in registry.state(
        "cifar10"
    ) and "by `synthbench fetch cifar10`" in registry.state("cifar10")
    assert call("fetch", "cifar10").code == 0
    assert (registry.state("cifar10"), len(server.asked)) == ("here", 1), (
        "the archive is there: only its hash was looked at"
    )


def test_a_wrong_checksum(server, root, call, monkeypatch):
    offer(monkeypatch, server.url, "0" * 32)
    code, _, err = call("fetch", "cifar10")
    assert (
        code == 1
        and "gave a file with MD5" in err
        and f"not the published {'0' * 32}. It was deleted; try again" in err
    )
    assert sorted(path.name for path in root.iterdir() if not path.name.startswith(".")) in (
        [],
        ["cifar-10-python.tar.gz.part.json"],
    )
    assert registry.state("cifar10") != "here"


def test_no_network(root, call, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(downloads.time, "sleep", lambda _: None)
    offer(monkeypatch, f"http://127.0.0.1:{port}/cifar-10-python.tar.gz", "0" * 32)
    code, _, err = call("fetch", "cifar10")
    assert (
        code == 1
        and "no connection" in err
        and f"A copy from elsewhere can be put at {root / 'cifar-10-python.tar.gz'}" in err
    )


def test_a_full_disk(server, root, call, monkeypatch):
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=10))
    code, _, err = call("fetch", "cifar10")
    assert (
        code == 1 and "are still to download. Free some space" in err and not (root / "cifar-10-python.tar.gz").exists()
    )
    monkeypatch.setattr(shutil, "disk_usage", real)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vision.shutil, "unpack_archive", full)
        code, _, err = call("fetch", "cifar10")
        assert code == 1 and "No space left on device. The archive is kept; free some space" in err
    assert (call("fetch", "cifar10").code, len(server.asked)) == (0, 2), (
        "unpacked from what was kept (the first request met the full disk)"
    )


def test_a_read_only_folder(server, root, call, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "touch", refused)
    code, _, err = call("fetch", "cifar10")
    assert code == 1 and f"cannot write into {root}: Read-only file system. Set SYNTHBENCH_DATA" in err


def test_images_on_a_read_only_mount_are_read(server, root, call, monkeypatch):
    """Nothing is written next to the images."""
    call("fetch", "cifar10")
    tiny_data.forget()
    real = Path.open

    def reads(self: Path, mode: str = "r", *rest: object, **words: object):
        assert "r" in mode and "+" not in mode, f"{self} is written"
        return real(self, mode, *rest, **words)

    monkeypatch.setattr(Path, "open", reads)
    found = tiny_data.load("cifar10")
    assert found.test.image(0).size == (32, 32)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (["cifar-10-batches-bin/data_batch_1.bin"], "binary"),
        (["cifar-10-batches-mat/data_batch_1.mat"], "MATLAB"),
        (["cifar-10-binary.tar.gz"], "binary"),
        (["cifar-10-matlab.tar.gz"], "MATLAB"),
        (["data_batch_1.bin"], "binary"),
    ],
)
@pytest.mark.parametrize("chosen", [False, True])
def test_cifar_in_another_format(root, tmp_path, files, kind, chosen):
    folder = tmp_path / "mine" if chosen else root
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"x")
    if chosen:
        on_disk.choose({"cifar10": str(folder)})
    with pytest.raises(
        DataError, match=rf"this is its {kind} version; only the Python version is read.*synthbench fetch cifar10"
    ):
        tiny_data.load("cifar10")


def test_the_folder_of_the_batches_itself_may_be_named(tmp_path, root, monkeypatch):
    tiny_data.cifar10(tmp_path / "mine")
    tiny_data.cifar10_is_whole(monkeypatch)
    on_disk.choose({"cifar10": str(tmp_path / "mine" / "cifar-10-batches-py")})
    assert len(tiny_data.load("cifar10").test) == 4


def test_data_sets_that_are_not_fetched_say_how_to_get_them(call, root):
    assert (
        "get it from https://huggingface.co/datasets/clip-benchmark/wds_vtab-dtd"
        in call("fetch", "vtab-natural/dtd").err
    )
    assert "it comes with the installed packages" in call("fetch", "photos-gray").err
    assert "Did you mean" in call("fetch", "cifar-10").err


@pytest.mark.parametrize("name", [name for name, task in registry.tasks().items() if isinstance(task, Vision)])
def test_every_archive_is_torchvisions(name):
    """Address and MD5 are in torchvision's own code, and its class accepts the keyword arguments that we pass."""
    import inspect

    from torchvision import datasets

    task = registry.task(name)
    kind = getattr(datasets, task.kind)
    source = "".join(
        inspect.getsource(inspect.getmodule(c)) for c in kind.__mro__ if c.__module__.startswith("torchvision.datasets")
    )
    assert task.archives
    for archive in task.archives:
        assert archive.url.rpartition("/")[2] in source
        assert archive.md5 in source
        host = archive.url.split("/")[2]
        assert host in source or "{" in source
    for words in task.words:
        inspect.signature(kind).bind("root", **dict(words))
