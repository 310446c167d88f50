"""Clean a raw collection as the paper did: what compiles, draws something, moves, and is not there twice.

Two passes over the collection. The first looks at each text once, in worker processes, and writes a line of the journal for each: a run
that was killed goes on from there. The second decides in the collection's order, so that the result does not depend on which worker was
faster. In memory: a line for each program and a descriptor of 768 bytes, no text and no image.

Source: Baradad et al. 2022, Sec. 3 and Table 1 (one image at equal t for every program; the same image twice, or one that does not change
with t, goes). Deviations: four times instead of one; near duplicates go too; 64x64 instead of 384x384.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthbench.errors import DataError, UsageError
from synthbench.lock import locked
from synthbench.render.sheet import contact_sheet
from synthbench.render.write import atomic_write
from synthbench.shaders import examine
from synthbench.shaders.collection import Entry, UnusableError, entries

NEAR = 0.06
"""Near duplicates: the root mean square difference of two descriptors, over the standard deviation of the first."""
NEAR_LEVELS = 1.0
"""... or of so many levels of 255, where a program has next to no contrast."""
MEASURED, SHOWN, COLUMNS = 64, 80, 10
EXAMPLES = 5
JOURNAL_VERSION = 1


@dataclass
class Cleaned:
    """What ``clean`` found; ``report.json`` holds the same."""

    programs: int = 0
    kept: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Why programs were left out -> how many."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Reason -> the first few, named."""
    table1: dict[str, dict[str, float]] = field(default_factory=dict)
    """chars, jpeg_kb, gzip_kb, fps -> mean, q5, q95; over ``measured`` of the programs kept (chars: over all)."""
    measured: int = 0


def clean(
    source: Path, out: Path, *, workers: int, deadline: float = 5.0, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Cleaned:
    """Clean ``source`` into ``out``: a ``.glsl`` file for each program kept, manifest.json, report.json, kept.png and dropped.png.

    Args:
        source: a collection in any form (``collection.entries``).
        out: a folder that is empty, missing, or of an earlier run, which goes on.
        workers: processes.
        deadline: seconds that a program may take to compile and draw four frames of 64x64.
        progress: called with a stage, what is done and the total (0: not known).

    Raises:
        UsageError: no such source, or ``out`` holds other files or is a part of ``source``.
        DataError: the disk; or another run is writing there.
        SynthbenchError: nothing can be drawn here.
    """
    if not source.exists():
        next(entries(source))
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"--out {str(out)!r} lies inside the collection {str(source)!r}; choose a folder outside it.")
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / "journal.jsonl").is_file()):
        raise UsageError(f"--out {str(out)!r} holds other files; choose an empty or a new folder.")
    with locked(out):
        known = _journal(out / "journal.jsonl", deadline)
        _look(source, out / "journal.jsonl", known, workers=workers, deadline=deadline, progress=progress)
        return _Decision(source, out, known, workers, progress).run()


