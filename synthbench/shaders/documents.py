"""Shadertoy's JSON: the documents of a stream, and the program in a document.

Source: Shadertoy's REST API (one document per program) and the site's export of all programs of a user
(``{"shaders": [...]}``).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import IO, Any

from synthbench.shaders import dialects
from synthbench.shaders.text import UnusableError, checked, encoding

LONGEST_DOCUMENT = 2**26
"""Maximum length of a JSON document in characters; a user's export holds some hundred programs."""
CHUNK = 2**16
_READS = re.compile(r"\biChannel(?:(\d)|\s*##|Resolution\b|Time\b)")


class JsonError(Exception):
    """A document that is not JSON."""


def documents(stream: IO[bytes]) -> Iterator[Any]:
    """JSON documents of a stream: one, the items of an array or of Shadertoy's export, or a sequence of them.

    Text that is not JSON is yielded as a ``JsonError``; reading continues with the next line.
    """
    for item in _items(stream):
        many = item.get("shaders") if isinstance(item, dict) else None
        yield from many if isinstance(many, list) else (item,)


def _items(stream: IO[bytes]) -> Iterator[Any]:
    head = stream.read(4)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding(head), errors="replace")
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
            if not ended and end == len(buffer):  # a number may continue
                raise json.JSONDecodeError("cut", buffer, end)
        except (json.JSONDecodeError, RecursionError) as error:
            at = getattr(error, "pos", 0)
            cut = at >= len(buffer) - 12 or "Unterminated" in str(error)
            if cut and not ended and len(buffer) <= LONGEST_DOCUMENT:
                more = text.read(max(CHUNK, len(buffer)))
                buffer, ended = buffer + more, not more
                continue
            what = JsonError(f"more than {LONGEST_DOCUMENT:,} characters" if cut and not ended else str(error))
            line = -1 if array else buffer.find("\n")
            if line < 0:
                raise what from error
            yield what
            buffer = buffer[line + 1 :]
        else:
            yield item
            buffer = buffer[end:]


def program(item: Any) -> tuple[str | None, str]:
    """(id, text) of one of Shadertoy's documents: a single image pass without inputs, with its Common tab in front.

    Raises:
        UnusableError: the document does not hold such a program; ``name`` is its id, if it has one.
    """
    name: str | None = None
    try:
        if isinstance(item, JsonError):
            raise UnusableError(f"not JSON: {item}")
        shader = item.get("Shader", item) if isinstance(item, dict) else item
        if isinstance(item, dict) and "Error" in item and "Shader" not in item:
            raise UnusableError(f"Shadertoy answered: {item['Error']}")
        try:
            info, passes = shader["info"], shader["renderpass"]
            name = str(info["id"]) if info["id"] else None
            kinds = [str(p["type"]) if "type" in p else "image" for p in passes]
            codes = [str(p["code"]) for p in passes]
            inputs = [_input(i) for p in passes if "inputs" in p for i in p["inputs"] or ()]
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            what = f"{type(error).__name__}: {error}"
            raise UnusableError(
                f"JSON that does not have Shadertoy's form (info.id, renderpass[].code): {what}"
            ) from error
        if not passes:
            raise UnusableError("no render pass")
        if sorted(kinds) != ["common"] * (len(kinds) - 1) + ["image"]:
            several = len(kinds) > 1
            raise UnusableError(
                f"several render passes ({', '.join(sorted(kinds))})"
                if several
                else f"its pass is not an image but {kinds[0]}"
            )
        code = "\n".join(
            [*(c for c, kind in zip(codes, kinds, strict=True) if kind == "common"), codes[kinds.index("image")]]
        )
        reads = {match[1] for match in _READS.finditer(dialects.strip_comments(code))}  # None: any of them
        if read := {
            kind for channel, kind in inputs if reads and (channel is None or None in reads or channel in reads)
        }:
            raise UnusableError(f"reads inputs ({', '.join(sorted(read))})")
        return name, dialects.noted(checked(code), "shadertoy")
    except UnusableError as error:
        error.name = name
        raise


def _input(bound: Any) -> tuple[str | None, str]:
    """(channel, kind) of an input of a pass."""
    return str(bound["channel"]) if "channel" in bound else None, str(
        bound["ctype"] if "ctype" in bound else bound["type"]
    )
