"""The GL canvas: compiles fragment shaders and reads the frames they draw.

EGL: Mesa's llvmpipe or the GPU, without a display.
"""

from __future__ import annotations

import importlib
import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import moderngl
import numpy as np

from synthbench.errors import SynthbenchError
from synthbench.render.process import WORKER
from synthbench.shaders import dialects, inputs, preprocess
from synthbench.shaders.inputs import CompileError, UnknownInputError

__all__ = ["Canvas", "CompileError", "UnknownInputError", "device", "n_gpus"]

KEEP = 1024
"""Maximum number of compiled programs per context; the least recently used one is released first."""


GPUS, NODES = Path("/proc/driver/nvidia/gpus"), Path("/dev")
SOFTWARE = ("llvmpipe", "softpipe", "swrast")


class _Program(NamedTuple):
    vertices: moderngl.VertexArray
    uniforms: list[tuple[str, moderngl.Uniform]]
    """(meaning, uniform) of those that the program reads: looked up once, set for every frame."""


class Canvas:
    """One GL context with its compiled programs.

    Several may live in one process: each call makes its own context current.

    Raises:
        SynthbenchError: no GL context can be created; says what to install.
    """

    def __init__(self) -> None:
        # Parallelism comes from the worker processes; llvmpipe's own threads would only compete.
        os.environ.setdefault("LP_NUM_THREADS", "1")
        _load_triton()
        gpu = device(int(os.environ.get(WORKER, "0")), os.environ.get("CUDA_VISIBLE_DEVICES"), n_gpus())
        try:
            self._gl = _context(gpu)
        except Exception as error:
            raise SynthbenchError(
                f"no OpenGL context through EGL ({error}). Install Mesa's software renderer: `apt-get install libegl1 "
                "libgl1-mesa-dri`, or on a GPU machine the driver's EGL library; `synthbench doctor` checks it."
            ) from error
        self.renderer = f"{self._gl.info['GL_RENDERER']}; {self._gl.info['GL_VERSION']}"
        self.asynchronous = not _software(self._gl)
        """Whether a frame is read back while the next one is drawn. Software GL draws on the same CPU, so that would
        only cost a copy."""
        self._corners = self._gl.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self._programs: OrderedDict[str, _Program] = OrderedDict()
        self._target: moderngl.Framebuffer | None = None
        self._buffers: list[moderngl.Buffer] = []

    def compile(self, source: str, dialect: dialects.Dialect | None = None) -> moderngl.VertexArray:
        """Compile a program, or return the compiled one.

        Raises:
            CompileError: the driver refuses it, or it reads an input that is not available (``UnknownInputError``).
        """
        if source in self._programs:
            self._programs.move_to_end(source)
            return self._programs[source].vertices
        with self._gl:
            return self._compile(source, dialect).vertices

    def _compile(self, source: str, dialect: dialects.Dialect | None) -> _Program:
        if found := re.search(r"(?m)^[ \t]*#[ \t]*include\b[^\n]*", text := preprocess.normalise(source)):
            raise CompileError(
                f"0:{text.count(chr(10), 0, found.start()) + 1}: {found[0].strip()!r}: other files are not included"
            )
        program, errors = None, list[str]()
        for vertex, fragment in dialects.shaders(source, dialect):
            try:
                program = self._gl.program(vertex, fragment)
                break
            except moderngl.Error as error:
                errors.append(str(error))
        if program is None:
            lines = [line.strip() for line in errors[0].splitlines() if "error" in line.lower() and "====" not in line]
            raise CompileError("; ".join(lines[:3]) or errors[0])
        try:
            uniforms = inputs.known(text, program)
        except UnknownInputError:
            program.release()
            raise
        vertices = self._gl.vertex_array(program, self._corners, "corner")
        self._programs[source] = _Program(vertices, uniforms)
        if len(self._programs) > KEEP:
            _, oldest = self._programs.popitem(last=False)
            oldest.vertices.program.release()
            oldest.vertices.release()
        return self._programs[source]

    def draw(self, source: str, time: float, size: int) -> np.ndarray:
        """The frame of a program at ``time`` seconds: (size, size, 3) uint8, top row first.

        Raises:
            CompileError: the driver refuses the program.
        """
        frame: np.ndarray = self.frames(source, [time], size)[0]
        return frame

    def frames(self, source: str, times: Sequence[float], size: int) -> np.ndarray:
        """The frames of a program at the given times (seconds): (N, size, size, 3) uint8, top row first.

        On a GPU, frame i is read into a pixel buffer while frame i + 1 is drawn.

        Raises:
            CompileError: the driver refuses the program.
        """
        self.compile(source)
        program = self._programs[source]
        out = np.empty((len(times), size, size, 3), np.uint8)
        with self._gl:
            target = self._target_of(size)
            for i, time in enumerate(times):
                values = inputs.values(time, size)
                for meaning, uniform in program.uniforms:
                    uniform.value = inputs.fitting(values[meaning], uniform)
                target.clear()  # a pixel that the program discards is black, whatever was drawn before
                program.vertices.render(moderngl.TRIANGLES, vertices=3)
                if not self.asynchronous:
                    out[i] = _upright(target.read(components=3, alignment=1), size)
                    continue
                target.read_into(self._buffers[i % 2], components=3, alignment=1)  # returns before the frame is drawn
                if i > 0:
                    out[i - 1] = _upright(self._buffers[(i - 1) % 2].read(), size)
            if self.asynchronous and len(times):
                out[-1] = _upright(self._buffers[(len(times) - 1) % 2].read(), size)
        return out

    def _target_of(self, size: int) -> moderngl.Framebuffer:
        """The framebuffer of this size, bound; recreated only if the size changes."""
        if self._target is None or self._target.size != (size, size):
            for held in (self._target, *self._buffers):
                if held is not None:
                    held.release()
            self._target = self._gl.framebuffer([self._gl.renderbuffer((size, size), components=4)])
            # Alpha is not read. With it masked, llvmpipe compiles one machine-code variant of a program instead of two:
            # half the time.
            self._target.color_mask = (True, True, True, False)
            self._buffers = [self._gl.buffer(reserve=3 * size**2, dynamic=True) for _ in range(2)]
        self._target.use()
        return self._target

    def forget(self, source: str) -> None:
        """Release a compiled program, if it exists."""
        if (held := self._programs.pop(source, None)) is not None:
            with self._gl:
                held.vertices.program.release()
                held.vertices.release()

    def close(self) -> None:
        """Release the context and everything in it."""
        self._gl.release()


