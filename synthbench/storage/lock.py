"""One writer per folder."""

from __future__ import annotations

import errno
import fcntl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from synthbench.errors import DataError, SynthbenchWarning
from synthbench.storage.files import disk_errors, make_folder

LOCK = ".lock"
"""The file in a folder that is locked."""

NOT_SUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What filesystems without locks answer: some network and FUSE filesystems, and NFS without its lock service."""


class BusyError(DataError):
    """Another process holds a folder."""


@contextmanager
def locked(folder: Path, *, busy: str = "another process is working in", wait: bool = False) -> Iterator[None]:
    """Lock a folder for writing; it is created if needed. The lock ends with the process, however it ends.

    On a filesystem without locks it continues without one, and warns once.

    Args:
        busy: start of the message if another process holds the folder.
        wait: wait for the lock instead of raising.

    Raises:
        BusyError: another process holds it.
        DataError: it cannot be created or written to.
    """
    make_folder(folder)
    with disk_errors(folder):
        file = (folder / LOCK).open("wb")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:  # EWOULDBLOCK
            raise BusyError(f"{busy} {folder}. Wait until it ends, or choose another folder.") from error
        except OSError as error:
            if error.errno not in NOT_SUPPORTED:
                raise DataError(
                    f"cannot lock {folder / LOCK}: {error.strerror or error}. Choose another folder."
                ) from error
            _say_once(
                f"{folder} is on a filesystem without locks ({error.strerror}): "
                "do not start a second process that writes there."
            )
        yield


@cache
def _say_once(text: str) -> None:
    warnings.warn(text, SynthbenchWarning, stacklevel=4)
