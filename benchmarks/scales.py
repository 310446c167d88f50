"""Agreement of each scale's ranking with the published rankings at full scale, as the Markdown of protocols/README.md.

    python benchmarks/scales.py [PROTOCOL ...]

Reads only the rows of leaderboard/. For each protocol with rows and each published ranking: Spearman's rank correlation
and the share of the published decisions that the protocol makes the same way, with 95 % bootstrap intervals over seeds
and entrants. For the first ranking also: over the entrants on which the protocol's constants were chosen, over the
held-out ones, without each family in turn, with one seed only, and by cross-entropy. At the end: the agreement of the
published rankings with each other.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from synthbench import registry
from synthbench.board import agreement
from synthbench.board.agreement import Agreement
from synthbench.result import result

RESULTS = Path(__file__).resolve().parent.parent / "leaderboard" / "results"
CHOSEN = (
    "spectrum",
    "fractaldb-1k",
    "dead-leaves-squares",
    "spectrum-color",
    "dead-leaves-oriented",
    "stylegan-highfreq",
    "stylegan-oriented",
)
CHOSEN_ON = {"simclr-resnet18-pocket-2": CHOSEN, "simclr-resnet18-mini-2": CHOSEN}
"""The entrants on which the protocols' constants were chosen, named before the search; the others were held out."""
FAMILIES = ("dead-leaves", "spectrum", "wmm", "stylegan", "fractaldb", "shaders")
HEAD = "| entrants | n | rank correlation | decisions |\n|---|---|---|---|"


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


def entropies(protocol: str) -> dict[str, list[float]]:
    """Entrant -> mean over the tasks of the probes' cross-entropy for each seed, negative: larger is better."""
    found: dict[str, list[float]] = {}
    for path in sorted((RESULTS / protocol).glob("*.json")):
        record = result.read(path)
        per_seed = [
            [(s.task, (s.per_seed[i].beside or {}).get("cross_entropy")) for s in record.scores]
            for i in range(len(record.runs))
        ]
        found[path.stem] = [
            -result.grouped_mean([(task, value) for task, value in values if value is not None])
            for values in per_seed
            if all(value is not None for _, value in values)
        ]
    return {name: values for name, values in found.items() if values}


def line(label: str, found: Agreement) -> list[str]:
    """A row of a table; none without a published decision."""
    if found.decisions == 0:
        return []
    low, high = found.rho_ci
    worst, best = found.accuracy_ci
    return [
        f"| {label} | {len(found.entrants)} | {found.rho:+.2f} ({low:+.2f} to {high:+.2f}) "
        f"| {found.right} of {found.decisions}, {found.accuracy:.0%} ({worst:.0%} to {best:.0%}) |"
    ]


def lines(protocol: str, held: agreement.Scores) -> list[str]:
    """The rows of a protocol's table."""
    first, *others = agreement.orders()
    every = agreement.agreement(held, first).entrants
    found = line(first.title, agreement.agreement(held, first))
    if protocol in CHOSEN_ON:
        chosen = CHOSEN_ON[protocol]
        found += line("the entrants that the constants were chosen on", agreement.agreement(held, first, chosen))
        found += line(
            "**the held-out entrants**", agreement.agreement(held, first, [n for n in every if n not in chosen])
        )
    for family in FAMILIES:
        kept = [name for name in every if not name.startswith(family)]
        if 3 <= len(kept) < len(every):
            found += line(f"without {family}", agreement.agreement(held, first, kept))
    if any(len(values) > 1 for values in held.values()):
        single = {name: values[:1] for name, values in held.items()}
        found += line("all, one seed each", agreement.agreement(single, first))
    found += line("all, by the probes' cross-entropy instead of top-1", agreement.agreement(entropies(protocol), first))
    for order in others:
        found += line(order.title, agreement.agreement(held, order))
    return found


def main() -> None:
    """Read, compare, print."""
    wanted = sys.argv[1:] or [name for name in sorted(registry.protocols()) if (RESULTS / name).is_dir()]
    for protocol in wanted:
        held = scores(protocol)
        print(f"## {protocol}\n\n{HEAD}", *lines(protocol, held), f"\n{agreement.statement(held)}\n", sep="\n")
    print(f"## The published rankings with each other\n\n{HEAD}")
    for first, second in itertools.combinations(agreement.orders(), 2):
        print(*line(f"{first.name} and {second.name}", agreement.between(first, second)), sep="\n")


if __name__ == "__main__":
    main()
