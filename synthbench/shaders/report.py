"""The report of a cleaned collection: the paper's Table 1, kept.png and dropped.png."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from synthbench.render.sheet import contact_sheet
from synthbench.shaders import examine
from synthbench.shaders.collection import UnusableError, entries
from synthbench.storage.files import write_bytes

SHOWN, COLUMNS = 40, 10
"""Number of programs measured and shown of those kept, and shown of those left out."""
MEASURE_SECONDS = 10.0
"""CPU time after which a program is not measured and not shown."""
Row = dict[str, str]
"""A kept program in manifest.json: file, id, origin, key."""
Progress = Callable[[str, int, int], None]


class Dropped(NamedTuple):
    """A program left out, with the key of its text if it draws something to show."""

    name: str
    reason: str
    key: str | None


def report(
    source: Path,
    out: Path,
    kept: Sequence[Row],
    dropped: Sequence[Dropped],
    chars: Sequence[int],
    workers: int,
    progress: Progress,
) -> tuple[int, dict[str, dict[str, float]]]:
    """Measure evenly spaced programs, and write both sheets.

    Returns:
        The number of measured programs, and Table 1: chars (of all), jpeg_kb, gzip_kb, fps -> mean, q5, q95.
    """
    chosen = [kept[i] for i in spread(len(kept), SHOWN)]
    texts = ((i, (out / row["file"]).read_text(encoding="utf-8")) for i, row in enumerate(chosen))
    found: dict[int, dict[str, float]] = {}
    pictures: dict[int, np.ndarray] = {}
    for i, result, png in examine.outcomes(
        "measure", texts, workers=workers, deadline=MEASURE_SECONDS, environment=examine.EXACT
    ):
        if "fps" in result:
            found[i], pictures[i] = result, np.asarray(Image.open(io.BytesIO(png)))
        progress("measure", len(found), len(chosen))
    columns = {"chars": [float(n) for n in chars]}
    columns |= {name: [found[i][name] for i in sorted(found)] for name in ("jpeg_kb", "gzip_kb", "fps")}
    table = {}
    for name, values in columns.items():
        if values:
            q5, q95 = np.quantile(values, (0.05, 0.95))
            table[name] = {"mean": float(np.mean(values)), "q5": float(q5), "q95": float(q95)}
    shown = sorted(pictures)
    _sheet(
        out / "kept.png",
        [pictures[i] for i in shown],
        [chosen[i]["id"] for i in shown],
        f"{len(shown)} of {len(kept):,} programs kept",
    )
    _dropped(source, out, dropped, workers, progress)
    return len(found), table


def _dropped(source: Path, out: Path, dropped: Sequence[Dropped], workers: int, progress: Progress) -> None:
    """dropped.png: evenly spaced programs that draw something, with a share for each reason."""
    by_reason: dict[str, list[Dropped]] = {}
    for row in dropped:
        if row.key is not None:
            by_reason.setdefault(row.reason, []).append(row)
    each = max(1, SHOWN // max(1, len(by_reason)))
    chosen = [rows[i] for rows in by_reason.values() for i in spread(len(rows), each)]
    wanted = {row.key for row in chosen}
    total, pictures = len(wanted), dict[str, np.ndarray]()

    def texts() -> Iterator[tuple[str, str]]:
        for entry in entries(source) if wanted else ():
            try:
                text = entry.source()
            except UnusableError:
                continue
            if (key := examine.key_of(text)) in wanted:
                wanted.remove(key)
                yield key, text
                if not wanted:
                    return

    for key, _, png in examine.outcomes(
        "portrait", texts(), workers=workers, deadline=MEASURE_SECONDS, environment=examine.QUICK
    ):
        if png:
            pictures[key] = np.asarray(Image.open(io.BytesIO(png)))
        progress("sheets", len(pictures), total)
    chosen = [row for row in chosen if row.key in pictures]
    captions = [f"{row.reason}: {row.name}" for row in chosen]
    title = f"{len(chosen)} of {len(dropped):,} programs left out that draw something, with reasons"
    _sheet(out / "dropped.png", [pictures[str(row.key)] for row in chosen], captions, title)


def _sheet(file: Path, pictures: Sequence[np.ndarray], captions: Sequence[str], title: str) -> None:
    """A contact sheet; no file if there is nothing to show."""
    file.unlink(missing_ok=True)
    if pictures:
        side = max(len(picture) for picture in pictures)
        same = [np.asarray(Image.fromarray(p).resize((side, side), Image.Resampling.LANCZOS)) for p in pictures]
        buffer = io.BytesIO()
        contact_sheet(np.stack(same), captions, COLUMNS, title=title).save(buffer, "PNG")
        write_bytes(file, [buffer.getvalue()])


def spread(n: int, most: int) -> list[int]:
    """Up to ``most`` of n indices, evenly spaced."""
    return list(range(n)) if n <= most else [i * n // most for i in range(most)]
