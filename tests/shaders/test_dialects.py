"""Each dialect in which people write shaders is told by its text and draws what it says."""

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
