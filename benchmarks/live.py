"""Training speed on live images compared with stored ones, for cheap rendering: the cost of passing on the images.

Both train the same network on the same number of images of the pocket protocol's sizes, in turns. The time is from the
end of the first step to the end of the last one, so the start of the workers does not count.

    python benchmarks/live.py [--steps 7] [--rounds 2] [--entrant white-noise]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from synthbench.entrant.recipe import resolve
from synthbench.generator import label_of, stream
from synthbench.pretrain.execution import Execution
from synthbench.pretrain.loop import pretrain
from synthbench.pretrain.training_images import Drawn, Pixels
from synthbench.protocol import protocol
from synthbench.render.live import Live


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entrant", default="white-noise")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    options = parser.parse_args()
    recipe, n = resolve(options.entrant), options.steps * options.batch
    rules = protocol.load("simclr-resnet18-pocket").override(
        {"optimizer.batch": options.batch, "optimizer.epochs": 1, "optimizer.precision": "fp32", "data.images": n}
    )
    generator = recipe.load()
    labels = [label_of(k, len(generator.labels)) for k in range(n)]
    stored = np.asarray(generator.render_batch(labels, [stream(0, k) for k in range(n)], rules.data.size))
    seconds: dict[str, list[float]] = {"stored": [], "live": []}
    for _ in range(options.rounds):
        for way, found in seconds.items():
            times: list[float] = []
            with tempfile.TemporaryDirectory() as folder:
                live = Live(recipe, n=n, size=rules.data.size, seed=0, workers=1)
                pretrain(
                    Drawn(live, [], way) if way == "live" else Pixels(stored, identity=way),
                    protocol=rules,
                    seed=0,
                    out=Path(folder),
                    execution=Execution(torch.device("cpu"), checkpoint_s=1e9),
                    progress=lambda *_, times=times: times.append(time.perf_counter()),
                )
            found.append((times[-1] - times[0]) / (len(times) - 1))
            print(f"{way:7s} {found[-1]:.2f} s a step of {options.batch} images", flush=True)
    print(f"live trains at {sum(seconds['stored']) / sum(seconds['live']):.2f}x the speed of stored")


if __name__ == "__main__":
    main()
