"""The leaderboard as a static page that opens from a folder: no network, no server, every string shown as text."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from synthbench.board.badge import badge
from synthbench.board.boards import Board, boards
from synthbench.board.document import badge_path, payload, sheet_names
from synthbench.board.row import Row
from synthbench.errors import DataError, UsageError
from synthbench.result import result as record
from synthbench.result.folder import RESULT, SHEET
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


def find_sheets(run_folders: Iterable[Path]) -> dict[str, Path]:
    """Contact sheets by entrant (shipped, ``leaderboard/sheets/<entrant>.jpg``) and by submission id
    (next to result.json)."""
    with resources.as_file(resources.files("synthbench.leaderboard") / "sheets") as folder:
        found = {path.stem: path for path in sorted(folder.glob("*.jpg"))}
    for root in run_folders:
        for path in sorted(root.rglob(RESULT)):
            sheet = path.with_name(SHEET)
            try:
                name = record.read(path).submission_id
            except Exception:  # load_rows reports it
                continue
            if sheet.is_file():
                found[name] = sheet
    return found


def _write(folder: Path, standings: list[Board], sheets: Mapping[str, Path], leaderboard: str | None) -> None:
    (folder / MARKER).write_text("written by synthbench; the next build replaces this folder\n", encoding="utf-8")
    templates = resources.files("synthbench.leaderboard") / "page"
    (folder / "sheets").mkdir()
    rows = [row for board in standings for row in board.rows]
    chosen = {next((n for n in sheet_names(row) if n in sheets), "") for row in rows} - {""}
    data = payload(
        standings, {name: _copy_sheet(sheets[name], folder / "sheets") for name in sorted(chosen)}, leaderboard
    )
    (folder / "badges").mkdir()
    for row in rows:
        if row.result is not None:
            (folder / badge_path(row.result)).write_text(badge(row), encoding="utf-8")
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
