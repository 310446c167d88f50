"""Draw docs/pictures/agreement.png: how the shipped rows of the pocket protocols agree with the published orders.

    python docs/scripts/agreement.py

Left: the share of the published decisions that are made the same way, against the CPU time of an entrant, for one, two and three seeds
(mean over the choices of seeds). Right: score against published place in "Learning to See by Looking at Noise".
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from synthbench.board import agreement
from synthbench.board.agreement import Order
from synthbench.result import result
from synthbench.result.result import Result

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
RESULTS = ROOT / "leaderboard" / "results"
PROTOCOLS = {"simclr-resnet18-pocket": "#9aa5b1", "simclr-resnet18-pocket-2": "#c2410c"}
INK = "#1f2933"


def per_seed(record: Result) -> list[float]:
    """The aggregate of each seed."""
    return [result.grouped_mean([(score.task, score.per_seed[i].value) for score in record.scores]) for i in range(len(record.runs))]


def accuracy(scores: dict[str, list[float]], orders: Iterable[Order]) -> float:
    """The share of all published decisions that the mean scores make the same way."""
    found = agreement.leads(scores, orders)
    return sum(right for _, right in found) / len(found)


def curve(records: dict[str, Result], orders: list[Order]) -> tuple[list[float], list[float]]:
    """(CPU minutes an entrant, mean accuracy) for one seed up to as many as every entrant has."""
    seeds = min(len(record.runs) for record in records.values())
    cost = statistics.fmean(r.render_s + r.pretrain_s + r.evaluate_s for record in records.values() for r in record.runs) / 60
    by_seed = {name: per_seed(record) for name, record in records.items()}
    means = [
        statistics.fmean(
            accuracy({name: [values[i] for i in chosen] for name, values in by_seed.items()}, orders)
            for chosen in itertools.combinations(range(seeds), n)
        )
        for n in range(1, seeds + 1)
    ]
    return [cost * n for n in range(1, seeds + 1)], means


def main() -> None:
    """Read the rows, draw, save."""
    orders = agreement.orders()
    published = {name for order in orders for name in order.values()}
    figure = Figure(figsize=(11, 4.4), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    place = next(order for order in orders if order.name == "alexnet").values()
    for name, colour in PROTOCOLS.items():
        records = {path.stem: result.read(path) for path in sorted((RESULTS / name).glob("*.json")) if path.stem in published}
        minutes, shares = curve(records, orders)
        left.plot(minutes, [100 * share for share in shares], "o-", color=colour, label=f"{name}, {len(records)} entrants")
        scores = {entrant: 100 * statistics.fmean(per_seed(record)) for entrant, record in records.items() if entrant in place}
        right.plot([place[e] for e in scores], list(scores.values()), "o", color=colour)
        if name == list(PROTOCOLS)[-1]:
            for entrant, score in scores.items():
                right.annotate(entrant, (place[entrant], score), xytext=(4, 4), textcoords="offset points", fontsize=7, color=INK)
    ceilings = [agreement.between(a, b) for a, b in itertools.permutations(orders, 2)]
    ceiling = 100 * sum(c.right for c in ceilings) / sum(c.decisions for c in ceilings)
    left.axhline(ceiling, color=INK, linewidth=0.8, linestyle="--", label="the published orders among themselves")
    left.axhline(50, color=INK, linewidth=0.8, linestyle=":", label="chance")
    left.set(xlabel="CPU minutes an entrant (one thread a run)", ylabel="published decisions made the same way (%)", ylim=(40, 100))
    left.set_xlim(left=0)
    left.legend(frameon=False, fontsize=8, loc="lower right")
    right.set(xlabel="place in Learning to See by Looking at Noise (0: worst)", ylabel="score (%)")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURES / "agreement.png")


if __name__ == "__main__":
    main()
