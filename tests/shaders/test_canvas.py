"""The canvas: many frames are its single frames, with and without asynchronous read-back; the GPUs take turns."""

from __future__ import annotations

import numpy as np
import pytest

from synthbench.shaders.canvas import CompileError, device

MOVES = "o = vec4(fract(FC.xy / r + t), step(0.5, fract(t * 3.0)), 1.0);"
STILL = "o = vec4(FC.yx / r, 0.25, 1.0);"


@pytest.fixture
def canvas(gl):
    from synthbench.shaders.canvas import Canvas

    made = Canvas()
    yield made
    assert made._gl.error == "GL_NO_ERROR"
    made.close()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_frames_are_single_frames(canvas, asynchronous):
    times = [0.1, 0.35, 2.0, 7.77, 0.1]
    single = [canvas.draw(MOVES, time, 24) for time in times]
    canvas.asynchronous = asynchronous
    for n in (5, 2, 1):
        np.testing.assert_array_equal(canvas.frames(MOVES, times[:n], 24), single[:n])
    assert len({frame.tobytes() for frame in single}) == 4
    assert canvas.frames(MOVES, [], 24).shape == (0, 24, 24, 3)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_size_and_program_may_change_at_any_time(canvas, asynchronous):
    canvas.asynchronous = asynchronous
    kept = canvas.frames(MOVES, [1.0, 2.0], 16)
    copy = kept.copy()
    assert canvas.frames(STILL, [1.0, 2.0, 3.0], 40).shape == (3, 40, 40, 3)
    np.testing.assert_array_equal(kept, copy)
    np.testing.assert_array_equal(canvas.frames(MOVES, [1.0, 2.0], 16), copy)


DISCARDS = "void mainImage(out vec4 O,in vec2 U){if(U.x<iResolution.x*.5)discard;O=vec4(0,0,fract(iTime),1);}"


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("order", [(MOVES, DISCARDS), (DISCARDS, MOVES), (MOVES, DISCARDS, MOVES, DISCARDS)])
def test_a_frame_holds_nothing_of_the_one_before_it(canvas, order, asynchronous):
    """Pixels that a program discards are black, and a frame depends on nothing drawn before it."""
    from synthbench.shaders.canvas import Canvas

    canvas.asynchronous = asynchronous
    for source in order:
        drawn = canvas.frames(source, [0.3, 2.6], 16)
        alone = Canvas()
        np.testing.assert_array_equal(drawn, alone.frames(source, [0.3, 2.6], 16))
        alone.close()
        if source == DISCARDS:
            assert not drawn[:, :, :8].any() and not drawn[..., :2].any()
            assert (drawn[:, :, 8:, 2] == np.rint([0.3 * 255, 0.6 * 255])[:, None, None]).all()


def test_software_gl_reads_back_at_once(canvas):
    assert canvas.asynchronous == ("llvmpipe" not in canvas.renderer and "softpipe" not in canvas.renderer)


def test_a_program_is_compiled_once(canvas):
    first = canvas.compile(MOVES)
    canvas.frames(MOVES, [1.0], 8)
    assert canvas.compile(MOVES) is first
    with pytest.raises(CompileError, match="nonsense"):
        canvas.frames("o = nonsense;", [1.0], 8)


def test_an_include_is_named(canvas):
    with pytest.raises(CompileError, match=r"0:2: '#include \"noise.glsl\"': other files are not included"):
        canvas.compile('// a comment\n#include "noise.glsl"\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(noise(p)); }')


@pytest.mark.parametrize(("read", "expected"), [("iChannelTime[0]", 51), ("iChannelTime[0] + iChannelTime[2]", 102)])
def test_an_array_is_set_where_only_some_of_it_is_read(canvas, read, expected):
    """Drivers shorten an array to what is read of it, down to a plain number."""
    source = f"void mainImage(out vec4 c, in vec2 p) {{ c = vec4(vec3({read}), 1.0); }}"
    assert (canvas.draw(source, 0.2, 8) == expected).all()


@pytest.mark.parametrize(
    ("visible", "n", "given"),
    [
        (None, 0, [None] * 4), (None, 2, [0, 1, 0, 1]), ("1", 2, [1, 1, 1, 1]), ("3,1", 4, [3, 1, 3, 1]),
        ("", 2, [None] * 4), ("-1", 2, [None] * 4), ("GPU-5ab2", 3, [0, 1, 2, 0]), ("7", 2, [0, 1, 0, 1]),
    ],
)  # fmt: skip
def test_workers_share_out_the_gpus(visible, n, given):
    assert [device(worker, visible, n) for worker in range(4)] == given


@pytest.mark.gpu
def test_a_gpu_draws_and_reads_back_while_it_draws(canvas):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    assert canvas.asynchronous, f"drawn by {canvas.renderer}"
    times = np.linspace(0.1, 9, 64).tolist()
    many = canvas.frames(MOVES, times, 96)
    np.testing.assert_array_equal(many, [canvas.draw(MOVES, time, 96) for time in times])
