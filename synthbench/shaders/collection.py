"""Read a collection of GLSL programs in any common form, one program at a time.

Supported are Shadertoy's JSON (bare or wrapped in ``{"Shader": ...}``), one file each, in arrays, in lines or as the
site's export; the tree of shaders21k (``shadertoy/W/Wd2XWy.fragment``, TwiGL ``fragments/`` with ``modes/``); plain
text (``TEXTS``); and folders of any depth, zip files and tar archives of all these. A file's type follows from its
content, not its name (shaders21k's ``.fragment`` files hold JSON). All other files except hidden ones are listed with
the reason for leaving them out.

Source: mbaradad/shaders21k at 0d4fbd2, image_generation/shaders/glsl_utils.py (load_shader) and
programs/twigl_program.py (fragments, modes); for JSON see ``documents``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from synthbench.errors import DataError, UsageError
from synthbench.images.folders import below, is_folder
from synthbench.shaders import dialects
from synthbench.shaders.archives import TARS, UNREADABLE, ZIPS, Disk, File, Member, is_modes, members, opened
from synthbench.shaders.documents import JsonError, documents, program
from synthbench.shaders.text import LONGEST, UnusableError, checked, decoded, encoding

__all__ = ["Entry", "UnusableError", "entries"]

TEXTS = (".glsl", ".frag", ".fragment", ".fs", ".fsh", ".glslf", ".toy", ".txt")
JSONS = (".json", ".jsonl", ".ndjson")
OURS = ("manifest.json", "report.json", "journal.jsonl", "kept.png", "dropped.png")
"""Files that ``synthbench shaders clean`` writes next to the programs."""
_GLSL = re.compile(r"\bmainImage\b|\bvoid\s+main\s*\(|\bgl_Frag|\b[iu]?vec[234]\s*\(|\b[oO](?:\.\w+)?\s*[-+*/]?=[^=]")
"""What a ``.txt`` file must contain to count as a program."""


@dataclass(frozen=True)
class Entry:
    """A program of a collection, or a file that is left out.

    Attributes:
        name: its id: Shadertoy's, or the file's name without its suffix, or its path if another file has that name.
        origin: the file, the member of the archive and the item that it comes from.
        reason: why it is left out; None for a program.
        given: whether the id is Shadertoy's.
    """

    name: str
    origin: str
    reason: str | None = None
    _read: Callable[[], str] | None = None
    given: bool = False

    def source(self) -> str:
        """The program's text.

        Raises:
            UnusableError: it is left out; the message is the reason.
        """
        if self.reason is not None or self._read is None:
            raise UnusableError(self.reason)
        return self._read()


def entries(path: Path) -> Iterator[Entry]:
    """The programs and the left-out files of a collection, in a fixed order.

    Memory use does not grow with its size, except for the ids.

    Args:
        path: a folder or a file.

    Raises:
        UsageError: the path does not exist.
        DataError: a folder in it cannot be read.
    """
    if not path.exists():
        raise UsageError(
            f"there is no collection of shader programs {str(path)!r}. "
            "Give a folder, a JSON or zip file, or one program."
        )
    seen: dict[str, str] = {}
    for entry in _folder(path) if path.is_dir() else _file(Disk(path, path.name), named=True):
        if entry.reason is not None:
            yield entry
        elif entry.given and (first := seen.get(entry.name, entry.origin)) != entry.origin:
            yield Entry(entry.name, entry.origin, f"a second program with the id {entry.name!r} (the first: {first})")
        else:
            names = (entry.name, _bare(entry.origin), entry.origin)
            name = next((name for name in names if seen.get(name, entry.origin) == entry.origin), entry.origin)
            seen[name] = entry.origin
            yield entry if name == entry.name else replace(entry, name=name)


def _bare(origin: str) -> str:
    return str(PurePosixPath(origin).with_suffix(""))


def _folder(root: Path) -> Iterator[Entry]:
    left: set[str] = set()
    try:
        for folder, entries in below(root):
            parts = PurePosixPath(folder).parts
            siblings = {(*parts, entry.name) for entry in entries if is_folder(entry)}
            left |= {"/".join(each) for each in siblings if each[-1] == "__MACOSX" or is_modes(each, siblings)}
            if any("/".join(parts[:n]) in left for n in range(1, len(parts) + 1)):
                continue
            for entry in entries:
                if not (is_folder(entry) or entry.name.startswith(".") or (not folder and entry.name in OURS)):
                    yield from _file(Disk(Path(entry.path), "/".join((*parts, entry.name))))
    except OSError as error:
        raise DataError(
            f"cannot read {error.filename or root}: {error.strerror}. Make it readable, or move it away."
        ) from error


def _file(file: File, *, named: bool = False) -> Iterator[Entry]:
    """The entries of one file: its first bytes determine whether it is an archive, JSON or a program.

    A file that the user ``named`` is read with any suffix.
    """
    name = PurePosixPath(file.origin).name
    stem, lower = name.rpartition(".")[0] or name, name.lower()
    try:
        with file.open() as stream:
            raw = stream.read(4096)
    except UNREADABLE as error:
        yield Entry(stem, file.origin, f"cannot be read: {error}")
        return
    head = raw.decode(encoding(raw[:4]), errors="replace").lstrip("\ufeff \t\r\n")
    is_json = head[:1] in ("[", "{") and head[1:].lstrip()[:1] in ('"', "{", "}", "]", "[")
    if raw.startswith(b"PK\3\4") or lower.endswith(ZIPS):
        yield from _archive(file, stem, "zip file")
    elif lower.endswith(TARS):
        yield from _archive(file, stem, "tar archive")
    elif not lower.endswith((*TEXTS, *JSONS)) and not named:
        yield Entry(
            name,
            file.origin,
            f"not a program file: {PurePosixPath(name).suffix or 'no suffix'}; supported are "
            f"{', '.join(TEXTS + JSONS)}",
        )
    elif is_json or lower.endswith(JSONS):
        yield from _json(file, stem)
    elif lower.endswith(".txt") and not _GLSL.search(head):
        yield Entry(name, file.origin, "not a program file: a text without GLSL")
    else:
        yield Entry(stem, file.origin, None, lambda: _text(file))


def _text(file: File) -> str:
    """A plain program; TwiGL's mode, if there is one, is written into its first line."""
    try:
        with file.open() as stream:
            raw = stream.read(4 * LONGEST + 1)
            mode = file.twin()
    except UNREADABLE as error:
        raise UnusableError(f"cannot be read: {error}") from error
    if len(raw) > 4 * LONGEST:
        raise UnusableError(f"too long: more than {4 * LONGEST:,} bytes; a program has at most {LONGEST:,} characters")
    text = checked(decoded(raw))
    if read := sorted(set(re.findall(r"\biChannel[0-3]\b", dialects.strip_comments(text)))):
        raise UnusableError(f"reads inputs ({', '.join(read)})")
    words = (mode or b"").decode("utf-8", "replace").split()
    for dialect in ("classic", "geekest", "geeker", "geek"):
        if words and words[0] == dialect:
            return dialects.noted(text, dialect)
    return text


