"""A GL canvas: compiles fragment shaders and reads the frames that they draw. EGL: Mesa's llvmpipe or the GPU, no display."""

from __future__ import annotations

import os
from collections import OrderedDict

import moderngl
import numpy as np

from synthbench.errors import SynthbenchError
from synthbench.shaders import dialects

KEEP = 1024
"""Compiled programs kept per context; the one unused for longest goes first."""


class CompileError(SynthbenchError):
    """The driver refuses a program; the message is the driver's, its line numbers those of the program's own text."""


class Canvas:
    """One GL context with its compiled programs. Several may live in one process: each call makes its own context current.

    Raises:
        SynthbenchError: no GL context can be made; says what to install.
    """

    def __init__(self) -> None:
        # With many worker processes the processes are the parallelism; llvmpipe's own threads would only fight.
        os.environ.setdefault("LP_NUM_THREADS", "1")
        try:
            self._gl = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
        except Exception as error:
            raise SynthbenchError(
                f"no OpenGL context through EGL ({error}). Install Mesa's software renderer: "
                "`apt-get install libegl1 libgl1-mesa-dri`, or on a GPU machine the driver's EGL library; `synthbench doctor` checks it."
            ) from error
        self.renderer = f"{self._gl.info['GL_RENDERER']}; {self._gl.info['GL_VERSION']}"
        self._corners = self._gl.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self._programs: OrderedDict[str, moderngl.VertexArray] = OrderedDict()
        self._target: moderngl.Framebuffer | None = None

    def compile(self, source: str, dialect: dialects.Dialect | None = None) -> moderngl.VertexArray:
        """Compile a program, or find it compiled.

        Raises:
            CompileError: the driver refuses it.
        """
        if source in self._programs:
            self._programs.move_to_end(source)
            return self._programs[source]
        with self._gl:
            return self._compile(source, dialect)

    def _compile(self, source: str, dialect: dialects.Dialect | None) -> moderngl.VertexArray:
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
        vertices = self._gl.vertex_array(program, self._corners, "corner")
        self._programs[source] = vertices
        if len(self._programs) > KEEP:
            _, oldest = self._programs.popitem(last=False)
            oldest.program.release()
            oldest.release()
        return vertices

    def draw(self, source: str, time: float, size: int) -> np.ndarray:
        """The frame of a program at ``time`` seconds: (size, size, 3) uint8, top row first."""
        vertices = self.compile(source)
        with self._gl:
            if self._target is None or self._target.size != (size, size):
                if self._target is not None:
                    self._target.release()
                self._target = self._gl.framebuffer([self._gl.renderbuffer((size, size), components=4)])
                # Alpha is not read. With it masked llvmpipe compiles one machine-code variant of a program and not two: half the time.
                self._target.color_mask = (True, True, True, False)
            self._target.use()
            program = vertices.program
            for name, value in dialects.uniforms(time, size).items():
                member = program.get(name, None)
                if isinstance(member, moderngl.Uniform):
                    member.value = value
            vertices.render(moderngl.TRIANGLES, vertices=3)
            pixels = np.frombuffer(self._target.read(components=3, alignment=1), np.uint8)
        return pixels.reshape(size, size, 3)[::-1]

    def forget(self, source: str) -> None:
        """Release a compiled program, if it is held."""
        if (vertices := self._programs.pop(source, None)) is not None:
            with self._gl:
                vertices.program.release()
                vertices.release()

    def close(self) -> None:
        """Release the context and all that it holds."""
        self._gl.release()
