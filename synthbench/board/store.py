"""A leaderboard's folder (its dataset repo): submissions, and the verifications by maintainers.

results/<protocol>/<entrant>/<submission_id>.json       a submitted file, immutable
verifications/<submission_id>.json                      written by a maintainer only
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ValidationError

from synthbench.board.checks import may_supersede, problems
from synthbench.errors import DataError, SynthbenchError
from synthbench.result import result
from synthbench.result.result import Result, Sha256
from synthbench.storage.model import FrozenModel, describe
from synthbench.storage.strict_json import strict_json

TIERS = ("self-reported", "checked", "weights-verified", "reproduced")
"""Tiers: not checked; the record is consistent and within the rules; its pinned weights have the same scores; new seeds
have the same scores."""
MAX_VERIFICATION = 2**18


class Check(FrozenModel):
    """One check: passed, failed, or (None) not possible, with the reason."""

    name: str
    passed: bool | None
    detail: str


class Verification(FrozenModel):
    """A maintainer's findings about a submission."""

    schema_version: Literal[1] = 1
    submission_id: Sha256
    tier: Literal["self-reported", "checked", "weights-verified", "reproduced"]
    created_at: AwareDatetime
    verifier: str
    synthbench: str
    checks: list[Check]

    @property
    def path(self) -> str:
        """Its path in the leaderboard's repo."""
        return f"verifications/{self.submission_id}.json"


@dataclass
class Stored:
    """The content of a leaderboard: its records without superseded ones, their tiers by id, and skipped files with the
    reason."""

    records: list[Result] = field(default_factory=list)
    tiers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read(folder: Path) -> Stored:
    """Read a leaderboard's folder. A file that breaks the rules is skipped and named, even if it was merged.

    Raises:
        DataError: the folder does not exist.
    """
    if not folder.is_dir():
        raise DataError(f"there is no leaderboard in {folder}: give the folder of its dataset repo, or user/repo.")
    out, found = Stored(), {}
    for path in sorted((folder / "results").rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        try:
            record = result.parse(_bytes(path, result.MAX_BYTES), name)
        except SynthbenchError as error:
            out.warnings.append(f"skipped: {error}")
            continue
        if wrong := problems(record, name):
            out.warnings.append(f"skipped: {name}: {'; '.join(wrong)}")
        else:
            found[record.submission_id] = record
    old = {r.supersedes for r in found.values() if r.supersedes and may_supersede(r, found.get(r.supersedes))}
    out.records = [r for name, r in found.items() if name not in old]
    for record in out.records:
        path = folder / "verifications" / f"{record.submission_id}.json"
        out.tiers[record.submission_id] = "self-reported"
        if path.is_file():
            try:
                out.tiers[record.submission_id] = parse(
                    _bytes(path, MAX_VERIFICATION), path.name, record.submission_id
                ).tier
            except SynthbenchError as error:
                out.warnings.append(f"skipped: {error}")
    return out


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error


def parse(raw: bytes, name: str, submission_id: str) -> Verification:
    """Read a verification.

    Raises:
        DataError: it does not match this schema, or belongs to another submission.
    """
    try:
        strict_json(raw, MAX_VERIFICATION)
        found = Verification.model_validate_json(raw)
    except ValidationError as error:
        raise DataError(f"{name} is not a valid verification: {describe(error)[:500]}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise DataError(f"{name} is not a valid verification: {error}") from error
    if found.submission_id != submission_id:
        raise DataError(f"{name} is a verification of another submission, {found.submission_id[:12]}")
    return found


def lowest(records: Iterable[Result], tiers: Mapping[str, str]) -> str:
    """The lowest tier among records: a row is no better than its worst seed."""
    return min((tiers.get(r.submission_id, TIERS[0]) for r in records), key=TIERS.index)
