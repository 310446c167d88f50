"""Resumable download of one large file, with retries and a hash check.

A partial file is ``NAME.part``, with the server's version tag in ``NAME.part.json``; a complete one is ``NAME``, with
its size and SHA-256 in ``NAME.json``.
"""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import json
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthbench.errors import DataError
from synthbench.storage.files import disk_errors, write_bytes
from synthbench.storage.lock import locked

TRIES = 8
"""Failures in a row, without a byte between them, after which it gives up."""
OFFLINE_TRIES = 3
"""The same if the server's name does not resolve and nothing has arrived yet: the machine is offline, or the name is
wrong."""
PAUSE, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the second try; each further one waits twice as long, up to the longest."""
TIMEOUT, HEAD_TIMEOUT = 60.0, 8.0
"""Seconds without a byte after which a connection counts as lost; the same where only a size is asked for."""
CHUNK = 2**20
MAGIC = {".zip": (b"PK\3\4", b"PK\5\6")}

Progress = Callable[[str, int, int], None]
"""Called with (phase: ``fetch`` or ``check``, bytes done, bytes in all or 0)."""


class _NoSource(DataError):
    """The source does not serve the file."""


class _TryAgain(Exception):
    """A failure that may be temporary; the message names it."""

    def __init__(self, why: str, wait: float | None = None, nameless: bool = False) -> None:
        super().__init__(why)
        self.wait, self.nameless = wait, nameless


def download(
    url: str,
    path: Path,
    *,
    sha256: str = "",
    md5: str = "",
    progress: Progress = lambda what, done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Download a file, or check the one that exists.

    Args:
        path: destination; its folder is created.
        sha256: the published hash; without it the first download's is recorded, and later checks compare with that.
        md5: the published MD5, if only that exists. It detects accidental damage, not forgery.
        say: called with the failure and the wait before each retry.

    Returns:
        url, bytes, sha256, published (whether the hash was compared with a published one), fetched_at, fetched (False
            if it existed).

    Raises:
        DataError: the source is gone, does not serve a file, refuses or keeps failing; the disk is full; the hash
            differs. What was downloaded is kept, unless it is wrong.
    """
    with locked(path.parent):
        note = _beside(path, ".json")
        if path.is_file():
            about = _checked(path, note, url, sha256, progress)
            if md5 and (found := _md5(path)) != md5:
                raise DataError(f"{path} has MD5 {found}, not the published {md5}. Delete it and fetch it again.")
            return {**about, "published": bool(sha256 or md5), "fetched": False}
        try:
            digest = _fetch(url, path, progress, say)
        except _NoSource as error:
            raise DataError(f"{error} A copy from elsewhere can be put at {path}.") from error
        part = _beside(path, ".part")
        if sha256 and digest != sha256:
            part.unlink()
            raise DataError(
                f"{url} gave a file with SHA-256 {digest}, not the published "
                f"{sha256}. It was deleted; try again, or ask its owner."
            )
        if md5 and (found := _md5(part)) != md5:
            part.unlink()
            raise DataError(
                f"{url} gave a file with MD5 {found}, not the published "
                f"{md5}. It was deleted; try again, or ask its owner."
            )
        about = {
            "url": url,
            "bytes": part.stat().st_size,
            "sha256": digest,
            "published": bool(sha256 or md5),
            "fetched_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        write_bytes(note, [json.dumps(about, indent=2).encode()])
        with disk_errors(path):
            part.replace(path)
            _beside(path, ".part.json").unlink(missing_ok=True)
        return {**about, "fetched": True}


def size_of(url: str) -> int | None:
    """A file's size according to the server; None if the server does not tell.

    Raises OSError if it cannot be reached or does not have the file.
    """
    with urllib.request.urlopen(_request(url, method="HEAD"), timeout=HEAD_TIMEOUT) as answer:
        length = answer.headers.get("Content-Length", "")
        return int(length) if length.isdigit() and "html" not in answer.headers.get("Content-Type", "") else None


def _checked(path: Path, note: Path, url: str, sha256: str, progress: Progress) -> dict[str, Any]:
    """The record of an existing file, after its bytes were compared with it."""
    try:
        about = json.loads(note.read_text(encoding="utf-8"))
        wanted, size = sha256 or about["sha256"], about["bytes"]
    except (OSError, ValueError, KeyError):
        about, wanted, size = {"fetched_at": None}, sha256, path.stat().st_size  # placed there by hand
    found = path.stat().st_size
    digest = _hash(path, found, progress).hexdigest() if found == size else ""
    if found != size or (wanted and digest != wanted):
        what = f"has {found:,} bytes, not {size:,}" if found != size else f"has SHA-256 {digest}, not {wanted}"
        raise DataError(f"{path} {what}: it has changed since it was fetched. Delete it and fetch it again.")
    about = {**about, "url": url, "bytes": size, "sha256": digest, "published": bool(sha256)}
    write_bytes(note, [json.dumps(about, indent=2).encode()])
    return about


def _fetch(url: str, path: Path, progress: Progress, say: Callable[[str], None]) -> str:
    """Fill ``NAME.part`` and return its SHA-256."""
    part, state, failures, came = _beside(path, ".part"), _beside(path, ".part.json"), 0, False
    have = part.stat().st_size if part.is_file() else 0
    digest = _hash(part, have, progress) if have else hashlib.sha256()
    while True:
        before = have
        try:
            digest, have, done = _get(url, part, state, digest, have, progress)
            if done:
                return digest.hexdigest()
            problem = _TryAgain("the connection was cut")
        except _TryAgain as error:
            problem = error
        grown = part.stat().st_size if part.is_file() else 0
        if grown != have:  # the connection broke in the middle of a read
            have, digest = grown, _hash(part, grown, progress)
        came, failures = came or have > before, 0 if have > before else failures + 1
        if failures >= (OFFLINE_TRIES if problem.nameless and not came else TRIES):
            raise _NoSource(
                f"{url} failed {failures} times: {problem}. What was downloaded is kept; run the same command again "
                "later."
            )
        wait = min(problem.wait if problem.wait is not None else PAUSE * 2**failures, LONGEST_WAIT)
        say(f"{problem}, trying again in {wait:.0f} s")
        time.sleep(wait)


def _get(url: str, part: Path, state: Path, digest: Any, have: int, progress: Progress) -> tuple[Any, int, bool]:
    """One request, from byte ``have`` on: the hash, the bytes, and whether the file is complete."""
    version = _read(state).get("version", "") if have else ""
    headers = {"Range": f"bytes={have}-", "If-Range": version} if have and version else {}
    if not headers and have:  # the version of these bytes is not known
        have, digest = 0, hashlib.sha256()
    try:
        answer = urllib.request.urlopen(_request(url, headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after what we have: whole, or another file
            if error.headers.get("Content-Range", "").rpartition("/")[2] == str(have):
                return digest, have, True
            part.unlink()
            return hashlib.sha256(), 0, False
        raise _refused(url, error) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise _TryAgain(
            f"no connection ({reason or type(error).__name__})", nameless=isinstance(reason, socket.gaierror)
        ) from error
    with answer:
        if answer.status != 206:
            have, digest = 0, hashlib.sha256()
        total = _total(answer, have)
        _require_space(part, (total or 0) - have)
        _require_file(url, answer)
        version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        write_bytes(state, [json.dumps({"url": url, "version": "" if version.startswith("W/") else version}).encode()])
        with disk_errors(part), part.open("r+b" if have else "wb") as file:
            file.seek(have)
            file.truncate()
            while True:
                try:
                    chunk = answer.read1(CHUNK)
                except (OSError, http.client.HTTPException):
                    break
                if not chunk:
                    break
                if not have:
                    _require_magic(url, chunk)
                file.write(chunk)
                digest.update(chunk)
                have += len(chunk)
                progress("fetch", have, total or 0)
    if total is None:
        return digest, have, have > 0
    if have > total:
        part.unlink()
        raise _TryAgain(f"{have:,} bytes arrived instead of {total:,}")
    return digest, have, have == total


def _refused(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code in (404, 410):
        return _NoSource(f"{url} is gone (HTTP {error.code}). Check the authors' page for a new address, or ask them.")
    if error.code == 429 or error.code >= 500:
        return _TryAgain(f"HTTP {error.code}", retry_after(error.headers.get("Retry-After")))
    return _NoSource(f"{url} refuses (HTTP {error.code} {error.reason}). Open it in a browser to see what it wants.")


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which gives seconds or a date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _total(answer: Any, have: int) -> int | None:
    """Size of the whole file, if the server tells."""
    if answer.status == 206:
        begin, _, total = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        if begin.partition("-")[0] != str(have):
            raise _TryAgain(f"the server sent other bytes ({answer.headers.get('Content-Range')}) than asked for")
        return int(total) if total.isdigit() else None
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _require_file(url: str, answer: Any) -> None:
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise _no_file(url, "a web page")


def _require_magic(url: str, first: bytes) -> None:
    if first.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise _no_file(url, "a web page")
    for suffix, magics in MAGIC.items():
        if url.lower().endswith(suffix) and len(first) >= 4 and not first.startswith(magics):
            raise _no_file(url, f"something else ({first[:8]!r})")


def _no_file(url: str, what: str) -> _NoSource:
    return _NoSource(
        f"{url} gives {what} instead of the file: it has moved, or "
        "wants a login. Open it in a browser to see. Nothing was kept."
    )


def _require_space(part: Path, more: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if more > free:
        raise DataError(
            f"{part.parent} has {free / 1e9:.1f} GB free, and {more / 1e9:.1f} GB are still to download. Free some "
            "space, or "
            "set SYNTHBENCH_HOME to a folder on another disk. Nothing was downloaded."
        )


def _request(url: str, headers: dict[str, str] | None = None, method: str = "GET") -> urllib.request.Request:
    return urllib.request.Request(url, headers={"User-Agent": "synthbench", **(headers or {})}, method=method)


def _hash(path: Path, size: int, progress: Progress) -> Any:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(4 * CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress("check", done, size)
    return digest


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
