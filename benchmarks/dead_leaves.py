"""Dead leaves: the original method compared with ours on images of the same distribution.

The original method paints every leaf over the whole picture with a polygon filler (PIL's here, OpenCV's there; both are
compiled) and after each one searches all pixels for an uncovered one.

    python benchmarks/dead_leaves.py [--images 4] [--size 256] [--shape mixed]
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
from PIL import Image, ImageDraw

from synthbench import load_generator
from synthbench.generator import stream

SHAPES = ("circle", "square", "oriented", "rectangle", "triangle", "quadrilateral")


def original(rng: np.random.Generator, size: int, shape: str) -> tuple[np.ndarray, int]:
    """One image and its number of leaves."""
    picture = Image.new("RGB", (size, size))
    draw = ImageDraw.Draw(picture)
    radii = np.linspace(0.03, 1, 200)
    cdf = np.cumsum(radii**-3 - 1)
    cdf /= cdf[-1]
    n = 0
    while n < 5000:
        n += 1
        kind = str(rng.choice(SHAPES)) if shape == "mixed" else shape
        color = tuple(int(c) for c in rng.uniform(0, 1, 3) * 255)
        r = max(int(radii[np.argmin(np.abs(cdf - rng.uniform()))] * size), 1)
        x, y = rng.uniform(0, size, 2).astype(int).tolist()
        if kind == "circle":
            draw.ellipse((x - r, y - r, x + r, y + r), fill=color)
        else:
            if kind in ("square", "oriented"):
                start = math.pi / 4 if kind == "square" else rng.uniform(0, 2 * math.pi)
                angles = start + np.arange(4) * math.pi / 2
            elif kind == "rectangle":
                a = rng.uniform(0, math.pi / 2)
                angles = np.array([a, math.pi - a, math.pi + a, -a])
            else:
                angles = np.sort(rng.uniform(0, 2 * math.pi, 3 if kind == "triangle" else 4))
            corners = np.stack([x + r * np.cos(angles), y + r * np.sin(angles)], 1).astype(int)
            draw.polygon([tuple(c) for c in corners.tolist()], fill=color)
        image = np.asarray(picture)
        if not (image.sum(-1) == 0).sum():
            break
    return image, n


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=4, help="of the original method; ours draws 50 times as many")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--shape", default="mixed", choices=(*SHAPES, "mixed"))
    options = parser.parse_args()
    generator = load_generator("dead-leaves", shape=options.shape)
    generator.render(0, stream(0, 0), options.size)  # compiles
    cpu = {"original": 0.0, "synthbench": 0.0}
    leaves, many = [], 50
    for k in range(options.images):  # alternating, so that both have the same load
        start = time.process_time()
        leaves.append(original(np.random.default_rng(k), options.size, options.shape)[1])
        cpu["original"] += time.process_time() - start
        start = time.process_time()
        for i in range(many):
            generator.render(0, stream(0, k * many + i), options.size)
        cpu["synthbench"] += (time.process_time() - start) / many
    for name, seconds in cpu.items():
        print(
            f"{name:12s} {1e3 * seconds / options.images:8.2f} ms CPU/image  {options.images / seconds:8.2f} images/s"
        )
    print(
        f"synthbench: {cpu['original'] / cpu['synthbench']:.0f}x the images/s of the original method "
        f"({np.mean(leaves):.0f} leaves an image there)"
    )


if __name__ == "__main__":
    main()
