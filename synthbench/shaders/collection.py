"""A collection of GLSL programs in any form in which people hold them, read one at a time.

Read: Shadertoy's JSON (bare or wrapped in ``{"Shader": ...}``), one file each, in arrays or in lines; the tree of shaders21k
(``shadertoy/W/Wd2XWy.fragment``, TwiGL ``fragments/`` with ``modes/``); plain ``.glsl``, ``.frag`` and ``.fragment``; folders of
any depth and zip files of all these. The content decides what a file is, not its name (shaders21k's ``.fragment`` files hold JSON).

Source: Shadertoy's REST API; mbaradad/shaders21k at 0d4fbd2, image_generation/shaders/glsl_utils.py (load_shader) and
programs/twigl_program.py (fragments, modes).
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from synthbench.errors import UsageError
from synthbench.shaders import dialects

TEXTS, JSONS = (".glsl", ".frag", ".fragment"), (".json", ".jsonl", ".ndjson")
OURS = ("manifest.json", "report.json", "journal.jsonl")
"""What ``synthbench shaders clean`` writes beside the programs."""
LONGEST = 2**17
"""Characters of a program; Shadertoy allows 65,536 a pass."""
LONGEST_ITEM = 2**22
"""Bytes of one JSON document or one member of a zip file."""
EXPANSION = 200
"""A member of a zip file that unpacks to more than so many times its size is a bomb; source text reaches about 20."""
CHUNK = 2**16


class UnusableError(Exception):
    """A program that is left out; the message is the reason."""


@dataclass(frozen=True)
class Entry:
    """A program of a collection, or what is left out of it.

    Attributes:
        name: its id: Shadertoy's, or the file's name without its suffix.
        origin: the file, the member of the zip file and the item that it comes from.
        reason: why it is left out; None for a program.
    """

    name: str
    origin: str
    reason: str | None = None
    _read: Callable[[], str] | None = None

    def source(self) -> str:
        """The program's text.

        Raises:
            UnusableError: it is left out; says why.
        """
        if self.reason is not None or self._read is None:
            raise UnusableError(self.reason)
        return self._read()


def entries(path: Path) -> Iterator[Entry]:
    """The programs of a collection and what is left out of it, in a fixed order. Memory does not grow with it, but for the ids.

    Args:
        path: a folder or a file.

    Raises:
        UsageError: there is nothing there.
    """
    if not path.exists():
        raise UsageError(f"there is no collection of shader programs {str(path)!r}. Name a folder, a JSON or zip file, or one program.")
    seen: dict[str, str] = {}
    for entry in _folder(path) if path.is_dir() else _file(_Disk(path, path.name)):
        if entry.reason is None and (first := seen.setdefault(entry.name, entry.origin)) != entry.origin:
            yield Entry(entry.name, entry.origin, f"a second program with the id {entry.name!r} (the first: {first})")
        else:
            yield entry


@dataclass(frozen=True)
class _Disk:
    """A file on disk."""

    path: Path
    origin: str

    def open(self) -> IO[bytes]:
        return self.path.open("rb")

    def mode(self) -> str | None:
        """What TwiGL's mode file says of a program in ``fragments/``."""
        parts = self.path.parts
        if "fragments" not in parts[:-1]:
            return None
        at = len(parts) - 2 - parts[-2::-1].index("fragments")
        twin = Path(*parts[:at], "modes", *parts[at + 1 :])
        return twin.read_bytes()[:200].decode("utf-8", "replace") if twin.is_file() else None


@dataclass(frozen=True)
class _Member:
    """A file in a zip file."""

    archive: zipfile.ZipFile
    member: str
    origin: str

    def open(self) -> IO[bytes]:
        return self.archive.open(self.member)

    def mode(self) -> str | None:
        head, found, tail = self.member.rpartition("fragments/")
        try:
            return self.archive.read(f"{head}modes/{tail}")[:200].decode("utf-8", "replace") if found else None
        except KeyError:
            return None


