"""The grammar: rules in GLSL, read from ``library/*.glsl``, and growing a program from them.

A rule file contains rules, each with a header ``//: kind name weight``. The rule's text is GLSL with holes:

    $NAME           the function's own name
    $kind(...)      a call to a function of that kind, grown here; ``$kind.a`` names it, so that the same one is called again
    $(a,b)          a number, fixed for the program
    $i(a,b)         a whole number, fixed for the program, both ends included
    $r(a,b)         a number that differs from scene to scene; its range is a part of a..b, fixed for the program
    $p              a number in 0..1 that differs from scene to scene
    $[x|y|z]        one of these texts

Kinds are types: a ``field`` maps the plane to 0..1, a ``warp`` the plane to itself, a ``shape`` (``solid``) is a signed
distance in the plane (in space), a ``surface`` gives colours, and so on up to ``main``. A ``helper`` is emitted if and
only if something calls it.
"""  # noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

DEPTH = {"field": 2, "surface": 2, "shape": 1, "solid": 1}
"""Maximum nesting depth of a kind; below it only rules without that kind are drawn."""

HOLE = re.compile(
    r"\$(?:(NAME)|\((.+?),(.+?)\)|i\((\d+),(\d+)\)|r\((.+?),(.+?)\)|(p)(?![\w(])|([a-z]+\d?)(?:\.([a-z]))?(?=\())"
)
ASSETS = ("library/*.glsl",)
CHOICE = re.compile(r"\$\[([^\]]*)\]")
HEADER = re.compile(r"(?m)^//: (\w+) ([\w-]+) ?([\d.]*)\n")
COMMENT = re.compile(r"//[^\n]*")
WORD = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass(frozen=True)
class Rule:
    """One way to make a function of a kind."""

    kind: str
    name: str
    weight: float
    text: str


@cache
def rules() -> dict[str, list[Rule]]:
    """All rules by kind, in a fixed order: files by name, rules as in the file."""
    found: dict[str, list[Rule]] = {}
    for file in sorted((resources.files(__package__) / "library").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".glsl"):
            _, *parts = HEADER.split(file.read_text(encoding="utf-8"))
            for kind, name, weight, text in zip(*[iter(parts)] * 4, strict=True):
                found.setdefault(kind, []).append(Rule(kind, name, float(weight or 1), text.strip()))
    return found


class Growth:
    """A program being grown: the functions so far, children first.

    Args:
        rng: the program's own random stream.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.functions: list[str] = []
        self.story: list[Rule] = []
        self._rng = rng
        self._depth = dict.fromkeys(DEPTH, 0)
        self._taken: dict[str, int] = {}
        self._picks = 0

    def grow(self, kind: str) -> str:
        """Grow a function of ``kind`` and everything it calls; returns its name."""
        rule = self._draw(kind)
        self.story.append(rule)
        name = self._name(rule)
        if kind in self._depth:
            self._depth[kind] += 1
        named: dict[str, str] = {}
        text = CHOICE.sub(lambda m: str(self._rng.choice(m[1].split("|"))), rule.text)
        text = HOLE.sub(lambda m: self._fill(m, name, named), text)
        if kind in self._depth:
            self._depth[kind] -= 1
        self.functions.append(text)
        return name

    def _draw(self, kind: str) -> Rule:
        choices = rules()[kind]
        if kind in self._depth and self._depth[kind] >= DEPTH[kind]:
            choices = [rule for rule in choices if f"${kind}" not in rule.text]
        weights = np.array([rule.weight for rule in choices])
        return choices[int(self._rng.choice(len(choices), p=weights / weights.sum()))]

    def _name(self, rule: Rule) -> str:
        base = rule.name if rule.kind != "palette" else "ink"
        base = "".join(word.capitalize() if i else word for i, word in enumerate(re.split("-", base)))
        base += {"crowd": "Crowd", "cast": "Cast", "layout": "Layout", "station": "Station", "view": "View"}.get(
            rule.kind, ""
        )
        self._taken[base] = self._taken.get(base, 0) + 1
        return base if self._taken[base] == 1 else f"{base}{self._taken[base]}"

    def _fill(self, hole: re.Match[str], name: str, named: dict[str, str]) -> str:  # noqa: PLR0911 - one return per kind of hole
        own, low, high, first, last, least, most, pick, kind, label = hole.groups()
        if own:
            return name
        if low is not None:
            return number(self._rng.uniform(float(low), float(high)))
        if first is not None:
            return str(self._rng.integers(int(first), int(last) + 1))
        if least is not None:
            a, b = float(least), float(most)
            share = self._rng.uniform(0.5, 1)
            start = self._rng.uniform(0, 1 - share)
            return f"mix({number(a + (b - a) * start)}, {number(a + (b - a) * (start + share))}, {self._pick()})"
        if pick:
            return self._pick()
        if label is None:
            return self.grow(kind)
        if label not in named:
            named[label] = self.grow(kind)
        return named[label]

    def _pick(self) -> str:
        self._picks += 1
        return f"pick({self._picks}.)"


def number(x: float) -> str:
    """A GLSL float with at most three significant digits."""
    text = np.format_float_positional(x, precision=3, unique=True, fractional=False, trim="-")
    return text if "." in text else text + "."


def helpers(code: str) -> list[str]:
    """The helpers that ``code`` calls, directly or indirectly, in the order of their file."""
    needed: set[str] = set()
    todo = set(WORD.findall(COMMENT.sub("", code)))
    shelf = {rule.name: rule.text for rule in rules()["helper"]}
    while todo:
        name = todo.pop()
        if name in shelf and name not in needed:
            needed.add(name)
            todo |= set(WORD.findall(COMMENT.sub("", shelf[name])))
    return [text for name, text in shelf.items() if name in needed]
