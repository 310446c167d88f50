"""Convert GLSL programs in common dialects to a fragment shader that desktop GL compiles.

Shadertoy: ``mainImage(out vec4, in vec2)`` with ``iResolution``, ``iTime``, ... TwiGL (twigl.app, by doxas): *classic*
and *geek* write ``main`` and declare their own uniforms, for *geeker* the short uniforms are declared, *geekest* is the
bare body of ``main`` with a library. Each TwiGL dialect also exists as GLSL ES 3.00 (output ``o`` or the author's own)
besides 1.00 (``gl_FragColor``).

Source: mbaradad/shaders21k at 8809464 for the uniforms; the library is our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Literal, get_args

from synthbench.shaders import division, inputs, preprocess, webgl

Dialect = Literal["shadertoy", "classic", "geek", "geeker", "geekest"]

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
_SHORT_UNIFORM = re.compile(r"\buniform\s+(?:(?:lowp|mediump|highp)\s+)?(?:vec2|float|sampler2D)\s+[rmtfsb]\b")
_MAIN = re.compile(r"\bvoid\s+main\s*\(")
_SHADERTOY_NAME = re.compile(r"\bi(?:Resolution|Time|GlobalTime)\b")
_NOTE = re.compile(r"\s*//! dialect: (\w+)\n")
_OLD_NAMES = {
    "texture2D": "texture", "textureCube": "texture", "texture2DLod": "textureLod", "texture2DLodEXT": "textureLod",
    "textureCubeLodEXT": "textureLod", "texture2DGradEXT": "textureGrad", "texture2DProj": "textureProj",
    "iGlobalTime": "iTime", "gl_FragDepthEXT": "gl_FragDepth", "HW_PERFORMANCE": "1",
}  # fmt: skip
_ASSERT = "void st_assert(bool ok) {}\nvoid st_assert(bool ok, int which) {}\n"
# GLSL ES 3.00 has packHalf2x16 and related functions, GLSL 3.30 does not
_PACKING = "#extension GL_ARB_shading_language_packing : enable\n"


def strip_comments(source: str) -> str:
    """The program without its comments."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", " ", source, flags=re.DOTALL)


def detect(source: str) -> Dialect:
    """The dialect of a program: from its first line (``//! dialect: geeker``), or else guessed from its text."""
    if (note := _NOTE.match(source)) and note[1] in get_args(Dialect):
        return note[1]  # type: ignore[return-value]
    code = strip_comments(source)
    if re.search(r"\bmainImage\b", code):
        return "shadertoy"
    if not _MAIN.search(code):
        return "geekest"
    if any(
        len(name) > 1 and inputs.meaning(name) for name in inputs.declared(code, "uniform")
    ) and not _SHADERTOY_NAME.search(code):
        return "classic"
    if _SHORT_UNIFORM.search(code):
        return "geek"
    # Shadertoy's first programs had their own main
    return "shadertoy" if _SHADERTOY_NAME.search(code) else "geeker"


def noted(source: str, dialect: Dialect) -> str:
    """The program with its dialect in its first line, if it would be detected as another from its text alone."""
    return source if detect(source) == dialect else f"//! dialect: {dialect}\n{source}"


def shaders(source: str, dialect: Dialect | None = None) -> Iterator[tuple[str, str]]:
    """Vertex and fragment shader pairs, to be tried in this order until one compiles.

    First GLSL 3.30 with WebGL's rules written out and guarded divisors (``division``); then without the guards; then
    with renamed macros, if that may help; then 3.30 with the unchanged text, called from below; then the same as GLSL
    ES 3.00 and 1.00, which desktop drivers support too (ARB_ES3_compatibility, ARB_ES2_compatibility).

    Args:
        source: the program's text.
        dialect: its dialect; detected from the text if None.

    Raises:
        ValueError: an unknown dialect.
    """
    dialect = dialect or detect(source)
    if dialect not in get_args(Dialect):
        raise ValueError(f"unknown dialect {dialect!r}; allowed: {', '.join(get_args(Dialect))}.")
    text = re.sub(r"\bgl_FragData\s*\[\s*0\s*\]", "gl_FragColor", preprocess.normalise(source))
    varyings = inputs.declared(text, "varying")
    vertex = inputs.vertex_shader(varyings, "330")
    yield vertex, _adapted(text, dialect, guarded=True)
    yield vertex, _adapted(text, dialect, guarded=False)
    if (renamed := preprocess.with_free_names(text)) != text:
        yield vertex, _adapted(renamed, dialect, guarded=True)
    version3 = "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler3D;\n"
    yield vertex, _plain(text, dialect, "#version 330\n")
    yield inputs.vertex_shader(varyings, "300 es"), _plain(text, dialect, version3)
    if dialect != "geekest":
        version1 = "#version 100\nprecision highp float;\nprecision highp int;\n"
        yield inputs.vertex_shader(varyings, "100"), _plain(text, dialect, version1)


