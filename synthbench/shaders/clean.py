"""Clean a raw collection as in the paper: keep programs that compile, draw something, move, and are not duplicates.

There are two passes over the collection. The first examines each text once, in worker processes, and writes a line of
the journal for each: a killed run resumes from there. The second decides in the collection's order, so that the result
does not depend on the speed of workers. Memory holds a line and a descriptor of 1,024 bytes per program, but no texts
or images.

Source: Baradad et al. 2022, Sec. 3 and Table 1 (one image at the same t for every program; programs with the same
image, or with one that does not change with t, are dropped). Deviations: four times instead of one; near duplicates are
dropped too; 64x64 instead of 384x384, and 256x256 and further times before a program is dropped because it seems to
draw nothing or not to move.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthbench.errors import DataError, UsageError
from synthbench.shaders import examine
from synthbench.shaders.collection import TEXTS, Entry, UnusableError, entries
from synthbench.shaders.near import Kept
from synthbench.shaders.report import Dropped, Row, report
from synthbench.storage.files import disk_errors, write_bytes, write_text
from synthbench.storage.lock import locked

EXAMPLES = 5
JOURNAL_VERSION = 2


@dataclass
class Cleaned:
    """Result of ``clean``; ``report.json`` has the same content."""

    programs: int = 0
    kept: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason for leaving programs out -> their number."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Reason -> the names of the first few programs."""
    table1: dict[str, dict[str, float]] = field(default_factory=dict)
    """chars, jpeg_kb, gzip_kb, fps -> mean, q5, q95; over ``measured`` of the programs kept (chars: over all)."""
    measured: int = 0
    readable: int = 0
    """Number of entries that are programs, whatever they draw."""


