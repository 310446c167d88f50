"""Search for FractalDB's categories: writes ``kept2d.txt`` and ``kept3d.txt``, or the categories as CSV files.

``python -m synthbench.generators.fractals.search --dimensions 2 --count 10000 [--seconds
170]`` resumes where it stopped; ``... --csv DIR --count 1000`` writes the kept ones in the original's format.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from synthbench.generators.fractals import categories, ifs, space

CANVAS, SEARCH_POINTS, FILL = 512, 100_000, 0.2
BLOCK = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=2)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    if options.csv is not None:
        write_csv(options.csv, options.count)
    else:
        search(options.dimensions, options.count, options.seconds, options.workers)


def fill(maps: np.ndarray, p: np.ndarray, n: int = SEARCH_POINTS) -> tuple[int, int]:
    """Number of pixels of the 512x512 canvas covered by the first n / 2 points, and by the first n; 0 if the orbit
    diverges."""
    points = ifs.orbit(maps, p, ifs.choices(n))
    return (0, 0) if points is None else ifs.filled(ifs.pixels(points, CANVAS, ifs.MARGIN), CANVAS)


def keeps(maps: np.ndarray) -> bool:
    """The rule of the search.

    In the plane: 100,000 points must cover at least a fifth of the canvas. Most candidates can be decided with fewer
    points: further points add fewer pixels than those before them, and the canvas only grows, so 100,000 points cover
    at most what n points cover plus what the rest would add at the rate of the second half of the n points. (A margin
    of 5 % allows for chance.)

    In space: ``space.keeps``.
    """
    p = categories.probabilities(maps)
    if maps.shape[1] != 6:
        return space.keeps(maps, p)
    for n in (2_000, 16_000, 50_000):
        half, full = fill(maps, p, n)
        if full + (full - half) * (SEARCH_POINTS - n) / (n / 2) < 0.95 * FILL * CANVAS**2:
            return False
    return fill(maps, p)[1] >= FILL * CANVAS**2


def keeps_candidate(dimensions: int, number: int) -> bool:
    """Whether a candidate is kept."""
    return keeps(categories.candidate(number, dimensions))


def write_csv(folder: Path, count: int) -> None:
    """The first ``count`` kept systems of the plane as category files 00000.csv, ..."""
    systems = {}
    for label, i in enumerate(categories.kept(2)[:count]):
        maps = categories.candidate(int(i))
        systems[f"{label:05d}"] = np.column_stack([maps, categories.probabilities(maps)])
    categories.write(folder, systems)


def search(dimensions: int, count: int, seconds: float, workers: int) -> None:
    """Try candidates in order, in blocks, until ``count`` are kept or the time is up."""
    file = Path(__file__).parent / f"kept{dimensions}d.txt"
    found = categories.kept(dimensions).tolist() if file.is_file() else []
    i, first, end = (found[-1] + 1 if found else 0), len(found), time.monotonic() + seconds
    start = i
    with Pool(workers) as pool:
        while len(found) < count and time.monotonic() < end:
            block = range(i, i + BLOCK)
            kept = pool.map(partial(keeps_candidate, dimensions), block, chunksize=BLOCK // 50)
            found += [number for number, good in zip(block, kept, strict=True) if good][: count - len(found)]
            i += BLOCK
    print(f"{len(found)} kept; {len(found) - first} of the candidates {start} to {i - 1}")
    steps = np.diff(found, prepend=0)
    new = file.with_suffix(".partial")
    new.write_text(
        "".join(" ".join(map(str, steps[k : k + 40])) + "\n" for k in range(0, len(steps), 40)), encoding="utf-8"
    )
    os.replace(new, file)


if __name__ == "__main__":
    main()
