"""Program i of the synthesiser: its text, a pure function of (i, attempt)."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from synthbench.generators.shader_synth.grammar import Growth, Rule, helpers

ASSETS = ("attempts.txt",)
KEY = 0x5EED
"""Half of the Philox key; the other half is the program's number and attempt."""

GLOBALS = """\
#define ZERO min(iFrame, 0)  // keeps the compiler from unrolling loops
float scene, run, depth;  // number of the scene, progress in it, how far the ground is along the ray
vec3 eye, ray, sun, sunlight, skylight;
"""


def grow(i: int, attempt: int = 0) -> Growth:
    """The functions of program i.

    Args:
        i: the program's number, 0 <= i < 2**32.
        attempt: index of the candidate of that number, 0 <= attempt < 2**31.
    """
    growth = Growth(np.random.Generator(np.random.Philox(key=np.array([KEY, i + (attempt << 32)], dtype=np.uint64))))
    growth.grow("palette")
    growth.grow("main")
    return growth


def source(i: int, attempt: int = 0) -> str:
    """The GLSL of program i in Shadertoy's dialect: a title, the globals, the helpers that it calls, its functions.

    Arguments as in ``grow``.
    """
    growth = grow(i, attempt)
    body = "\n\n".join(growth.functions)
    return f"// Program {i}: {describe(growth.story)}.\n{GLOBALS}\n" + "\n\n".join([*helpers(body), body]) + "\n"


def describe(story: list[Rule]) -> str:
    """A description of the program in the words of its rules."""
    words = []
    for kind in ("figures", "things", "lattice", "layout", "station", "stead", "backdrop", "sky", "veil", "view"):
        for rule in story:
            if rule.kind == kind and rule.text.startswith("// "):
                words.append(rule.text.splitlines()[0][3:].rstrip(".").lower())
    for kinds in (("shape", "solid"), ("field",)):
        names = [rule.name.replace("-", " ") for rule in story if rule.kind in kinds]
        words[-1:] = ["; ".join([*words[-1:], ", ".join(dict.fromkeys(names[:5]))])] if names else words[-1:]
    return ", ".join(dict.fromkeys(words))


@cache
def _attempts() -> str:
    return (resources.files(__package__) / "attempts.txt").read_text(encoding="ascii").replace("\n", "")


def attempt(i: int) -> int:
    """The selected attempt of number i: a digit of ``attempts.txt`` (written by ``accept``), 0 beyond its end."""
    table = _attempts()
    return int(table[i]) if i < len(table) else 0
