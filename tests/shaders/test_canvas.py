"""The canvas: a batch of frames equals its single frames, with and without asynchronous read-back; workers are
distributed over GPUs."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import moderngl
import numpy as np
import pytest

from synthbench.shaders import canvas as canvases
from synthbench.shaders.canvas import CompileError, device, n_gpus

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
def test_a_frame_does_not_depend_on_the_previous_one(canvas, order, asynchronous):
    """Pixels that a program discards are black, and a frame does not depend on earlier ones."""
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
        canvas.compile(
            '// a comment\n#include "noise.glsl"\nvoid mainImage(out vec4 c, in vec2 p) { c = vec4(noise(p)); }'
        )


@pytest.mark.parametrize(("read", "expected"), [("iChannelTime[0]", 51), ("iChannelTime[0] + iChannelTime[2]", 102)])
def test_an_array_is_set_where_only_some_of_it_is_read(canvas, read, expected):
    """Drivers shorten an array to the elements that are read, down to a single number."""
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


def test_gpus_within_reach_are_counted(tmp_path, monkeypatch):
    """A container has two of the machine's four; without device files, the driver's count is used."""
    for folder in ("gpus/a", "gpus/b", "gpus/c", "gpus/d", "dev/nvidia-caps"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(canvases, "GPUS", tmp_path / "gpus")
    monkeypatch.setattr(canvases, "NODES", tmp_path / "dev")
    assert n_gpus() == 4
    for name in ("nvidia1", "nvidia3", "nvidiactl", "nvidia-uvm"):
        (tmp_path / "dev" / name).touch()
    assert n_gpus() == 2
    monkeypatch.setattr(canvases, "GPUS", tmp_path / "none")
    monkeypatch.setattr(canvases, "NODES", tmp_path / "none")
    assert n_gpus() == 0


@pytest.mark.parametrize(
    ("listed", "gpu", "given"),
    [
        (["NVIDIA A", "NVIDIA B", "llvmpipe"], 1, "NVIDIA B"),
        (["NVIDIA A", "llvmpipe"], 1, "NVIDIA A"),
        (["NVIDIA A"], 3, "NVIDIA A"),
        (["llvmpipe"], 0, "llvmpipe"),
        (["NVIDIA A", "llvmpipe"], None, "NVIDIA A"),
    ],
)
def test_a_worker_does_not_draw_on_the_cpu_where_a_gpu_is(monkeypatch, listed, gpu, given):
    """EGL lists Mesa's software renderer after the GPUs, of which fewer may be accessible than the machine has."""

    def create(*, standalone: bool, backend: str, device_index: int = 0) -> SimpleNamespace:
        return SimpleNamespace(info={"GL_RENDERER": listed[device_index]}, release=lambda: None)

    monkeypatch.setattr(moderngl, "create_context", create)
    assert canvases._context(gpu).info["GL_RENDERER"] == given


def test_a_process_that_has_drawn_can_pretrain(gl):
    """torchvision loads Triton, which crashes with a segmentation fault after the LLVM of Mesa's llvmpipe."""
    code = """
from synthbench.shaders.canvas import Canvas
Canvas().frames("o = vec4(1.0);", [1.0], 8)
import torchvision.models
print("whole")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stdout.strip()) == (0, "whole"), done.stderr[-500:]


def on_gpu(canvas):
    """Skip if the driver does not have EGL; if it does, a GPU must draw."""
    if not canvas.asynchronous:
        try:
            ctypes.CDLL("libEGL_nvidia.so.0")
        except OSError:
            pytest.skip(f"needs EGL of the GPU's driver: drawn by {canvas.renderer}")
    assert canvas.asynchronous, f"drawn by {canvas.renderer}"


@pytest.mark.gpu
def test_a_gpu_draws_what_the_program_says(canvas):
    on_gpu(canvas)
    x, y = (np.mgrid[0:64, 0:64][::-1] + 0.5) / 64
    drawn = canvas.frames(STILL, [1.0], 64)[0][::-1].astype(int)
    np.testing.assert_allclose(drawn, np.stack([255 * y, 255 * x, np.full_like(x, 0.25 * 255)], -1), atol=1)


@pytest.mark.gpu
def test_a_gpu_draws_and_reads_back_while_it_draws(canvas):
    on_gpu(canvas)
    times = np.linspace(0.1, 9, 64).tolist()
    many = canvas.frames(MOVES, times, 96)
    np.testing.assert_array_equal(many, [canvas.draw(MOVES, time, 96) for time in times])
