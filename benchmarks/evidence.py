"""Copy the rows of a sweep into leaderboard/, and print the table of scores for protocols/README.md.

    synthbench sweep random-init dead-leaves-mixed shaders-open --seeds 0,1,2 --out runs
    python benchmarks/evidence.py runs

Rows of other entrants in leaderboard/ are kept and included in the table.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from PIL import Image

from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.cluster.sweep import ROWS
from synthbench.result import folder, result
from synthbench.result.result import Result

LEADERBOARD = Path(__file__).resolve().parent.parent / "leaderboard"
SHEET_WIDTH = 960


def per_seed(record: Result) -> list[float]:
    """The aggregate of each seed, in percent."""
    columns = zip(*([s.value for s in score.per_seed] for score in record.scores), strict=True)
    return [100 * statistics.fmean(column) for column in columns]


def take(row: Path, runs: Path) -> None:
    """Copy a row, and the contact sheet of its first run, into leaderboard/."""
    record = result.read(row)
    target = LEADERBOARD / "results" / record.protocol.id / row.name
    target.parent.mkdir(parents=True, exist_ok=True)
    result.write(record, target)
    sheet = runs / row.stem / record.protocol.id / f"seed-{record.runs[0].seed}" / folder.SHEET
    if sheet.is_file():
        image = Image.open(sheet).convert("RGB")
        image.thumbnail((SHEET_WIDTH, SHEET_WIDTH), Image.Resampling.LANCZOS)
        (LEADERBOARD / "sheets").mkdir(exist_ok=True)
        image.save(LEADERBOARD / "sheets" / f"{row.stem}.jpg", quality=85, optimize=True)


def main() -> None:
    """Copy, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="?", help="the sweep's --out; without it the table is printed only")
    parser.add_argument("--protocol", default=DEFAULT_PROTOCOL)
    given = parser.parse_args()
    if given.runs is not None:
        rows = sorted((given.runs / ROWS / given.protocol).glob("*.json"))
        if not rows:
            sys.exit(f"{given.runs} does not hold rows of {given.protocol}: `synthbench sweep` writes them.")
        for row in rows:
            take(row, given.runs)
    records = [result.read(path) for path in (LEADERBOARD / "results" / given.protocol).glob("*.json")]
    records.sort(key=lambda record: (statistics.fmean(per_seed(record)), record.generator.name))
    heads = [f"{s.task} {s.probe}" for s in records[0].scores] if records else []
    print(f"| entrant | mean ± sd | seeds | {' | '.join(heads)} |\n|{'---|' * (3 + len(heads))}")
    for record in records:
        values = per_seed(record)
        cells = [f"{100 * statistics.fmean(x.value for x in s.per_seed):.1f}" for s in record.scores]
        spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        seeds = ", ".join(f"{v:.1f}" for v in values)
        print(
            f"| {record.generator.title} | **{statistics.fmean(values):.1f}**{spread} | {seeds} | {' | '.join(cells)} |"
        )


if __name__ == "__main__":
    main()
