"""Tables of the shipped rows of two protocols, and how far to trust them."""

from __future__ import annotations

from functools import cache

from synthbench.board import agreement, rank
from synthbench.board.row import Row
from synthbench.cli.options import DEFAULT_PROTOCOL

BEST = 10
LONGER = "simclr-resnet18-mini-2"
"""The protocol for comparing generators."""


@cache
def rows(protocol: str = DEFAULT_PROTOCOL) -> tuple[Row, ...]:
    """The shipped, ranked rows of a protocol, best first."""
    ranked = rank.rank(rank.load_rows([]))
    return tuple(
        row for row in ranked if row.origin == "shipped" and row.protocol_id == protocol and row.rank is not None
    )


def score(row: Row) -> str:
    """Mean and deviation over the seeds, in percent; no deviation for one seed."""
    spread = "" if row.std is None else f" ± {100 * row.std:.1f}"
    return f"{100 * (row.value or 0):.1f}{spread}"


def table(found: tuple[Row, ...]) -> str:
    """Markdown: rank, entrant, score, seeds."""
    lines = ["| rank | entrant | score | seeds |", "|---|---|---|---|"]
    for row in found:
        low, high = row.rank_interval or (row.rank, row.rank)
        ties = f"{row.rank}" if low == high else f"{row.rank} ({low} to {high})"
        lines.append(f"| {ties} | {row.title} (`{row.entrant}`) | {score(row)} | {len(row.seeds)} |")
    return "\n".join(lines)


def best() -> str:
    """The first rows."""
    return table(rows()[:BEST])


def everything(protocol: str = DEFAULT_PROTOCOL) -> str:
    """All rows."""
    return table(rows(protocol))


def size(protocol: str = DEFAULT_PROTOCOL) -> str:
    """``23 entrants, 1 to 2 seeds each``."""
    seeds = [len(row.seeds) for row in rows(protocol)] or [0]
    low, high = min(seeds), max(seeds)
    number = f"{low} to {high} seeds" if low < high else f"{high} seed{'s'[: high != 1]}"
    return f"{len(rows(protocol))} entrants, {number} each"


def trust(protocol: str = DEFAULT_PROTOCOL) -> str:
    """How far to trust a difference between two rows, computed from them."""
    return (
        agreement.statement(agreement.scores_of(rows(protocol)))
        or "None of these entrants has a published score to compare with yet."
    )
