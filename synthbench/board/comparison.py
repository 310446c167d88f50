"""Comparison of finished runs in one HTML file: no scripts, no network, and every string shown as text (Jinja escapes
them all)."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from PIL import Image

from synthbench.board.rank import load_rows, rank
from synthbench.board.row import Row, TaskScore
from synthbench.errors import DataError, SynthbenchError, UsageError
from synthbench.measure import measurement
from synthbench.measure.properties import UNITS, of_first
from synthbench.progress import Reporter
from synthbench.render.shards import Dataset
from synthbench.result import result as record
from synthbench.result.address import images
from synthbench.result.environment import version
from synthbench.result.folder import LOSSES, MEASUREMENT, RESULT, SHEET
from synthbench.result.result import Result
from synthbench.storage.files import make_folder, write_text

SHEET_SIDE, SHEET_QUALITY = 1120, 80
POINTS = 48
"""Points of a loss curve: means of equal stretches of steps."""
COLOURS = 8
Cell = tuple[str, str]
"""The content of a table cell, with the reason if it is empty."""


@dataclass(frozen=True)
class Entry:
    """An entrant under a protocol: its row on the board, and the run folders by seed."""

    row: Row
    result: Result
    folders: dict[int, Path]
    colour: int

    @property
    def first(self) -> Path:
        """The folder of the lowest seed."""
        return self.folders[min(self.folders)]


def write(runs: Sequence[Path], out: Path, report: Reporter | None = None) -> int:
    """Write the page and return the number of runs on it.

    Args:
        runs: run folders, or folders that contain run folders.
        out: the .html file; an existing one is replaced.

    Raises:
        UsageError: ``out`` is not an .html file.
        DataError: a folder does not hold a finished run, a record is broken, or the page cannot be written.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--out {str(out)!r}: the page is one .html file.")
    entries = read(runs)
    text = page(entries, report or Reporter())
    make_folder(out.parent)
    write_text(out, text)
    return sum(len(entry.folders) for entry in entries)


def read(runs: Sequence[Path]) -> list[Entry]:
    """The finished runs in the order of the board, with the seeds of each entrant together.

    Raises:
        DataError: see ``write``.
    """
    found: dict[str, Path] = {}
    for run in runs:
        files = [run / RESULT] if (run / RESULT).is_file() else sorted(run.rglob(RESULT)) if run.is_dir() else []
        if not files:
            what = "does not hold a finished run (no result.json)" if run.is_dir() else "is not a folder"
            raise DataError(
                f"{run} {what}. Name the folder of a run, as in "
                "runs/<entrant>/<protocol>/seed-0, or one that holds some."
            )
        found |= {record.read(file).submission_id: file.parent for file in files}
    rows = rank(load_rows([folder / RESULT for folder in found.values()], shipped=False))
    entries: list[Entry] = []
    for row in rows:
        assert row.result is not None  # only published rows have none
        mine = [(folder, record.read(folder / RESULT)) for name, folder in found.items() if name in row.submissions]
        newest = sorted(mine, key=lambda pair: pair[1].created_at)
        folders = {run.seed: folder for folder, each in newest for run in each.runs}
        entries.append(Entry(row, row.result, folders, len(entries) % COLOURS))
    return entries


def page(entries: Sequence[Entry], report: Reporter) -> str:
    """The page as text."""
    groups = []
    for rules in dict.fromkeys(_rules(entry.row) for entry in entries):
        groups.append(_group([entry for entry in entries if _rules(entry.row) == rules]))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = lambda x: "–" if x is None else f"{100 * x:.1f}"
    environment.filters["at"] = lambda x: f"{100 * min(1.0, max(0.0, x)):.2f}%"
    template = environment.from_string(
        (resources.files("synthbench.board") / "comparison.html").read_text(encoding="utf-8")
    )
    measured = []
    for i, entry in enumerate(entries):
        report.progress(i, len(entries), entry.row.entrant)
        measured.append(_measured(entry))
    return template.render(
        entries=entries,
        groups=groups,
        sheets=[(entry, _sheet(entry.first / SHEET)) for entry in entries],
        properties=_properties(measured),
        costs=_costs(entries),
        facts=[(entry, _facts(entry)) for entry in entries],
        n_runs=sum(len(entry.folders) for entry in entries),
        n_entrants=len({entry.row.entrant for entry in entries}),
        version=version(),
    )


