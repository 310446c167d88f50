"""Division by a constant zero: the same in every process, as in IEEE 754; all other programs are drawn as without the
guards."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from synthbench.shaders import dialects, division

SIZE = 4


def image(body: str, before: str = "") -> str:
    return f"{before}\nvoid mainImage(out vec4 O, in vec2 U) {{\n{body}\n}}"


ZERO = {
    # name: (program, what every pixel holds, or each column)
    "the smallest": ("void mainImage(out vec4 O,in vec2 U){O=vec4(U.x/0.);}", 255),
    "a vector over a number": (image("O = U.xyxy / 0.0;"), 255),
    "a vector over a vector": (image("O = U.xyxy / vec4(0.0);"), 255),
    "below zero": (image("O = vec4(-U.x / 0.0);"), 0),
    "a minus": (image("O = vec4(U.x / (1.0 - 1.0) - 1.0);"), 255),
    "assigned": (image("float a = U.x; a /= 0.0; O = vec4(a);"), 255),
    "assigned, of two terms": (image("float a = U.x; a /= 0.5 - 0.5, a -= 1.0; O = vec4(a);"), 255),
    "a variable": (image("float z = 0.0; O = vec4(U.x / z);"), 255),
    "an argument": (image("O = vec4(f(U.x, 0.0));", "float f(float a, float b) { return a / b; }"), 255),
    "a macro": (image("O = vec4(D(U.x, 0.0));", "#define D(a, b) ((a) / (b))"), 255),
    "a macro for zero": (image("O = vec4(U.x / Z);", "#define Z 0."), 255),
    "a macro for a difference": (image("O = vec4(U.x / Z);", "#define Z (1. - 1.)"), 255),
    "an unrolled loop": (image("float a = 0.0; for (int i = 0; i < 3; i++) a += U.x / float(i); O = vec4(a);"), 255),
    "in an index": (image("float a[3] = float[3](U.x, U.y, U.x); O = vec4(a[int(4.0 / 2.0)] / (0.0 * 2.0));"), 255),
    "by a chain": (image("O = vec4(2.0 * U.x / 0.0 / 3.0);"), 255),
    "a product with a number in it": (image("O = vec4(U.x * 2.0 / 0.0);"), 255),
    "equal edges": (image("O = vec4(smoothstep(2.0, 2.0, U.x));"), [0, 0, 255, 255]),
    "equal edges of vectors": (image("O = smoothstep(vec4(2.0), vec4(2.0), U.xxxx);"), [0, 0, 255, 255]),
    "edges of variables": (
        image("float e = 2.0, d = e; O = vec4(smoothstep(e, d, vec3(U.x)), 1.0);"),
        [0, 0, 255, 255],
    ),
    "geekest": ("o = vec4(FC.x / 0.);", 255),
    "geeker": ("void main() { gl_FragColor = vec4(gl_FragCoord.x / 0.); }", 255),
}


@pytest.fixture(scope="module")
def screen(gl):
    from synthbench.shaders.canvas import Canvas

    canvas = Canvas()
    yield canvas
    canvas.close()


@pytest.mark.parametrize("name", ZERO)
def test_over_a_constant_zero_is_an_infinity(screen, name):
    source, columns = ZERO[name]
    expected = np.broadcast_to(np.broadcast_to(columns, SIZE).astype(np.uint8)[None, :, None], (SIZE, SIZE, 3))
    np.testing.assert_array_equal(screen.draw(source, 1.0, SIZE), expected)


UNDEFINED = [image("O = vec4(mod(U.x, 0.0));"), image("O = vec4(U.x / 0.0 * 0.0);"), image("O = vec4(int(U.x) / 0);")]


def test_a_program_is_the_same_in_every_process(gl, screen):
    """Not-a-number does not have a defined colour, but always the same."""
    programs = [source for source, _ in ZERO.values()] + UNDEFINED
    code = (
        "import json, sys; from synthbench.shaders.canvas import Canvas; c = Canvas();"
        f"print(json.dumps([c.draw(p, 1.0, {SIZE}).tolist() for p in json.load(sys.stdin)]))"
    )
    command = [sys.executable, "-c", code]
    other = json.loads(
        subprocess.run(command, input=json.dumps(programs[::-1]), capture_output=True, text=True, check=True).stdout
    )
    assert other[::-1] == [screen.draw(program, 1.0, SIZE).tolist() for program in programs]


COMPILES = {
    "constants": image(
        "const float a = 1.0 / K; float b[4 / 2]; b[0] = a; O = vec4(U.x / a / b[0]);", "const float K = 8.0 / 2.0;"
    ),
    "a macro for a constant": image("O = vec4(U.x / k);", "#define N 4.\n#define H (2. / (N))\nconst float k = H;"),
    "integers": image(
        "int i = int(U.x); O = vec4(i / (i + 1), 7 / i, uint(9) / uint(i), 1); O.xy /= vec2(ivec2(9) / ivec2(i + 1));"
    ),
    "matrices": image("mat2 m = mat2(U, U); O = vec4((m / U.x)[0], (m / m)[1]);"),
    "an operand with a postfix": image(
        "float i = 1.0; O = vec4(U.x / i++, U.y / ++i, U.x / U.xyx.y, U.x / vec3(1, 2, 3)[1]);"
    ),
    "its own mod and smoothstep": image(
        "O = vec4(mod(7, 4), smoothstep(U.x), mod(U.x, U.y), 1);",
        "int mod(int a, int b) { return a / b; }\nfloat smoothstep(float a) { return a; }",
    ),
    "brackets in a macro": image("O = vec4(U.x / OPEN 2.0 + 1.0));", "#define OPEN ("),
    "a directive within": image("O = vec4(U.x / (\n#ifdef A\n1.0\n#else\n2.0\n#endif\n));"),
    "whole numbers": image("O = vec4(smoothstep(0, 1, U.x), mod(U.x, 2), U.x / 2, 1);"),
    "a case": image("switch (int(U.x)) { case 4 / 2: O = vec4(1.0 / U.x); }"),
    "a conditional after /=": image("O = U.xyxy; bool b = U.x > 1.0; b ? O /= U.y : O /= U.x; O.x /= b ? U.x : U.y;"),
}


@pytest.mark.parametrize("name", COMPILES)
def test_guarded_programs_compile_and_draw_as_without_guards(screen, name, monkeypatch):
    from synthbench.shaders.canvas import Canvas

    drawn = screen.draw(COMPILES[name], 1.0, SIZE)
    monkeypatch.setattr(division, "guard", lambda text: (text, ""))
    plain = Canvas()
    np.testing.assert_array_equal(drawn, plain.draw(COMPILES[name], 1.0, SIZE))
    plain.close()


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("a / 2.0", "a / 2.0"), ("a / -3.", "a / -3."), ("1.0 / b", "1.0 / b"),
        ("a * 1.0 / b", "a * 1.0 / synthbench_over(b)"), ("a / iResolution.y", "a / iResolution.y"),
        ("a / 0.", "a / synthbench_over(0.)"), ("a / -b.x * c", "a / synthbench_over(-b.x) * c"),
        ("a / f(b / c)[0].x - d", "a / synthbench_over(f(b / synthbench_over(c))[0].x) - d"),
        ("a /= b + c, d", "a /= synthbench_over(b + c), d"), ("const float k = a / b;", "const float k = a / b;"),
        ("mod(a, 2.0) + smoothstep(0., 1., a)", "mod(a, 2.0) + smoothstep(0., 1., a)"),
        ("smoothstep(a, b, c)", "synthbench_ramp(a, b, c)"), ("mod(a, b)", "synthbench_modulo(a, b)"),
        ("#define D(a, b) a / b", "#define D(a, b) a / b"), ("#define D(a, b) (a / (b))",
        "#define D(a, b) (a / synthbench_over((b)))"),
        ("#define N 2.\na / N", "#define N 2.\na / N"), ("#define N 2. - 2.\na / N", "#define N 2. - 2.\na / N"),
        ("#define N (2. - 2.)\na / N", "#define N (2. - 2.)\na / synthbench_over(N)"),
    ],
)  # fmt: skip
def test_only_divisors_that_may_be_zero_and_operands_are_guarded(text, guarded):
    assert division.guard(text)[0] == guarded


def test_a_shipped_program_is_drawn_as_without_guards(screen, monkeypatch):
    from synthbench.generators.shaders import Shaders

    from synthbench.shaders.canvas import Canvas

    source = Shaders(programs=["newton-basins"]).source(0)
    assert "synthbench_over" in next(dialects.shaders(source))[1]
    drawn = screen.frames(source, [0.5, 211.7], 32)
    monkeypatch.setattr(division, "guard", lambda text: (text, ""))
    plain = Canvas()
    np.testing.assert_array_equal(drawn, plain.frames(source, [0.5, 211.7], 32))
    plain.close()
