"""A folder at an address: ``s3://bucket/prefix``, ``gs://``, ``hf://datasets/user/name``, or any other of fsspec.

Files are written completely or not at all. Temporary failures are retried; any other raises an error with the address,
the reason and the fix.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from synthbench.errors import StorageError, UsageError

TRIES = 4
"""Attempts per request, in addition to those of the store's own client."""
PAUSE = 1.0
"""Seconds before the second attempt; each further one waits twice as long."""
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
"""Protocol -> the extra of this package that installs its client."""
OF_THIS_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""Errors of the local disk, which ``storage.files`` reports."""
LASTING = {errno.EINVAL, errno.EPERM, errno.ENOSYS}
VERSION = ("ETag", "etag", "md5Hash", "blob_id", "LastModified", "mtime", "created")
"""Fields of a file's information that change with its content; each store has some of them."""

T = TypeVar("T")


def is_address(place: str | Path) -> bool:
    """Whether a place is an address. ``file://`` is one; ``local`` turns it into a path."""
    return isinstance(place, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place) is not None


def local(place: str | Path) -> str | Path:
    """A local place (``file://`` included) as a path; any other address unchanged, without a slash at its end.

    Raises:
        UsageError: an address without a bucket or a name.
    """
    if not isinstance(place, str) or not is_address(place):
        return Path(place)
    protocol, _, rest = place.partition("://")
    if not rest.strip("/"):
        raise UsageError(f"{place!r} is incomplete: write it as in {protocol}://bucket/prefix.")
    return Path(rest) if protocol in ("file", "local") else place.rstrip("/")