def _rules(row: Row) -> tuple[str, str]:
    """The settings that must be equal for rows to be compared."""
    return row.protocol_sha256, ", ".join(f"{key} = {value}" for key, value in sorted(row.overrides.items()))


def _group(entries: Sequence[Entry]) -> dict[str, Any]:
    """The comparison under one protocol: the axis of the scores, the tasks, the losses."""
    rows = [entry.row for entry in entries]
    tasks = list(dict.fromkeys((s.task, s.label) for row in rows for s in row.scores))
    highs = [row.ci[1] if row.ci else row.value or 0 for row in rows] + [s.ci[1] for row in rows for s in row.scores]
    top = min(1.0, math.ceil(max(highs) * 10 + 0.2) / 10)
    return {
        "protocol": rows[0].protocol_id,
        "sha256": rows[0].protocol_sha256,
        "overrides": _rules(rows[0])[1],
        "entries": entries,
        "chance": rows[0].chance,
        "top": top,
        "ticks": [i / 10 for i in range(round(top * 10) + 1)],
        "tasks": [
            (
                label,
                [_score(entry.row, task, label) for entry in entries],
            )
            for task, label in tasks
        ],
        "verdict": _verdict(rows),
        "losses": _losses(entries),
    }


def _score(row: Row, task: str, label: str) -> TaskScore | None:
    """The row's score with this label; None if it has none."""
    return next((s for s in row.scores if (s.task, s.label) == (task, label)), None)


def _verdict(rows: Sequence[Row]) -> str:
    """The result in a sentence or two. With several seeds of one row or more, ties count the spread between seeds."""
    ranked = [row for row in rows if row.rank is not None]
    if len(ranked) < 2:
        return ""
    ties = [row.title for row in ranked if row.tie_group is not None and row.tie_group == ranked[0].tie_group]
    lead = ranked[0]
    if len(ties) > 1:
        return (
            f"{' and '.join([', '.join(ties[:-1]), ties[-1]])} cannot be told "
            "apart: with these seeds and test images either may be ahead."
        )
    gap = 100 * ((lead.value or 0) - (ranked[1].value or 0))
    if all(row.std is None for row in ranked):
        return (
            f"{lead.title} is {gap:.1f} points ahead of {ranked[1].title}, more than the noise of the test images. "
            "With single seeds the spread between seeds is not known, so another seed may change the order: "
            "run two or three seeds of each."
        )
    return f"{lead.title} leads, {gap:.1f} points before {ranked[1].title}, and ties with none of the others."


def _losses(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """The loss curves of a group on shared axes: points in percent of the plot, x to the right, y down."""
    curves = []
    for entry in entries:
        for seed in sorted(entry.folders):
            if (values := _loss(entry.folders[seed] / LOSSES)) is not None:
                curves.append((entry, seed, values))
    if not curves:
        return None
    steps = max(len(values) for _, _, values in curves)
    thinned = [(entry, seed, _thin(values)) for entry, seed, values in curves]
    low, high = (f([f(y) for _, _, (_, y) in thinned]) for f in (min, max))
    low, high = math.floor(low * 2) / 2, math.ceil(high * 2) / 2
    span = max(high - low, 1e-9)
    return {
        "steps": steps,
        "ticks": [(value, (high - value) / span) for value in np.linspace(high, low, 5).tolist()],
        "curves": [
            {
                "entry": entry,
                "seed": seed,
                "points": " ".join(
                    f"{100 * x / steps:.2f},{100 * (high - y) / span:.2f}" for x, y in zip(*values, strict=True)
                ),
            }
            for entry, seed, values in thinned
        ],
        "lacking": [entry for entry in entries if entry not in [c[0] for c in curves]],
    }


def _loss(path: Path) -> np.ndarray | None:
    """(N,) float64, the loss of each step; None if the file is missing or not written by synthbench."""
    try:
        values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=1, ndmin=1)
    except (OSError, ValueError, IndexError):
        return None
    return values if len(values) and np.isfinite(values).all() else None


