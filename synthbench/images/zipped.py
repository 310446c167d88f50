"""A zip file of images, read in place.

The central directory is read here and not by ``zipfile``, whose objects would take a gigabyte for the 1.3 million
images of shaders21k. Format: PKWARE's APPNOTE 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3 (Zip64).
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import numpy as np

from synthbench.errors import DataError
from synthbench.generator import announce
from synthbench.images import metadata
from synthbench.images.index import ZIPPED, Found, is_image, labels_of, member_bytes, stamp
from synthbench.images.splits import leave_out

END, END64, LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
LONGEST_COMMENT = 2**16


def look(path: Path) -> Found:
    """Every image of a zip file.

    Labels: those of ``metadata.csv`` or ``metadata.jsonl``, if present; otherwise the folders' (``labels_of``).

    Raises:
        DataError: it is not a complete zip file, or a member is encrypted or compressed in a way that Python does not
            support.
    """
    table, shift = contents(path)
    names, rows, folders, where = list[str](), list[tuple[int, int, int, int]](), dict[str, int](), list[int]()
    tables = dict[str, bytes]()
    at = 0
    while at + 46 <= len(table):
        sign, flags, method, packed, size, n_name, n_extra, n_comment, start = struct.unpack_from(
            "<4s4x2H8x2L3H8xL", table, at
        )
        if sign != b"PK\1\2":
            break
        raw = table[at + 46 : at + 46 + n_name]
        if 0xFFFFFFFF in (packed, size, start):
            packed, start = _wide(table[at + 46 + n_name : at + 46 + n_name + n_extra], packed, size, start)
        at += 46 + n_name + n_extra + n_comment
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        table_of_labels = metadata.is_table(name) and "__MACOSX/" not in name
        if not is_image(name) and not table_of_labels:
            continue
        if flags & 1 or method not in (0, 8):
            why = "encrypted" if flags & 1 else f"packed by method {method}; stored and deflated members can be read"
            raise DataError(f"{path}: {name} is {why}. Unpack it and use the folder.")
        if table_of_labels:
            tables[name] = _member(path, start + shift, packed)
            continue
        names.append(name)
        rows.append((0, start + shift, packed, ZIPPED))
        where.append(folders.setdefault(name.rpartition("/")[0], len(folders)))
        if len(rows) % 100_000 == 0:
            announce(f"looking at {path}: {len(rows):,} images")
    if at != len(table):
        raise _damaged(path)
    by_folder, (_, notes) = labels_of(list(folders)), leave_out(list(folders))
    labels, more = metadata.labels(tables, names, [by_folder[i] for i in where])
    return Found([""], names, np.array(rows, np.int64).reshape(-1, 4), labels, [stamp(path, "")], notes + more)


def contents(path: Path) -> tuple[bytes, int]:
    """The central directory (names, sizes, CRC-32 and offsets of all members), and the number of bytes in front of the
    archive, which the offsets do not count.

    Raises:
        DataError: it is not a complete zip file.
    """
    try:
        with path.open("rb") as file:
            n = file.seek(0, 2)
            file.seek(max(0, n - LONGEST_COMMENT - 22))
            tail = file.read()
            end = tail.rfind(END)
            if end < 0 or len(tail) < end + 22:
                raise _damaged(path)
            disk, size, begin = struct.unpack_from("<4xH6xLL", tail, end)
            before = n - len(tail) + end
            if end >= 20 and tail[end - 20 : end - 16] == LOCATOR64:
                (at,) = struct.unpack_from("<8xQ", tail, end - 20)
                file.seek(min(at, n))
                wide = file.read(56)
                if len(wide) < 56 or wide[:4] != END64:
                    raise _damaged(path)
                size, begin = struct.unpack_from("<40xQQ", wide)
                before = at
            shift = before - size - begin
            if shift < 0 or (disk and disk != 0xFFFF):
                raise _damaged(path)
            file.seek(begin + shift)
            return file.read(size), shift
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def digest(path: Path) -> str:
    """A hash of the central directory, which identifies the zip file without reading all of it."""
    return hashlib.sha256(contents(path)[0]).hexdigest()


def _member(path: Path, start: int, packed: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return member_bytes(descriptor, start, packed)
    except ValueError as error:
        raise _damaged(path) from error
    finally:
        os.close(descriptor)


def _wide(extra: bytes, packed: int, size: int, start: int) -> tuple[int, int]:
    """Compressed size and offset from the Zip64 field, which holds, in this order, those of the three values that do
    not fit 32 bits."""
    at = 0
    while at + 4 <= len(extra):
        kind, n = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{n // 8}Q", extra, at + 4))
            wide = [next(values, value) if value == 0xFFFFFFFF else value for value in (size, packed, start)]
            return wide[1], wide[2]
        at += 4 + n
    return packed, start


def _damaged(path: Path) -> DataError:
    return DataError(
        f"{path} is not a complete zip file: was its download interrupted? `synthbench fetch` resumes a download; or "
        "copy the file again."
    )
