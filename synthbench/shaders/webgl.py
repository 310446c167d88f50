"""Apply WebGL's rules to a program for desktop GL: variables start at zero, names reserved only on the desktop are
free, and a program may overload a built-in function and still use the built-in.

The program is read as tokens, not fully parsed: a type followed by a name is a declaration. What this reader does not
understand (a declaration inside a macro, say) is left unchanged.

Source: GLSL ES 3.00, sections 3.7 (keywords), 4.1.9, 6.1; the WebGL specification, section 4.1 (uninitialised memory is
never read).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BASIC = frozenset(
    ["float", "int", "uint", "bool"]
    + [f"{p}vec{n}" for p in ("", "i", "u", "b") for n in (2, 3, 4)]
    + ["mat2", "mat3", "mat4"]
    + [f"mat{a}x{b}" for a in (2, 3, 4) for b in (2, 3, 4)]
)
RESERVED = _words(
    """packed sample input output filter common partition active resource patch subroutine precise coherent restrict readonly writeonly volatile
    noperspective half fixed long short double class this template public static inline noinline extern external goto superp union enum typedef
    interface asm sizeof cast namespace using unsigned atomic_uint texture1D image1D image2D image3D imageCube image1DArray image2DArray
    imageBuffer iimage1D iimage2D iimage3D iimageCube uimage1D uimage2D uimage3D uimageCube"""  # noqa: E501
)
"""Names reserved by desktop GLSL or one of its drivers; in a program they are renamed."""
QUALIFIERS = _words(
    "const uniform in out inout attribute varying layout highp "
    "mediump lowp invariant flat smooth centroid buffer shared"
)
NOT_OURS = _words("const uniform in attribute varying layout buffer shared")
"""Variables with one of these qualifiers are not initialised."""

TOKEN = re.compile(r"(?m)^[ \t]*#[^\n]*|\s+|[A-Za-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w*|.", re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
_ALIAS = re.compile(r"^\s*#\s*define\s+(\w+)[ \t]+(?:(?:highp|mediump|lowp)\s+)?(\w+)\s*$")
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")


@dataclass
class Program:
    """The result of reading a program: what was found, and the changed program."""

    text: str
    outputs: list[str] = field(default_factory=list)
    """Names that the program declares ``out``."""
    uniforms: set[str] = field(default_factory=set)
    at_start: list[str] = field(default_factory=list)
    """Statements to run first in our ``main``: they clear the program's global arrays and structs."""
    head: str = ""
    """Functions to put in front of the program: the built-ins that it overloads."""


def adapt(normalised: str, *, in_main: bool = False, output: str | None = None) -> Program:
    """A program with zeroed variables, free names and its own overloads of built-ins.

    Args:
        normalised: the result of ``preprocess.normalise``.
        in_main: whether the text is the body of ``main``.
        output: the output that is declared in front of it and cleared in its ``main``.
    """
    text = re.sub(r"[A-Za-z_]\w*", lambda m: f"synthbench_{m[0]}" if m[0] in RESERVED else m[0], normalised)
    reader = _Reader(text, in_main, output)
    reader.read()
    head, renamed = _overloads(reader.functions)
    changed = reader.changed()
    if renamed:
        changed = re.sub(
            r"\.\s*length\s*\(\s*\)|[A-Za-z_]\w*", lambda m: f"synthbench_{m[0]}" if m[0] in renamed else m[0], changed
        )
    return Program(changed, reader.outputs, reader.uniforms, reader.at_start, head)


