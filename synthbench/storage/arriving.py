"""Random access to files at an address while they are downloaded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from synthbench.storage.copy import Copy

AT_ONCE = 4
"""Concurrent downloads, and concurrent requests for parts."""
PULSE = 1.0
"""Seconds between calls of ``alive``."""


class File(NamedTuple):
    """A file as listed in its manifest."""

    name: str
    sha256: str
    bytes: int


class Arriving:
    """Reads parts of files: from the local copy, or from the address while the file is not downloaded yet.

    The first read of a missing file starts threads that download all files in order and verify them. So any part can be
    read at once, in any order, and each file is downloaded once per machine: processes that read the same address share
    the downloads.

    Args:
        copy: the local copy; holds the files' records.
        files: in the order of download.
    """

    def __init__(self, copy: Copy, files: Sequence[File]) -> None:
        self.copy, self._files = copy, files
        self._absent = {file.name for file in files if not (copy.folder / file.name).is_file()}
        self._begun, self._lock = False, threading.Lock()
        self._failed: BaseException | None = None
        self._parts = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="part")

    def path(self, name: str) -> Path:
        """Local path of a file."""
        return self.copy.folder / name

    def read(self, name: str, start: int, n: int, alive: Callable[[], object] | None = None) -> bytes:
        """``n`` bytes of a file, starting at ``start``. Thread-safe.

        Args:
            alive: called about once a second while waiting for the network.

        Raises:
            StorageError: the address cannot be read, or a downloaded file does not match its hash.
            DataError: the disk is full.
        """
        if self._failed is not None:
            raise self._failed
        if name not in self._absent or self.path(name).is_file():
            try:
                with self.path(name).open("rb") as file:
                    self._absent.discard(name)
                    return os.pread(file.fileno(), n, start)
            except FileNotFoundError:  # removed by hand
                self._absent.add(name)
        self._begin()
        if alive is None:
            return self.copy.remote.part(name, start, n)
        part: Future[bytes] = self._parts.submit(self.copy.remote.part, name, start, n)
        while True:
            try:
                return part.result(PULSE)
            except TimeoutError:  # only of this wait: a request's own becomes a StorageError
                alive()

    def all(self) -> None:
        """Download all missing files and wait for them.

        Raises:
            StorageError, DataError: as ``read``.
        """
        self._require_room()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="bring") as pool:
            try:
                for _ in pool.map(lambda file: self.copy.bring(file.name, file.sha256), self._files):
                    pass
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _begin(self) -> None:
        """Start the downloads, once."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        self._require_room()
        todo = iter(self._files)

        def bring() -> None:
            try:
                while self._failed is None and (file := next(todo, None)) is not None:
                    self.copy.bring(file.name, file.sha256, wait=False)
            except BaseException as error:  # raised by the next read
                self._failed = error

        for _ in range(AT_ONCE):
            threading.Thread(target=bring, name="bring", daemon=True).start()

    def _require_room(self) -> None:
        here = {file.name for file in self._files if self.path(file.name).is_file()}
        self.copy.require_room(sum(file.bytes for file in self._files if file.name not in here))
