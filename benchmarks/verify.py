"""How much a verification may differ for no fault of the submitter: the tolerances of ``synthbench/board/verify.py``.

    python benchmarks/verify.py scores [ENCODER]      an encoder evaluated with other thread counts and another memory layout
    python benchmarks/verify.py images [ENTRANT]      first images by llvmpipe with vectors of 128 and of 256 bits: two renderers

``ENCODER`` is by default one at its random start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import numpy as np

from synthbench import protocol, recipe

RULES = protocol.load("simclr-resnet18-pocket")


def scores(where: str | None) -> None:
    import torch

    from synthbench.evaluate.evaluate import evaluate
    from synthbench.pretrain.encoder import initial, load_encoder

    a = RULES.augment
    encoder = load_encoder(where) if where else initial("resnet18", size=a.size, mean=a.mean, std=a.std, seed=0).eval()
    counts = {}
    for threads, layout in ((1, torch.channels_last), (2, torch.channels_last), (1, torch.contiguous_format)):
        torch.set_num_threads(threads)
        counts[threads, str(layout)] = [(c.n_correct, c.n_test) for c in evaluate(encoder.to(memory_format=layout), RULES.evaluate)]
        print(threads, layout, counts[threads, str(layout)], flush=True)
    table = np.array([[n for n, _ in row] for row in counts.values()])
    print(f"largest difference of a score: {np.ptp(table, axis=0).max()} of {next(iter(counts.values()))[0][1]} test images")


def images(entrant: str) -> None:
    from synthbench.board.verify import PIXEL_NOISE, render_first

    if "LP_NATIVE_VECTOR_WIDTH" in os.environ:  # the second renderer
        made, _, renderer = render_first(recipe.resolve(entrant), RULES, 0)
        np.savez(sys.argv[3], images=np.stack(made), renderer=renderer)
        return
    held = []
    for width in ("128", "256"):
        file = f"{tempfile.gettempdir()}/first-{os.getpid()}-{width}.npz"
        subprocess.run([sys.executable, __file__, "images", entrant, file], check=True, env=os.environ | {"LP_NATIVE_VECTOR_WIDTH": width})
        with np.load(file) as data:
            held.append((data["images"], str(data["renderer"])))
        os.unlink(file)
    (a, first), (b, second) = held
    gaps = np.abs(a.astype(int) - b).mean(axis=(1, 2, 3)) / 255
    same = (a == b).all(axis=(1, 2, 3)).sum()
    print(f"{first}  |  {second}")
    print(f"{entrant}: {same} of {len(a)} images equal; mean absolute difference {np.sort(gaps).round(5)}; allowed {PIXEL_NOISE:.4f}")


if __name__ == "__main__":
    what, name = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    scores(name) if what == "scores" else images(name or "shaders-open")