def _archive(file: File, stem: str, kind: str) -> Iterator[Entry]:
    if isinstance(file, Member):
        yield Entry(stem, file.origin, f"a {kind} inside an archive is not supported")
        return
    try:
        with opened(file.path, kind == "zip file") as archive:
            for member in members(file, archive):
                if isinstance(member, Member):
                    yield from map(_kept, _file(member))
                else:
                    yield Entry(*member)
    except UNREADABLE as error:
        yield Entry(stem, file.origin, f"not a readable {kind}: {error}")


def _kept(entry: Entry) -> Entry:
    """The same with its text in memory, because its archive will be closed."""
    try:
        return _holding(entry.name, entry.origin, entry.source(), entry.given)
    except UnusableError as error:
        return Entry(entry.name, entry.origin, str(error))


def _holding(name: str, origin: str, text: str, given: bool) -> Entry:
    packed = zlib.compress(text.encode("utf-8", "replace"), 1)
    return Entry(name, origin, None, lambda: zlib.decompress(packed).decode(), given)


def _json(file: File, stem: str) -> Iterator[Entry]:
    """One document, an array of them, or a sequence of them."""
    n = -1
    try:
        with file.open() as stream:
            for n, item in enumerate(documents(stream)):
                where = file.origin if n == 0 else f"{file.origin}#{n}"
                try:
                    name, text = program(item)
                    yield _holding(name or stem, where, text, name is not None)
                except UnusableError as error:
                    yield Entry(error.name or stem, where, str(error))
        if n < 0:
            yield Entry(stem, file.origin, "JSON without a program")
    except (JsonError, RecursionError, *UNREADABLE) as error:
        yield Entry(stem, f"{file.origin}#{max(n, 0)}", f"not JSON: {error or type(error).__name__}")
