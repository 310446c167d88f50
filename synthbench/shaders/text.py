"""Decode the text of a program."""

from __future__ import annotations

import codecs

LONGEST = 2**17
"""Maximum length of a program in characters; Shadertoy allows 65,536 per pass."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class UnusableError(Exception):
    """A program that is left out; the message is the reason, ``name`` its id if it has one."""

    name: str | None = None


def encoding(head: bytes) -> str:
    """The encoding indicated by a text's first bytes: its byte order mark, or the zeros of UTF-16; UTF-8 otherwise."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    if len(head) >= 4 and not head[1] and not head[3] and head[0] and head[2]:
        return "utf-16-le"
    if len(head) >= 4 and not head[0] and not head[2] and head[1] and head[3]:
        return "utf-16-be"
    return "utf-8"


def decoded(raw: bytes) -> str:
    """The text: UTF-8, UTF-16 or UTF-32, or else Windows' western code page."""
    try:
        return raw.decode(encoding(raw[:4]))
    except UnicodeDecodeError:
        return raw.decode("cp1252" if encoding(raw[:4]) == "utf-8" else encoding(raw[:4]), errors="replace")


def checked(text: str) -> str:
    """The unchanged text of a program.

    Raises:
        UnusableError: it is too long, empty, or not text.
    """
    if len(text) > LONGEST:
        raise UnusableError(f"too long: {len(text):,} characters; a program has at most {LONGEST:,}")
    if not text.strip():
        raise UnusableError("empty")
    strange = sum(c == "\ufffd" or (c < " " and c not in "\t\r\n\f\v") for c in text)
    if strange > 0.05 * len(text):
        raise UnusableError("not text: binary data")
    return text
