"""Records of several seeds as one record: a row of the leaderboard."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence

from synthbench.board.row import spread
from synthbench.errors import DataError
from synthbench.result.result import Aggregate, Result, Score, grouped_mean, mean_score, seal, wilson


def merge_key(result: Result) -> tuple[str, ...]:
    """Records with equal keys are seeds of one row: same submitter, entrant, protocol, overrides, generator source
    and parameters."""
    # anonymous seeds are not merged with, and do not replace, another submitter's
    who = result.submitter.hf_user if result.submitter else ""
    exact = [json.dumps(v, sort_keys=True) for v in (result.protocol.overrides, result.generator.params)]
    return (
        who,
        result.generator.name,
        result.protocol.id,
        result.protocol.sha256,
        result.generator.source_sha256,
        *exact,
    )


def merge(results: Iterable[Result]) -> Result:
    """Pool the seeds of several records of one row into one record; if a seed appears twice, the newest counts.

    Aggregates, standard deviations (ddof 1) and intervals are recomputed. Scores that not all records have are dropped,
    and the record is then incomplete.

    Raises:
        DataError: no record, records of different rows, or no common score.
    """
    ordered = sorted(results, key=lambda r: (r.created_at, r.submission_id))
    if not ordered or len({merge_key(r) for r in ordered}) != 1:
        raise DataError(
            "only records of one entrant, protocol and generator source can be merged; give at least one of them."
        )
    newest = ordered[-1]
    if len({r.submission_id for r in ordered}) == 1:
        return newest
    owner = {run.seed: record for record in ordered for run in record.runs}
    seeds = sorted(owner)
    used = [record for record in ordered if any(owner[s] is record for s in seeds)]
    tables = [
        {(s.task, s.probe, s.dataset_id, s.dataset_revision, s.split, s.n_test): s for s in r.scores} for r in used
    ]
    keys = [key for key in tables[-1] if all(key in table for table in tables)]
    if not keys:
        raise DataError(f"the records of {newest.generator.name!r} have no score in common; they cannot be merged.")
    found = {id(record): table for record, table in zip(used, tables, strict=True)}
    scores = [_pool([(s, found[id(owner[s])][key]) for s in seeds]) for key in keys]
    whole = all(r.aggregate.complete for r in used) and all(len(table) == len(keys) for table in tables)
    means = [grouped_mean([(score.task, score.per_seed[i].value) for score in scores]) for i in range(len(seeds))]
    kept = {name: getattr(newest, name) for name in ("submitter", "generator", "data", "protocol", "env", "command")}
    return seal(
        {
            **kept,
            "created_at": newest.created_at,
            "runs": [next(run for run in owner[s].runs if run.seed == s) for s in seeds],
            "scores": scores,
            "aggregate": Aggregate(
                name=newest.aggregate.name, value=mean_score(scores), std=spread(means), complete=whole
            ),
            "properties": next((r.properties for r in reversed(ordered) if r.properties), None),
            "artifacts": sorted({a for r in used for a in r.artifacts}),
        }
    )


def _pool(parts: Sequence[tuple[int, Score]]) -> Score:
    per_seed = [next(s for s in score.per_seed if s.seed == seed) for seed, score in parts]
    last = parts[-1][1]
    if last.metric == "top1":
        ci = wilson(sum(s.n_correct or 0 for s in per_seed), last.n_test * len(per_seed))
    else:  # every seed's record has its own interval over the same test items
        low, high = zip(*(score.ci for _, score in parts), strict=True)
        ci = math.fsum(low) / len(low), math.fsum(high) / len(high)
    return last.model_copy(update={"per_seed": per_seed, "std": spread([s.value for s in per_seed]), "ci": ci})