class _Reader:
    """Walks over the tokens of a program and records insertions."""

    def __init__(self, text: str, in_main: bool, output: str | None) -> None:
        self.raw = TOKEN.findall(text)
        self.where = [i for i, t in enumerate(self.raw) if not t.isspace()]  # the significant tokens
        self.tokens = [self.raw[i] for i in self.where]
        self.insert: dict[int, str] = {}
        self.types = {name: f"{name}(0)" for name in BASIC}  # type -> its zero
        self.clearable: dict[str, str] = {}  # struct -> the function that makes its zero
        self.depth = 1 if in_main else 0
        self.output = output
        self.outputs: list[str] = []
        self.uniforms: set[str] = set()
        self.at_start: list[str] = []
        self.functions: dict[str, list[tuple[str, ...]]] = {}

    def changed(self) -> str:
        return "".join(t + self.insert.get(i, "") for i, t in enumerate(self.raw))

    def at(self, i: int) -> str:
        return self.tokens[i] if i < len(self.tokens) else ""

    def put(self, i: int, text: str) -> None:
        """Insert text after token i."""
        self.insert[self.where[i]] = self.insert.get(self.where[i], "") + text

    def read(self) -> None:
        i, start, parens, branches = 0, True, 0, list[tuple[int, int]]()
        while i < len(self.tokens):
            token = self.tokens[i]
            if token.lstrip().startswith("#"):
                self.depth, parens = self.directive(token, branches, parens)
                i += 1
                continue
            if start and (end := self.declaration(i, parens)) is not None:
                i, start = end, True
                continue
            self.depth += (token == "{") - (token == "}")
            parens += (token == "(") - (token == ")")
            start = token in "{};:)" or token == "else" or (token == "(" and self.at(i - 1) == "for")
            i += 1

    def directive(self, line: str, branches: list[tuple[int, int]], parens: int) -> tuple[int, int]:
        """Depths after a directive: each branch of an ``#if`` starts at the depth of the ``#if``."""
        word = (re.findall(r"[a-z]+", line) or [""])[0]
        if word in ("if", "ifdef", "ifndef"):
            branches.append((self.depth, parens))
        elif word in ("else", "elif") and branches:
            return branches[-1]
        elif word == "endif" and branches:
            branches.pop()
        elif (alias := _ALIAS.match(line)) and alias[2] in self.types:
            self.types.setdefault(alias[1], self.types[alias[2]])
        return self.depth, parens

    def declaration(self, i: int, parens: int) -> int | None:
        """Read a declaration that starts at token i; returns the index after it, or None if there is none."""
        j, qualifiers = i, set[str]()
        while self.at(j) in QUALIFIERS:
            qualifiers.add(self.at(j))
            j = self.after(j + 1) if self.at(j) == "layout" and self.at(j + 1) == "(" else j + 1
        if self.at(j) == "struct":
            return self.struct(j, parens)
        zero = self.types.get(self.at(j))
        if self.at(j) == "void" and self.at(j + 2) == "(":
            return self.function(j + 1, parens)
        if zero is None:
            if qualifiers & {"uniform", "out"} and NAME.fullmatch(self.at(j + 1)):  # a sampler, say
                self.note(qualifiers, self.at(j + 1))
            return None
        kind, j = self.at(j), j + 1
        array = self.at(j) == "["
        while self.at(j) == "[":
            j = self.after(j)
        if not NAME.fullmatch(self.at(j)):
            return None
        if self.at(j + 1) == "(":
            return self.function(j, parens)
        return self.variables(j, kind, array, qualifiers, parens)

    def note(self, qualifiers: set[str], name: str) -> None:
        if "uniform" in qualifiers:
            self.uniforms.add(name)
        if "out" in qualifiers and name not in self.outputs:
            self.outputs.append(name)

    def variables(self, j: int, kind: str, array: bool, qualifiers: set[str], parens: int) -> int | None:
        """Declarators from the first name on: initialise each one without an initialiser with zero."""
        later, zero = list[str](), self.types[kind]
        while True:
            name, is_array, j = self.at(j), array, j + 1
            self.note(qualifiers, name)
            while self.at(j) == "[":
                is_array, j = True, self.after(j)
            if self.at(j) == "=":
                j = self.skip(j + 1)
            elif self.at(j) in (",", ";") and not qualifiers & NOT_OURS and zero:
                if "out" in qualifiers:
                    self.at_start.append(f"{name} = {zero};")
                elif is_array:
                    later.append(_clear(name, zero))
                elif kind in self.clearable and self.depth == 0:
                    later.append(f"{name} = {zero};")
                else:
                    self.put(j - 1, f" = {zero}")
            if self.at(j) == "," and NAME.fullmatch(self.at(j + 1)):
                j += 1
                continue
            if self.at(j) != ";":
                return None if j >= len(self.tokens) else j
            if self.depth == 0:
                self.at_start += later
            elif parens == 0:
                self.put(j, " ".join(["", *later]) if later else "")
            return j + 1

    def struct(self, j: int, parens: int) -> int | None:
        """``struct S { members } declarators;``: S becomes a type; a function that returns its zero follows it."""
        name, body = self.at(j + 1), j + 2
        if self.at(body) != "{":
            return None
        end, k, lines = self.after(body), body + 1, list[str]()
        whole = self.depth == 0
        while k < end - 1:
            while self.at(k) in QUALIFIERS:
                k += 1
            zero = self.types.get(self.at(k), "")
            whole = whole and bool(zero)
            k, array = k + 1, False
            while self.at(k) == "[":
                array, k = True, self.after(k)
            while k < end - 1 and self.at(k) != ";":
                member, is_array, k = self.at(k), array, k + 1
                while self.at(k) == "[":
                    is_array, k = True, self.after(k)
                lines.append(_clear(f"s.{member}", zero) if is_array else f"s.{member} = {zero};")
                k += self.at(k) == ","
            k += 1
        make = f"synthbench_zero_{name}"
        self.types[name] = f"{make}()" if whole else ""
        if self.at(end) == ";":
            after: int | None = end + 1
        else:  # its variables: global ones are cleared later, local ones rely on the driver's zeros
            if whole:
                self.clearable[name] = make
            after = self.variables(end, name, False, set(), parens)
        if whole:
            self.clearable[name] = make
            self.put((after or end) - 1, f" {name} {make}() {{ {name} s; {' '.join(lines)} return s; }}")
        return after

    def function(self, j: int, parens: int) -> int | None:
        """``type name(parameters)``, then ``;`` or a body, at the start of which the ``out`` parameters are set to
        zero."""
        name, end = self.at(j), self.after(j + 1)
        if self.depth > 0 or parens:
            return None
        kinds, zeros, k = list[str](), list[str](), j + 2
        while k < end - 1:
            out = False
            while self.at(k) in QUALIFIERS:
                out, k = out or self.at(k) == "out", k + 1
            kind, k, array = self.at(k), k + 1, False
            while self.at(k) == "[":
                array, k = True, self.after(k)
            given = self.at(k) if NAME.fullmatch(self.at(k)) else ""
            k += bool(given)
            while self.at(k) == "[":
                array, k = True, self.after(k)
            if kind != "void" or given:
                kinds.append(kind)
            if out and given and (zero := self.types.get(kind)):
                zeros.append(_clear(given, zero) if array else f"{given} = {zero};")
            if self.at(k) != "," and k != end - 1:  # a macro among the parameters
                break
            k += 1
        self.functions.setdefault(name, []).append(tuple(kinds))
        if self.at(end) != "{":
            return end
        if name == "main":
            zeros += self.at_start + (
                [f"{self.output} = vec4(0.0, 0.0, 0.0, 1.0);"] if self.output and not self.outputs else []
            )
        self.put(end, " ".join(["", *zeros]) if zeros else "")
        self.depth += 1
        return end + 1

    def after(self, i: int) -> int:
        """The index after the bracket that closes the one at i."""
        depth = 0
        for j in range(i, len(self.tokens)):
            depth += (self.tokens[j] in OPEN) - (self.tokens[j] in CLOSE)
            if depth == 0:
                return j + 1
        return len(self.tokens)

    def skip(self, i: int) -> int:
        """The index of the ``,`` or ``;`` that ends an expression, or of the bracket that closes around it."""
        while i < len(self.tokens) and self.tokens[i] not in (",", ";") and self.tokens[i] not in CLOSE:
            i = self.after(i) if self.tokens[i] in OPEN else i + 1
        return i