class Remote:
    """A folder at an address. Its methods are thread-safe.

    Raises:
        UsageError: unknown kind of address, or its package is not installed.
    """

    def __init__(self, address: str) -> None:
        import fsspec  # only when needed: it is slow to import

        self.address, protocol = address.rstrip("/"), address.partition("://")[0]
        self._tries = 2 if protocol == "hf" else TRIES  # the Hub's client waits half a minute by itself
        try:
            self._fs, self._root = fsspec.core.url_to_fs(self.address, use_listings_cache=False)
        except ImportError as error:
            extra = EXTRAS.get(protocol)
            how = f"pip install 'synthbench-vision[{extra}]'" if extra else str(error)
            raise UsageError(f"{address!r}: {protocol}:// needs a package that is not installed. {how}") from error
        except ValueError as error:
            known = "s3://, gs://, hf://datasets/ and what fsspec knows"
            raise UsageError(f"{address!r}: {protocol}:// is not known; known are {known}.") from error

    def sizes(self) -> dict[str, int]:
        """The files directly in the folder: name -> bytes. Empty if there is no such folder.

        Raises:
            StorageError: the address is that of a file.
        """
        return {name: info["size"] for name, info in self._files(self._listed(self._root)).items()}

    def versions(self) -> dict[str, str]:
        """The files directly in the folder: name -> a text that changes with the content.

        Raises:
            StorageError: as ``sizes``.
        """
        return {name: _version(info) for name, info in self._files(self._listed(self._root)).items()}

    def holders(self, name: str, depth: int) -> Iterator[str]:
        """Addresses of the folders that hold a file ``name``: this one, or those at most ``depth`` levels below it.

        Folders below one that holds the file are not searched.
        """
        level = [self._root]
        for _ in range(depth + 1):
            below = []
            for folder in level:
                found = self._listed(folder)
                if name in self._files(found):
                    yield self.address + folder.removeprefix(self._root)
                else:
                    below += sorted(info["name"].rstrip("/") for info in found if info["type"] == "directory")
            level = below

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        def work() -> list[dict[str, Any]]:
            self._fs.invalidate_cache()
            try:
                found: list[dict[str, Any]] = self._fs.ls(folder, detail=True)
            except FileNotFoundError:
                return []
            return found

        return self._tried("", "list", work)

    def _files(self, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        files = {info["name"]: info for info in listed if info["type"] == "file"}
        if self._root in files:
            raise StorageError(
                f"{self.address} is a file; the address of a folder is needed, as in {self.address.rpartition('/')[0]}/"
                "prefix."
            )
        return {name.rpartition("/")[2]: info for name, info in files.items()}

    def read(self, name: str) -> bytes | None:
        """The content of a small file; None if it does not exist."""

        def work() -> bytes | None:
            try:
                found: bytes = self._fs.cat_file(self._at(name))
            except FileNotFoundError:
                return None
            return found

        return self._tried(name, "read", work)

    def part(self, name: str, start: int, n: int) -> bytes:
        """``n`` bytes of a file, starting at ``start``."""

        def work() -> bytes:
            data: bytes = self._fs.cat_file(self._at(name), start=start, end=start + n)
            if len(data) != n:
                raise OSError(errno.EIO, f"{len(data)} bytes came instead of {n}")
            return data

        return self._tried(name, "read", work)

    def get(self, name: str, path: Path) -> None:
        """Download a file to a local path; the caller removes it if this fails.

        Raises:
            OSError: the disk is full or cannot be written to.
        """
        self._tried(name, "read", lambda: self._fs.get_file(self._at(name), str(path)))

    def put(self, path: Path, name: str) -> str:
        """Upload a local file, completely or not at all; its version, as in ``versions``."""

        def work() -> str:
            self._fs.put_file(str(path), self._at(name))
            size, info = path.stat().st_size, self._fs.info(self._at(name))
            if info["size"] != size:  # a store whose writes may end early
                self._fs.rm_file(self._at(name))
                raise OSError(errno.EIO, f"{info['size']} of {size} bytes arrived")
            return _version(info)

        return self._tried(name, "write", work)

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""

        def work() -> None:
            with suppress(FileNotFoundError):
                self._fs.rm_file(self._at(name))

        self._tried(name, "write", work)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _tried(self, name: str, doing: str, work: Callable[[], T]) -> T:
        """Make a request, several times if needed.

        Raises:
            StorageError: it fails.
        """
        for i in range(self._tries):
            try:
                return work()
            except Exception as error:  # each store has its own exceptions
                if isinstance(error, OSError) and error.errno in OF_THIS_DISK:
                    raise
                if i == self._tries - 1 or not _passing(error):
                    address = f"{self.address}/{name}" if name else self.address
                    raise StorageError(_sentence(address, doing, error, i + 1)) from error
                self._fs.invalidate_cache()  # the Hub's client remembers the sizes of files
                time.sleep(PAUSE * 2**i)
        raise AssertionError


def _version(info: dict[str, Any]) -> str:
    return f"{info['size']} {next((info[key] for key in VERSION if info.get(key)), '')}"


def _passing(error: Exception) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, PermissionError | FileNotFoundError | ImportError | TypeError | ValueError) or _keyless(error):
        return False
    return not (isinstance(error, OSError) and error.errno in LASTING)


def _keyless(error: BaseException) -> bool:
    """Whether the client found no credentials."""
    return "Credential" in type(error).__name__ or "credentials" in str(error).lower()


def _sentence(address: str, doing: str, error: Exception, tries: int) -> str:
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    code: Any = getattr(error.__cause__, "response", None)
    if isinstance(code, dict) and (known := code.get("Error", {}).get("Code")) and known not in reason:
        reason = f"{known}: {reason}"
    again = "Finished work is kept; then run the same command again."
    if isinstance(error, PermissionError) or _keyless(error):
        return (
            f"cannot {doing} {address}: access is refused ({reason}). Renew or set the credentials (AWS_PROFILE, "
            f"AWS_ACCESS_KEY_ID, `gcloud auth`, `hf auth login`), or ask for the right to {doing}. {again}"
        )
    if isinstance(error, FileNotFoundError):
        return (
            f"cannot {doing} {address}: it does not exist ({reason}). Check the address; create the bucket if it is "
            f"gone. {again}"
        )
    often = f", {tries} times" if tries > 1 else ""
    return f"cannot {doing} {address}{often}: {reason}. Check the address and the network. {again}"
