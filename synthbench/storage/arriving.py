"""Files of a folder at an address that are read while they arrive, in any order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from synthbench.storage.copy import Copy

AT_ONCE = 4
"""Files that are brought at the same time, and requests for parts that may be open."""
PULSE = 1.0
"""Seconds between signs of life while a part is waited for."""


class File(NamedTuple):
    """A file as its manifest has it."""

    name: str
    sha256: str
    bytes: int


class Arriving:
    """Gives parts of files: from the copy on this machine where the file is here, and from the address where it is not
    yet.

    From the first part that is not here, threads bring the files, whole and checked, in their order. So a part is there
    at once, in whatever order parts are asked for, and each file is brought once a machine: processes that read the
    same address share out the files.

    Args:
        copy: of the folder; holds the files' records.
        files: in the order in which they are brought.
    """

    def __init__(self, copy: Copy, files: Sequence[File]) -> None:
        self.copy, self._files = copy, files
        self._absent = {file.name for file in files if not (copy.folder / file.name).is_file()}
        self._begun, self._lock = False, threading.Lock()
        self._failed: BaseException | None = None
        self._parts = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="part")

    def path(self, name: str) -> Path:
        """Where a file is once it has arrived."""
        return self.copy.folder / name

    def read(self, name: str, start: int, n: int, alive: Callable[[], object] | None = None) -> bytes:
        """``n`` bytes of a file, from ``start`` on. May be called from many threads.

        Args:
            alive: called about once a second while this waits for the network.

        Raises:
            StorageError: the address does not give them, or a file that has come is not the one in the manifest.
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
            except TimeoutError:
                if part.done():
                    raise
                alive()

    def all(self) -> None:
        """Wait until every file is here.

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
        """Begin to bring the files, once."""
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
            except BaseException as error:  # whoever reads next raises it
                self._failed = error

        for _ in range(AT_ONCE):
            threading.Thread(target=bring, name="bring", daemon=True).start()

    def _require_room(self) -> None:
        here = {file.name for file in self._files if self.path(file.name).is_file()}
        self.copy.require_room(sum(file.bytes for file in self._files if file.name not in here))