def _clear(array: str, zero: str) -> str:
    i = "synthbench_i"
    return f"for (int {i} = 0; {i} < {array}.length(); {i}++) {array}[{i}] = {zero};"


_OF_ONE = _words(
    """sin cos tan asin acos sinh cosh tanh asinh acosh atanh exp log exp2 log2 sqrt inversesqrt floor ceil trunc round fract radians degrees
    normalize dFdx dFdy fwidth"""  # noqa: E501
)
SIGNATURES = {
    **dict.fromkeys(_OF_ONE, "g:g"),
    **dict.fromkeys(("isnan", "isinf", "lessThan", "equal", "any", "all", "not"), ""),
    "abs": "g:g I:I", "sign": "g:g I:I", "pow": "g:gg", "atan": "g:g g:gg", "mod": "g:gg g:gf",
    "min": "g:gg g:gf I:II I:Ii", "max": "g:gg g:gf I:II I:Ii", "clamp": "g:ggg g:gff I:III I:Iii",
    "mix": "g:ggg g:ggf", "step": "g:gg g:fg", "smoothstep": "g:ggg g:ffg",
    "length": "f:g", "distance": "f:gg", "dot": "f:gg", "reflect": "g:gg", "refract": "g:ggf", "faceforward": "g:ggg",
    "cross": "3:33", "transpose": "m:m", "inverse": "m:m", "determinant": "f:m", "matrixCompMult": "m:mm",
    "outerProduct": "m:vv", "texture": "4:s2 4:s2f", "textureLod": "4:s2f", "texelFetch": "4:sJi",
}  # fmt: skip
"""Built-in functions of GLSL ES 3.00 -> result:arguments; g, I: float and int of any length; m, v: square matrix and
its vector."""
_FIXED = {"f": "float", "i": "int", "2": "vec2", "3": "vec3", "4": "vec4", "s": "sampler2D", "J": "ivec2"}
_FAMILIES = {
    "g": ("float", "vec2", "vec3", "vec4"),
    "I": ("int", "ivec2", "ivec3", "ivec4"),
    "m": ("mat2", "mat3", "mat4"),
    "v": ("vec2", "vec3", "vec4"),
}


