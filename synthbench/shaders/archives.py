"""One interface to files on disk, in a zip file and in a tar archive; nothing is unpacked to disk."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

LONGEST_ITEM = 2**22
"""Maximum unpacked size of a zip member, whatever its compressed size."""
EXPANSION = 200
"""An archive or a member that expands by more than this factor counts as a bomb; source text expands by about 20."""
UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    ValueError,
)
"""Exceptions raised by damaged, encrypted or unknown archives."""
ZIPS = (".zip",)
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True)
class Disk:
    """A file on disk.

    Attributes:
        path: its path.
        origin: its display name: relative to the collection.
    """

    path: Path
    origin: str

    def open(self) -> IO[bytes]:
        return self.path.open("rb")

    def twin(self) -> bytes | None:
        """The file of the same name in ``modes/``, for one in TwiGL's ``fragments/``."""
        parts = self.path.parts
        if "fragments" not in parts[:-1]:
            return None
        at = len(parts) - 2 - parts[-2::-1].index("fragments")
        twin = Path(*parts[:at], "modes", *parts[at + 1 :])
        return twin.read_bytes()[:200] if twin.is_file() else None


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        archive: the open archive.
        member: its path in the archive.
        origin: its display name.
    """

    archive: zipfile.ZipFile | tarfile.TarFile
    member: str
    origin: str

    def open(self) -> IO[bytes]:
        return io.BytesIO(_read(self.archive, self.member))

    def twin(self) -> bytes | None:
        """The file of the same name in ``modes/``, for one in TwiGL's ``fragments/``."""
        head, found, tail = self.member.rpartition("fragments/")
        try:
            return _read(self.archive, f"{head}modes/{tail}")[:200] if found else None
        except KeyError:
            return None


File = Disk | Member


def _read(archive: zipfile.ZipFile | tarfile.TarFile, member: str) -> bytes:
    if isinstance(archive, zipfile.ZipFile):
        return archive.read(member)
    stream = archive.extractfile(member)
    return stream.read() if stream is not None else b""


def opened(path: Path, zipped: bool) -> zipfile.ZipFile | tarfile.TarFile:
    """Open an archive, to be closed by the caller."""
    return zipfile.ZipFile(path) if zipped else tarfile.open(path)


def is_modes(parts: tuple[str, ...], folders: set[tuple[str, ...]]) -> bool:
    """Whether a folder is TwiGL's ``modes/``, which gives the dialects of the programs in ``fragments/`` next to it."""
    return any(parts[i] == "modes" and (*parts[:i], "fragments") in folders for i in range(len(parts)))


def members(file: Disk, archive: zipfile.ZipFile | tarfile.TarFile) -> Iterator[Member | tuple[str, str, str]]:
    """The files of an archive; (name, origin, reason) for a refused one."""
    if isinstance(archive, zipfile.ZipFile):
        listed = [(i.filename, i.file_size, i.compress_size, i.flag_bits & 1, i.is_dir()) for i in archive.infolist()]
    else:
        listed, whole, most = [], 0, max(EXPANSION * file.path.stat().st_size, LONGEST_ITEM)
        while (info := archive.next()) is not None:  # a bomb is not unpacked completely
            whole += info.size
            if whole > most:
                yield (
                    file.path.stem,
                    file.origin,
                    f"an archive bomb: {file.path.stat().st_size:,} bytes that unpack to more than {most:,}",
                )
                break
            if info.isfile() or info.isdir():
                listed.append((info.name, info.size, info.size, 0, info.isdir()))
    folders = {parent.parts for name, *_ in listed for parent in PurePosixPath(name).parents}
    for name, size, packed, encrypted, is_folder in listed:
        inner, origin = PurePosixPath(name), f"{file.origin}/{name}"
        if is_folder or any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in inner.parts):
            continue
        if is_modes(inner.parts[:-1], folders):
            continue
        if ".." in inner.parts or inner.is_absolute() or "\\" in name:
            yield inner.stem, origin, f"its path in the archive leads out of it: {name!r}"
        elif encrypted:
            yield inner.stem, origin, "encrypted"
        elif size > max(EXPANSION * packed, LONGEST_ITEM):
            yield inner.stem, origin, f"a zip bomb: {packed:,} bytes that unpack to {size:,}"
        else:
            yield Member(archive, name, origin)
