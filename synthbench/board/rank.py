"""Ranks with uncertainty: rank intervals and tie groups from a bootstrap over seeds and test items."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthbench.board import reference, store
from synthbench.board.merge import merge, merge_key
from synthbench.board.row import SCALES, Row, Versus, from_reference, from_result
from synthbench.errors import SynthbenchError
from synthbench.result import result as record
from synthbench.result.folder import RESULT
from synthbench.result.result import Result

DRAWS = 2000
Z = 1.96
"""Half the width of a 95 % interval, in standard deviations."""
FIRST = ("simclr-resnet18", "pocket")
"""Track and scale of the default protocol, whose board is shown first."""
SORT_KEY = (
    "Sorted by the mean of the protocol's scores (top-1 where a task's name gives no other metric; of the last epoch, "
    "averaged over seeds), highest first. Rank intervals and ties come from 2,000 bootstrap draws over seeds and test "
    "items; rows tie while the leader of their group is better in fewer than 95 % of the draws."
)
Array = npt.NDArray[np.float64]


class Rows(list[Row]):
    """A list of rows; ``warnings`` has one sentence about each file that was skipped or superseded."""

    def __init__(self, rows: Iterable[Row] = (), warnings: Iterable[str] = ()) -> None:
        super().__init__(rows)
        self.warnings = list(warnings)


def load_rows(run_folders: Iterable[Path], shipped: bool = True, leaderboard: Path | None = None) -> Rows:
    """Read the shipped results, the published rows, a leaderboard's submissions and every ``result.json``
    under ``run_folders``.

    Records of one origin, entrant, protocol and generator source become one row (``merge``); a local run is never
    merged into a row of the board and never replaces one. A local copy of a record on the board is left out. A broken
    file is skipped and reported in ``.warnings``.

    Args:
        run_folders: runs directories, run folders or result files.
        shipped: also read the package's own results and the published rows.
        leaderboard: the folder of a leaderboard's repo.
    """
    records: dict[tuple[str, ...], list[Result]] = {}  # by origin and merge key
    warnings: list[str] = []
    tiers: dict[str, str] = {}

    def take(path: Path, origin: str) -> None:
        try:
            found = record.read(path)
        except SynthbenchError as error:
            warnings.append(f"skipped: {error}")
        except (
            Exception
        ) as error:  # exceptions from an untrusted file (bad UTF-8, n_test 0, ...) must not stop the board
            warnings.append(f"skipped: {path} is not a valid result: {type(error).__name__}: {error}")
        else:
            records.setdefault((origin, *merge_key(found)), []).append(found)
            if origin == "shipped":  # our own; reading checked it
                tiers[found.submission_id] = "checked"

    if shipped:
        with resources.as_file(resources.files("synthbench.leaderboard") / "results") as folder:
            for path in sorted(folder.glob("*/*.json")):
                take(path, "shipped")
    for folder in run_folders:
        if not folder.exists():
            warnings.append(f"there is no folder {folder}")
        for path in [folder] if folder.is_file() else sorted(folder.rglob(RESULT)):
            take(path, "local")
    if leaderboard is not None:
        held = store.read(leaderboard)
        warnings += held.warnings
        tiers |= held.tiers
        for each in held.records:
            records.setdefault(("submitted", *merge_key(each)), []).append(each)
    ours = {each.submission_id for (origin, *_), found in records.items() if origin != "local" for each in found}
    rows = []
    for (origin, *_), found in records.items():
        kept = [each for each in found if origin != "local" or each.submission_id not in ours]
        rows += _row(kept, origin, tiers, warnings) if kept else []
    if shipped:
        rows += [row for table in reference.load() for row in from_reference(table)]
    return Rows(rows, warnings)


def _row(found: list[Result], origin: str, tiers: Mapping[str, str], warnings: list[str]) -> list[Row]:
    distinct = {r.submission_id: r for r in reversed(found)}
    results = list(distinct.values())
    seeds = [run.seed for r in results for run in r.runs]
    if twice := sorted({s for s in seeds if seeds.count(s) > 1}):
        name, rules = results[0].generator.name, results[0].protocol.id
        warnings.append(
            f"{name} under {rules}: seed {', '.join(map(str, twice))} occurs more than once; the newest counts"
        )
    try:
        merged = merge(results)
    except SynthbenchError as error:
        warnings.append(f"not merged: {error}")
        return [
            from_result(r, origin=origin, submissions=frozenset({r.submission_id}), tier=store.lowest([r], tiers))
            for r in results
        ]
    ids = frozenset({*distinct, merged.submission_id})
    return [from_result(merged, origin=origin, submissions=ids, tier=store.lowest(results, tiers))]


def rank(rows: Iterable[Row]) -> list[Row]:
    """Rank the rows of each (track, scale, protocol hash) by their aggregate, and order all rows for display.

    Rows that are incomplete or have overrides are not ranked; ``unranked`` holds the reason. A local run of an entrant
    that the board has gets ``versus``; with equal parameters it comes right after the board's row and does not count in
    the ranks. The order is: the default track and scale, scales from pocket up, track, ranked rows of a protocol by
    value, its unranked rows, published rows last; superseded protocols after all others.
    """
    out: list[Row] = []
    for group in grouped(rows, lambda r: (r.track, r.scale, r.published, r.protocol_sha256)):
        fresh = [
            dataclasses.replace(
                r, rank=None, rank_interval=None, tie_group=None, unranked=_why_unranked(r), versus=None
            )
            for r in group
        ]
        out += _rank_group(
            sorted((r for r in fresh if not r.unranked), key=lambda r: (-(r.value or 0), r.origin, r.entrant, r.title))
        )
        spread = _pooled_std([r for r in fresh if not r.unranked])
        out += [
            dataclasses.replace(
                row, ci=None if row.value is None else _interval(_draws(row, np.random.default_rng(0), spread))
            )
            for row in sorted((r for r in fresh if r.unranked), key=lambda r: (-(r.value or -1), r.entrant, r.title))
        ]
    # a protocol's rows with overrides carry its changed hash: keep them below the rows they resemble
    return sorted(out, key=lambda r: (_board_order(r), r.published, bool(r.overrides)))


def _why_unranked(row: Row) -> str:
    if row.trained_elsewhere:
        return "trained elsewhere under other rules; only evaluated here"
    if row.overrides:
        return "protocol overridden: " + ", ".join(f"{k} = {v}" for k, v in sorted(row.overrides.items()))
    return "" if row.complete else "incomplete: scores are missing"


def _rank_group(rows: list[Row]) -> list[Row]:
    """Ranks of rows sorted by value, each followed by its repeats."""
    models = {id(row): model for row in rows if (model := _reference(row, rows))}
    repeats = [row for row in rows if (model := models.get(id(row))) and not _changed(row, model)]
    held = {id(row) for row in repeats}
    counted = [row for row in rows if id(row) not in held]
    if not counted:
        return []
    rng, spread = np.random.default_rng(0), _pooled_std(counted)
    draws = np.stack([_draws(row, rng, spread) for row in counted])  # (rows, draws)
    order = np.argsort(-draws, axis=0, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(1, len(counted) + 1)[:, None], axis=0)
    lows, highs = np.quantile(places, [0.025, 0.975], axis=1, method="inverted_cdf")
    at = {id(row): i for i, row in enumerate(counted)}

    def versus(row: Row, mine: Array) -> Versus | None:
        model = models.get(id(row))
        if model is None:
            return None
        difference = (row.value or 0) - (model.value or 0)
        return Versus(model.origin, difference, _interval(mine - draws[at[id(model)]]), _changed(row, model))

    out: list[Row] = []
    leader, tie, place = 0, 0, 1
    for i, row in enumerate(counted):
        if i and float(np.mean(draws[leader] > draws[i])) >= 0.95:
            leader, tie = i, tie + 1
        place = place if i and counted[i - 1].value == row.value else i + 1
        interval = (min(place, int(lows[i])), max(place, int(highs[i])))
        out.append(
            dataclasses.replace(
                row,
                rank=place,
                rank_interval=interval,
                tie_group=tie,
                ci=_interval(draws[i]),
                versus=versus(row, draws[i]),
            )
        )
        for again in (r for r in repeats if models[id(r)] is row):
            mine = _draws(again, np.random.default_rng(1), spread)  # its own noise, not that of the first row
            better = 1 + (np.delete(draws, i, axis=0) > mine).sum(axis=0)
            spot = 1 + sum((r.value or 0) > (again.value or 0) for r in counted if r is not row)
            low, high = (int(q) for q in np.quantile(better, [0.025, 0.975], method="inverted_cdf"))
            interval = (min(spot, low), max(spot, high))
            out.append(
                dataclasses.replace(
                    again,
                    rank=spot,
                    rank_interval=interval,
                    ci=_interval(mine),
                    versus=versus(again, mine),
                    tie_group=None,
                )
            )
    return out


def _reference(row: Row, rows: Sequence[Row]) -> Row | None:
    """The board's row of a local run's entrant: with the same parameters if there is one, then shipped before
    submitted, then the highest tier."""
    if row.origin != "local":
        return None
    found = [r for r in rows if r.entrant == row.entrant and r.origin in ("shipped", "submitted")]
    return min(
        found,
        key=lambda r: (len(_changed(row, r)), r.origin, -store.TIERS.index(r.tier or store.TIERS[0])),
        default=None,
    )


def _changed(row: Row, model: Row) -> tuple[str, ...]:
    """The parameters in which ``row`` differs from ``model``."""
    mine, theirs = (r.result.generator.params if r.result else {} for r in (row, model))
    keys = sorted(key for key in mine | theirs if key not in mine or key not in theirs or mine[key] != theirs[key])
    return tuple(f"{key} = {json.dumps(mine[key])}" if key in mine else f"{key} not set" for key in keys)


def _pooled_std(rows: Sequence[Row]) -> float:
    variances = [row.std**2 for row in rows if row.std is not None]
    return math.sqrt(math.fsum(variances) / len(variances)) if variances else 0.0


def _draws(row: Row, rng: np.random.Generator, spread: float) -> Array:
    """Bootstrap draws of the aggregate, (DRAWS,): resampled seeds plus noise of the test items. The noise is binomial,
    or, for a metric that is not a share of correct answers, as wide as its interval.

    Conservative choices: the noise is that of one test set (more seeds do not add test items); probes of one task share
    it, because they share the images; different rows do not, although they share the images. A row with one seed uses
    the standard deviation over seeds of neighbouring rows (``spread``).
    """
    values = np.array([s.per_seed for s in row.scores])  # (scores, seeds)
    n_test = np.array([s.n_test for s in row.scores])
    n_seeds = values.shape[1]
    picks = rng.integers(n_seeds, size=(DRAWS, n_seeds))
    means = values[:, picks].mean(axis=2)
    tasks = list(dict.fromkeys(s.task for s in row.scores))
    noise = rng.standard_normal((len(tasks), DRAWS))[[tasks.index(s.task) for s in row.scores]]
    p = (values.mean(axis=1) * n_test + 1) / (n_test + 2)  # add-one: no zero variance at 0 or 1
    deviation = np.sqrt(p * (1 - p) / n_test)
    for i, score in enumerate(row.scores):
        if score.measured is not None:
            deviation[i] = (score.measured[1] - score.measured[0]) / (2 * Z)
    draws: Array = (means + noise * deviation[:, None]).mean(axis=0)
    if n_seeds == 1:
        draws += rng.standard_normal(DRAWS) * spread
    return draws.clip(0, 1)


def _interval(draws: Array) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def grouped(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[list[Row]]:
    """Rows with equal keys, in the order of the first of each."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return list(found.values())


def _board_order(row: Row) -> tuple[bool, str, bool, int, str]:
    scale = SCALES.index(row.scale) if row.scale in SCALES else len(SCALES)
    old = row.protocol_id if row.superseded_by else ""
    return bool(old), old, (row.track, row.scale) != FIRST, scale, row.track
