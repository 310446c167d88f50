"""Checks of a record for the tier "checked". The record is read as data; none of the code it names is run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from synthbench import registry
from synthbench.board.row import shipped_protocol
from synthbench.entrant.recipe import NAME
from synthbench.protocol.protocol import Evaluate
from synthbench.result.result import TRAINED_ELSEWHERE, Result

UNCHANGED: tuple[dict[str, Any], ...] = ({}, {"live": True}, {TRAINED_ELSEWHERE: True})
"""Overrides of a record whose evaluation follows the unchanged protocol; the latter two are not ranked."""
MAX_TEXT = 4000
"""Maximum length of a string in a record."""


def path_of(record: Result) -> str:
    """The path of a record in the leaderboard's repo: ``results/<protocol>/<entrant>/<submission_id>.json``."""
    return f"results/{record.protocol.id}/{record.generator.name}/{record.submission_id}.json"


def problems(record: Result, path: str | None = None) -> list[str]:
    """The reasons to refuse a record; empty if there are none. Sums and ids were checked when it was read.

    Args:
        path: its path in the submission.
    """
    return [*_place(record, path), *_text(record), *_rules(record)]


def _place(record: Result, path: str | None) -> Iterator[str]:
    for what, value in (("entrant", record.generator.name), ("protocol", record.protocol.id)):
        if not re.fullmatch(NAME, value):
            yield f"the {what}'s name {value[:80]!r} must match {NAME}"
    if path is not None and path != path_of(record):
        parts = PurePosixPath(path).parts
        outside = (
            " (it leads outside results/)" if ".." in parts or path.startswith("/") or parts[:1] != ("results",) else ""
        )
        yield f"the file is at {path[:200]!r}{outside}; it belongs at {path_of(record)!r}"
    if record.submitter is None:
        yield "it does not name a submitter"
    elif not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}", record.submitter.hf_user):
        yield f"the submitter {record.submitter.hf_user[:80]!r} is not a user name of the Hub"
    if record.created_at > datetime.now(UTC) + timedelta(days=1):
        yield f"its date lies in the future: {record.created_at:%Y-%m-%d}"
    url = record.generator.code_url
    if url is not None and not re.fullmatch(r"https://[A-Za-z0-9.-]+(/[^\s<>\"']*)?", url):
        yield f"code_url {url[:80]!r} is not an https address"


def _text(record: Result) -> Iterator[str]:
    for where, text in _strings(record.model_dump(mode="json"), ""):
        if len(text) > MAX_TEXT:
            yield f"{where[:80]}: {len(text):,} characters; at most {MAX_TEXT:,}"
        elif text.isascii() and (text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()):
            continue  # nearly all
        elif hidden := [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n\t"]:
            yield f"{where[:80]}: holds the invisible or direction-changing character U+{ord(hidden[0]):04X}"
        elif word := next((w for w in re.findall(r"\w+", text) if _mixed(w)), None):
            yield f"{where[:80]}: the word {word[:40]!r} mixes Latin with letters that look like it"


def _mixed(word: str) -> bool:
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in word if c.isalpha() and not c.isascii()}
    return bool(scripts & {"CYRILLIC", "GREEK", "FULLWIDTH", "MATHEMATICAL"}) and any(
        c.isascii() and c.isalpha() for c in word
    )


def _strings(node: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield where, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield f"{where}: a key", key
            yield from _strings(value, f"{where}.{key}" if where else key)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, where)


