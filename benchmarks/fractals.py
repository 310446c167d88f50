"""FractalDB: the original method compared with ours, in one run on the same systems; and the speed of every recipe of
these families.

The original method, transcribed from its description: a Python loop over the points of the orbit, then a Python loop
that pastes one PIL image per point; the orbit is computed again for each of the 10 patch seeds. It runs in as many
processes as ours uses threads.

    python benchmarks/fractals.py [--drawings 20] [--size 362] [--threads 2] [--recipes]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
from PIL import Image
from synthbench.generators.fractals import categories, ifs

from synthbench.entrant.recipe import resolve
from synthbench.generator import label_of, stream

RECIPES = (
    "fractaldb-1k", "fractaldb-1k-colour", "fractaldb-10k", "ofdb-1k", "1p-frac", "exfractaldb-1k",
    "anderson-farrell-1k", "anderson-farrell-1k-multi", "visualatom-1k", "rcdb-1k", "perlin", "mandelbulb",
)  # fmt: skip


def original(label: int, size: int) -> np.ndarray:
    """One drawing: 200,000 points at 362 px, gray patches."""
    maps = categories.candidate(int(categories.kept()[label]))
    p = categories.probabilities(maps).tolist()
    rows = maps.tolist()
    rng = random.Random(0)
    x = y = 0.0
    xs, ys = [0.0], [0.0]
    for _ in range(ifs.points_at(size)):
        left, i = rng.random(), 0
        while left > p[i] and i < len(p) - 1:
            left -= p[i]
            i += 1
        a, b, c, d, e, f = rows[i]
        x, y = a * x + b * y + e, c * x + d * y + f
        xs.append(x)
        ys.append(y)
    low_x, low_y = min(xs), min(ys)
    scale_x, scale_y = (size - 12) / (max(xs) - low_x), (size - 12) / (max(ys) - low_y)
    image = Image.new("RGB", (size, size))
    for x, y in zip(xs[1:], ys[1:], strict=True):
        mask = rng.randint(1, 511)
        patch = np.zeros((3, 3, 3), np.uint8)
        for cell in range(9):
            if mask >> cell & 1:
                patch[cell // 3, cell % 3] = 127
        image.paste(Image.fromarray(patch), (int((x - low_x) * scale_x + 6), int((y - low_y) * scale_y + 6)))
    return np.asarray(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM))


def ours(label: int, seed: int, size: int) -> np.ndarray:
    """The same drawing."""
    maps = categories.candidate(int(categories.kept()[label]))
    points = ifs.orbit(maps, categories.probabilities(maps), ifs.choices(ifs.points_at(size)))
    assert points is not None
    cells = ifs.pixels(points, size, 6)
    return np.asarray(ifs.painted(ifs.patches(cells, ifs.masks(len(cells[0]), seed), size), ifs.GRAY, True, False))


def timed(draw: Callable[..., np.ndarray], *arguments: int) -> tuple[float, float]:
    """CPU seconds of one drawing, and the share of its pixels that are lit."""
    start = time.thread_time()
    image = draw(*arguments)
    return time.thread_time() - start, float((image > 0).mean())


def compare(drawings: int, size: int, threads: int) -> None:
    """Both methods on the same systems, each on ``threads`` cores; ours draws a hundred times as many: ten patch
    seeds, ten times."""
    ours_jobs = [(label, seed) for label in range(drawings) for seed in range(10)] * 10
    for seed in range(10):  # compiles, and draws the random numbers that all drawings share
        ours(0, seed, size)
    with ProcessPoolExecutor(threads) as processes:
        start = time.perf_counter()
        first = np.array(list(processes.map(partial(timed, original), range(drawings), [size] * drawings)))
        slow = (time.perf_counter() - start) / drawings
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        second = np.array(list(pool.map(lambda job: timed(ours, *job, size), ours_jobs)))
        fast = (time.perf_counter() - start) / len(ours_jobs)
    slow_cpu, fast_cpu = first[:, 0].mean(), second[:, 0].mean()
    print(f"{size} px on {threads} cores, ms a drawing   wall clock   CPU")
    print(f"the original method             {slow * 1e3:10.1f} {slow_cpu * 1e3:10.1f}")
    print(f"ours                            {fast * 1e3:10.2f} {fast_cpu * 1e3:10.2f}")
    print(f"times as fast                   {slow / fast:10.0f} {slow_cpu / fast_cpu:10.0f}")
    print(f"pixels lit: {first[:, 1].mean():.4f} and {second[:, 1].mean():.4f}")


def recipes(sizes: tuple[int, ...] = (96, 256, 384), images: int = 24) -> None:
    """Images per second in one thread, by wall-clock time and by CPU time, after a warm-up; for shaders without the
    compilation."""
    print(f"{'images/s (per CPU second)':28}" + "".join(f"{size:>18} px" for size in sizes))
    for name in RECIPES:
        generator = resolve(name).load()
        n = len(generator.labels)
        cells = []
        for size in sizes:
            labels = [label_of(37 * k, n) if name != "mandelbulb" else 7 * 61 + k % 4 for k in range(images)]
            for k in range(12):
                generator.render(labels[k % 4], stream(1, k), size)
            start = time.perf_counter(), time.process_time()
            for k, label in enumerate(labels):
                generator.render(label, stream(0, k), size)
            cells.append(
                f"{images / (time.perf_counter() - start[0]):9.0f} ({images / (time.process_time() - start[1]):6.0f})"
            )
        generator.close()
        print(f"{name:28}" + "   ".join(cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawings", type=int, default=4)
    parser.add_argument("--size", type=int, default=362)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--recipes", action="store_true", help="the speed of every recipe instead")
    options = parser.parse_args()
    if options.recipes:
        recipes()
    else:
        compare(options.drawings, options.size, options.threads)


if __name__ == "__main__":
    main()