def device(worker: int, visible: str | None, n: int) -> int | None:
    """The EGL device of a worker: workers are distributed over the GPUs. None for the driver's default.

    Args:
        worker: its number, from 0.
        visible: ``CUDA_VISIBLE_DEVICES``; numbers in it are used as EGL's, which follow the PCI bus (as CUDA's do
            under ``CUDA_DEVICE_ORDER=PCI_BUS_ID``). Other names (UUIDs) cannot be matched: then all GPUs are used.
        n: number of GPUs.
    """
    words = [word.strip() for word in (visible or "").split(",")]
    if n == 0 or (visible is not None and words[0] in ("", "-1")):
        return None
    numbers = [int(word) for word in words if word.isdigit() and int(word) < n]
    return (numbers or range(n))[worker % len(numbers or range(n))]


def n_gpus() -> int:
    """Number of accessible GPUs of the one vendor whose devices EGL numbers: a container may have some of the
    machine's."""
    nodes = [node for node in NODES.glob("nvidia*") if node.name.removeprefix("nvidia").isdigit()]
    return len(nodes) or (len(list(GPUS.iterdir())) if GPUS.is_dir() else 0)


def _context(gpu: int | None) -> moderngl.Context:
    """A context of this GPU, or of the first, or the default.

    After the accessible GPUs, EGL may list Mesa's software renderer.
    """
    for index in () if gpu is None else dict.fromkeys((gpu, 0)):
        with suppress(Exception):
            made = moderngl.create_context(standalone=True, backend="egl", device_index=index)  # type: ignore[arg-type]
            if not _software(made):
                return made
            made.release()
    return moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]


def _load_triton() -> None:
    """Load the compiler that torchvision and ``torch.compile`` import, if it is installed (0.16 s of CPU): loading
    it after Mesa's LLVM, which llvmpipe uses, ends the process with a segmentation fault; loading it before works."""
    with suppress(Exception):
        importlib.import_module("triton")


def _software(gl: moderngl.Context) -> bool:
    return any(name in gl.info["GL_RENDERER"].lower() for name in SOFTWARE)


def _upright(pixels: bytes, size: int) -> np.ndarray:
    """GL's bottom row first -> top row first."""
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)[::-1]
