"""Atomic writes of every writer in the package, on a full disk and on Ctrl-C."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from torch import nn

from synthbench import home
from synthbench.errors import DataError
from synthbench.measure import collect
from synthbench.pretrain import checkpoint
from synthbench.pretrain.encoder import Encoder
from synthbench.render import video
from synthbench.result.canvas import save_image
from synthbench.storage.files import (
    clear,
    disk_errors,
    sha256_of,
    whole,
    whole_folder,
    write_bytes,
    write_json,
    write_text,
)
from synthbench.study import frames
from synthbench.study.table import write_table

NOISE = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
LIMIT = 1000
"""Size in bytes of the largest file on a full disk."""


def _encoder(path: Path) -> None:
    Encoder("resnet18", 32, (0.5,) * 3, (0.5,) * 3, width=8).save(path)


def _checkpoint(path: Path) -> None:
    checkpoint.save(path, {}, 1, [1.0], 1.0, {"layer": nn.Linear(64, 64)})


def _video(path: Path) -> None:
    video.write(iter([NOISE] * 8), path, title="noise", seconds=1, fps=8, size=96)


WRITERS: dict[str, Callable[[Path], object]] = {
    "text.txt": lambda path: write_text(path, "text" * LIMIT),
    "values.json": lambda path: write_json(path, ["value"] * LIMIT),
    "shard.tar": lambda path: write_bytes(path, [b"0" * 600, b"1" * 600]),
    "picture.png": lambda path: save_image(Image.fromarray(NOISE), path),
    "checkpoint.pt": _checkpoint,
    "encoder.safetensors": _encoder,
    "part.npz": lambda path: collect._write(path, {"values": np.zeros(LIMIT)}),
    "features.npy": lambda path: frames._write(np.zeros((LIMIT, 2), np.float32), path),
    "table.csv": lambda path: write_table(pd.DataFrame({"score": np.random.default_rng(0).random(LIMIT)}), path),
    "clip.mp4": _video,
}


@pytest.fixture
def full() -> Iterator[None]:
    """Files cannot be larger than ``LIMIT``; writing more fails, as on a full disk (with the given error)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fail(file: Path, error: BaseException) -> None:
    """Write a part and fail."""
    file.write_text("half")
    raise error


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_named_and_the_old_file_stays(tmp_path, name, request):
    (tmp_path / name).write_bytes(b"the old file")
    request.getfixturevalue("full")
    said = rf"cannot write .*{name}: .*File too large.*\. What was written before is kept\. Choose another folder"
    with pytest.raises(DataError, match=said):
        WRITERS[name](tmp_path / name)
    assert content(tmp_path) == {name: b"the old file"}


@pytest.mark.parametrize("name", WRITERS)
def test_ctrl_c_leaves_the_old_file_and_nothing_else(tmp_path, name, monkeypatch):
    def interrupted(self: Path, target: Path) -> None:
        assert self.stat().st_size, "the draft is written"
        raise KeyboardInterrupt

    (tmp_path / name).write_bytes(b"the old file")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        WRITERS[name](tmp_path / name)
    assert content(tmp_path) == {name: b"the old file"}


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_missing_is_named(tmp_path, name):
    with pytest.raises(DataError, match=rf"cannot write .*absent/{name}: .*No such file or directory"):
        WRITERS[name](tmp_path / "absent" / name)


@pytest.mark.parametrize("name", WRITERS)
def test_the_new_file_takes_the_place_of_the_old(tmp_path, name):
    (tmp_path / name).write_bytes(b"the old file")
    WRITERS[name](tmp_path / name)
    assert (tmp_path / name).stat().st_size > LIMIT
    assert not list(tmp_path.glob(".*"))


def test_a_name_that_is_a_folder_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(DataError, match=r"cannot write .*taken: Is a directory"):
        write_text(tmp_path / "taken", "text")
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_durable_file_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    done: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: (done.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name), sync(descriptor)),
    )
    monkeypatch.setattr(Path, "replace", lambda self, target: (done.append(f"-> {target.name}"), replace(self, target)))
    with whole(tmp_path / "file", durable=True) as draft:
        draft.write_text("text")
    assert done == [draft.name, "-> file", tmp_path.name]
    done.clear()
    with whole(tmp_path / "file") as draft:
        draft.write_text("text")
    assert done == ["-> file"]


def test_two_writers_of_a_file_do_not_conflict(tmp_path):
    with whole(tmp_path / "file") as one, whole(tmp_path / "file") as other:
        one.write_text("one")
        other.write_text("other")
    assert content(tmp_path) == {"file": b"one"}


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        (errno.ENOSPC, "Free some space, then"),
        (errno.EDQUOT, "Free some of your quota"),
        (errno.EROFS, "that is not read-only"),
        (errno.EACCES, "that you can write to"),
        (errno.EIO, "Choose another folder or repair this one"),
    ],
)
def test_the_message_says_what_to_do(tmp_path, code, fix):
    with (
        pytest.raises(DataError, match=rf"cannot write .*file: {os.strerror(code)}\. What was .*{fix}"),
        disk_errors(tmp_path / "file"),
    ):
        raise OSError(code, os.strerror(code))


def test_in_the_cache_the_message_names_what_moves_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path))
    assert home.home() == tmp_path
    with (
        pytest.raises(DataError, match=r"Free some space, or set SYNTHBENCH_HOME to a folder elsewhere, then"),
        disk_errors(tmp_path / "x"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_error_that_is_not_of_the_disk_passes(tmp_path):
    with pytest.raises(RuntimeError, match="of the caller"), whole(tmp_path / "file") as draft:
        fail(draft, RuntimeError("of the caller"))
    assert content(tmp_path) == {}


def test_a_folder_appears_whole(tmp_path):
    with whole_folder(tmp_path / "a" / "b") as draft:
        (draft / "file").write_text("text")
        assert not (tmp_path / "a" / "b").exists()
    assert content(tmp_path / "a" / "b") == {"file": b"text"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("replace", [False, True])
def test_a_failed_folder_leaves_the_old_content(tmp_path, failure, replace):
    (tmp_path / "out").mkdir()
    if replace:
        (tmp_path / "out" / "file").write_text("old")
    with pytest.raises((KeyboardInterrupt, DataError)), whole_folder(tmp_path / "out", replace=replace) as draft:
        fail(draft / "file", failure)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert content(tmp_path / "out") == ({"file": b"old"} if replace else {})


def test_a_folder_is_replaced_only_where_that_is_asked_for(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")
    with (
        pytest.raises(DataError, match=r"cannot write .*out: Directory not empty"),
        whole_folder(tmp_path / "out") as draft,
    ):
        (draft / "new").write_text("new")
    assert content(tmp_path / "out") == {"old": b"old"}
    with whole_folder(tmp_path / "out", replace=True) as draft:
        (draft / "new").write_text("new")
    assert content(tmp_path / "out") == {"new": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_whose_last_step_fails_is_put_back(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").write_text("old")
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(DataError, match="Input/output error"), whole_folder(tmp_path / "out", replace=True) as draft:
        (draft / "file").write_text("new")
    assert content(tmp_path / "out") == {"file": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_drafts_of_killed_processes_are_cleared(tmp_path):
    for name in (".file.0123abcd.tmp", ".shard-00001.tar.tmp", ".lock", "file.tmp", "file"):
        (tmp_path / name).write_text("text")
    clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "file", "file.tmp"]


def test_the_hash_of_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"text" * 100_000)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"text" * 100_000).hexdigest()
    with pytest.raises(DataError, match=r"cannot read .*absent: No such file or directory"):
        sha256_of(tmp_path / "absent")
