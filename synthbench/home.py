"""The cache directory: downloads and reusable results."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

from synthbench.errors import SynthbenchWarning, UsageError


def home() -> Path:
    """The first of these that exists; the folder itself need not exist.

    1. ``$SYNTHBENCH_HOME``
    2. ``$XDG_CACHE_HOME/synthbench``
    3. ``~/.cache/synthbench``, where ``~`` is ``$HOME`` or the home folder in the system's user database
    4. ``~/.cache/synthbench`` with ``synthbench-<user id>`` in the temporary folder as ``~``, and a warning: a
       container may have neither ``$HOME`` nor the user

    Raises:
        UsageError: that folder in the temporary folder belongs to another user.
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
    """A path given by the user, with ``~`` expanded to their home folder.

    Raises:
        UsageError: the home folder is not known.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{str(path)!r}: the home folder for ~ is not known. Write the full path, or set HOME."
        ) from error


def settle() -> None:
    """Set ``$HOME`` if there is no home folder: Numba and the Hub's client would otherwise create one called ``~``
    in the working directory."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(_temporary(os.getuid()))


def data_folder() -> Path:
    """The folder of fetched data, where recipes also look for data that cannot be fetched."""
    return home() / "data"


@cache
def _temporary(user: int) -> Path:
    folder = Path(tempfile.gettempdir(), f"synthbench-{user}")
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != user):
        raise UsageError(
            f"{folder} belongs to another user, and there is no home folder: set SYNTHBENCH_HOME to a folder of your "
            "own."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    text = f"there is no home folder: {folder} is used. Set HOME or SYNTHBENCH_HOME to keep its content."
    warnings.warn(text, SynthbenchWarning, stacklevel=3)
    return folder
