"""Search for FractalDB's categories: writes ``kept2d.txt`` and ``kept3d.txt``, or the categories as CSV files.

``python -m synthbench.generators.fractals.search --dimensions 2 --count 10000 [--seconds 170]`` goes on where it stopped;
``... --csv DIR --count 1000`` writes the kept ones in the original's format.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from synthbench.generators.fractals import categories

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


def keeps(dimensions: int, number: int) -> bool:
    """Whether a candidate is kept."""
    return categories.keeps(categories.candidate(number, dimensions))


def write_csv(folder: Path, count: int) -> None:
    """The first ``count`` kept systems of the plane as category files 00000.csv, ..."""
    systems = {}
    for label, i in enumerate(categories.kept(2)[:count]):
        maps = categories.candidate(int(i))
        systems[f"{label:05d}"] = np.column_stack([maps, categories.probabilities(maps)])
    categories.write(folder, systems)


def search(dimensions: int, count: int, seconds: float, workers: int) -> None:
    """Try candidates in order, a block at a time, until ``count`` are kept or the time is over."""
    file = Path(__file__).parent / f"kept{dimensions}d.txt"
    found = categories.kept(dimensions).tolist() if file.is_file() else []
    i, first, end = (found[-1] + 1 if found else 0), len(found), time.monotonic() + seconds
    start = i
    with Pool(workers) as pool:
        while len(found) < count and time.monotonic() < end:
            block = range(i, i + BLOCK)
            kept = pool.map(partial(keeps, dimensions), block, chunksize=BLOCK // 50)
            found += [number for number, good in zip(block, kept, strict=True) if good][: count - len(found)]
            i += BLOCK
    print(f"{len(found)} kept; {len(found) - first} of the candidates {start} to {i - 1}")
    steps = np.diff(found, prepend=0)
    new = file.with_suffix(".partial")
    new.write_text("".join(" ".join(map(str, steps[k : k + 40])) + "\n" for k in range(0, len(steps), 40)), encoding="utf-8")
    os.replace(new, file)


if __name__ == "__main__":
    main()