def clean(
    source: Path,
    out: Path,
    *,
    workers: int,
    deadline: float = 5.0,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Cleaned:
    """Clean ``source`` into ``out``: a ``.glsl`` file for each program kept, manifest.json, report.json, kept.png
    and dropped.png.

    Args:
        source: a collection in any form (``collection.entries``).
        out: a folder that is empty, missing, or of an earlier run, which is continued.
        workers: processes.
        deadline: seconds of CPU time that a program may use to compile and draw four frames of 64x64, and again for a
            second examination.
        progress: called with a stage ("look", "decide", "measure", "sheets"), the number done and the total (0: not
            known).

    Raises:
        UsageError: the source is missing or contains no programs; or ``out`` has other files or is inside ``source``.
        DataError: a disk error; or another run is writing there.
        SynthbenchError: OpenGL does not work.
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
        found = _Decision(source, out, known, workers, progress).run()
    if not found.readable:
        named = next((lines[0] for lines in found.examples.values()), "it is empty")
        raise UsageError(
            f"{str(source)!r} does not hold a usable shader program: {named}. Supported are folders, zip and tar "
            f"files, Shadertoy's JSON, and text named {', '.join(TEXTS)}."
        )
    return found


def _journal(path: Path, deadline: float) -> dict[str, dict[str, Any]]:
    """Results of earlier runs: key -> result.

    A line cut by a kill is dropped; programs that hung are tried again with more time.
    """
    known: dict[str, dict[str, Any]] = {}
    if path.is_file():
        whole = path.read_bytes().rpartition(b"\n")[0]
        for line in whole.splitlines():
            try:
                record = json.loads(line)
                if record["version"] == JOURNAL_VERSION and not (
                    "deadline" in record and record["deadline"] < deadline
                ):
                    known[record["key"]] = record["result"]
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{path} is damaged ({error}): {line[:80]!r}. Delete it and start again.") from error
        os.truncate(path, len(whole) + 1 if whole else 0)
    return known


def _look(
    source: Path,
    journal: Path,
    known: dict[str, dict[str, Any]],
    *,
    workers: int,
    deadline: float,
    progress: Callable[[str, int, int], None],
) -> None:
    """Examine every text that the journal does not have."""
    given = set[str]()

    def new() -> Iterator[tuple[str, str]]:
        for n, entry in enumerate(entries(source)):
            progress("look", n + 1, 0)
            try:
                text = entry.source()
            except UnusableError:
                continue
            key = examine.key_of(text)
            if key not in known and key not in given:
                given.add(key)
                yield key, text

    with disk_errors(journal):
        file = journal.open("a", encoding="utf-8")
    with file:
        for key, result, _ in examine.outcomes(
            "examine", new(), workers=workers, deadline=deadline, environment=examine.QUICK
        ):
            record = {"version": JOURNAL_VERSION, "key": key, "result": result}
            if result.get("dropped") == "hangs" or "unsure" in result:
                record["deadline"] = deadline
            with disk_errors(journal):
                file.write(json.dumps(record) + "\n")
                file.flush()
            known[key] = result


class _Decision:
    """The second pass: keep or drop each program in the collection's order, then measure, draw and write."""

    def __init__(
        self,
        source: Path,
        out: Path,
        known: dict[str, dict[str, Any]],
        workers: int,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self.source, self.out, self.known, self.workers, self.progress = source, out, known, workers, progress
        self.cleaned = Cleaned()
        self.reasons = Counter[str]()
        self.first: dict[str, str] = {}  # hash of the frames -> name
        self.kept = Kept()
        self.manifest: list[Row] = []
        self.dropped: list[Dropped] = []
        self.chars: list[int] = []

    def run(self) -> Cleaned:
        for name in self._earlier():
            (self.out / name).unlink(missing_ok=True)
        for entry in entries(self.source):
            self.cleaned.programs += 1
            self.decide(entry)
            self.progress("decide", self.cleaned.programs, 0)
        found = self.cleaned
        found.kept, found.reasons = len(self.manifest), dict(self.reasons.most_common())
        manifest = {"synthbench_collection": 1, "programs": self.manifest}
        write_bytes(self.out / "manifest.json", [json.dumps(manifest, indent=1).encode()])
        found.measured, found.table1 = report(
            self.source, self.out, self.manifest, self.dropped, self.chars, self.workers, self.progress
        )
        write_bytes(self.out / "report.json", [json.dumps(found.__dict__, indent=1).encode()])
        return found

    def _earlier(self) -> list[str]:
        """The files of an earlier run; a killed run has not written a manifest, but only ``.glsl`` files."""
        return [path.name for path in self.out.glob("*.glsl")]

    def decide(self, entry: Entry) -> None:
        try:
            text = entry.source()
        except UnusableError as error:
            return self.drop(entry, str(error), str(error).partition(" (")[0].partition(": ")[0], None)
        self.cleaned.readable += 1
        key = examine.key_of(text)
        if key not in self.known:
            return self.drop(entry, "its text changed during the run; run again", "changed during the run", None)
        seen = self.known[key]
        if "dropped" in seen:
            detail = f"{seen['dropped']}: {seen['detail']}" if "detail" in seen else seen["dropped"]
            return self.drop(
                entry, detail, seen["dropped"], key if "hash" in seen and "blank" not in seen["dropped"] else None
            )
        if (twin := self.first.get(seen["hash"])) is not None:
            return self.drop(entry, f"draws the same as {twin}", "an exact duplicate", key)
        described = base64.b64decode(seen["descriptor"])
        if (near := self.kept.nearest(described)) is not None:
            return self.drop(entry, f"draws nearly the same as {near}", "a near duplicate", key)
        self.first[seen["hash"]] = entry.name
        self.kept.add(entry.name, described)
        file = f"{safe(entry.name)}.glsl"
        if (self.out / file).exists():
            file = f"{safe(entry.name)}-{key[:8]}.glsl"
        write_text(self.out / file, text)
        self.chars.append(len(text))
        self.manifest.append({"file": file, "id": entry.name, "origin": entry.origin, "key": key})

    def drop(self, entry: Entry, detail: str, reason: str, key: str | None) -> None:
        """Leave a program out; ``key`` is its text's if it draws something to show."""
        self.reasons[reason] += 1
        examples = self.cleaned.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(f"{entry.name} ({entry.origin}): {detail}")
        self.dropped.append(Dropped(entry.name, reason, key))


def safe(name: str) -> str:
    """A program's id as a file name."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip(".-")[:100] or "program"


def default_workers() -> int:
    """One process per CPU that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
