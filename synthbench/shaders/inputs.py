"""The inputs of a program: the known uniforms and varyings of the sites, their values, and unknown ones in a program.

Sources: Shadertoy's inputs; twigl.app; The Book of Shaders and glslCanvas (``u_time``, ``v_texcoord``); glslsandbox.com
(``surfacePosition``); three.js (``vUv``).
"""

from __future__ import annotations

import re

import moderngl

from synthbench.errors import SynthbenchError

SHORT = {"r": "resolution", "m": "mouse", "t": "time", "f": "frame", "s": "sound"}
"""TwiGL's short names."""
SAMPLERS = re.compile(r"iChannel[0-3]|b[01]?|backbuffer[0-9]?")
"""Textures that the sites provide and that are empty here."""
_DECLARED = re.compile(
    r"\b(uniform|varying|in)\s+((?:(?:lowp|mediump|highp|smooth|flat|centroid|noperspective)\s+)*)(\w+)\s+([^;(){}]+);"
)
_COORDINATES = frozenset({"uv", "texcoord", "texcoords", "texturecoord"})
_FLOAT, _INT, _UINT = (
    frozenset({0x1406, 0x8B50, 0x8B51, 0x8B52}),
    frozenset({0x1404, 0x8B53, 0x8B54, 0x8B55}),
    frozenset({0x1405, 0x8DC6, 0x8DC7, 0x8DC8}),
)


class CompileError(SynthbenchError):
    """The driver refuses a program; the message is the driver's, with line numbers of the program's own text."""


class UnknownInputError(CompileError):
    """A program reads an input that is not available here; the message names it."""


def declared(code: str, kind: str) -> dict[str, str]:
    """Name -> type of the uniforms (``kind`` "uniform") or varyings ("varying") that a program declares.

    The code must not contain comments.
    """
    kinds = ("uniform",) if kind == "uniform" else ("varying", "in")
    found: dict[str, str] = {}
    for match in _DECLARED.finditer(code):
        if match[1] in kinds:
            found |= dict.fromkeys(re.findall(r"(?:^|,)\s*(\w+)", match[4]), match[3])
    return found


def meaning(name: str) -> str | None:
    """The meaning of a uniform's name ("time", "resolution", ...); None for a name that is not known from a site."""
    if name in SHORT:
        return SHORT[name]
    word = re.sub(r"^(?:u_|i_|u(?=[A-Z])|i(?=[A-Z]))", "", name).replace("_", "").lower()
    word = {"globaltime": "time", "delta": "timedelta", "deltatime": "timedelta", "screenresolution": "resolution"}.get(
        word, word
    )
    return word if word in values(0.0, 1) else None


def values(time: float, size: int) -> dict[str, tuple[float, ...]]:
    """The values at ``time`` seconds on a square canvas, by meaning.

    The meaning is WebGL's as on Shadertoy. The renderer of the paper's authors (mbaradad/shaders21k,
    image_generation/shaders) differs in three of them: its iDate is always (3, 10, 3, 2021), ours is (year, month, day,
    seconds of the day) = (2022, 11, 28, time); its iFrame counts the frames drawn, ours is time * 60; its iResolution.z
    is the height, ours is the aspect ratio of a pixel, 1.
    """
    side, frame = float(size), float(int(time * 60))
    return {
        "resolution": (side, side, 1.0), "time": (time,), "timedelta": (1 / 60,), "framerate": (60.0,),
        "samplerate": (44100.0,), "frame": (frame,), "mouse": (0.0,) * 4, "date": (2022.0, 11.0, 28.0, time),
        "channeltime": (time,) * 4, "channelresolution": (0.0,) * 12, "sound": (0.0,), "surfacesize": (1.0, 1.0),
    }  # fmt: skip


def fitting(value: tuple[float, ...], uniform: moderngl.Uniform) -> object:
    """The value in the declared form: as integers, with fewer or more components (zeros), and for an array the
    elements that the driver kept."""
    kind = int if uniform.gl_type in _INT | _UINT else float  # type: ignore[attr-defined]  # moderngl's stub lacks it
    n = uniform.dimension * uniform.array_length
    numbers = [kind(x) for x in (*value, *(0.0,) * n)[:n]]
    if n == 1:
        return numbers[0]
    if uniform.array_length == 1 or uniform.dimension == 1:
        return tuple(numbers)
    return [tuple(numbers[i : i + uniform.dimension]) for i in range(0, n, uniform.dimension)]


def known(code: str, program: moderngl.Program) -> list[tuple[str, moderngl.Uniform]]:
    """(meaning, uniform) of those that a compiled program reads and that have a value here.

    Raises:
        UnknownInputError: it reads another uniform or texture, or a varying that the vertex shader here does not write.
    """
    found = []
    for name in program:
        uniform = program[name]
        if not isinstance(uniform, moderngl.Uniform) or name.startswith("synthbench_"):
            continue
        if uniform.gl_type not in _FLOAT | _INT | _UINT:  # type: ignore[attr-defined]
            if SAMPLERS.fullmatch(name):
                continue
            if "sampler" in declared(code, "uniform").get(name, "").lower():
                raise UnknownInputError(f"reads the texture {name!r}, which is not available.")
            raise UnknownInputError(f"reads the uniform {name!r}, whose value is unknown.")
        if (what := meaning(name)) is not None:
            found.append((what, uniform))
        elif not re.search(rf"\buniform\s[^;]*\b{name}\s*=", code):
            raise UnknownInputError(f"reads the uniform {name!r}, whose value is unknown.")
    for name in declared(code, "varying"):
        if varying(name) is None and len(re.findall(rf"\b{name}\b", code)) > 1:
            raise UnknownInputError(f"reads the varying {name!r}, which the vertex shader here does not write.")
    return found


def varying(name: str) -> str | None:
    """GLSL for a varying at a corner of the canvas, a vec2; None for a name that is not known from a site."""
    word = re.sub(r"^v(?=[A-Z_])", "", name).replace("_", "").lower()
    if word in _COORDINATES:
        return "corner * 0.5 + 0.5"
    return "corner * 0.5" if name == "surfacePosition" else None


def vertex_shader(varyings: dict[str, str], version: str) -> str:
    """The vertex shader of a triangle over the whole canvas, with a program's varyings (name -> type)."""
    given, taken = ("attribute", "varying") if version == "100" else ("in", "out")
    head, body = f"#version {version}\n{given} vec2 corner;\n", ""
    made = {"float": "({}).x", "vec2": "{}", "vec3": "vec3({}, 0.0)", "vec4": "vec4({}, 0.0, 1.0)"}
    for name, kind in varyings.items():
        if (value := varying(name)) is not None and kind in made:
            head += f"{taken} {kind} {name};\n"
            body += f" {name} = {made[kind].format(value)};"
    return f"{head}void main() {{ gl_Position = vec4(corner, 0.0, 1.0);{body} }}\n"
