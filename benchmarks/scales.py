"""Agreement of each scale's ranking with the published rankings at full scale.

    python benchmarks/scales.py [PROTOCOL ...]

Reads only the rows of leaderboard/. For each protocol with rows and each published ranking: Spearman's rank correlation
and the share of the published decisions that the protocol makes the same way, with 95 % bootstrap intervals over seeds
and entrants; the same over the entrants on which the protocol's constants were chosen and over the held-out ones;
without each family in turn; and the agreement of the published rankings with each other.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from synthbench import registry
from synthbench.board import agreement
from synthbench.board.agreement import Agreement
from synthbench.result import result

RESULTS = Path(__file__).resolve().parent.parent / "leaderboard" / "results"
CHOSEN_ON = (
    "spectrum",
    "fractaldb-1k",
    "dead-leaves-squares",
    "spectrum-color",
    "dead-leaves-oriented",
    "stylegan-highfreq",
    "stylegan-oriented",
)
"""The entrants on which the constants of simclr-resnet18-pocket-2 and -mini were chosen, named before the search; the
others were held out."""
FAMILIES = ("dead-leaves", "spectrum", "wmm", "stylegan", "fractaldb", "shaders")


def scores(protocol: str) -> dict[str, list[float]]:
    """Entrant -> mean over the scores for each seed, from the shipped rows."""
    found: dict[str, list[float]] = {}
    for path in sorted((RESULTS / protocol).glob("*.json")):
        record = result.read(path)
        found[path.stem] = [
            result.grouped_mean([(score.task, score.per_seed[i].value) for score in record.scores])
            for i in range(len(record.runs))
        ]
    return found


def add(table: Table, label: str, found: Agreement) -> None:
    """Add a row to a table."""
    if found.decisions == 0:
        return
    low, high = found.rho_ci
    worst, best = found.accuracy_ci
    table.add_row(
        label,
        str(len(found.entrants)),
        f"{found.rho:+.2f}",
        f"{low:+.2f} to {high:+.2f}",
        f"{found.right} of {found.decisions}",
        f"{found.accuracy:.0%}",
        f"{worst:.0%} to {best:.0%}",
    )


def empty(title: str) -> Table:
    """A table with the headings of ``add``."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for head in ("entrants", "n", "rho", "95 %", "decisions", "right", "95 %"):
        table.add_column(head, justify="left" if head == "entrants" else "right", no_wrap=True)
    return table


def main() -> None:
    """Read, compare, print."""
    console = Console(width=120)
    published = agreement.orders()
    wanted = sys.argv[1:] or [name for name in sorted(registry.protocols()) if (RESULTS / name).is_dir()]
    for protocol in wanted:
        held = scores(protocol)
        for order in published:
            table = empty(f"{protocol} against {order.title}")
            every = agreement.agreement(held, order).entrants
            add(table, "all", agreement.agreement(held, order))
            add(table, "chosen on", agreement.agreement(held, order, CHOSEN_ON))
            add(table, "held out", agreement.agreement(held, order, [name for name in every if name not in CHOSEN_ON]))
            for family in FAMILIES:
                kept = [name for name in every if not name.startswith(family)]
                if 3 <= len(kept) < len(every):
                    add(table, f"without {family}", agreement.agreement(held, order, kept))
            if table.row_count:
                console.print(table)
        needed = agreement.lead_needed(held, published)
        if needed is None:
            console.print(f"{protocol}: no lead was right in {agreement.LEVEL:.0%} of the published comparisons.\n")
        else:
            console.print(
                f"{protocol}: a lead of {100 * needed.points:.1f} points "
                f"was right in {needed.right} of {needed.comparisons}.\n"
            )
    table = empty("The published orders among themselves")
    for first, second in itertools.combinations(published, 2):
        add(table, f"{first.name}, {second.name}", agreement.between(first, second))
    console.print(table)


if __name__ == "__main__":
    main()
