"""Agreement of a protocol's scores with the rankings that papers published at full scale (``leaderboard/orders.json``).

Two measures over the entrants that both have: Spearman's rank correlation, and pairwise decision accuracy: of the pairs
that the paper separates by more than its noise, the share that the protocol orders the same way (Magnusson et al.,
DataDecide, ICML 2025). Random initialisation and real images are left out, because any protocol tells them apart.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import numpy as np
from pydantic import Field, ValidationError, model_validator
from scipy import stats

from synthbench.board import reference
from synthbench.board.row import Row
from synthbench.errors import DataError
from synthbench.storage.model import FrozenModel, describe

BASELINES = frozenset({"random-init", "photographs", "places365", "imagenet-1k", "imagenet-100"})
"""Not synthetic images; left out of every comparison."""
DRAWS = 2000
LEVEL = 0.9
"""Share of correct decisions that a lead must reach to count as large enough."""
FEWEST = 30
"""Minimum number of published comparisons for a statement: fewer involve only a handful of entrants."""

Scores = Mapping[str, Sequence[float]]
"""Entrant -> its score in [0, 1] for each seed."""


class Order(FrozenModel):
    """A published ranking of entrants: ranks if the source only has a figure without values, otherwise a column of a
    reference table."""

    name: str
    title: str
    url: str = Field(pattern=r"^https://")
    ranks: tuple[tuple[str, ...], ...] | None = None
    """From the worst to the best; entrants with the same rank tie."""
    track: str = ""
    task: str = ""
    noise: float = Field(0.0, ge=0)
    """Differences up to this are not counted as decisions."""
    stand_ins: dict[str, str] = Field(default={})
    """Published entrants whose images are not available to us, and our closest recipe."""

    @model_validator(mode="after")
    def _one_source(self) -> Order:
        if (self.ranks is None) == (not (self.track and self.task)):
            raise ValueError("give either ranks, or a track and a task")
        return self

    def values(self) -> dict[str, float]:
        """Our entrants' names with the published value (the rank, for rankings), without ``BASELINES``."""
        if self.ranks is not None:
            found = {name: float(place) for place, names in enumerate(self.ranks) for name in names}
        else:
            table = next(t for t in reference.load() if t.track == self.track)
            column = [c.task for c in table.columns].index(self.task)
            found = {
                self.stand_ins.get(row.entrant, row.entrant): v
                for row in table.rows
                if (v := row.values[column]) is not None
            }
        return {name: value for name, value in found.items() if name not in BASELINES}


class Pair(NamedTuple):
    """Two entrants that a paper separates."""

    better: str
    worse: str


@dataclass(frozen=True)
class Agreement:
    """How well a protocol's scores agree with one published ranking, with 95 % bootstrap intervals over seeds and
    entrants."""

    order: Order
    entrants: tuple[str, ...]
    """The compared entrants, from the published worst to the best."""
    rho: float
    """Spearman's rank correlation; NaN for fewer than three entrants."""
    rho_ci: tuple[float, float]
    right: int
    decisions: int
    """Number of pairs that the paper separates by more than its noise, and how many of them the protocol orders the
    same way."""
    accuracy_ci: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """``right / decisions``; NaN without a decision."""
        return self.right / self.decisions if self.decisions else math.nan


@dataclass(frozen=True)
class Lead:
    """Reliability of a lead between two entrants: among the published comparisons with at least this lead, how many
    had the same direction."""

    points: float
    """The lead, a difference of scores in [0, 1]."""
    right: int
    comparisons: int


def orders() -> list[Order]:
    """The shipped published rankings.

    Raises:
        DataError: the file does not match this schema.
    """
    text = (resources.files("synthbench.leaderboard") / "orders.json").read_text(encoding="utf-8")
    try:
        return [Order.model_validate(each) for each in json.loads(text)]
    except ValidationError as error:
        raise DataError(f"orders.json is not valid: {describe(error)}") from error


def pairs(values: Mapping[str, float], noise: float) -> list[Pair]:
    """The pairs of entrants whose published values differ by more than ``noise``."""
    ordered = sorted(values, key=lambda name: (values[name], name))
    return [Pair(b, a) for a, b in itertools.combinations(ordered, 2) if values[b] - values[a] > noise]


def agreement(scores: Scores, order: Order, names: Iterable[str] | None = None) -> Agreement:
    """Compare scores with a published ranking.

    Args:
        scores: of the protocol, per entrant and seed.
        order: the published ranking.
        names: only these entrants; by default all that both have.
    """
    published = order.values()
    both = set(scores) & set(published) & (set(names) if names is not None else set(published))
    entrants = tuple(sorted(both, key=lambda name: (published[name], name)))
    reduced = {name: published[name] for name in entrants}
    decisions = pairs(reduced, order.noise)
    means = {name: math.fsum(scores[name]) / len(scores[name]) for name in entrants}
    rhos, accuracies = _bootstrap(scores, reduced, decisions)
    return Agreement(
        order=order,
        entrants=entrants,
        rho=spearman([reduced[n] for n in entrants], [means[n] for n in entrants]),
        rho_ci=_interval(rhos),
        right=sum(means[p.better] > means[p.worse] for p in decisions),
        decisions=len(decisions),
        accuracy_ci=_interval(accuracies),
    )


