"""A folder at an address that one process works in, through a local folder that is published there."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote

from synthbench.errors import DataError, StorageError
from synthbench.home import home
from synthbench.storage.files import disk_errors, make_folder, whole, write_json
from synthbench.storage.lock import BusyError, locked
from synthbench.storage.remote import Remote, local

OWNER = ".owner.json"
"""At the address: the process that works there now."""
STATE = ".mirror.json"
"""In the local folder: the address, and what is known of each of its files."""


class Known(NamedTuple):
    """A file, as it was when it was last the same here and at the address."""

    version: str
    """At the address: as in ``Remote.versions``."""
    stamp: list[int] | None
    """Size and time of the local file; None if it differs from the one at the address."""


def here(place: str | Path) -> Path:
    """The local folder for a folder: the folder itself, or for an address one below ``SYNTHBENCH_HOME``.

    A folder below an address has a folder below that of the address.
    """
    place = local(place)
    if isinstance(place, Path):
        return place
    protocol, _, rest = place.partition("://")
    parts = [quote(part, safe="@+=,") if part.strip(".") else part.replace(".", "%2E") for part in rest.split("/")]
    return home().joinpath("runs", protocol, *(part or "%2F" for part in parts))


class Mirror:
    """A folder at an address. Subfolders and hidden files are not published.

    One process works in it: the last that called ``own``; another one gets an error when it publishes. The address
    decides what the files are: a file that was changed there replaces the local one.

    Args:
        address: of the folder.
        first: the file that every such folder has; it is published first.
        final: the file that completes the folder; it is published last. A local folder with it is newer than one
            without it at the address.

    Attributes:
        folder: the local folder.
    """

    def __init__(self, address: str, *, first: str, final: str) -> None:
        self.remote, self.folder, self._first, self._final = Remote(address), here(address), first, final
        self._token, self._lock = secrets.token_hex(8), threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="publish")
        self._next: Future[None] | None = None
        make_folder(self.folder)
        self._known = self._read()

    @property
    def complete(self) -> bool:
        """Whether the folder is complete at the address, as of the last ``bring`` or ``publish``."""
        return self._final in self._known and self._known[self._final].stamp is not None

    def bring(self, wanted: Collection[str] | None = None) -> None:
        """Make the local folder that of the address. The caller holds the lock of the local folder.

        Args:
            wanted: the files that are downloaded; all by default.

        Raises:
            StorageError: the address cannot be read.
            DataError: it is empty, but was not before; it holds something else; or the disk is full.
        """
        there = {name: version for name, version in self.remote.versions().items() if not name.startswith(".")}
        mine = self._names()
        if not there and self._known:
            raise DataError(
                f"{self.remote.address} is empty, but it was not when {self.folder} was its copy. To start again, "
                f"delete {self.folder}. To go on with the copy, upload its files to the address first."
            )
        if there and self._first not in there:
            some = ", ".join(sorted(there)[:3]) + (", ..." if len(there) > 3 else "")
            raise DataError(
                f"{self.remote.address} holds files that are not a run ({some}; {self._first} is missing). Choose "
                "another address."
            )
        if self._final in mine and self._known and self._final not in there:
            self._known = {name: Known(version, None) for name, version in there.items()}
            return
        changed = {name for name in there if name not in self._known or self._known[name].version != there[name]}
        if changed or not there:
            for name in mine - there.keys():  # of an earlier state
                self._at(name).unlink()
                self._known.pop(name, None)
        for name in sorted(there, key=self._order):
            if (wanted is None or name in wanted) and (name in changed or name not in mine):
                with whole(self._at(name)) as draft:
                    self.remote.get(name, draft)
                with self._at(name).open("rb") as file:
                    self._note(name, there[name], _stamp(file))
            elif name in changed:
                self._at(name).unlink(missing_ok=True)
                self._known.pop(name, None)

    def read(self, wanted: Collection[str] | None = None) -> None:
        """As ``bring``, for a process that only reads. A local folder in which another process works stays as it is."""
        try:
            with locked(self.folder):
                self._known = self._read()
                self.bring(wanted)
        except BusyError:
            pass

    def own(self) -> str:
        """Begin to work in the folder; who did before on another machine, as a text, or nothing.

        Raises:
            StorageError: the address cannot be written to.
        """
        path, before = self._at(OWNER), _parsed(self.remote.read(OWNER))
        known = _parsed(path.read_bytes()) if path.is_file() else {}
        write_json(path, _me(self._token))
        self.remote.put(path, OWNER)
        return _named(before) if before and before != known else ""

    def publish(self) -> None:
        """Upload the files that were changed since the last time, and delete those that are gone.

        Raises:
            StorageError: the address cannot be written to, or another process works there now.
            DataError: the disk is full.
        """
        with self._lock:
            self._require_own()
            try:
                for name in sorted(self._names(), key=self._order):
                    self._put(name)
                for name in self._known.keys() - self._names():
                    self.remote.delete(name)
                    del self._known[name]
                    self._keep()
            except StorageError as error:
                raise StorageError(f"{error} Until then the run is in {self.folder}.") from error

    def publish_soon(self) -> None:
        """Publish in a thread. If it is still at it, it does so once more.

        Raises:
            StorageError, DataError: the last time failed; as ``publish``.
        """
        last = self._next
        if last is None or last.done() or last.running():
            self._next = self._pool.submit(self.publish)
        if last is not None and last.done():
            last.result()

    def close(self) -> None:
        """Wait for the thread."""
        self._pool.shutdown(wait=True)

    def _put(self, name: str) -> None:
        """Upload a file if it has changed, as it is now: meanwhile others may append to it, or replace it."""
        path, draft, known = self._at(name), self._at(f".{name}.sent.tmp"), self._known.get(name)
        try:
            source = path.open("rb")
        except FileNotFoundError:  # removed meanwhile
            return
        with source:
            stamp = _stamp(source)
            if known is not None and known.stamp == stamp:
                return
            try:
                with disk_errors(draft), draft.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                self._note(name, self.remote.put(draft, name), stamp)
            finally:
                draft.unlink(missing_ok=True)

    def _require_own(self) -> None:
        now = _parsed(self.remote.read(OWNER))
        if now.get("token") != self._token:
            raise StorageError(
                f"{_named(now)} has taken over {self.remote.address}; this process stops. What it has "
                f"not published stays in {self.folder}."
            )

    def _order(self, name: str) -> tuple[bool, bool, str]:
        return name == self._final, name != self._first, name

    def _at(self, name: str) -> Path:
        return self.folder / name

    def _names(self) -> set[str]:
        with disk_errors(self.folder), os.scandir(self.folder) as found:
            return {each.name for each in found if each.is_file() and not each.name.startswith(".")}

    def _note(self, name: str, version: str, stamp: list[int]) -> None:
        self._known[name] = Known(version, stamp)
        self._keep()

    def _keep(self) -> None:
        write_json(self._at(STATE), {"address": self.remote.address, "files": self._known})

    def _read(self) -> dict[str, Known]:
        try:
            files = json.loads(self._at(STATE).read_text(encoding="utf-8"))["files"]
            return {name: Known(*each) for name, each in files.items()}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def address_of(folder: Path) -> str:
    """The address of which a folder is the local one; empty if there is none."""
    try:
        return str(json.loads((folder / STATE).read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _stamp(file: IO[bytes]) -> list[int]:
    found = os.fstat(file.fileno())
    return [found.st_size, found.st_mtime_ns]


def _parsed(owner: bytes | None) -> dict[str, str]:
    try:
        found = json.loads(owner or b"{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _me(token: str) -> dict[str, str]:
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    return {"token": token, "host": os.uname().nodename, "process": str(os.getpid()), "since": now}


def _named(owner: dict[str, str]) -> str:
    if "token" not in owner:
        return "another process"
    return f"process {owner.get('process')} of {owner.get('host')} (since {owner.get('since')})"