def key_of(text: str) -> str:
    """A program's key in the journal: the hash of its text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _journal(path: Path, deadline: float) -> dict[str, dict[str, Any]]:
    """What earlier runs saw: key -> result. A line cut by a kill is dropped; programs that hung are tried again with more time."""
    known: dict[str, dict[str, Any]] = {}
    if path.is_file():
        whole = path.read_bytes().rpartition(b"\n")[0]
        for line in whole.splitlines():
            try:
                record = json.loads(line)
                if record["version"] == JOURNAL_VERSION and not ("deadline" in record and record["deadline"] < deadline):
                    known[record["key"]] = record["result"]
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{path} is damaged ({error}): {line[:80]!r}. Delete it, and run again from the start.") from error
        os.truncate(path, len(whole) + 1 if whole else 0)
    return known


def _look(
    source: Path, journal: Path, known: dict[str, dict[str, Any]], *, workers: int, deadline: float, progress: Callable[[str, int, int], None]
) -> None:
    """Look at every text that the journal does not hold."""
    given = set[str]()

    def new() -> Iterator[tuple[str, str]]:
        for n, entry in enumerate(entries(source)):
            progress("look", n + 1, 0)
            try:
                text = entry.source()
            except UnusableError:
                continue
            key = key_of(text)
            if key not in known and key not in given:
                given.add(key)
                yield key, text

    with journal.open("a", encoding="utf-8") as file:
        for key, result, _ in examine.outcomes("examine", new(), workers=workers, deadline=deadline, environment=examine.QUICK):
            record = {"version": JOURNAL_VERSION, "key": key, "result": result}
            if result.get("dropped") == "hangs":
                record["deadline"] = deadline
            file.write(json.dumps(record) + "\n")
            file.flush()
            known[key] = result


class _Decision:
    """The second pass: keep or drop each program in the collection's order, then measure, draw and write."""

    def __init__(
        self, source: Path, out: Path, known: dict[str, dict[str, Any]], workers: int, progress: Callable[[str, int, int], None]
    ) -> None:
        self.source, self.out, self.known, self.workers, self.progress = source, out, known, workers, progress
        self.cleaned = Cleaned()
        self.reasons = Counter[str]()
        self.first: dict[str, str] = {}  # hash of the frames -> name
        self.cells = np.empty((256, len(examine.TIMES) * examine.GRID**2 * 3), np.float32)
        self.means = np.empty((256, 3), np.float32)
        self.rows: list[str] = []
        self.manifest: list[dict[str, str]] = []
        self.dropped: list[tuple[str, str, str | None]] = []  # name, reason, text's key
        self.chars: list[int] = []

    def run(self) -> Cleaned:
        for name in self._earlier():
            (self.out / name).unlink(missing_ok=True)
        for entry in entries(self.source):
            self.cleaned.programs += 1
            self.decide(entry)
        report = self.cleaned
        report.kept, report.reasons = len(self.manifest), dict(self.reasons.most_common())
        manifest = {"synthbench_collection": 1, "programs": self.manifest}
        atomic_write(self.out / "manifest.json", [json.dumps(manifest, indent=1).encode()])
        self.measure()
        self.sheets()
        atomic_write(self.out / "report.json", [json.dumps(report.__dict__, indent=1).encode()])
        return report

    def _earlier(self) -> list[str]:
        """The files that an earlier run wrote; a run that was killed has written no manifest, but only ``.glsl`` files."""
        return [path.name for path in self.out.glob("*.glsl")]

    def decide(self, entry: Entry) -> None:
        try:
            text = entry.source()
        except UnusableError as error:
            return self.drop(entry, str(error), str(error).partition(" (")[0].partition(": ")[0], None)
        key = key_of(text)
        if key not in self.known:
            return self.drop(entry, "its text changed during the run; run again", "changed during the run", None)
        seen = self.known[key]
        if "dropped" in seen:
            detail = f"{seen['dropped']}: {seen['detail']}" if "detail" in seen else seen["dropped"]
            return self.drop(entry, detail, seen["dropped"], key if "hash" in seen else None)
        if (twin := self.first.get(seen["hash"])) is not None:
            return self.drop(entry, f"draws the same as {twin}", "an exact duplicate", key)
        cells = np.frombuffer(base64.b64decode(seen["cells"]), np.uint8).astype(np.float32)
        if (near := self.nearest(cells)) is not None:
            return self.drop(entry, f"draws nearly the same as {near}", "a near duplicate", key)
        self.first[seen["hash"]] = entry.name
        self.remember(entry.name, cells)
        file = f"{safe(entry.name)}.glsl"
        if (self.out / file).exists():
            file = f"{safe(entry.name)}-{key[:8]}.glsl"
        (self.out / file).write_text(text, encoding="utf-8", newline="")
        self.chars.append(len(text))
        self.manifest.append({"file": file, "id": entry.name, "origin": entry.origin, "key": key})

    def drop(self, entry: Entry, detail: str, reason: str, key: str | None) -> None:
        self.reasons[reason] += 1
        examples = self.cleaned.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(f"{entry.name} ({entry.origin}): {detail}")
        self.dropped.append((entry.name, reason, key))

    def nearest(self, cells: np.ndarray) -> str | None:
        """The name of a program kept whose descriptor is nearly this one, (768,) float32."""
        kept = self.cells[: len(self.rows)]
        if not len(kept):
            return None
        limit = max(NEAR * float(cells.std()), NEAR_LEVELS)
        difference = np.abs(self.means[: len(self.rows)] - cells.reshape(-1, 3).mean(0)).max(1)
        rough = np.flatnonzero(difference <= 3**0.5 * limit)  # where one colour's mean differs by more, the whole differs by more than limit
        if not len(rough):
            return None
        distance = np.sqrt(np.square(kept[rough] - cells).mean(1))
        best = int(distance.argmin())
        return self.rows[rough[best]] if distance[best] <= limit else None

    def remember(self, name: str, cells: np.ndarray) -> None:
        n = len(self.rows)
        if n == len(self.cells):
            self.cells, self.means = (np.concatenate([x, np.empty_like(x)]) for x in (self.cells, self.means))
        self.cells[n], self.means[n] = cells, cells.reshape(-1, 3).mean(0)
        self.rows.append(name)

    def measure(self) -> None:
        """Table 1, on programs at equal distances."""
        chosen = spread(len(self.manifest), MEASURED)
        texts = ((i, (self.out / self.manifest[i]["file"]).read_text(encoding="utf-8")) for i in chosen)
        found: list[dict[str, float]] = []
        # one process: speeds measured beside one another would be too low
        for _, result, _ in examine.outcomes("measure", texts, workers=1, deadline=30.0, environment=examine.EXACT):
            self.progress("measure", len(found) + 1, len(chosen))
            if "fps" in result:
                found.append(result)
        columns = {"chars": [float(n) for n in self.chars]}
        columns |= {name: [result[name] for result in found] for name in ("jpeg_kb", "gzip_kb", "fps")}
        self.cleaned.measured = len(found)
        for name, values in columns.items():
            if values:
                q5, q95 = np.quantile(values, (0.05, 0.95))
                self.cleaned.table1[name] = {"mean": float(np.mean(values)), "q5": float(q5), "q95": float(q95)}

    def sheets(self) -> None:
        """kept.png and dropped.png: programs at equal distances. Of the dropped, each reason gets its share."""
        kept = [(row["id"], row["id"], row["key"]) for row in (self.manifest[i] for i in spread(len(self.manifest), SHOWN))]
        by_reason: dict[str, list[tuple[str, str, str | None]]] = {}
        for row in self.dropped:
            by_reason.setdefault(row[1], []).append(row)
        each = max(1, SHOWN // max(1, len(by_reason)))
        dropped = [(f"{r}: {n}", n, key) for r, rows in by_reason.items() for n, _, key in (rows[i] for i in spread(len(rows), each))]
        wanted = {key for _, _, key in (*kept, *dropped) if key is not None}
        pictures: dict[str, np.ndarray] = {}

        def texts() -> Iterator[tuple[str, str]]:
            for entry in entries(self.source):
                try:
                    text = entry.source()
                except UnusableError:
                    continue
                if (key := key_of(text)) in wanted:
                    wanted.remove(key)
                    yield key, text

        for key, _, png in examine.outcomes("portrait", texts(), workers=self.workers, deadline=10.0, environment=examine.QUICK):
            self.progress("sheets", len(pictures) + 1, 0)
            if png:
                pictures[key] = np.asarray(Image.open(io.BytesIO(png)))
        blank = np.full((examine.PORTRAIT, examine.PORTRAIT, 3), 40, np.uint8)
        for file, rows, title in (
            ("kept.png", kept, f"{len(kept)} of {len(self.manifest):,} programs kept"),
            ("dropped.png", dropped, f"{len(dropped)} of {len(self.dropped):,} programs left out, and why"),
        ):
            (self.out / file).unlink(missing_ok=True)
            if rows:
                images = np.stack([pictures.get(key or "", blank) for _, _, key in rows])
                buffer = io.BytesIO()
                contact_sheet(images, [caption for caption, _, _ in rows], COLUMNS, title=title).save(buffer, "PNG")
                atomic_write(self.out / file, [buffer.getvalue()])


def safe(name: str) -> str:
    """A program's id as a file name."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip(".-")[:100] or "program"


def spread(n: int, most: int) -> list[int]:
    """Up to ``most`` of n indices, at equal distances."""
    return list(range(n)) if n <= most else [i * n // most for i in range(most)]


def default_workers() -> int:
    """One process for each CPU that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
