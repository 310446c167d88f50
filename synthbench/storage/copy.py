"""The local copy of a folder at an address: each file is downloaded once, verified, and kept until space is needed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from synthbench.errors import StorageError, UsageError
from synthbench.home import home
from synthbench.storage.files import clear, disk_errors, make_folder, sha256_of, whole
from synthbench.storage.remote import Remote

IN_USE = ".in-use"
"""File that processes lock (shared) while they use a copy; its mtime is the time of the last use."""
LIMIT = "SYNTHBENCH_CACHE_GB"
"""Environment variable: size limit of all copies together. Default: half of the free disk space, copies included."""
TRANSFERS = 2
"""Downloads of a file that does not match its hash, before it is an error."""


class _Differs(Exception):
    """The downloaded file does not match its hash."""


class Copy:
    """The local copy of a folder at an address; in use as long as this object lives.

    Attributes:
        remote: the folder at the address.
        folder: the copy, below ``SYNTHBENCH_HOME``.
    """

    def __init__(self, address: str) -> None:
        self.remote = Remote(address)
        name = re.sub(r"[^A-Za-z0-9.]+", "-", self.remote.address)[-60:].strip("-.")
        key = hashlib.sha256(self.remote.address.encode()).hexdigest()[:12]
        self.folder = _copies() / f"{name}-{key}"
        make_folder(self.folder)
        with disk_errors(self.folder):
            self._held: IO[bytes] = (self.folder / IN_USE).open("ab")
            os.utime(self._held.fileno())
        if _taken(self._held):  # no other process uses it: remove what a killed one left
            clear(self.folder)
        with suppress(OSError):  # a filesystem without locks
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def bring(self, name: str, sha256: str, *, wait: bool = True) -> None:
        """Download a file if it is missing; its record (``NAME`` with the suffix .json) must be there.

        Args:
            wait: wait for another process that downloads it; otherwise leave it to that process.

        Raises:
            StorageError: it cannot be read, or does not match its hash.
            DataError: the disk is full.
        """
        path = self.folder / name
        if path.is_file():
            return
        with _one_process(path.with_suffix(".json"), wait) as mine:
            if not mine or path.is_file():
                return
            for _ in range(TRANSFERS):
                if self._transferred(name, sha256):
                    return
        raise StorageError(
            f"{self.remote.address}/{name} does not have the SHA-256 in the manifest. If the data set was rendered "
            "again meanwhile, run the same command again. Otherwise the object is damaged: delete it, and run the "
            "command that rendered the data set again."
        )

    def _transferred(self, name: str, sha256: str) -> bool:
        """Download a file once; False, without keeping it, if it does not match its hash."""
        try:
            with whole(self.folder / name) as draft:
                self.remote.get(name, draft)
                if sha256_of(draft) != sha256:
                    raise _Differs
        except _Differs:
            return False
        return True

    def make_room(self, need: int) -> bool:
        """Remove shards of unused copies, least recently used first, until ``need`` more bytes fit; whether they do."""
        held = _held()
        total = sum(held.values())
        limit = _limit(total)
        for folder in sorted(held.keys() - {self.folder}, key=_last_use):
            if total + need <= limit:
                break
            with suppress(OSError), (folder / IN_USE).open("ab") as file:
                if _taken(file):
                    for shard in folder.glob("*.tar"):
                        shard.unlink()
                    total -= held[folder]
        return total + need <= limit

    def require_room(self, need: int) -> None:
        """As ``make_room``.

        Raises:
            StorageError: they do not fit.
        """
        if need and not self.make_room(need):
            limit = _limit(sum(_held().values()))
            raise StorageError(
                f"{self.remote.address} has {need / 1e9:.2f} GB to download, and the copies in "
                f"{_copies()} may use {limit / 1e9:.2f} GB together. Free some space, set {LIMIT} to a larger number, "
                "or set SYNTHBENCH_HOME to a folder on a larger disk."
            )


def _copies() -> Path:
    return home() / "copies"


def _limit(held: int) -> float:
    """Size limit of all copies in bytes; ``held`` is their present size."""
    if given := os.environ.get(LIMIT):
        try:
            return float(given) * 1e9
        except ValueError:
            raise UsageError(f"{LIMIT}={given!r}: must be a number of gigabytes, as in 200.") from None
    return (shutil.disk_usage(_copies()).free + held) / 2


def _held() -> dict[Path, int]:
    """Bytes of the shards of each copy. Other threads and processes may remove shards meanwhile."""
    return {folder: sum(map(_size, folder.glob("*.tar"))) for folder in _copies().iterdir() if folder.is_dir()}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _last_use(folder: Path) -> float:
    try:
        return (folder / IN_USE).stat().st_mtime
    except OSError:
        return 0.0


def _taken(file: IO[bytes]) -> bool:
    """Take the exclusive lock of a file; False if another process has one."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _one_process(record: Path, wait: bool) -> Iterator[bool]:
    """Hold the lock of a record; gives False if another process does."""
    with record.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        except OSError:
            pass  # a filesystem without locks: it may be downloaded twice
        yield True