def _overloads(functions: dict[str, list[tuple[str, ...]]]) -> tuple[str, set[str]]:
    """For each built-in that a program overloads: the built-in's other signatures as functions with a new name,
    which is also used for the program's."""
    renamed = functions.keys() & SIGNATURES.keys()
    lines = []
    for name in sorted(renamed):
        for result, arguments in _forms(SIGNATURES[name]):
            if arguments not in functions[name]:
                parameters = ", ".join(f"{kind} a{i}" for i, kind in enumerate(arguments))
                call = ", ".join(f"a{i}" for i in range(len(arguments)))
                lines.append(f"{result} synthbench_{name}({parameters}) {{ return {name}({call}); }}\n")
    return "".join(lines), renamed


@cache
def _forms(signatures: str) -> list[tuple[str, tuple[str, ...]]]:
    forms = dict[tuple[str, ...], str]()
    for signature in signatures.split():
        result, _, arguments = signature.partition(":")
        lengths = {len(_FAMILIES[c]) for c in result + arguments if c in _FAMILIES} or {1}
        for i in range(max(lengths)):
            kinds = [_FAMILIES[c][i] if c in _FAMILIES else _FIXED[c] for c in result + arguments]
            forms.setdefault(tuple(kinds[1:]), kinds[0])
    return [(result, arguments) for arguments, result in forms.items()]
