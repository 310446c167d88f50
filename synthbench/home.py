"""Where synthbench keeps what it fetched and what it would not like to compute twice."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """``$SYNTHBENCH_HOME``, else ``$XDG_CACHE_HOME/synthbench``, else ``~/.cache/synthbench``; it need not exist."""
    if own := os.environ.get("SYNTHBENCH_HOME"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "synthbench"


def data_folder() -> Path:
    """What ``synthbench fetch`` fetched, and where recipes look for data that cannot be fetched."""
    return home() / "data"
