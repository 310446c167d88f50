"""Shader synthesiser: GLSL programs written by a grammar, one latent class per program.

Program i is a pure function of i.

After Baradad et al. 2022, "Procedural Image Programs for Representation Learning", whose 21,000 programs were written
by people.
"""

from __future__ import annotations

from synthbench.generators.shader_synth.program import attempt, source

from synthbench.errors import UsageError
from synthbench.shaders.programs import Programs


class ShaderSynth(Programs):
    """Frames of synthesised programs at a random time t ~ U(0.1, seconds); time is also the seed of a program's scenes.

    Args:
        count: number of programs.
        start: number of the first one; label j is program start + j.
        seconds: the latest time. A program shows a new scene every two to three seconds.
        limit: use only the first programs, up to this number; 0 for all.
    """

    def __init__(self, count: int = 1000, start: int = 0, seconds: float = 400.0, limit: int = 0) -> None:
        if count < 1 or start < 0 or start + count > 2**32 or limit < 0:
            raise UsageError(
                "count must be at least 1, start and limit at least 0, start "
                f"+ count at most 2**32, not {count}, {start}, {limit}."
            )
        if seconds <= 0.1:
            raise UsageError(f"seconds must be above 0.1, not {seconds}.")
        self.start = start
        self.times = (0.1, seconds)
        self.labels = tuple(f"synth-{i:05d}" for i in range(start, start + (min(limit, count) or count)))

    def source(self, label: int) -> str:
        """The GLSL of a program."""
        number = self.start + label
        return source(number, attempt(number))
