"""A row of the leaderboard: one entrant under one protocol, with its seeds pooled and all aggregates recomputed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from synthbench import registry
from synthbench.board.reference import Reference
from synthbench.errors import SynthbenchError
from synthbench.protocol import protocol
from synthbench.result.metric_names import titled
from synthbench.result.result import TRAINED_ELSEWHERE, Result, Score, grouped_mean, wilson

SCALES = ("pocket", "mini", "small", "paper")
PROPERTIES = ("lpips_intra", "lpips_inter", "jpeg_kb", "gzip_kb", "colourfulness")
"""Properties of the images against which a score can be plotted."""


@dataclass(frozen=True)
class TaskScore:
    """One task under one probe; ``per_seed`` holds one value in [0, 1] per seed of the row."""

    task: str
    label: str
    n_test: int
    chance: float
    per_seed: tuple[float, ...]
    measured: tuple[float, float] | None = None
    """The record's 95 % interval over the test items, for a metric that is not a share of correct answers."""

    @property
    def value(self) -> float:
        """Mean over the seeds."""
        return math.fsum(self.per_seed) / len(self.per_seed)

    @property
    def std(self) -> float | None:
        """Standard deviation over the seeds (ddof 1); None for one seed."""
        return spread(self.per_seed)

    @property
    def ci(self) -> tuple[float, float]:
        """95 % interval over the test items: Wilson's, of the pooled count, for a share of correct answers;
        otherwise the record's."""
        if self.measured is not None:
            return self.measured
        n = self.n_test * len(self.per_seed)
        return wilson(min(n, round(self.value * n)), n)


@dataclass(frozen=True)
class Versus:
    """Comparison of a local run with the board's row of the same entrant under the same protocol."""

    origin: str
    """Origin of the board's row: ``shipped`` or ``submitted``."""
    difference: float
    """Difference of the aggregates: the local run minus the board's row."""
    ci: tuple[float, float]
    """95 % interval of the difference, from the same bootstrap as the ranks."""
    changed: tuple[str, ...]
    """The parameters that differ, as ``name = value``."""

    @property
    def repeat(self) -> bool:
        """No parameter differs.

        A repeat is shown under the board's row; its rank is computed among the others, but does not affect theirs.
        """
        return not self.changed

    @property
    def within_noise(self) -> bool:
        """Whether the interval contains 0."""
        return self.ci[0] <= 0 <= self.ci[1]


@dataclass(frozen=True)
class Row:
    """An entrant on the board. ``synthbench.board.rank.rank`` fills the last six fields."""

    entrant: str
    title: str
    family: str
    track: str
    scale: str
    protocol_id: str
    protocol_sha256: str
    """Empty for published rows, whose exact rules cannot be hashed."""
    scores: tuple[TaskScore, ...]
    seeds: tuple[int, ...]
    complete: bool
    uses_real_data: bool
    origin: str
    """``shipped``, ``submitted``, ``local`` or ``published``; records of different origin are never merged."""
    uses_pretrained: bool = False
    license: str = ""
    source: str = ""
    source_url: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    result: Result | None = None
    submissions: frozenset[str] = frozenset()
    """Ids of the merged records."""
    tier: str = ""
    """The verification tier (``synthbench.board.store.TIERS``), the lowest of its records; empty for published rows."""
    superseded_by: str = ""
    """The newest version of the row's protocol, if the row has an older one."""
    rank: int | None = None
    rank_interval: tuple[int, int] | None = None
    tie_group: int | None = None
    ci: tuple[float, float] | None = None
    unranked: str = ""
    """The reason why the row is not ranked; empty if it is."""
    versus: Versus | None = None
    """For a local run, if the board has a row of the entrant."""

    @property
    def repeat(self) -> bool:
        """True for a local run that repeats a row of the board."""
        return self.versus is not None and self.versus.repeat

    @property
    def published(self) -> bool:
        """True for a number taken from a paper."""
        return self.origin == "published"

    @property
    def per_seed(self) -> tuple[float, ...]:
        """The aggregate of each seed: the mean over the scores, every group of tasks counted once."""
        columns = zip(*(s.per_seed for s in self.scores), strict=True)
        return tuple(
            grouped_mean([(s.task, v) for s, v in zip(self.scores, column, strict=True)]) for column in columns
        )

    @property
    def value(self) -> float | None:
        """Mean over the protocol's scores and the seeds; None if a score is missing: never a mean over the remaining
        tasks."""
        return grouped_mean([(s.task, s.value) for s in self.scores]) if self.complete else None

    @property
    def std(self) -> float | None:
        """Standard deviation of the aggregate over the seeds (ddof 1); None for one seed or an incomplete row."""
        return spread(self.per_seed) if self.complete else None

    @property
    def chance(self) -> float:
        """Mean chance level of the row's scores."""
        return math.fsum(s.chance for s in self.scores) / len(self.scores)

    @property
    def minutes(self) -> float | None:
        """Render plus pretrain time per seed, in minutes."""
        if self.result is None or self.trained_elsewhere:
            return None
        return math.fsum(run.render_s + run.pretrain_s for run in self.result.runs) / len(self.result.runs) / 60

    @property
    def trained_elsewhere(self) -> bool:
        """True for an encoder that was trained elsewhere under other rules and only evaluated here."""
        return TRAINED_ELSEWHERE in self.overrides

    @property
    def costs(self) -> dict[str, float]:
        """Values that the score can be plotted against, if the record has them: minutes, GPU hours, images rendered
        per second, ``PROPERTIES``."""
        if self.result is None:
            return {}
        runs, data, held = self.result.runs, self.result.data, self.result.properties or {}
        found = {k: held[k] for k in PROPERTIES if k in held}
        if self.minutes is not None:
            found |= {"minutes": self.minutes, "gpu_hours": math.fsum(run.gpu_hours for run in runs) / len(runs)}
            if data and (render_s := math.fsum(run.render_s for run in runs) / len(runs)):
                found["render_rate"] = data.n_images / render_s
        return found