def _rules(record: Result) -> Iterator[str]:
    rules = shipped_protocol(record.protocol.id)
    if rules is None:
        yield f"there is no protocol {record.protocol.id[:80]!r}; there are {', '.join(sorted(registry.protocols()))}"
        return
    marked = record.protocol.overrides in UNCHANGED
    if marked and record.protocol.sha256 != rules.sha256():
        yield f"the protocol hash differs from that of {rules.id}: changed rules, or another version of synthbench"
        return
    if not marked:
        if record.protocol.sha256 == rules.sha256():
            yield "it claims changed rules, but its hash is that of the unchanged protocol"
        return
    if TRAINED_ELSEWHERE in record.protocol.overrides and record.data is not None:
        yield "it was trained elsewhere, so it cannot have images that were rendered here"
    if not record.protocol.overrides and record.data is None and any(run.samples_seen for run in record.runs):
        yield "it was pretrained, but does not describe the images"
    wanted: set[tuple[str, str]] = {(task, probe) for task in rules.evaluate.tasks for probe in rules.evaluate.probes}
    held: set[tuple[str, str]] = {(score.task, score.probe) for score in record.scores}
    if extra := held - wanted:
        yield f"scores that are not in the protocol: {', '.join('/'.join(x)[:80] for x in sorted(extra))}"
    if record.aggregate.complete and wanted - held:
        yield f"it claims to be complete, but lacks {', '.join('/'.join(x) for x in sorted(wanted - held))}"
    if record.data is not None and record.data.resolution != rules.data.size:
        yield f"images of {record.data.resolution} px; the protocol has {rules.data.size}"
    if (
        record.data is not None
        and record.data.mode == "stored"
        and record.data.n_images + record.data.n_left_out != rules.data.images
    ):
        yield f"{record.data.n_images + record.data.n_left_out:,} images; the protocol has {rules.data.images:,}"
    yield from _tasks(record, held & wanted, rules.evaluate)


def _tasks(record: Result, named: AbstractSet[tuple[str, str]], rules: Evaluate) -> Iterator[str]:
    from synthbench.evaluate import registry

    for score in record.scores:
        if (score.task, score.probe) not in named:
            continue
        task = registry.task(score.task)
        about, made_here = task.about, task.place() is None
        known = (about.source, *about.copies)
        if score.dataset_id not in known or (made_here and score.dataset_revision != about.revision):
            wanted = " or ".join(known) + (f" {about.revision}" if made_here else "")
            found = f"{score.dataset_id[:80]} {score.dataset_revision[:40]}" if made_here else score.dataset_id[:80]
            yield f"{score.task} was scored on {found}, not on {wanted}"
        n = min(about.counts[2], rules.limit or about.counts[2])
        if not made_here and score.n_test != n:
            yield f"{score.task} was scored on {score.n_test:,} test images; it has {n:,}"
        if score.metric != task.metric.name:
            yield f"{score.task} was scored by {score.metric[:40]}, not by {task.metric.name}"
        if abs(score.chance - about.chance) > 1e-9:
            yield f"{score.task}: chance is {about.chance:.4f}, not {score.chance}"


def conflicts(record: Result, others: Iterable[Result]) -> list[str]:
    """Conflicts with records on the board: superseding another submitter's record, or claiming another submitter's
    weights."""
    known = {other.submission_id: other for other in others if other.submission_id != record.submission_id}
    found = []
    if record.supersedes is not None and not may_supersede(record, known.get(record.supersedes)):
        why = (
            "is by another submitter, or of another entrant or protocol"
            if record.supersedes in known
            else "is not on the board"
        )
        found.append(f"it supersedes {record.supersedes[:12]}, which {why}")
    mine = {run.encoder.weights_sha256 for run in record.runs}
    for other in known.values():
        shared = mine & {run.encoder.weights_sha256 for run in other.runs}
        if shared and _who(other) != _who(record):
            found.append(
                f"its weights {min(shared)[:12]} are the same as in {other.submission_id[:12]} by {_who(other)}"
            )
    return found


def may_supersede(record: Result, old: Result | None) -> bool:
    """Whether a record may replace ``old``: it must have the same submitter, entrant and protocol."""
    return old is not None and (_who(old), old.generator.name, old.protocol.id) == (
        _who(record),
        record.generator.name,
        record.protocol.id,
    )


def _who(record: Result) -> str | None:
    return record.submitter.hf_user if record.submitter else None
