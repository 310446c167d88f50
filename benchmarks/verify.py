"""Differences between honest verifications: the basis of the tolerances in ``synthbench/board/verify.py``.

    python benchmarks/verify.py scores [ENCODER]       an encoder evaluated with one thread, with two, and with another memory layout
    python benchmarks/verify.py images [PROGRAMS]      shaders by three renderers: llvmpipe with vectors of 256 and of 128 bits, softpipe

``ENCODER`` is by default one at its random start; ten ``PROGRAMS`` take softpipe 15 seconds.
"""  # noqa: E501

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np

from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.protocol import protocol

RULES = protocol.load("simclr-resnet18-pocket")
RENDERERS = {
    "llvmpipe, 256 bits": {"GALLIUM_DRIVER": "llvmpipe", "LP_NATIVE_VECTOR_WIDTH": "256"},
    "llvmpipe, 128 bits": {"GALLIUM_DRIVER": "llvmpipe", "LP_NATIVE_VECTOR_WIDTH": "128"},
    "softpipe": {"GALLIUM_DRIVER": "softpipe"},
}
EACH, SIZE = 8, 48
"""Images per program, and their side in pixels."""


def scores(where: str | None) -> None:
    import torch

    from synthbench.evaluate.evaluate import evaluate
    from synthbench.pretrain.encoder import initial, load_encoder

    a = RULES.augment
    encoder = load_encoder(where) if where else initial("resnet18", size=a.size, mean=a.mean, std=a.std, seed=0).eval()
    counts = {}
    for threads, layout in ((1, torch.channels_last), (2, torch.channels_last), (1, torch.contiguous_format)):
        torch.set_num_threads(threads)
        counts[threads, str(layout)] = [
            (c.n_correct, c.n_test) for c in evaluate(encoder.to(memory_format=layout), RULES.evaluate)
        ]
        print(threads, layout, counts[threads, str(layout)], flush=True)
    table = np.array([[n for n, _ in row] for row in counts.values()])
    print(
        f"largest difference of a score: {np.ptp(table, axis=0).max()} "
        f"of {next(iter(counts.values()))[0][1]} test images"
    )


def images(programs: int) -> None:
    from synthbench.board.verify import PIXEL_NOISE

    held = {}
    for name, about in RENDERERS.items():
        file = f"{tempfile.gettempdir()}/first-{os.getpid()}.npz"
        subprocess.run([sys.executable, __file__, "draw", file, str(programs)], check=True, env=os.environ | about)
        with np.load(file) as data:
            held[name] = data["images"].astype(int)
            print(f"{name}: {data['renderer']}", flush=True)
        os.unlink(file)

    def gap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.abs(a - b).mean(axis=(-3, -2, -1)) / 255

    (first, a), *rest = held.items()
    for name, b in rest:
        same, other = (
            gap(a, b).ravel(),
            np.concatenate([gap(a, np.roll(b, shift, axis=1)).ravel() for shift in range(1, EACH)]),
        )
        print(
            f"{first} and {name}: {(a == b).all(axis=(-3, -2, -1)).mean():.1%} of {same.size} images equal; mean "
            "absolute difference * 255, quantiles 50, 75, 90, 100 %: "
            f"{np.quantile(255 * same, [0.5, 0.75, 0.9, 1]).round(2)}; within {255 * PIXEL_NOISE:.0f}/255: "
            f"{(same < PIXEL_NOISE).mean():.1%}, of pairs of different images of a program "
            f"{(other < PIXEL_NOISE).mean():.1%}"
        )


def draw(file: str, programs: int) -> None:
    """One renderer's images, in a separate process: (programs, EACH, SIZE, SIZE, 3)."""
    generator: Any = recipe.resolve("shaders-open").load()
    labels = [int(n) for n in np.linspace(0, len(generator.labels) - 1, programs)]
    made = [
        np.asarray(generator.render_batch([n] * EACH, [stream(0, n * EACH + i) for i in range(EACH)], SIZE))
        for n in labels
    ]
    np.savez(file, images=np.stack(made), renderer=generator.renderer)
    generator.close()


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "draw":
        draw(rest[0], int(rest[1]))
    elif what == "images":
        images(int(rest[0]) if rest else 10)
    else:
        scores(rest[0] if rest else None)
