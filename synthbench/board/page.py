"""The leaderboard as a static page that opens from a folder: no network, no server, every string shown as text."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from synthbench.board import agreement
from synthbench.board.badge import badge
from synthbench.board.rank import SORT_KEY, Board, Row, TaskScore, boards
from synthbench.board.row import shipped_protocol
from synthbench.errors import DataError, SynthbenchError, UsageError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.result import result as record
from synthbench.result.folder import SHEET
from synthbench.storage.files import whole_folder

TEMPLATES = (
    "index.html",
    "core.js",
    "cost.js",
    "export.js",
    "compare.js",
    "detail.js",
    "trust.js",
    "table.js",
    "board.js",
    "board.css",
)
MARKER = ".synthbench-page"
"""File that marks a folder as a page written by ``build``."""
DETAILS = ("citation", "real_data_sources", "params", "command", "env", "encoders", "timm", "submissions", "created",
           "code", "data", "cost", "properties", "badge")  # fmt: skip
"""Fields of a row that are not in any table: a separate block at the end of the page, read on demand."""
_SLOT, _DETAILS_SLOT = "{{DATA}}", "{{DETAILS}}"
_THUMB, _FULL = (240, 160), (1600, 1600)


def build(rows: Iterable[Row], out: Path, sheets: Mapping[str, Path], leaderboard: str | None = None) -> Path:
    """Write the page folder ``out``: index.html (data inlined), scripts, board.css, leaderboard.json, sheets/
    and badges/.

    The folder is written atomically; an older page there is replaced.

    Args:
        rows: as read by ``load_rows``, ranked or not.
        out: a new or empty folder, or a page that this function wrote.
        sheets: contact sheets by entrant name or submission id; an id wins.
        leaderboard: the dataset repo that the page is of; the page names it in its commands.

    Returns:
        The path of index.html.

    Raises:
        UsageError: ``out`` is a file, or a folder that this function did not write.
        DataError: a contact sheet is not a readable image, or the folder cannot be written.
    """
    out = out.resolve()
    if out.exists() and not (out.is_dir() and ((out / MARKER).is_file() or not any(out.iterdir()))):
        raise UsageError(f"{out} is not a leaderboard page and was not changed. Name a new or an empty folder.")
    with whole_folder(out, replace=True) as draft:
        _write(draft, boards(rows), sheets, leaderboard)
    return out / "index.html"


def document(rows: Iterable[Row]) -> dict[str, Any]:
    """The standings as JSON: the content of the page's leaderboard.json, without contact sheets."""
    return payload(boards(rows), {})


def find_sheets(run_folders: Iterable[Path]) -> dict[str, Path]:
    """Contact sheets by entrant (shipped, ``leaderboard/sheets/<entrant>.jpg``) and by submission id
    (next to result.json)."""
    with resources.as_file(resources.files("synthbench.leaderboard") / "sheets") as folder:
        found = {path.stem: path for path in sorted(folder.glob("*.jpg"))}
    for root in run_folders:
        for path in sorted(root.rglob("result.json")):
            sheet = path.with_name(SHEET)
            try:
                name = record.read(path).submission_id
            except Exception:  # load_rows reports it
                continue
            if sheet.is_file():
                found[name] = sheet
    return found


def _names(row: Row) -> list[str]:
    """The names under which a row's sheet may be given, in order of preference."""
    return [] if row.published else [*sorted(row.submissions), row.entrant]


def _write(folder: Path, standings: list[Board], sheets: Mapping[str, Path], leaderboard: str | None) -> None:
    (folder / MARKER).write_text("written by synthbench; the next build replaces this folder\n", encoding="utf-8")
    templates = resources.files("synthbench.leaderboard") / "page"
    (folder / "sheets").mkdir()
    chosen = {next((n for n in _names(row) if n in sheets), "") for board in standings for row in board.rows} - {""}
    data = payload(
        standings, {name: _copy_sheet(sheets[name], folder / "sheets") for name in sorted(chosen)}, leaderboard
    )
    (folder / "badges").mkdir()
    for row in (row for board in standings for row in board.rows if row.result):
        assert row.result is not None
        (folder / _badge(row.result)).write_text(badge(row), encoding="utf-8")
    shown, details = _split(data)
    for name in TEMPLATES:
        text = (templates / name).read_text(encoding="utf-8")
        if name == "index.html":
            before, between, after = re.split("|".join(map(re.escape, (_SLOT, _DETAILS_SLOT))), text)
            text = before + embed(shown) + between + embed(details) + after
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "leaderboard.json").write_text(
        json.dumps(data, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8"
    )


def _split(data: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The data of the page's tables, and one object of details per row, in the order of boards, groups and rows."""
    details: list[dict[str, Any]] = []

    def thin(row: dict[str, Any]) -> dict[str, Any]:
        details.append({k: v for k, v in row.items() if k in DETAILS} | {"scores": row["scores"]})
        return {k: v for k, v in row.items() if k not in DETAILS} | {
            "scores": [{"label": s["label"], "value": s["value"]} for s in row["scores"]]
        }

    boards = [
        {**board, "groups": [{**group, "rows": [thin(row) for row in group["rows"]]} for group in board["groups"]]}
        for board in data["boards"]
    ]
    return {**data, "boards": boards}, details


def embed(data: Any) -> str:
    """JSON that cannot end its script block: pure ASCII, with ``<``, ``>`` and ``&`` as escapes."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _copy_sheet(path: Path, folder: Path) -> dict[str, Any]:
    """Re-encode a contact sheet, once small and once large, and name it by its content, so that untrusted names do not
    become paths."""
    try:
        raw = path.read_bytes()
        with Image.open(io.BytesIO(raw)) as opened:
            image = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"the contact sheet {path} is not a readable image: {error}") from error
    name = hashlib.sha256(raw).hexdigest()[:16]
    # the small one is a window of the sheet, about four images wide, so that single images stay recognisable
    side = min(image.width, image.height * _THUMB[0] // _THUMB[1])
    window = image.crop((0, 0, max(side // 2, min(side, _THUMB[0])), image.height))
    thumb = ImageOps.fit(window, _THUMB, Image.Resampling.LANCZOS, centering=(0.0, 0.0))
    image.thumbnail(_FULL, Image.Resampling.LANCZOS)
    thumb.save(folder / f"{name}-small.jpg", quality=82, optimize=True)
    image.save(folder / f"{name}.jpg", quality=85, optimize=True)
    return {
        "thumb": f"sheets/{name}-small.jpg",
        "full": f"sheets/{name}.jpg",
        "width": image.width,
        "height": image.height,
    }


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
        "sheet": next((sheets[name] for name in _names(row) if name in sheets), None),
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
        "badge": _badge(result),
    }


def _badge(result: record.Result) -> str:
    return f"badges/{result.submission_id[:16]}.svg"
