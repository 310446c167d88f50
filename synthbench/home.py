"""The cache directory: downloads and reusable results."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

from synthbench.errors import SynthbenchWarning, UsageError


def home() -> Path:
    """The first of these that there is; the folder need not exist.

    1. ``$SYNTHBENCH_HOME``
    2. ``$XDG_CACHE_HOME/synthbench``
    3. ``~/.cache/synthbench``, where ``~`` is ``$HOME`` or what the system knows of the user
    4. ``~/.cache/synthbench`` again, with ``synthbench-<user id>`` in the folder for temporary files as ``~``, and a
       warning: a container may have neither ``$HOME`` nor the user

    Raises:
        UsageError: the folder for temporary files holds one of that name that belongs to another user.
    """
    if own := os.environ.get("SYNTHBENCH_HOME"):
        return expanded(own)
    if caches := os.environ.get("XDG_CACHE_HOME"):
        return expanded(caches) / "synthbench"
    try:
        return Path("~/.cache/synthbench").expanduser()
    except RuntimeError:
        return _temporary(os.getuid()) / ".cache" / "synthbench"


def expanded(path: str | Path) -> Path:
    """A path that a person gave, with ``~`` in place of their home folder.

    Raises:
        UsageError: nobody knows that folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{str(path)!r}: the home folder that ~ stands for is not known. Write the path in full, or set HOME."
        ) from error


def settle() -> None:
    """Set ``$HOME`` where there is no home folder: Numba and the Hub's client would make one called ``~`` in the
    working directory."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(_temporary(os.getuid()))


def data_folder() -> Path:
    """What ``synthbench fetch`` fetched, and where recipes look for data that cannot be fetched."""
    return home() / "data"


@cache
def _temporary(user: int) -> Path:
    folder = Path(tempfile.gettempdir(), f"synthbench-{user}")
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != user):
        raise UsageError(
            f"{folder} belongs to somebody else, and there is no home folder: set SYNTHBENCH_HOME to a folder of yours."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    text = f"there is no home folder: {folder} is used. Set HOME or SYNTHBENCH_HOME to keep what is there."
    warnings.warn(text, SynthbenchWarning, stacklevel=3)
    return folder
