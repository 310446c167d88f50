# ruff: noqa: E501
"""Each dialect is detected from its text, and draws the right image."""

from __future__ import annotations

import numpy as np
import pytest

PROGRAMS = {
    "shadertoy": "void mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution.xy, 0.5, 1.0); }",
    "classic": "precision highp float;\nuniform vec2 resolution;\nvoid main() { gl_FragColor = vec4(gl_FragCoord.xy / resolution, 0.5, 1.0); }",
    "geek": "precision highp float;\nuniform vec2 r;\nvoid main() { gl_FragColor = vec4(gl_FragCoord.xy / r, 0.5, 1.0); }",
    "geeker": "void main() { gl_FragColor = vec4(gl_FragCoord.xy / r, 0.5, 1.0); }",
    "geekest": "o = vec4(FC.xy / r, 0.5, 1.0);",
}


@pytest.mark.parametrize("dialect", PROGRAMS)
def test_a_dialect_is_told_and_drawn(gl, dialect):
    from synthbench.shaders import canvas, dialects

    assert dialects.detect(PROGRAMS[dialect]) == dialect
    screen = canvas.Canvas()
    image = screen.draw(PROGRAMS[dialect], 1.0, 8)
    screen.close()
    ramp = np.rint((np.arange(8) + 0.5) / 8 * 255)
    np.testing.assert_allclose(image[0, :, 0], ramp, atol=1)  # red grows to the right
    np.testing.assert_allclose(image[:, 0, 1], ramp[::-1], atol=1)  # green grows upwards: the top row comes first
    np.testing.assert_allclose(image[..., 2], 128, atol=1)


def test_a_program_that_does_not_compile_is_named(gl, tmp_path):
    from synthbench.generators.shaders import Shaders

    from synthbench.shaders import canvas

    (tmp_path / "broken.glsl").write_text("void mainImage(out vec4 c, in vec2 p) { c = nonsense; }")
    with pytest.raises(canvas.CompileError, match=r"program 'broken' does not compile: .*nonsense"):
        Shaders(path=str(tmp_path)).render(0, np.random.default_rng(0), 8)


RAMP = "gl_FragColor = vec4(gl_FragCoord.xy / {}.xy, 0.5, 1.0);"
OWN = {
    "resolution as "
    "vec2": "uniform vec2 iResolution;\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution, 0.5, 1.0); }",
    "resolution as vec3": "uniform vec3 resolution;\nvoid main() { " + RAMP.format("resolution") + " }",
    "mouse as vec4": "uniform vec2 resolution;\nuniform vec4 mouse;\nvoid main() { "
    + RAMP.format("resolution")
    + " gl_FragColor += mouse; }",
    "frame as int": "uniform vec2 resolution;\nuniform int frame;\nvoid main() { "
    + RAMP.format("resolution")
    + " if (frame != 60) gl_FragColor *= 0.0; }",
    "iFrame as "
    "float": "uniform float iFrame;\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution.xy, iFrame / 120.0, 1.0); }",
    "the old time beside "
    "ours": "uniform float iGlobalTime;\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution.xy, iGlobalTime * iTime / 2.0, 1.0); }",
    "all of "
    "them": "uniform vec3 iResolution; uniform float iTime, iTimeDelta; uniform int iFrame; uniform vec4 iMouse, iDate; uniform sampler2D iChannel0;"
    "\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution.xy, iDate.w / 2.0, 1.0); }",
    "time on several "
    "lines": "uniform float\n  time,\n  frame;\nuniform vec2 resolution;\nvoid main() { gl_FragColor = vec4(gl_FragCoord.xy / resolution, time * .5, 1.); }",
    "The Book of "
    "Shaders": "#ifdef GL_ES\nprecision mediump float;\n#endif\nuniform vec2 u_resolution;\nuniform vec2 u_mouse;\nuniform float u_time;\n"
    "void main() { gl_FragColor = vec4(gl_FragCoord.xy / u_resolution + u_mouse, u_time / 2.0, 1.0); }",
    "three.js": "uniform float uTime; varying vec2 vUv;\nvoid main() { gl_FragColor = vec4(vUv, uTime / 2.0, 1.0); }",
    "glslCanvas, 300 "
    "es": "#version 300 es\nprecision highp float;\nuniform float u_time; in vec2 v_texcoord; out vec4 c;\nvoid main() { c = vec4(v_texcoord, u_time / 2.0, 1.0); }",
    "glslsandbox": "uniform vec2 resolution; uniform vec2 surfaceSize; varying vec2 surfacePosition;\n"
    "void main() { gl_FragColor = vec4(surfacePosition / surfaceSize + 0.5, 0.5, 1.0); }",
    "a uniform that is not "
    "read": "uniform vec2 u_resolution; uniform float speed; uniform sampler2D tex; varying vec3 normal;\nvoid main() { "
    + RAMP.format("u_resolution")
    + " }",
}


@pytest.mark.parametrize("name", OWN)
def test_uniforms_of_other_sites_are_set(gl, name):
    from synthbench.shaders import canvas

    screen = canvas.Canvas()
    image = screen.draw(OWN[name], 1.0, 8)
    assert screen._gl.error == "GL_NO_ERROR"
    screen.close()
    ramp = np.rint((np.arange(8) + 0.5) / 8 * 255)
    np.testing.assert_allclose(image[0, :, 0], ramp, atol=1)
    np.testing.assert_allclose(image[:, 0, 1], ramp[::-1], atol=1)
    np.testing.assert_allclose(image[..., 2], 128, atol=1)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("uniform vec2 u_resolution; uniform float speed;\nvoid main() { gl_FragColor = vec4(gl_FragCoord.xy / u_resolution * speed, 0, 1); }", "uniform 'speed'"),
        ("uniform mat4 view;\nvoid main() { gl_FragColor = view * gl_FragCoord; }", "uniform 'view'"),
        ("uniform sampler2D u_tex0;\nvoid main() { gl_FragColor = texture2D(u_tex0, gl_FragCoord.xy); }", "texture 'u_tex0'"),
        ("varying vec3 vNormal;\nvoid main() { gl_FragColor = vec4(vNormal, 1); }", "varying 'vNormal'"),
        ("uniform samplerCube sky;\nvoid mainImage(out vec4 c, in vec2 p) { c = texture(sky, vec3(p, 1)); }", "texture 'sky'"),
    ],
)  # fmt: skip
def test_unavailable_inputs_are_named(gl, source, named, tmp_path):
    from synthbench.generators.shaders import Shaders

    from synthbench.shaders.canvas import CompileError

    (tmp_path / "strange.glsl").write_text(source)
    with pytest.raises(CompileError, match=f"program 'strange' cannot be drawn: it reads the {named}"):
        Shaders(path=str(tmp_path)).render(0, np.random.default_rng(0), 8)


def test_the_uniforms_have_webgls_meaning():
    """Differences of the paper's renderer are listed in the docstring."""
    from synthbench.shaders import inputs

    given = inputs.values(2.5, 64)
    assert (
        given["resolution"] == (64.0, 64.0, 1.0)
        and given["frame"] == (150.0,)
        and given["date"] == (2022.0, 11.0, 28.0, 2.5)
    )
    assert inputs.values.__doc__ and all(
        word in inputs.values.__doc__ for word in ("iDate", "iFrame", "iResolution.z", "(3, 10, 3, 2021)")
    )
