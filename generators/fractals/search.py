"""Search for FractalDB's categories: writes ``kept2d.txt`` and ``kept3d.txt``, or the categories as CSV files.

    python -m synthbench.generators.fractals.search --dimensions 2 --count 10000 [--seconds 170]     # goes on where it stopped
    python -m synthbench.generators.fractals.search --csv DIR --count 1000                           # the kept ones, in the original's format
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
from synthbench.generators.fractals import categories


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=2)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    if options.csv is not None:
        write_csv(options.csv, options.count)
    else:
        search(options.dimensions, options.count, options.seconds)


def write_csv(folder: Path, count: int) -> None:
    """The first ``count`` kept systems of the plane as category files 00000.csv, ..."""
    systems = {}
    for label, i in enumerate(categories.kept(2)[:count]):
        maps = categories.candidate(int(i))
        systems[f"{label:05d}"] = np.column_stack([maps, categories.probabilities(maps)])
    categories.write(folder, systems)


def search(dimensions: int, count: int, seconds: float) -> None:
    """Try candidates in order until ``count`` are kept or the time is over."""
    file = Path(__file__).parent / f"kept{dimensions}d.txt"
    found = categories.kept(dimensions).tolist() if file.is_file() else []
    i, first, end = (found[-1] + 1 if found else 0), len(found), time.monotonic() + seconds
    start = i
    while len(found) < count and time.monotonic() < end:
        if categories.keeps(categories.candidate(i, dimensions)):
            found.append(i)
        i += 1
    print(f"{len(found)} kept; {len(found) - first} of the {i - start} candidates from {start} on")
    steps = np.diff(found, prepend=0)
    partial = file.with_suffix(".partial")
    partial.write_text("".join(" ".join(map(str, steps[k : k + 40])) + "\n" for k in range(0, len(steps), 40)))
    os.replace(partial, file)


if __name__ == "__main__":
    main()
