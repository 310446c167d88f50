"""The standings as JSON: what the page shows, and ``synthbench board --json``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from synthbench.board import agreement
from synthbench.board.boards import Board, boards
from synthbench.board.rank import SORT_KEY
from synthbench.board.row import Row, TaskScore, shipped_protocol
from synthbench.errors import SynthbenchError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.result.result import Result


def document(rows: Iterable[Row]) -> dict[str, Any]:
    """The standings as JSON: the content of the page's leaderboard.json, without contact sheets."""
    return payload(boards(rows), {})


def sheet_names(row: Row) -> list[str]:
    """The names under which a row's sheet may be given, in order of preference."""
    return [] if row.published else [*sorted(row.submissions), row.entrant]


def payload(
    standings: Iterable[Board], sheets: Mapping[str, Mapping[str, Any]], leaderboard: str | None = None
) -> dict[str, Any]:
    """What the page shows, as JSON: scores in [0, 1], one board per track and scale, rows in display order."""
    found = list(standings)
    dates = [row.result.created_at for board in found for row in board.rows if row.result]
    return {
        "schema_version": 1,
        "leaderboard": leaderboard,
        "sort_key": SORT_KEY,
        "newest": max(dates).date().isoformat() if dates else None,
        "boards": [_board(board, sheets) for board in found],
    }


def _board(board: Board, sheets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    keys: set[str] = set()
    groups = []
    for group in board.groups:
        rows = []
        for row in group:
            key = row.entrant
            while key in keys:
                key += "~"
            keys.add(key)
            rows.append({"key": key, **_row(row, sheets)})
        groups.append(
            {
                "protocol": group[0].protocol_id,
                "sha256": group[0].protocol_sha256,
                "kind": _kind(group[0]),
                "rows": rows,
            }
        )
    return {
        "id": board.id,
        "track": board.track,
        "scale": board.scale,
        "superseded_by": board.superseded_by,
        "axis": board.axis,
        "chance": board.chance,
        "tasks": [{"label": t.label, "chance": t.chance, "n_test": t.n_test} for t in board.tasks],
        "groups": groups,
        **_agreement(board),
    }


def _agreement(board: Board) -> dict[str, Any]:
    """How far the board's scores can be trusted: a sentence, and the agreement with each published ranking."""
    scores = agreement.scores_of(board.rows)
    return {
        "trust": agreement.statement(scores),
        "agreement": [
            {"title": each.order.title, "url": each.order.url, "entrants": len(each.entrants), "rho": _finite(each.rho),
             "rho_ci": [_finite(x) for x in each.rho_ci],
             "right": each.right, "decisions": each.decisions, "ci": [_finite(x) for x in each.accuracy_ci]}
            for each in agreement.compared(scores)
        ],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return _round(value) if math.isfinite(value) else None


def _kind(row: Row) -> str:
    return "published" if row.published else "overridden" if row.overrides else "measured"


def _round(value: Any) -> Any:
    """Round scores to six digits, a twentieth of the effect of one in 50,000 test images; otherwise half of the page
    would be digits that nobody reads."""
    return (
        [_round(v) for v in value] if isinstance(value, list | tuple) else value if value is None else round(value, 6)
    )


def _score(score: TaskScore) -> dict[str, Any]:
    return {
        "label": score.label,
        "value": _round(score.value),
        "std": _round(score.std),
        "ci": _round(score.ci),
        "chance": _round(score.chance),
        "n_test": score.n_test,
        "per_seed": _round(score.per_seed),
    }


def _row(row: Row, sheets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    shown = {
        "entrant": row.entrant, "title": row.title, "family": row.family, "kind": _kind(row), "origin": row.origin,
        "versus": _versus(row), "rank": row.rank, "interval": row.rank_interval, "tie": row.tie_group,
        "unranked": row.unranked, "value": _round(row.value), "std": _round(row.std), "ci": _round(row.ci),
        "chance": _round(row.chance), "scores": [_score(s) for s in row.scores],
        "seeds": row.seeds, "real": row.uses_real_data, "pretrained": row.uses_pretrained, "license": row.license,
        "costs": {k: float(f"{v:.5g}") for k, v in row.costs.items()}, "elsewhere": row.trained_elsewhere,
        "tier": row.tier, "source": row.source, "source_url": row.source_url,
        "sheet": next((sheets[name] for name in sheet_names(row) if name in sheets), None),
    }  # fmt: skip
    return {**shown, **_record(row)} if row.result else shown


def _versus(row: Row) -> dict[str, Any] | None:
    if row.versus is None:
        return None
    return {
        "origin": row.versus.origin,
        "difference": _round(row.versus.difference),
        "ci": _round(row.versus.ci),
        "changed": row.versus.changed,
    }


def _in_timm(row: Row) -> bool:
    if row.trained_elsewhere and row.result is not None:
        name, width, stem = str(row.result.generator.params.get("architecture")), 64, None
    elif (rules := shipped_protocol(row.protocol_id)) is not None:
        name, width, stem = rules.encoder.architecture, rules.encoder.width, rules.encoder.stem
    else:
        return False
    try:
        return architecture(name).in_timm(width, stem) is not None
    except SynthbenchError:  # declared by a package that is not installed here
        return False


def _record(row: Row) -> dict[str, Any]:
    assert row.result is not None
    result, generator, runs = row.result, row.result.generator, row.result.runs

    def mean(*values: float) -> float:
        return math.fsum(values) / len(values)

    return {
        "citation": generator.citation,
        "real_data_sources": generator.real_data_sources,
        "params": generator.params,
        "command": result.command,
        "env": result.env,
        "submitter": result.submitter.hf_user if result.submitter else None,
        "encoders": [
            {"seed": r.seed, "repo": r.encoder.repo, "revision": r.encoder.revision, "sha256": r.encoder.weights_sha256}
            for r in runs
            if r.encoder.repo
        ],
        "timm": _in_timm(row),
        "submissions": sorted(row.submissions),
        "created": result.created_at.date().isoformat(),
        "code": {"url": generator.code_url, "commit": generator.code_commit, "sha256": generator.source_sha256},
        "data": result.data.model_dump(mode="json", exclude={"seed"}) if result.data else None,
        "cost": {"evaluate, s": mean(*(r.evaluate_s for r in runs))}
        if row.trained_elsewhere
        else {
            "render, s": mean(*(r.render_s for r in runs)),
            "pretrain, s": mean(*(r.pretrain_s for r in runs)),
            "evaluate, s": mean(*(r.evaluate_s for r in runs)),
            "GPU hours": mean(*(r.gpu_hours for r in runs)),
            "views per second": mean(*(r.images_per_s for r in runs)),
            "peak memory, GB": max(r.peak_memory_gb for r in runs),
        },
        "properties": result.properties,
        "record": result.submission_id,
        "badge": badge_path(result),
    }


def badge_path(result: Result) -> str:
    """The path of a row's badge in the page's folder."""
    return f"badges/{result.submission_id[:16]}.svg"
