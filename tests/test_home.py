"""The cache directory, also without a known home folder."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

import pytest

from synthbench import home as homes
from synthbench.entrant.recipe import resolve
from synthbench.errors import SynthbenchWarning, UsageError
from synthbench.home import expanded, home, settle


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """No variable is set, and temporary files go to a folder of the test."""
    for name in ("SYNTHBENCH_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    homes._temporary.cache_clear()
    yield
    homes._temporary.cache_clear()


@pytest.fixture
def stranger(monkeypatch):
    """A user id that is unknown to the system, as in a container."""
    import pwd

    def getpwuid(user):
        raise KeyError(f"getpwuid(): uid not found: {user}")

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)


def test_the_order(monkeypatch, stranger, tmp_path):
    with pytest.warns(
        SynthbenchWarning, match=r"there is no home folder: .*synthbench-\d+ is used. Set HOME or SYNTHBENCH_HOME"
    ):
        assert home() == tmp_path / f"synthbench-{os.getuid()}" / ".cache" / "synthbench"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert home().is_relative_to(tmp_path), "it is said once"
    for name, value, expected in (
        ("HOME", "/h", "/h/.cache/synthbench"),
        ("XDG_CACHE_HOME", "/x", "/x/synthbench"),
        ("SYNTHBENCH_HOME", "~/s", "/h/s"),
    ):
        monkeypatch.setenv(name, value)
        assert home() == Path(expected)


def test_other_packages_get_the_same_home(stranger, tmp_path):
    """Otherwise Numba creates a folder called ``~`` in the working directory."""
    with pytest.warns(SynthbenchWarning, match="there is no home folder"):
        settle()
    assert Path("~").expanduser() == tmp_path / f"synthbench-{os.getuid()}"
    assert home() == Path("~/.cache/synthbench").expanduser()
    assert Path("~").expanduser().stat().st_mode & 0o077 == 0


def test_a_known_user_without_the_variable(monkeypatch):
    import pwd

    assert home() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / "synthbench"


def test_another_users_folder_is_refused(stranger, tmp_path):
    (tmp_path / f"synthbench-{os.getuid()}").symlink_to("elsewhere")
    with pytest.raises(UsageError, match=r"synthbench-\d+ belongs to another user.*set SYNTHBENCH_HOME"):
        home()


def test_an_unknown_home_folder_is_named(stranger):
    with pytest.raises(UsageError, match=r"'~/images': the home folder for ~ is not known. Write the full path"):
        expanded("~/images")
    with pytest.raises(UsageError, match=r"'~/images': the home folder"):
        resolve("folder", {"path": "~/images"}).sha256()
