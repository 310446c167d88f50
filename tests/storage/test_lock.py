"""One writer per folder: the busy message, and filesystems without locks."""

from __future__ import annotations

import errno
import fcntl
import os
import warnings

import pytest

from synthbench.errors import DataError, SynthbenchWarning
from synthbench.result import folder
from synthbench.storage import lock
from synthbench.storage.lock import locked


@pytest.fixture
def refuse(monkeypatch):
    """Let flock fail with a code."""
    lock._say_once.cache_clear()

    def with_code(code: int) -> None:
        def flock(file, how):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(fcntl, "flock", flock)

    return with_code


def test_a_folder_has_one_writer(tmp_path):
    with (
        locked(tmp_path / "made"),
        pytest.raises(
            DataError, match=r"another process is working in .*made\. Wait until it ends, or choose another folder\."
        ),
        locked(tmp_path / "made"),
    ):
        pass
    with locked(tmp_path / "made"):
        pass


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_filesystem_without_locks_is_used_with_one_warning(tmp_path, refuse, code):
    refuse(code)
    with (
        pytest.warns(
            SynthbenchWarning,
            match=rf"{tmp_path} is on a filesystem without locks \({os.strerror(code)}\): do not start",
        ),
        locked(tmp_path),
    ):
        pass
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with locked(tmp_path):
            (tmp_path / "file").write_text("written", encoding="utf-8")


def test_a_run_folder_without_locks_is_used(tmp_path, refuse):
    refuse(errno.ENOSYS)
    with pytest.warns(SynthbenchWarning, match="without locks"), folder.claim(tmp_path / "run", {"seed": 0}):
        assert (tmp_path / "run" / folder.REQUEST).is_file()


def test_any_other_failure_is_reported(tmp_path, refuse):
    refuse(errno.EIO)
    with (
        pytest.raises(DataError, match=r"cannot lock .*\.lock: Input/output error\. Choose another folder\."),
        locked(tmp_path),
    ):
        pass