_File = _Disk | _Member


def _folder(root: Path) -> Iterator[Entry]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "modes")
        for name in sorted(names):
            path = Path(folder, name)
            ours = Path(folder) == root and name in OURS
            if name.lower().endswith((*TEXTS, *JSONS, ".zip")) and not name.startswith(".") and not ours:
                yield from _file(_Disk(path, path.relative_to(root).as_posix()))


def _file(file: _File) -> Iterator[Entry]:
    """The entries of one file: its first bytes say whether it is a zip file, JSON or a program."""
    name = PurePosixPath(file.origin).name
    stem = name.rpartition(".")[0] or name
    try:
        with file.open() as stream:
            head = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        yield Entry(stem, file.origin, f"cannot be read: {error}")
        return
    is_json = head[:1] in (b"[", b"{") and head[1:].lstrip()[:1] in (b'"', b"{", b"}", b"]", b"[")
    if head.startswith(b"PK\3\4") or name.lower().endswith(".zip"):
        yield from _zip(file, stem)
    elif is_json or name.lower().endswith(JSONS):
        yield from _json(file, stem)
    else:
        yield Entry(stem, file.origin, None, lambda: _text(file))


def _text(file: _File) -> str:
    """A plain program; TwiGL's mode, if there is one, goes into its first line."""
    try:
        with file.open() as stream:
            raw = stream.read(4 * LONGEST + 1)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise UnusableError(f"cannot be read: {error}") from error
    text = checked(raw)
    if read := sorted(set(re.findall(r"\biChannel[0-3]\b", dialects.strip_comments(text)))):
        raise UnusableError(f"reads inputs ({', '.join(read)})")
    words = (file.mode() or "").split()
    for dialect in ("classic", "geekest", "geeker", "geek"):
        if words and words[0] == dialect:
            return dialects.noted(text, dialect)
    return text


def checked(raw: bytes) -> str:
    """The text of a program.

    Raises:
        UnusableError: it is too long, or no text.
    """
    if len(raw) > LONGEST:
        size = f"{len(raw):,}" if len(raw) <= 4 * LONGEST else f"more than {4 * LONGEST:,}"
        raise UnusableError(f"too long: {size} bytes; a program has at most {LONGEST:,}")
    if not raw.strip():
        raise UnusableError("empty")
    text = raw.decode("utf-8", errors="replace")
    strange = sum(c == "\ufffd" or (c < " " and c not in "\t\r\n\f\v") for c in text)
    if strange > 0.05 * len(text):
        raise UnusableError("not text: binary data")
    return text


def _zip(file: _File, stem: str) -> Iterator[Entry]:
    if isinstance(file, _Member):
        yield Entry(stem, file.origin, "a zip file inside a zip file is not read")
        return
    try:
        archive = zipfile.ZipFile(file.path)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        yield Entry(stem, file.origin, f"no readable zip file: {error}")
        return
    with archive:
        for info in archive.infolist():  # nothing is unpacked to disk
            inner = PurePosixPath(info.filename)
            name, origin = inner.stem, f"{file.origin}/{info.filename}"
            if info.is_dir() or inner.parent.name == "modes" or not inner.name.lower().endswith((*TEXTS, *JSONS, ".zip")):
                continue
            if ".." in inner.parts or inner.is_absolute() or "\\" in info.filename:
                yield Entry(name, origin, f"its path in the zip file leads out of it: {info.filename!r}")
            elif info.flag_bits & 1:
                yield Entry(name, origin, "encrypted")
            elif info.file_size > max(EXPANSION * info.compress_size, LONGEST_ITEM):
                yield Entry(name, origin, f"a zip bomb: {info.compress_size:,} bytes that unpack to {info.file_size:,}")
            else:
                for entry in _file(_Member(archive, info.filename, origin)):
                    yield _kept(entry)


def _kept(entry: Entry) -> Entry:
    """The same with its text in memory: its zip file will be closed."""
    try:
        return _holding(entry.name, entry.origin, entry.source())
    except UnusableError as error:
        return Entry(entry.name, entry.origin, str(error))


