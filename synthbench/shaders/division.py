"""Guard divisors that a compiler could fold to zero, so that a program that divides by a constant zero draws the same
image in every process.

GLSL leaves x / 0 undefined; GPUs return an infinity, as IEEE 754 does. Mesa's llvmpipe treats the result of a division
by a constant zero as undefined and leaves a register unchanged: the image then differs between processes. If the
divisor is not a constant, or not zero, the compiler removes the guard and the code is the same as without it.

Source: Mesa 22.3, src/gallium/auxiliary/gallivm/lp_bld_arit.c, lp_build_div.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from synthbench.shaders.webgl import CLOSE, NAME, OPEN, TOKEN

_NUMBER = re.compile(r"(?:\d|\.\d)[\w.+-]*")
_DEFINE = re.compile(r"(\s*#\s*define\s+)(\w+)(\([^)\n]*\))?([^\n]*)")
_RUNTIME = frozenset({"iResolution", "iTime", "gl_FragCoord", "FC"})
"""Names whose values are unknown to the compiler."""
_CALLS = {"smoothstep": "synthbench_ramp", "mod": "synthbench_modulo"}
"""Built-in functions that divide by an argument -> our versions."""
_VECTORS = ("vec2", "vec3", "vec4")
_OTHERS = (
    *(f"{p}vec{n}" for p in "iu" for n in (2, 3, 4)),
    *(f"mat{a}x{b}" if a != b else f"mat{a}" for a in (2, 3, 4) for b in (2, 3, 4)),
)
"""Types whose divisors are not guarded."""


@dataclass(frozen=True)
class Macro:
    """A macro of a program: its parameters, if any, and its replacement."""

    parameters: tuple[str, ...] | None
    body: str


def macros(text: str) -> dict[str, list[Macro]]:
    """The macros that a program defines, by name; a name may be defined more than once."""
    found: dict[str, list[Macro]] = {}
    for line in re.findall(r"(?m)^[ \t]*#[ \t]*define\b[^\n]*", text):
        if match := _DEFINE.match(line):
            given = None if match[3] is None else tuple(p.strip() for p in match[3][1:-1].split(","))
            found.setdefault(match[2], []).append(Macro(given, match[4].strip()))
    return found


def guard(text: str) -> tuple[str, str]:
    """Guard a program's divisors; returns the program, and the functions and the uniform to declare in front of it (""
    if not needed).

    The uniform ``synthbench_nil`` is 0 unless it is set. Expressions that must be constant (constants, sizes of arrays,
    cases) are not changed: there both sides of a division are constant, and the compiler divides as in IEEE 754.

    Args:
        text: a program without comments and continued lines, as returned by ``preprocess.normalise``.
    """
    known = macros(text)
    guarded = _Text(text, known).guarded()
    return guarded, _library(*(name in guarded for name in _CALLS.values())) if guarded != text else ""


@dataclass
class _Text:
    """A program, or the body of one of its macros, as tokens."""

    text: str
    known: dict[str, list[Macro]]
    parameters: frozenset[str] = frozenset()
    in_macro: bool = False
    opened: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.raw = TOKEN.findall(self.text)
        self.where = [i for i, t in enumerate(self.raw) if not t.isspace()]
        self.tokens = [self.raw[i] for i in self.where]

    def guarded(self) -> str:
        """The text with guarded divisors."""
        i = 0
        while i < len(self.tokens):
            i = self.step(i)
        return "".join(self.opened.get(i, "") + t + self.closed.get(i, "") for i, t in enumerate(self.raw))

    def step(self, i: int) -> int:
        """Process token i; returns the index to continue at."""
        token = self.tokens[i]
        if token.lstrip().startswith("#"):
            self.raw[self.where[i]] = self.directive(token)
        elif token == "const":
            return self.end(i)
        elif token == "case":
            return self.end(i, ":")
        elif token == "[":
            return self.after(i) or i + 1
        elif token in _CALLS and self.at(i + 1) == "(" and token not in self.known and not self.harmless_call(i):
            self.raw[self.where[i]] = _CALLS[token]
        elif token == "/":
            whole = self.at(i + 1) == "=" and self.where[i + 1] == self.where[i] + 1
            start = i + 2 if whole else i + 1
            stop = self.end(start) if whole else self.operand(start)
            if (
                stop is not None
                and stop > start
                and not self.harmless(start, stop, whole)
                and (whole or not self.constant_numerator(i))
            ):
                first, last = self.where[start], self.where[stop - 1]
                self.opened[first] = self.opened.get(first, "") + "synthbench_over("
                self.closed[last] = ")" + self.closed.get(last, "")
        return i + 1

    def directive(self, line: str) -> str:
        if not (match := _DEFINE.fullmatch(line)):
            return line
        parameters = frozenset(NAME.findall(match[3] or ""))
        return (
            f"{match[1]}{match[2]}{match[3] or ''}" + _Text(match[4], self.known, parameters, in_macro=True).guarded()
        )

    def at(self, i: int) -> str:
        return self.tokens[i] if 0 <= i < len(self.tokens) else ""

    def after(self, i: int) -> int | None:
        """The index after the bracket that closes the one at i; None if there is none, or a directive comes first."""
        depth = 0
        for j in range(i, len(self.tokens)):
            depth += (self.tokens[j] in OPEN) - (self.tokens[j] in CLOSE)
            if depth == 0:
                return j + 1
            if self.tokens[j].lstrip().startswith("#"):
                return None
        return None

    def end(self, i: int, stop: str = "") -> int:
        """The index of the token that ends the expressions from i on: ``;``, ``stop`` or the closing bracket around
        them.

        A comma, or a colon without ``?``, ends the divisor of ``/=``, but not a declaration of constants.
        """
        divisor, depth, questions = self.at(i - 1) == "=", 0, 0
        for j in range(i, len(self.tokens)):
            token = self.tokens[j]
            depth += (token in OPEN) - (token in CLOSE)
            questions += token == "?"
            if depth < 0 or (depth == 0 and token in (";", stop)) or token.lstrip().startswith("#"):
                return j
            if depth == 0 and divisor and (token == "," or (token == ":" and questions == 0)):
                return j
            questions -= token == ":" and questions > 0
        return len(self.tokens)

    def operand(self, i: int) -> int | None:
        """The index after the operand that starts at i: signs; then a number, a name, a call or brackets; then
        indices and members."""
        while self.at(i) and self.at(i) in "+-!~":
            i += 1
        token = self.at(i)
        if token == "(":
            j = self.after(i)
        elif _NUMBER.fullmatch(token):
            return i + 1
        else:
            j = i + 1 if NAME.fullmatch(token) else None
        while j is not None:
            if self.at(j) == "[" or (self.at(j) == "(" and self.at(j - 1) != ")"):
                j = self.after(j)
            elif (self.at(j) == "." and NAME.fullmatch(self.at(j + 1))) or self.at_step(j):
                j += 2
            else:
                return j
        return None

    def at_step(self, i: int) -> bool:
        """Whether token i is ``++`` or ``--``."""
        return self.at(i) in ("+", "-") and self.at(i + 1) == self.at(i) and self.where[i + 1] == self.where[i] + 1

    def is_operand(self) -> bool:
        """Whether the whole text is one operand in any context: a word, a number, or brackets that close at its end."""
        return bool(self.tokens) and self.operand(0) == len(self.tokens)

    def harmless(self, start: int, stop: int, whole: bool) -> bool:
        """Whether a divisor does not need a guard, or must not have one: a number other than zero, a uniform, a
        macro that is not an operand by itself."""
        while start < stop - 1 and self.at(start) in "+-":
            start += 1
        head = self.at(start)
        if stop == start + 1 and _NUMBER.fullmatch(head):
            return not _is_zero(head)
        if (
            head in _RUNTIME
            and head not in self.known
            and (stop == start + 1 or (stop == start + 3 and self.at(start + 1) == "."))
        ):
            return True
        if head in self.parameters and stop == start + 1:
            return True  # the argument may be a sum, and only its first term is then the divisor
        if head not in self.known:
            return False
        bodies = [macro.body for macro in self.known[head]]
        if all(_NUMBER.fullmatch(body) and not _is_zero(body) for body in bodies):
            return True
        return not whole and not all(_Text(body, {}).is_operand() for body in bodies)

    def constant_numerator(self, i: int) -> bool:
        """Whether the numerator is a single number: constants are divided by the compiler itself, correctly."""
        before = self.at(i - 2)
        return (
            bool(_NUMBER.fullmatch(self.at(i - 1)))
            and before not in ("*", "/", "%")
            and bool(before or not self.in_macro)
        )

    def harmless_call(self, i: int) -> bool:
        """``smoothstep(0.0, 1.0, ...)``, ``mod(..., 2.0)``: numbers that do not give a divisor of zero."""
        if (stop := self.after(i + 1)) is None:
            return True
        given, depth = [list[str]()], 0
        for token in self.tokens[i + 2 : stop - 1]:
            depth += (token in OPEN) - (token in CLOSE)
            if depth == 0 and token == ",":
                given.append([])
            else:
                given[-1].append(token)
        numbers = [_value("".join(tokens)) for tokens in given]
        if self.at(i) == "mod":
            return len(numbers) > 1 and bool(numbers[1])
        return len(numbers) > 1 and None not in numbers[:2] and numbers[0] != numbers[1]


def _value(text: str) -> float | None:
    try:
        return float(text.rstrip("fF"))
    except ValueError:
        return None


def _is_zero(number: str) -> bool:
    return re.fullmatch(r"[0.]+(?:[eE][+-]?\d+)?[fFuU]?", number) is not None


@cache
def _library(ramp: bool, modulo: bool) -> str:
    """The uniform, ``synthbench_over`` for a divisor, and, if used, our ``smoothstep`` and ``mod``."""
    nil = "intBitsToFloat(floatBitsToInt(b) | synthbench_nil)"  # keeps the sign of a zero
    lines = ["uniform int synthbench_nil;", f"float synthbench_over(float b) {{ return b == 0.0 ? {nil} : b; }}"]
    lines += [f"{v} synthbench_over({v} b) {{ return mix(b, {nil}, equal(b, {v}(0.0))); }}" for v in _VECTORS]
    lines += [
        f"{k} synthbench_over({k} b) {{ return b == {k}(0) ? {k}(synthbench_nil) : b; }}" for k in ("int", "uint")
    ]
    lines += [f"{k} synthbench_over({k} b) {{ return b; }}" for k in _OTHERS]
    for k, edge in (("float", "float"), *((v, "float") for v in _VECTORS), *((v, v) for v in _VECTORS)):
        if ramp:
            start = f"{k} t = clamp((x - a) / synthbench_over(b - a), 0.0, 1.0);"
            chosen = _chosen(edge, "a", "b", "smoothstep(a, b, x)", "t * t * (3.0 - 2.0 * t)")
            lines.append(f"{k} synthbench_ramp({edge} a, {edge} b, {k} x) {{ {start} return {chosen}; }}")
        if modulo:
            chosen = _chosen(edge, "b", f"{edge}(0.0)", "mod(x, b)", "x - b * floor(x / synthbench_over(b))")
            lines.append(f"{k} synthbench_modulo({k} x, {edge} b) {{ return {chosen}; }}")
    return "\n".join(lines) + "\n"


def _chosen(kind: str, a: str, b: str, other: str, equal: str) -> str:
    """GLSL for ``equal`` where a == b and ``other`` elsewhere, component by component."""
    return f"{a} == {b} ? {equal} : {other}" if kind == "float" else f"mix({other}, {equal}, equal({a}, {b}))"
