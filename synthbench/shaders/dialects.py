"""GLSL programs as people write them -> a fragment shader that desktop GL compiles.

Shadertoy: ``mainImage(out vec4, in vec2)`` with ``iResolution``, ``iTime``, ... TwiGL (twigl.app, by doxas): *classic* and *geek* write
``main`` and declare their own uniforms, *geeker* gets the short uniforms declared, *geekest* is the bare body of ``main`` with a library.
Each TwiGL dialect also exists as GLSL ES 3.00 (output ``o`` or the author's own) beside 1.00 (``gl_FragColor``).

Source: mbaradad/shaders21k at 8809464 for the uniforms; the library is our own.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Literal, get_args

Dialect = Literal["shadertoy", "classic", "geek", "geeker", "geekest"]

VERTEX = "#version 330\nin vec2 corner;\nvoid main() { gl_Position = vec4(corner, 0.0, 1.0); }\n"

_SHADERTOY_UNIFORMS = """
uniform vec3 iResolution;
uniform float iTime, iTimeDelta, iFrameRate, iSampleRate;
uniform int iFrame;
uniform vec4 iMouse, iDate;
uniform float iChannelTime[4];
uniform vec3 iChannelResolution[4];
uniform sampler2D iChannel0, iChannel1, iChannel2, iChannel3;
"""
_SHORT_UNIFORMS = "uniform vec2 r, m; uniform float t, f, s; uniform sampler2D b;\n"
_LONG_UNIFORM = re.compile(r"\buniform\s+(?:(?:lowp|mediump|highp)\s+)?vec2\s+resolution\b")
_SHORT_UNIFORM = re.compile(r"\buniform\s+(?:(?:lowp|mediump|highp)\s+)?(?:vec2|float|sampler2D)\s+[rmtfsb]\b")
_MAIN = re.compile(r"\bvoid\s+main\s*\(")
_OWN_OUTPUT = re.compile(r"(?m)^\s*(?:layout\s*\([^)]*\)\s*)?out\s+(?:(?:lowp|mediump|highp)\s+)?vec4\s+\w+\s*;")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def strip_comments(source: str) -> str:
    """The program without its comments."""
    return _COMMENT.sub(" ", source)


def detect(source: str) -> Dialect:
    """The dialect of a program, from its text."""
    code = strip_comments(source)
    if re.search(r"\bmainImage\b", code):
        return "shadertoy"
    if not _MAIN.search(code):
        return "geekest"
    if _LONG_UNIFORM.search(code):
        return "classic"
    return "geek" if _SHORT_UNIFORM.search(code) else "geeker"


def fragment_shader(source: str, dialect: Dialect | None = None) -> str:
    """A complete ``#version 330`` fragment shader.

    Args:
        source: the program's text.
        dialect: its dialect; detected from the text where it is None.

    Raises:
        ValueError: an unknown dialect.
    """
    dialect = dialect or detect(source)
    if dialect not in get_args(Dialect):
        raise ValueError(f"unknown dialect {dialect!r}; allowed: {', '.join(get_args(Dialect))}.")
    body = re.sub(r"(?m)^\s*#\s*version\b[^\n]*$", "", source)
    body = re.sub(r"(?m)^\s*#\s*extension\b[^\n]*$", "", body)
    head = "#version 330\n"
    if dialect == "shadertoy":
        call = "void main() { vec4 c = vec4(0.0); mainImage(c, gl_FragCoord.xy); synthbench_colour = vec4(c.rgb, 1.0); }\n"
        return f"{head}{_SHADERTOY_UNIFORMS}out vec4 synthbench_colour;\n#line 1\n{body}\n{call}"
    if dialect in ("geeker", "geekest"):
        head += _SHORT_UNIFORMS
    if not _OWN_OUTPUT.search(strip_comments(body)):  # GLSL ES 1.00 writes gl_FragColor; geeker and geekest 300es get `o` declared
        head += "out vec4 o;\n#define gl_FragColor o\n"
    if dialect == "geekest":
        return f"{head}#define FC gl_FragCoord\n{library()}\nvoid main() {{\no = vec4(0.0, 0.0, 0.0, 1.0);\n#line 1\n{body}\n}}\n"
    return f"{head}#line 1\n{body}\n"


def uniforms(time: float, size: int) -> dict[str, object]:
    """Values of all uniforms that a dialect knows, at ``time`` seconds on a square canvas. Nothing is bound to samplers."""
    frame = int(time * 60)
    side = float(size)
    return {
        "iResolution": (side, side, 1.0), "iTime": time, "iTimeDelta": 1 / 60, "iFrameRate": 60.0, "iSampleRate": 44100.0,
        "iFrame": frame, "iMouse": (0.0, 0.0, 0.0, 0.0), "iDate": (2022.0, 11.0, 28.0, time), "iChannelTime": (time,) * 4,
        "resolution": (side, side), "mouse": (0.0, 0.0), "time": time, "frame": float(frame),
        "r": (side, side), "m": (0.0, 0.0), "t": time, "f": float(frame), "s": 0.0,
    }  # fmt: skip


@cache
def library() -> str:
    """The functions that a geekest program may call."""
    return (resources.files(__package__) / "library" / "geekest.glsl").read_text()
