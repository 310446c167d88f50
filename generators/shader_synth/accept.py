"""Select the attempt for each program number: writes ``attempts.txt``.

Run ``python -m synthbench.generators.shader_synth.accept [N]``.

Line 1 of the table holds one digit for each of the first N programs: the first attempt whose images pass ``flaw`` and
whose rules differ from those of all programs before it. Line 2 continues to ``TOTAL`` programs by the rules alone,
without rendering (compiling costs half a second per program). The run may be stopped and started again: it renders line
1 again, to know the selected programs, and continues after it. After a change of the grammar the table is invalid:
delete it first.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from synthbench.generators.shader_synth.program import grow, source

from synthbench.shaders.canvas import Canvas, CompileError

TABLE = Path(__file__).with_name("attempts.txt")
TOTAL = 21_000
SIZE = 48
TIMES = (7.3, 91.7, 233.1)
MOST_MS = 40.0
"""Maximum CPU time of a frame of 96 x 96 pixels, generous because it depends on the machine."""


def signature(i: int, attempt: int) -> tuple[str, ...]:
    """The rules of a program without its numbers. Two programs with the same signature would be near duplicates."""
    return tuple(f"{rule.kind} {rule.name}" for rule in grow(i, attempt).story)


def frames(canvas: Canvas, text: str) -> np.ndarray:
    """(T, SIZE, SIZE, 3) float32 in 0..255: the program at ``TIMES``."""
    return np.stack([canvas.draw(text, t, SIZE) for t in TIMES]).astype(np.float32)


def flaw(images: np.ndarray) -> str:
    """The flaw of a program's ``frames``: blank, half empty, dark, glaring, noisy or static; empty if there is none.

    Args:
        images: (T, SIZE, SIZE, 3) in 0..255.
    """
    blocks = images.mean(-1).reshape(len(images), 8, SIZE // 8, 8, SIZE // 8).std((2, 4))
    if images.std((1, 2)).mean(1).min() < 10 or images.std((1, 2)).mean() < 18:
        return "blank"
    if (blocks > 3).mean() < 0.45 or (blocks > 3).mean((1, 2)).min() < 0.2:
        return "half empty"
    if not 30 < images.mean() < 225 or images.mean((1, 2, 3)).min() < 12:
        return "dark or glaring"
    if np.abs(np.diff(images, axis=2)).mean() > 45:
        return "noisy"
    if min(np.abs(images[0] - images[1]).mean(), np.abs(images[1] - images[2]).mean()) < 8:
        return "static"
    return ""


def thumbnail(images: np.ndarray) -> np.ndarray:
    """(T * 8 * 8 * 3,): the descriptor for near duplicates."""
    return images.reshape(len(images), 8, SIZE // 8, 8, SIZE // 8, 3).mean((2, 4)).ravel()


def main(checked: int = 1000) -> None:
    """Extend the table to ``checked`` programs by their images and to ``TOTAL`` by their rules."""
    lines = TABLE.read_text(encoding="utf-8").split("\n") if TABLE.exists() else [""]
    digits = [int(d) for d in lines[0]]
    taken = {signature(i, attempt) for i, attempt in enumerate(digits)}
    canvas = Canvas()
    thumbs = [thumbnail(frames(canvas, source(i, attempt))) for i, attempt in enumerate(digits)]
    reasons: dict[str, int] = {}
    for i in range(len(digits), checked):
        for attempt in range(10):
            key = signature(i, attempt)
            reason = "same rules" if key in taken else ""
            if not reason:
                try:
                    text = source(i, attempt)
                    canvas.draw(text, 0.0, 8)
                    start = time.process_time()
                    images = frames(canvas, text)
                    cost = (time.process_time() - start) / len(TIMES) * (96 / SIZE) ** 2 * 1e3
                    reason = flaw(images) or ("costly" if cost > MOST_MS else "")
                    thumb = thumbnail(images)
                    if not reason and thumbs and np.abs(np.stack(thumbs) - thumb).mean(1).min() < 9:
                        reason = "near duplicate"
                except CompileError:
                    reason = "does not compile"
            if not reason:
                break
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            raise SystemExit(f"no candidate of program {i} passes: {reasons}")
        digits.append(attempt)
        taken.add(key)
        thumbs.append(thumb)
        if i % 25 == 24 or i == checked - 1:
            _write(digits, [])
            print(f"{i + 1} programs; rejected: {reasons}", flush=True)
    rest: list[int] = []
    for i in range(len(digits), TOTAL):
        attempt = next((a for a in range(10) if signature(i, a) not in taken), 0)
        rest.append(attempt)
        taken.add(signature(i, attempt))
    _write(digits, rest)
    print(f"{len(digits)} by images, {len(rest)} by rules, {TOTAL - len(taken)} signatures twice")


def _write(digits: list[int], rest: list[int]) -> None:
    TABLE.write_text("".join(map(str, digits)) + "\n" + "".join(map(str, rest)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
