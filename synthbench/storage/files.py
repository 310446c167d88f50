"""Atomic writes of files and folders, readable disk errors, and file hashes.

Content is written to a draft next to the destination, ``.NAME.XXXXXXXX.tmp``, which is renamed at the end. A killed
process leaves its draft; the next holder of the folder's lock removes it (``clear``).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from synthbench.errors import DataError, UsageError
from synthbench.home import home

_FIXES = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some of your quota",
    errno.EROFS: "Choose a folder that is not read-only",
    errno.EACCES: "Choose a folder that you can write to",
}


@contextmanager
def whole(path: Path, *, durable: bool = False, also: tuple[type[Exception], ...] = ()) -> Iterator[Path]:
    """The path of a draft to write, which replaces ``path`` at the end.

    If anything fails, Ctrl-C included, the draft is removed and an existing file stays as it is. The folder
    must exist.

    Args:
        durable: the file is on the disk when this returns, also after a power cut.
        also: what the caller's writer raises besides OSError when it cannot write.

    Raises:
        DataError: the file cannot be written.
    """
    draft = _draft(path)
    with disk_errors(path, also):
        try:
            yield draft
            if durable:
                _sync(draft)
            draft.replace(path)
            if durable:
                _sync(path.parent)
        finally:
            with suppress(OSError):
                draft.unlink()


@contextmanager
def whole_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """A draft folder to fill, which replaces ``path`` at the end; the parent folder is created.

    If anything fails, Ctrl-C included, the draft is removed and existing content stays as it is.

    Args:
        replace: delete an existing folder; otherwise it must be empty.

    Raises:
        DataError: the folder cannot be written.
    """
    draft = _draft(path)
    old = draft.with_name(f"{draft.name}.old")
    with disk_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.mkdir()
            yield draft
            if replace and path.exists():
                path.rename(old)
            draft.rename(path)
        except BaseException:
            if old.exists() and not path.exists():
                old.rename(path)
            shutil.rmtree(draft, ignore_errors=True)
            raise
        shutil.rmtree(old, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Create a folder and its parents if it is missing.

    Raises:
        DataError: it cannot be created.
    """
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)


def write_bytes(path: Path, parts: Iterable[bytes]) -> None:
    """Write the parts of a file one after another: whole or not at all, and on the disk when this returns.

    Raises:
        DataError: as ``whole``.
    """
    with whole(path, durable=True) as draft, draft.open("wb") as file:
        file.writelines(parts)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Raises:
        DataError: as ``whole``.
    """
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON with sorted keys, whole or not at all.

    Raises:
        DataError: as ``whole``.
    """
    write_text(path, json.dumps(value, indent=2, sort_keys=True, default=str) + "\n")


def is_draft(path: Path) -> bool:
    """Whether a file is a draft by its name."""
    return path.name.startswith(".") and path.name.endswith(".tmp")


def clear(folder: Path) -> None:
    """Remove the drafts of files that killed processes left in a folder. The caller holds the folder's lock.

    Raises:
        DataError: they cannot be removed.
    """
    with disk_errors(folder):
        for file in folder.iterdir():
            if is_draft(file) and not file.is_dir():
                file.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path, also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn an OSError inside, or one of ``also``, into a DataError that names ``path``, the reason, what is kept and
    the fix."""
    caught: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield
    except caught as error:
        code, reason = _reason(error)
        fix = _FIXES.get(code, "Choose another folder or repair this one")
        if _in_home(path):
            fix += ", or set SYNTHBENCH_HOME to a folder elsewhere"
        raise DataError(
            f"cannot write {path}: {reason}. What was written before is kept. {fix}, then run the same command again."
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _draft(path: Path) -> Path:
    # no process id: containers that share a disk share those
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: BaseException) -> tuple[int, str]:
    """Number and text of the system error.

    PyTorch hides it in its error's context, safetensors in the text.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, OSError):
        found = found.__context__
    if isinstance(found, OSError):
        return found.errno or 0, found.strerror or str(found)
    if number := re.search(r"\(os error (\d+)\)", str(error)):
        return int(number[1]), os.strerror(int(number[1]))
    return 0, str(error)


def _in_home(path: Path) -> bool:
    try:
        return path.is_relative_to(home())
    except UsageError:
        return False