def _adapted(text: str, dialect: Dialect, *, guarded: bool) -> str:
    """GLSL 3.30 with WebGL's rules.

    The code that calls the program is before it, where the program's macros do not apply, as on the site.
    """
    output: str | None = _output(text)
    program = webgl.adapt(text, in_main=dialect == "geekest", output=output)
    if program.outputs:
        output = None
    body, functions = division.guard(program.text) if guarded else (program.text, "")
    head = (
        "#version 330\n"
        + (_PACKING if re.search(r"pack(?:Half|[SU]norm)2x16", text) else "")
        + functions
        + _names(text)
    )
    if dialect == "shadertoy":
        head += _declared(_SHADERTOY_UNIFORMS, program.uniforms) + (_ASSERT if "st_assert" in text else "")
    elif dialect in ("geeker", "geekest"):
        head += _declared(_SHORT_UNIFORMS, program.uniforms)
    head += _outputs(text, output)
    if dialect == "geekest":
        cleared = f"{output} = vec4(0.0, 0.0, 0.0, 1.0);" if output else ""
        return (
            f"{head}#define FC gl_FragCoord\n{library()}{program.head}\n"
            f"void main() {{\n{cleared}\n#line 1\n{body}\n}}\n"
        )
    if dialect != "shadertoy" or "mainImage" not in text:
        return f"{head}{program.head}#line 1\n{body}\n"
    start = "synthbench_start(); " if program.at_start else ""
    call = (
        f"void main() {{ {start}vec4 c = vec4(0.0); mainImage(c, "
        "gl_FragCoord.xy); synthbench_colour = vec4(c.rgb, 1.0); }\n"
    )
    before = "void synthbench_start();\n" if start else ""
    after = f"void synthbench_start() {{ {' '.join(program.at_start)} }}\n" if start else ""
    return f"{head}{program.head}{before}void mainImage(out vec4 c, in vec2 p);\n{call}#line 1\n{body}\n{after}"


def _plain(text: str, dialect: Dialect, version: str) -> str:
    """The unchanged program, under any version of GLSL."""
    old = "100" in version
    head, output = version, _output(text)
    if dialect == "shadertoy":
        head += _SHADERTOY_UNIFORMS + (_ASSERT if "st_assert" in text else "")
    elif dialect in ("geeker", "geekest"):
        head += _SHORT_UNIFORMS
    if old:
        head += "#define synthbench_colour gl_FragColor\n"
    else:
        head += _names(text) + ("" if re.search(r"\bout\s+(?:\w+\s+)?vec4\s+\w+\s*;", text) else _outputs(text, output))
    if dialect == "geekest":
        return f"{head}#define FC gl_FragCoord\n{library()}\nvoid main() {{\n#line 1\n{text}\n}}\n"
    if dialect != "shadertoy" or "mainImage" not in text:
        return f"{head}#line 1\n{text}\n"
    call = "void main() { vec4 c = vec4(0.0); mainImage(c, gl_FragCoord.xy); synthbench_colour = vec4(c.rgb, 1.0); }\n"
    return f"{head}#line 1\n{text}\n#undef mainImage\n{call}"


def _output(text: str) -> str:
    """The name of the output that a program writes: GLSL ES 1.00 has ``gl_FragColor``; TwiGL declares ``o``, or
    ``o0`` and ``o1``."""
    if re.search(r"\bmainImage\b|\bgl_FragColor\b", text):
        return "synthbench_colour"
    return "o0" if re.search(r"\bo0\b", text) else "o"


def _outputs(text: str, output: str | None) -> str:
    if output is None:
        return ""
    if output == "o0":
        return "layout(location = 0) out vec4 o0;\nlayout(location = 1) out vec4 o1;\nuniform sampler2D b0, b1;\n"
    head = f"out vec4 {output};\n"
    return head + f"#define gl_FragColor {output}\n" if "gl_FragColor" in text else head


def _names(text: str) -> str:
    """Macros for names of GLSL ES 1.00 and of early Shadertoy that a program uses and does not define or declare."""
    made = inputs.declared(text, "uniform").keys() | set(re.findall(r"#\s*define\s+(\w+)", text))
    used = [name for name in _OLD_NAMES if re.search(rf"\b{name}\b", text) and name not in made]
    return "".join(f"#define {name} {_OLD_NAMES[name]}\n" for name in used)


def _declared(uniforms: str, own: set[str]) -> str:
    """Uniform declarations without those in the program itself."""
    lines = []
    for line in filter(None, (part.strip() for part in uniforms.split(";"))):
        kind, _, names = line.removeprefix("uniform ").partition(" ")
        left = [name for name in names.split(", ") if name.partition("[")[0] not in own]
        lines += [f"uniform {kind} {', '.join(left)};\n"] if left else []
    return "".join(lines)


@cache
def library() -> str:
    """The functions available to geekest programs."""
    return (resources.files(__package__) / "library" / "geekest.glsl").read_text(encoding="utf-8")
