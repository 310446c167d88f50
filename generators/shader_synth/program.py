"""Program i of the synthesiser: its text, a pure function of (i, attempt)."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np

from synthbench.generators.shader_synth.grammar import Growth, Rule, helpers

KEY = 0x5EED
"""Half of the Philox key; the other half is the program's number and attempt."""

GLOBALS = """\
#define ZERO min(iFrame, 0)  // keeps the compiler from unrolling loops
float scene, run, depth;            // number of the scene, progress in it, how far the ground is along the ray
vec3 eye, ray, sun, sunlight, skylight;
"""


def source(i: int, attempt: int = 0) -> str:
    """The program's GLSL in Shadertoy's dialect.

    Args:
        i: the program's number, 0 <= i < 2**32.
        attempt: which candidate of that number, 0 <= attempt < 2**31.
    """
    rng = np.random.Generator(np.random.Philox(key=np.array([KEY, i + (attempt << 32)], dtype=np.uint64)))
    growth = Growth(rng)
    growth.grow("palette")
    growth.grow("main")
    body = "\n\n".join(growth.functions)
    return f"// Program {i}: {describe(growth.story)}.\n{GLOBALS}\n" + "\n\n".join([*helpers(body), body]) + "\n"


def describe(story: list[Rule]) -> str:
    """What the program shows, from the first comment of the rules that speak of whole things."""
    words = []
    for kind in ("figures", "things", "lattice", "crowd", "cast", "layout", "station", "stead", "backdrop", "sky", "veil", "view"):
        for rule in story:
            if rule.kind == kind and rule.text.startswith("// "):
                words.append(rule.text.splitlines()[0][3:].rstrip(".").lower())
    shapes = [rule.name.replace("-", " ") for rule in story if rule.kind in ("shape", "solid")]
    stuffs = [rule.name.replace("-", " ") for rule in story if rule.kind in ("field",)]
    text = ", ".join(dict.fromkeys(words)) or "a pattern"
    if shapes:
        text += "; " + ", ".join(dict.fromkeys(shapes))
    if stuffs:
        text += "; " + ", ".join(dict.fromkeys(stuffs[:4]))
    return text


@cache
def _attempts() -> str:
    return (resources.files(__package__) / "attempts.txt").read_text(encoding="ascii").strip()


def attempt(i: int) -> int:
    """The first candidate of number i that the filters of ``accept`` let through: one digit each in ``attempts.txt``, 0 beyond its end."""
    table = _attempts()
    return int(table[i]) if i < len(table) else 0
