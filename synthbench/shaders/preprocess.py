"""The preprocessing of a browser, and workarounds for Mesa's preprocessor."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_DEFINED = re.compile(r"\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))")
_KNOWN = ("GL_ES", "GL_FRAGMENT_PRECISION_HIGH", "GL_OES_standard_derivatives", "GL_EXT_shader_texture_lod")
"""Macros that a browser defines and that desktop GL does not allow to define."""


def normalise(source: str) -> str:
    """The program as a WebGL preprocessor sees it, line by line: LF line ends, no byte order mark, continued lines
    joined (keeping the number of lines), comments blanked, ``#version`` and ``#extension`` removed, a browser's
    macros resolved."""
    text = source.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    text = re.sub(r"(?:[^\n]*\\\n)+[^\n]*\n?", lambda m: m[0].replace("\\\n", "") + "\n" * m[0].count("\\\n"), text)
    text = _COMMENT.sub(lambda m: " " + "\n" * m[0].count("\n"), text)
    text = re.sub(r"(?m)^[ \t]*#[ \t]*(?:version|extension)\b[^\n]*$", "", text)
    return re.sub(r"(?m)^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b[^\n]*$", lambda m: _settled(m[0]), text)


def with_free_names(normalised: str) -> str:
    """The program with those macros renamed whose names Mesa's preprocessor does not accept as variables or members.

    The name of a macro with parameters is a plain name if no bracket opens after it. Mesa 22.3 loses count of its lines
    if a bracket closes after it, ``(h)``, and fails at the next directive (src/compiler/glsl/glcpp/glcpp-parse.y).
    """
    names = set(re.findall(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)\(", normalised))
    for name in sorted(name for name in names if re.search(rf"\b{name}\s*\)", normalised)):
        normalised = re.sub(
            rf"\b{name}(?=\s*\()|((?:undef|ifdef|ifndef|defined)[ \t]*\(?[ \t]*){name}\b",
            rf"\1synthbench_{name}",
            normalised,
        )
    return normalised


def _settled(line: str) -> str:
    for name in _KNOWN:
        line = re.sub(rf"#\s*ifdef\s+{name}\b", "#if 1", line)
        line = re.sub(rf"#\s*ifndef\s+{name}\b", "#if 0", line)
    line = _DEFINED.sub(lambda m: "1" if (m[1] or m[2]) in _KNOWN else m[0], line)
    return re.sub(r"\b__VERSION__\b", "300", line)