def spread(values: Sequence[float]) -> float | None:
    """Standard deviation over the seeds (ddof 1); None for one seed. By hand: ``statistics.stdev`` uses fractions,
    which took a third of the time of a page of 1,000 rows."""
    if len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


@cache
def shipped_protocol(name: str) -> protocol.Protocol | None:
    """A shipped protocol by its id, or None."""
    try:
        return protocol.load(name) if name in registry.protocols() else None
    except SynthbenchError:
        return None


@cache
def _family(entrant: str) -> str:
    file = registry.recipes().get(entrant)
    return str(getattr(getattr(file, "parent", None), "name", ""))


def from_result(result: Result, *, origin: str, submissions: frozenset[str], tier: str = "self-reported") -> Row:
    """The row of a (merged) record. A shipped protocol also determines which scores a complete row has."""
    rules = shipped_protocol(result.protocol.id)
    complete = result.aggregate.complete
    if rules is not None:
        track, scale = rules.track, rules.scale
        if rules.sha256() == result.protocol.sha256 and not result.protocol.overrides:
            wanted = {(task, probe) for task in rules.evaluate.tasks for probe in rules.evaluate.probes}
            complete &= len(result.scores) == len(wanted) and {(s.task, s.probe) for s in result.scores} == wanted
    else:
        head, dash, tail = result.protocol.id.rpartition("-")
        track, scale = (head, tail) if dash and tail in SCALES else (result.protocol.id, "other")  # type: ignore[assignment]
    return Row(
        entrant=result.generator.name, title=result.generator.title or result.generator.name,
        family=_family(result.generator.name), track=track, scale=scale,
        protocol_id=result.protocol.id, protocol_sha256=result.protocol.sha256,
        scores=tuple(
            TaskScore(
                task=s.task, label=_label(s), n_test=s.n_test, chance=s.chance,
                per_seed=tuple(v.value for v in s.per_seed), measured=None if s.metric == "top1" else s.ci,
            )
            for s in result.scores
        ),
        seeds=tuple(run.seed for run in result.runs), complete=complete, origin=origin,
        uses_real_data=result.generator.uses_real_data, uses_pretrained=result.generator.uses_pretrained,
        license=result.generator.license, overrides=result.protocol.overrides, result=result, submissions=submissions,
        tier=tier, superseded_by=protocol.successor(result.protocol.id),
    )  # fmt: skip


def _label(score: Score) -> str:
    """Task and probe, and the metric if it is not the usual one."""
    label = f"{score.task} {'k-NN' if score.probe == 'knn' else score.probe}"
    return label if score.metric == "top1" else f"{label}, {titled(score.metric)}"


def from_reference(reference: Reference) -> list[Row]:
    """The published rows of one track: one run each, so without a standard deviation over seeds."""
    rows = []
    for row in reference.rows:
        source = reference.sources[row.source]
        scores = tuple(
            TaskScore(task=c.task, label=c.label, n_test=c.n_test, chance=c.chance, per_seed=(v,))
            for c, v in zip(reference.columns, row.values, strict=True)
            if v is not None
        )
        rows.append(Row(
            entrant=row.entrant, title=row.title, family=row.family, track=reference.track, scale=reference.scale,
            protocol_id="", protocol_sha256="", scores=scores, seeds=(), complete=len(scores) == len(reference.columns),
            uses_real_data=row.uses_real_data, origin="published",
            source=source.paper + (f", {source.table}" if source.table else ""), source_url=source.url,
        ))  # fmt: skip
    return rows
