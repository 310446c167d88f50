"""Make the reference results: run the baselines over several seeds, pool them into leaderboard/, and print the evidence table.

    python benchmarks/evidence.py --runs runs --seeds 3 random-init dead-leaves-mixed shaders-open

Runs that are there already are reused. With two CPU cores, two processes with one thread each (OMP_NUM_THREADS=1, --workers 1), each on
its own entrants, get through a list about as fast as one process with two.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import sys
from pathlib import Path

from PIL import Image

from synthbench.board.rank import merge
from synthbench.cli.console import Terminal
from synthbench.entrant import recipe
from synthbench.pretrain.execution import Execution
from synthbench.protocol import protocol
from synthbench.result import folder, result
from synthbench.result.result import Result
from synthbench.run.run import Job, run

LEADERBOARD = Path(__file__).resolve().parent.parent / "leaderboard"
SHEET_WIDTH = 960


def per_seed(record: Result) -> list[float]:
    """The aggregate of each seed, in percent."""
    columns = zip(*([s.value for s in score.per_seed] for score in record.scores), strict=True)
    return [100 * statistics.fmean(column) for column in columns]


def gap(low: Result, high: Result) -> str:
    """The difference of two entrants in percentage points and in standard deviations, unpaired and paired by seed."""
    a, b = per_seed(low), per_seed(high)
    difference = statistics.fmean(b) - statistics.fmean(a)
    pooled = math.sqrt((statistics.variance(a) + statistics.variance(b)) / 2)
    paired = statistics.stdev(y - x for x, y in zip(a, b, strict=True))
    return f"{difference:.1f} points = {difference / pooled:.1f} sd over seeds, {difference / paired:.1f} sd of the paired differences"


def main() -> None:
    """Run, pool, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("entrants", nargs="+", help="from the weakest to the strongest")
    parser.add_argument("--protocol", default="simclr-resnet18-pocket-2")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    rules = protocol.load(given.protocol)
    records = []
    for name in given.entrants:
        entrant = recipe.resolve(name)
        with Terminal() as terminal:
            done = [
                run(Job(entrant, rules, s, given.runs, execution=Execution(workers=given.workers)), report=terminal) for s in range(given.seeds)
            ]
        pooled = merge(d.result for d in done)
        command = "; ".join(f"synthbench run {name} --protocol {rules.id} --seed {s}" for s in range(given.seeds))
        fields = {k: getattr(pooled, k) for k in Result.model_fields if k not in ("schema_version", "submission_id")}
        record = result.seal(fields | {"command": command})
        target = LEADERBOARD / "results" / rules.id / f"{name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        result.write(record, target)
        sheet = done[0].path / folder.SHEET
        if sheet.is_file():
            image = Image.open(sheet).convert("RGB")
            image.thumbnail((SHEET_WIDTH, SHEET_WIDTH), Image.Resampling.LANCZOS)
            (LEADERBOARD / "sheets").mkdir(exist_ok=True)
            image.save(LEADERBOARD / "sheets" / f"{name}.jpg", quality=85, optimize=True)
        records.append(record)
    scores = records[0].scores
    write = sys.stdout.write
    write(f"| entrant | mean ± sd | seeds | {' | '.join(f'{s.task} {s.probe}' for s in scores)} |\n|{'---|' * (3 + len(scores))}\n")
    for record in records:
        values = per_seed(record)
        cells = [f"{100 * statistics.fmean(x.value for x in s.per_seed):.1f}" for s in record.scores]
        spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        seeds = ", ".join(f"{v:.1f}" for v in values)
        write(f"| {record.generator.title} | **{statistics.fmean(values):.1f}**{spread} | {seeds} | {' | '.join(cells)} |\n")
    for low, high in itertools.pairwise(records):
        if given.seeds > 1:
            write(f"\n{low.generator.title} -> {high.generator.title}: {gap(low, high)}\n")


if __name__ == "__main__":
    main()
