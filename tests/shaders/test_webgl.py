# ruff: noqa: E501
"""Programs that a browser runs and a plain desktop header does not, or differently. Each draws green if read as in
WebGL."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

GREEN = "vec4(0.0, 1.0, 0.0, 1.0)"
RED = "vec4(1.0, 0.0, 0.0, 1.0)"


def main_image(body: str, before: str = "") -> str:
    return f"{before}\nvoid mainImage(out vec4 O, in vec2 I) {{\n{body}\n}}"


def if_true(condition: str, statements: str = "", before: str = "") -> str:
    return main_image(f"{statements}\nO = ({condition}) ? {GREEN} : {RED};", before)


ES3 = "#version 300 es\nprecision highp float;\n"
PROGRAMS = {
    # variables start at zero
    "zero float": if_true("a == 0.0", "float a; a += 0.0;"),
    "zero in a list": if_true("x == 0 && y == 1 && z == 0", "int x, y = 1, z;"),
    "zero vectors": if_true("a == vec3(0) && b == ivec2(0) && !any(c)", "vec3 a; ivec2 b; bvec4 c;"),
    "zero matrix": if_true("m[0] == vec2(0) && m[1] == vec2(0)", "mat2 m;"),
    "zero array": if_true("a[0] + a[1] + a[2] == 0.0", "float a[3];"),
    "zero array, type first": if_true("a[0] + a[1] + a[2] == vec2(0)", "vec2[3] a;"),
    "zero array of a constant size": if_true("a[3] == 0.0", "float a[N * 2];", "const int N = 2;"),
    "zero global": if_true("g == 0.0 && h == vec2(0)", "", "float g; vec2 h;"),
    "zero global array": if_true("g[1] == 0.0 && h[1] == vec3(0)", "", "float g[4]; vec3 h[2], k;"),
    "zero struct": if_true(
        "s.a == 0.0 && s.b[1] == 0 && s.c == vec3(0)", "S s;", "struct S { float a; int b[2]; vec3 c; };"
    ),
    "zero struct in a struct": if_true("s.t.a == 0.0", "S s;", "struct T { float a; }; struct S { T t; float b; };"),
    "zero array of structs": if_true("s[1].a == 0.0", "S s[2];", "struct S { float a; };"),
    "zero global struct": if_true("s.a == 0.0", "", "struct S { float a; } s;"),
    "zero out parameter": if_true("y == 0.0", "float y = 7.0; f(y);", "void f(out float x) { x += 0.0; }"),
    "zero out array": if_true(
        "y[1] == 0.0", "float y[2]; y[1] = 7.0; f(y);", "void f(out float x[2]) { x[0] += 1.0; }"
    ),
    "zero colour": main_image(f"O += {GREEN};"),
    "zero loop counter": if_true("n == 3", "int n = 0; for (int i; i < 3; i++) n++;"),
    "a loop keeps its start": if_true("n == 2", "int n = 0; for (int i = 1, j = 5; i < 3; i++) n += j / 5;"),
    "an inner loop starts again": if_true(
        "n == 6", "int n = 0; for (int k = 0; k < 2; k++) { int i; for (; i < 3; i++) n++; }"
    ),
    "an initialiser with commas": if_true(
        "a.y == 2.0 && b == 0.0", "vec2 a = vec2(1.0, 2.0), c = max(a, vec2(0.0)); float b;"
    ),
    "a typed macro": if_true("a == 0.0", "F a;", "#define F float"),
    "a prototype": if_true("f(1.0) == 1.0", "", "float f(float x); float f(float x) { float y; return x + y; }"),
    "braces in two branches": main_image(
        f"float a; O = a == 0.0 ? {GREEN} : {RED};", "#if 1\nvoid f() {\n#else\nvoid g() {\n#endif\n}\nfloat k;"
    ),
    # names and functions
    "packed": if_true("packed == 1.0", "float packed = 1.0;"),
    "sample": if_true("sample(2.0) == 2.0", "", "float sample(float x) { return x; }"),
    "input, output, filter": if_true(
        "input + output + filter == 3.0", "float input = 1.0, output = 1.0, filter = 1.0;"
    ),
    "common, partition, active": if_true(
        "common && partition && active", "bool common = true, partition = true, active = true;"
    ),
    "image1D, half, fixed": if_true("image1D + half == fixed", "float image1D = 1.0, half = 1.0, fixed = 2.0;"),
    "a reserved name in a macro": if_true("TWICE(1.0) == 2.0", "", "#define TWICE(input) (input * 2.0)"),
    "own pow beside the built-in": if_true(
        "pow(vec3(2.0), 2.0) == vec3(7.0) && abs(pow(2.0, 3.0) - 8.0) < 1e-3",
        "",
        "vec3 pow(vec3 a, float b) { return vec3(7.0); }",
    ),
    "own min beside the built-in": if_true(
        "min(vec2(3.0, 1.0)) == 1.0 && min(4, 5) == 4", "", "float min(vec2 a) { return min(a.x, a.y); }"
    ),
    "own mod beside the built-in": if_true(
        "mod(5, 3) == 2 && mod(5.5, 3.0) == 2.5", "", "int mod(int a, int b) { return a - b * (a / b); }"
    ),
    "own transpose": if_true(
        "transpose(mat2(1, 2, 3, 4))[0].y == 3.0",
        "",
        "mat2 transpose(mat2 m) { return mat2(m[0].x, m[1].x, m[0].y, m[1].y); }",
    ),
    "own length beside an array's": if_true(
        "a.length() == 2 && length(1) == 5", "float a[2];", "int length(int x) { return 5; }"
    ),
    "own round, tanh": if_true(
        "round(0.6) == 9.0 && tanh(vec2(0)) == vec2(0)", "", "float round(float x) { return 9.0; }"
    ),
    "a variable named as a function": if_true("mix(0.0, max, 0.5) == 1.0", "float max = 2.0;"),
    "names of the desktop only": if_true(
        "fma(1.0) == 2.0 && noise1(3.0) == 1.0",
        "",
        "float fma(float a) { return 2.0 * a; } float noise1(float a) { return 1.0; }",
    ),
    "packing": if_true("unpackHalf2x16(packHalf2x16(vec2(1.0, 2.0))) == vec2(1.0, 2.0)"),
    "bit casts": if_true("intBitsToFloat(floatBitsToInt(3.5)) == 3.5"),
    "hyperbolic": if_true("sinh(0.0) == 0.0 && isnan(0.0 / iResolution.z * 0.0) == false"),
    # what makes mainImage, and what stands around it
    "mainImage by a macro": f"#define MAIN void mainImage(out vec4 O, vec2 I)\nMAIN {{ O = {GREEN}; }}",
    "mainImage is a "
    "macro": f"#define mainImage(O, I) void mainImage(out vec4 O, in vec2 I)\nmainImage(O, I) {{ O = {GREEN}; }}",
    "macros of short names": main_image(f"O = {GREEN};", "#define c O\n#define p 3.0\n#define rgb xyz"),
    "inout mainImage": f"void mainImage(inout vec4 O, vec2 I) {{ O = {GREEN}; }}",
    "const in mainImage": f"void mainImage(out vec4 O, const in vec2 I) {{ O = {GREEN}; }}",
    "precision "
    "everywhere": f"precision mediump float;\nprecision highp sampler3D;\nvoid mainImage(out highp vec4 O, in lowp vec2 I) {{ mediump vec4 g = {GREEN}; O = g; }}",
    "CRLF and a byte order mark": "\ufeff"
    + main_image(f"float a;\nO = a == 0.0 ? {GREEN} : {RED};").replace("\n", "\r\n"),
    "continued lines": main_image("O = PICK(\\\n0.0);", f"#define PICK(x) \\\n  (x == 0.0 ? \\\n   {GREEN} : {RED})"),
    "a continued comment": main_image(f"O = {GREEN};\n// O = {RED}; \\\nO = {RED};"),
    "a comment with a quote": main_image(f"O = {GREEN};", "// don't \"\n/* it's ** / */"),
    "other letters in comments": main_image(f"O = {GREEN};", "// \u65e5\u672c\u8a9e \u00e9"),
    "version below a "
    "comment": f"// a shader\n#version 300 es\n#extension GL_OES_standard_derivatives : enable\n{main_image(f'O = {GREEN};')}",
    "GL_ES is defined": main_image("O = G;", f"#ifdef GL_ES\n#define G {GREEN}\n#else\n#define G {RED}\n#endif"),
    "defined(GL_ES)": main_image(
        "O = G;", f"#if defined(GL_ES) && __VERSION__ == 300\n#define G {GREEN}\n#else\n#define G {RED}\n#endif"
    ),
    "st_assert": main_image(f"st_assert(true, 1); st_assert(true); O = {GREEN};"),
    "the old name of the time": if_true("iGlobalTime == iTime"),
    "a main of its own": f"void main(void) {{ gl_FragColor = iResolution.x > 0.0 ? {GREEN} : {RED}; }}",
    "HW_PERFORMANCE": if_true("HW_PERFORMANCE == 1"),
    "alpha is forced": main_image("O = vec4(0.0, 1.0, 0.0, 0.0);"),
    "an empty texture": if_true(
        "texture(iChannel0, vec2(0.5)).rgb == vec3(0) && texture2D(iChannel1, vec2(0)).g == 0.0"
    ),
    "an assignment in a conditional": if_true("b == 3.0", "float a = 1.0, b = 2.0; a > b ? a = 5.0 : b = 3.0;"),
    "a macro's name as a variable": main_image(
        f"float h=.25; float k=(h);\nO = k == h && h(1.25) == h ? {GREEN} : {RED};\n#ifdef X\nO = {RED};\n#endif",
        "#define h(a) fract(a)",
    ),
    "a macro's name as a member": main_image(
        f"float k = float(U().r);\nO = k == 0.5 && r(3.5) == (k) ? {GREEN} : {RED};\n#ifndef r\nO = {RED};\n#endif",
        "#define r(a) fract(a)\n#define U() vec2(0.5)",
    ),
    "a macro's name as a parameter": if_true(
        "(f(4.0)) == 4.0 && F(f) == 2.0",
        "float k = 1.0;",
        "#define F(h) (h(2.0))\nfloat f(float h) { return (h); }\n#if defined(F)\n#endif",
    ),
    "a macro handed to a macro": main_image(
        f"O = A(h) == 0.5 ? {GREEN} : {RED};\n#ifdef X\n#endif", "#define h(a) fract(a)\n#define A(f) f(1.5)"
    ),
    "unsigned": if_true("(a >> 1u ^ 1u) == 2u", "uint a = 7u; a &= 6u;"),
    "switch": main_image(
        f"int a; switch (a) {{ case 0: float b; O = b == 0.0 ? {GREEN} : {RED}; break; default: O = {RED}; }}"
    ),
    # TwiGL, 1.00 and 300 es and several targets
    "classic 300 "
    "es": f"{ES3}uniform vec2 resolution;\nout vec4 colour;\nvoid main() {{ float a; colour += a == 0.0 ? {GREEN} : {RED}; }}",
    "classic on one "
    "line": f"#version 300 es\nprecision highp float;uniform vec2 resolution;out vec3 colour;void main(){{colour={GREEN}.rgb;}}",
    "classic "
    "MRT": f"{ES3}uniform vec2 resolution;\nlayout (location = 0) out vec4 a;\nlayout (location = 1) out vec4 b;\nvoid main() {{ a = {GREEN}; b = {RED}; }}",
    "classic 1.00, "
    "texture2D": f"precision highp float;\nuniform vec2 resolution;uniform sampler2D backbuffer;\nvoid main() {{ gl_FragColor = {GREEN} + texture2D(backbuffer, vec2(0)) * vec4(1, 1, 1, 0); }}",
    "geek 1.00, gl_FragData": f"uniform vec2 r;\nvoid main() {{ gl_FragData[0] = {GREEN}; }}",
    "geek 300 es": f"{ES3}uniform vec2 r;\nout vec4 o;\nvoid main() {{ o = {GREEN}; }}",
    "geeker 1.00, a variable "
    "o": f"void main() {{ vec3 o = vec3(1.0, 0.0, 0.0) * t; gl_FragColor = {GREEN} + vec4(o * 0.0, 0.0); }}",
    "geeker 300 es": f"void main() {{ o += {GREEN}; }}",
    "geeker declares its own": f"uniform float t;\nuniform vec2 r;\nvoid main() {{ gl_FragColor = {GREEN}; }}",
    "geeker MRT": f"void main() {{ o0 = {GREEN}; o1 = texture(b1, vec2(0)) + {RED}; }}",
    "geekest 1.00": f"gl_FragColor = rotate2D(t)[0].x < 2.0 ? {GREEN} : {RED};",
    "geekest 300 es": "float i,d,e;for(;i++<9.;)d+=1.;o.g+=d==9.&&e==0.?1.:0.;",
    "geekest MRT": f"o0 = {GREEN}; o1 = {RED};",
    "geekest with a macro": f"#define P PI\nvec3 p[2];o=P>3.&&p[1].x==0.?{GREEN}:{RED};",
}


@pytest.fixture(scope="module")
def screen(gl) -> Iterator[object]:
    from synthbench.shaders.canvas import Canvas

    canvas = Canvas()
    yield canvas
    canvas.close()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_read_as_webgl_reads_it(screen, name):
    image = screen.draw(PROGRAMS[name], 1.0, 4)
    np.testing.assert_array_equal(image, np.broadcast_to(np.array([0, 255, 0], np.uint8), (4, 4, 3)))


LATER = ("inout mainImage", "const in mainImage", "a macro's name as a variable", "a macro's name as a member")


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in LATER])
def test_the_first_reading_is_the_one_that_compiles(screen, name):
    """The fallbacks leave variables undefined: a program must not need them because of an error of the reader."""
    from synthbench.shaders import dialects

    vertex, fragment = next(dialects.shaders(PROGRAMS[name]))
    with screen._gl:
        screen._gl.program(vertex, fragment).release()


def test_every_local_gets_its_zero_in_the_text():
    """llvmpipe happens to initialise most variables with zero, so check the text too."""
    from synthbench.shaders import dialects

    text = next(
        dialects.shaders(
            main_image("int x, y = 1;\nfloat a[3];\nfor (int i = 0, j; i < 3; i++) { vec3 v; }\nO.r = float(x);")
        )
    )[1]
    assert "int x = int(0), y = 1;" in text
    assert (
        "float a[3]; for (int synthbench_i = 0; synthbench_i < a.length(); synthbench_i++) a[synthbench_i] = float(0);"
        in text
    )
    assert "for (int i = 0, j = int(0); i < 3; i++) { vec3 v = vec3(0); }" in text
    assert "in vec2 I) { O = vec4(0);" in text


def test_uniforms_and_inputs_are_not_initialised():
    from synthbench.shaders import dialects

    lines = "uniform float speed;\nconst float K = 2.0;\nvarying vec2 uv;\nfloat f(float a, inout float b);"
    text = next(dialects.shaders(main_image("O = vec4(1);", lines)))[1]
    assert lines in text


def test_errors_keep_the_line_numbers_of_the_program(screen):
    from synthbench.shaders.canvas import CompileError

    with pytest.raises(CompileError, match=r"0:5\(.*nonsense"):
        screen.compile("#define A \\\n 1.0\n/* two\nlines */ void mainImage(out vec4 O, in vec2 I) {\nO = nonsense; }")


def test_a_dialect_that_the_text_does_not_tell_is_noted_in_it():
    from synthbench.shaders import dialects

    text = "void main() { gl_FragColor = vec4(1.0); }"
    assert dialects.detect(text) == "geeker"
    assert dialects.noted(text, "geeker") == text
    assert dialects.detect(dialects.noted(text, "classic")) == "classic"