def _holding(name: str, origin: str, text: str) -> Entry:
    packed = zlib.compress(text.encode("utf-8", "replace"), 1)
    return Entry(name, origin, None, lambda: zlib.decompress(packed).decode())


def _json(file: _File, stem: str) -> Iterator[Entry]:
    """One document, an array of them, or one after another."""
    n = 0
    try:
        with file.open() as stream:
            for n, item in enumerate(_documents(stream)):
                yield _shadertoy(item, stem, file.origin, n)
    except (_JsonError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, RecursionError) as error:
        yield Entry(stem, f"{file.origin}#{n}", f"no JSON: {error or type(error).__name__}")


class _JsonError(Exception):
    pass


def _documents(stream: IO[bytes]) -> Iterator[Any]:
    """JSON documents of a stream; a document that is no JSON comes as a ``_JsonError``, and the next line goes on."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace")
    decoder, buffer, ended, array, first = json.JSONDecoder(), "", False, False, True
    while True:
        buffer = buffer.lstrip("\ufeff \t\r\n," if array or first else " \t\r\n")
        if not buffer and not ended:
            buffer = text.read(CHUNK)
            ended = not buffer
            continue
        if first and buffer.startswith("["):
            array, first, buffer = True, False, buffer[1:]
            continue
        first = False
        if not buffer or (array and buffer.startswith("]")):
            return
        try:
            item, end = decoder.raw_decode(buffer)
            if not ended and end == len(buffer):  # a number may go on
                raise json.JSONDecodeError("cut", buffer, end)
        except (json.JSONDecodeError, RecursionError) as error:
            at = getattr(error, "pos", 0)
            cut = at >= len(buffer) - 12 or "Unterminated" in str(error)
            if cut and not ended and len(buffer) <= LONGEST_ITEM:
                more = text.read(max(CHUNK, len(buffer)))
                buffer, ended = buffer + more, not more
                continue
            what = _JsonError(f"more than {LONGEST_ITEM:,} characters" if cut and not ended else str(error))
            line = -1 if array else buffer.find("\n")
            if line < 0:
                raise what from error
            yield what
            buffer = buffer[line + 1 :]
        else:
            yield item
            buffer = buffer[end:]


def _shadertoy(item: Any, stem: str, origin: str, n: int) -> Entry:
    """One of Shadertoy's documents: a program if it has exactly one render pass, an image, that reads nothing."""
    where, name = origin if n == 0 else f"{origin}#{n}", stem
    try:
        if isinstance(item, _JsonError):
            raise UnusableError(f"no JSON: {item}")
        shader = item.get("Shader", item) if isinstance(item, dict) else item
        if isinstance(item, dict) and "Error" in item and "Shader" not in item:
            raise UnusableError(f"Shadertoy answered: {item['Error']}")
        try:
            info, passes = shader["info"], shader["renderpass"]
            name = str(info["id"] or stem)
            codes, kinds = [str(p["code"]) for p in passes], [str(p["type"]) if "type" in p else "image" for p in passes]
            inputs = {str(i["ctype"] if "ctype" in i else i["type"]) for p in passes if "inputs" in p for i in p["inputs"] or ()}
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            what = f"{type(error).__name__}: {error}"
            raise UnusableError(f"JSON of another shape than Shadertoy's (info.id, renderpass[].code): {what}") from error
        if len(passes) != 1:
            raise UnusableError(f"several render passes ({', '.join(sorted(kinds))})" if passes else "no render pass")
        if kinds != ["image"]:
            raise UnusableError(f"its pass is no image but {kinds[0]}")
        if inputs:
            raise UnusableError(f"reads inputs ({', '.join(sorted(inputs))})")
        return _holding(name, where, dialects.noted(checked(codes[0].encode("utf-8", "replace")), "shadertoy"))
    except UnusableError as error:
        return Entry(name, where, str(error))