def _thin(values: np.ndarray) -> tuple[list[float], list[float]]:
    """The last step and the mean of each of ``POINTS`` stretches."""
    parts = np.array_split(values, min(POINTS, len(values)))
    return np.cumsum([len(part) for part in parts]).tolist(), [float(part.mean()) for part in parts]


def _sheet(path: Path) -> Cell:
    """A contact sheet as a data URL, or the reason why there is none.

    The file is always re-encoded as a JPEG.
    """
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except FileNotFoundError:
        return "", "no contact sheet: this entrant does not render images, or the file is missing"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "", "the contact sheet is not a readable image"
    image.thumbnail((SHEET_SIDE, 2 * SHEET_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=SHEET_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}", ""


def _measured(entry: Entry) -> tuple[str, dict[str, float], str]:
    """The measured properties of an entrant's images, or the reason why there are none.

    They come from ``measurement.json`` in the run's folder (``synthbench measure ENTRANT --out RUN``), or else are the
    properties of its first images.
    """
    path = entry.first / MEASUREMENT
    try:
        if path.is_file():
            found = measurement.read(path)
            return f"{found.n_images:,} at {found.size} px", found.properties(), ""
        data = Dataset.open(images(entry.first))
        n, found_here = of_first(data)
    except SynthbenchError as error:
        return "", {}, "no images are kept here" if not path.is_file() else str(error)
    return f"{n:,} at {data.manifest.size} px", found_here, ""


def _properties(measured: Sequence[tuple[str, dict[str, float], str]]) -> list[tuple[str, list[Cell]]]:
    """The table of properties: one row per property, one cell per entry."""
    names = list(dict.fromkeys(name for _, values, _ in measured for name in values))
    rows: list[tuple[str, list[Cell]]] = [("images", [(what, why) for what, _, why in measured])]
    for name in names:
        unit = f", {UNITS[name]}" if UNITS.get(name) else ""
        label = name.removesuffix("_kb").replace("_", " ") + unit
        rows.append(
            (
                label,
                [
                    (measurement.number(v[name]), "") if name in v else ("–", "" if why else "not measured")
                    for _, v, why in measured
                ],
            )
        )
    return rows


def _costs(entries: Sequence[Entry]) -> list[tuple[str, list[str]]]:
    """The table of costs: means over the seeds."""

    def mean(name: str, text: str = "{:,.0f}") -> list[str]:
        values = [[getattr(run, name) for run in entry.result.runs] for entry in entries]
        return [text.format(math.fsum(v) / len(v)) if any(v) else "–" for v in values]

    data = [entry.result.data for entry in entries]
    env = [entry.result.env for entry in entries]
    return [
        ("images", [f"{d.n_images:,} at {d.resolution} px" if d else "–" for d in data]),
        ("render, s", mean("render_s")),
        ("pretrain, s", mean("pretrain_s")),
        ("evaluate, s", mean("evaluate_s")),
        ("views a second", mean("images_per_s")),
        ("GPU hours", mean("gpu_hours", "{:.2f}")),
        ("peak memory, GB", mean("peak_memory_gb", "{:.1f}")),
        ("device", [str(e.get("cpu", "–") if e.get("device", "cpu") == "cpu" else e["device"]) for e in env]),
        ("seeds", [", ".join(map(str, entry.row.seeds)) for entry in entries]),
    ]


def _facts(entry: Entry) -> Iterable[tuple[str, str]]:
    """The origin of a row."""
    about, data = entry.result.generator, entry.result.data
    params = ", ".join(f"{key} = {value}" for key, value in sorted(about.params.items())) or "none"
    real = ", ".join(about.real_data_sources) or "yes" if about.uses_real_data else "no"
    return [
        ("entrant", about.name),
        ("parameters", params),
        ("licence", about.license),
        ("citation", about.citation or "none"),
        ("real images", real),
        ("pretrained networks", "yes" if about.uses_pretrained else "no"),
        ("renderer", data.renderer if data else "none"),
        ("images' fingerprint", data.fingerprint if data else "none"),
        ("generator's code", about.source_sha256),
        ("commit", about.code_commit or "unknown"),
        ("weights", ", ".join(run.encoder.weights_sha256 for run in entry.result.runs)),
        ("command", entry.result.command),
    ]