def between(first: Order, second: Order) -> Agreement:
    """Agreement of two published rankings: the ceiling for any protocol that is compared with both."""
    return agreement({name: [value] for name, value in first.values().items()}, second)


def leads(scores: Scores, published: Iterable[Order]) -> list[tuple[float, bool]]:
    """(lead in [0, 1], whether its direction is the published one) for every published decision between scored
    entrants."""
    means = {name: math.fsum(values) / len(values) for name, values in scores.items()}
    found = []
    for order in published:
        values = {name: value for name, value in order.values().items() if name in means}
        for pair in pairs(values, order.noise):
            gap = means[pair.better] - means[pair.worse]
            found.append((abs(gap), gap > 0))
    return found


def lead_needed(scores: Scores, published: Iterable[Order]) -> Lead | None:
    """The smallest lead such that at least ``LEVEL`` of the published comparisons with this or any larger lead had
    the same direction, considering leads with at least ``FEWEST`` comparisons; None if there is no such lead."""
    ordered = sorted(leads(scores, published), key=lambda each: -each[0])
    found, right = None, 0
    for n, (gap, ok) in enumerate(ordered, 1):
        right += ok
        last_of_its_gap = n == len(ordered) or ordered[n][0] < gap
        if n < FEWEST or not last_of_its_gap:
            continue
        if right < LEVEL * n:
            break
        found = Lead(gap, right, n)
    return found


def scores_of(rows: Iterable[Row]) -> dict[str, tuple[float, ...]]:
    """The ranked rows of one protocol as scores per entrant and seed: shipped and submitted rows, without local
    runs."""
    found: dict[str, tuple[float, ...]] = {}
    for row in rows:
        if row.published or row.overrides or not row.complete or row.origin == "local":
            continue
        if row.entrant not in found or row.origin == "shipped":
            found[row.entrant] = row.per_seed
    return found


def compared(scores: Scores) -> list[Agreement]:
    """The agreement with each published ranking that shares at least three entrants with the scores."""
    found = [agreement(scores, order) for order in orders()]
    return [each for each in found if len(each.entrants) > 2 and each.decisions]


def statement(scores: Scores) -> str:
    """A sentence on how far to trust a difference at this scale; empty if no entrant has a published score.

    The lead in the sentence is computed from the scores: see ``lead_needed``.
    """
    published = orders()
    every = leads(scores, published)
    if not every:
        return ""
    if len(every) < FEWEST:
        what = "pair of these entrants has" if len(every) == 1 else "pairs of these entrants have"
        return (
            f"Only {len(every)} {what} a published order: too few to tell how large a lead must be to be trusted at "
            "this scale."
        )
    right = sum(ok for _, ok in every)
    text = (
        f"These scores order {right} of {len(every)} published pairs of entrants as the papers do "
        f"({100 * right / len(every):.0f} %)"
    )
    needed = lead_needed(scores, published)
    if needed is None:
        none = f"No lead at this scale was right in {100 * LEVEL:.0f} % of the published comparisons"
        return f"{text}. {none}: use it to try a generator, not to judge it."
    points = f"{math.ceil(1000 * needed.points) / 10:g} points"
    return f"{text}. A lead of {points} or more was right in {needed.right} of {needed.comparisons} of them."


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation; NaN for fewer than three values, or if one side is constant."""
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return math.nan
    return float(stats.spearmanr(a, b).statistic)


def _bootstrap(
    scores: Scores, published: Mapping[str, float], decisions: Sequence[Pair]
) -> tuple[list[float], list[float]]:
    """Rank correlations and accuracies of bootstrap draws: over the entrants, and over each entrant's seeds."""
    names = list(published)
    if len(names) < 3:
        return [], []
    rng = np.random.default_rng(0)
    sign = np.zeros((len(names), len(names)))
    for pair in decisions:
        sign[names.index(pair.better), names.index(pair.worse)] = 1
    truth = np.array([published[name] for name in names])
    who = rng.integers(0, len(names), (DRAWS, len(names)))
    means = np.stack([rng.choice(np.asarray(scores[n], float), (DRAWS, len(scores[n]))).mean(1) for n in names], 1)
    value = np.take_along_axis(means, who, 1)
    weight = sign[who[:, :, None], who[:, None, :]]
    right, total = (weight * (value[:, :, None] > value[:, None, :])).sum((1, 2)), weight.sum((1, 2))
    a, b = (stats.rankdata(x, axis=1) for x in (truth[who], value))
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    scale = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    rhos = (a * b).sum(1)[scale > 0] / scale[scale > 0]
    return list(rhos), list(right[total > 0] / total[total > 0])


def _interval(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
