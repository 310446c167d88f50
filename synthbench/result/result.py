"""The result record of a run: one immutable JSON document that others can check.

``leaderboard/result.schema.json`` is its JSON Schema.

Values are floats in [0, 1], never strings or NaN; aggregates are recomputed from the scores, never trusted. A record is
read as untrusted: bounded size and depth, unique keys, finite numbers.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from synthbench.errors import DataError
from synthbench.storage.files import write_text
from synthbench.storage.model import FrozenModel, describe
from synthbench.storage.strict_json import strict_json

SCHEMA_VERSION = 2
"""Version 2 added a fingerprint to each run. Version 1 is still read; fields that it lacks are not part of its id."""
TRAINED_ELSEWHERE = "trained_elsewhere"
"""The override of an encoder trained elsewhere: the protocol's evaluation was followed, its pretraining was not."""
MAX_BYTES = 2**20
"""Maximum size of a record in bytes; a real one has a few kilobytes per seed."""

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
RepoId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
Count = Annotated[int, Field(ge=0, lt=2**63)]
PROPERTY = r"^[a-z][a-z0-9_]{0,39}(\[[A-Za-z0-9._/@:+-]{1,80}\])?$"
"""``lpips_intra``, ``jpeg_kb``, ...; in brackets the feature extractor, if it is not the usual one."""
ProbeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Measure = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Property = Annotated[str, Field(pattern=PROPERTY)]


def _without(fields: dict[str, Any], key: str) -> dict[str, Any]:
    """A serialised model without a key that is None, so that records older than the key keep their hash."""
    if fields.get(key) is None:
        fields.pop(key, None)
    return fields


class Submitter(FrozenModel):
    """The submitter; no e-mail address."""

    hf_user: str
    org: str | None = None
    relationship: Literal["author", "third_party"]


class GeneratorInfo(FrozenModel):
    """The entrant, with the contamination flags that matter for synthetic data."""

    name: str
    title: str
    version: str
    code_url: str | None = None
    code_commit: str | None
    source_sha256: Sha256
    params: dict[str, Any]
    license: str
    citation: str
    uses_real_data: bool
    uses_pretrained: bool
    real_data_sources: list[str]


class DataInfo(FrozenModel):
    """The rendered images; ``fingerprint`` is the sha256 over the first decoded images."""

    n_images: int
    n_classes: int
    n_left_out: int
    resolution: int
    seed: int
    fingerprint: Sha256
    renderer: str
    mode: Literal["live", "stored"]
    n_redrawn: Annotated[int, Field(ge=1)] | None = None
    """Number of drawings that broke a rule of the generator (a fractal that diverges) and were drawn again; absent
    if none."""

    @model_serializer(mode="wrap")
    def _without_none(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without(serialize(self), "n_redrawn")


class ProtocolInfo(FrozenModel):
    """The rules; a run with overrides is unranked."""

    id: str
    sha256: Sha256
    overrides: dict[str, Any]


class EncoderInfo(FrozenModel):
    """Location of the weights (on the Hub once submitted) and their hash."""

    repo: RepoId | None = None
    revision: Commit | None = None
    weights_sha256: Sha256


class Run(FrozenModel):
    """One seed's pretraining and its cost."""

    seed: Count
    encoder: EncoderInfo
    fingerprint: Sha256 | None = None
    """Fingerprint of this seed's images, as in ``DataInfo``; null without images, and in records of version 1."""
    samples_seen: Count
    render_s: Positive
    pretrain_s: Positive
    evaluate_s: Positive
    wall_s: Positive
    gpu_hours: Positive
    images_per_s: Positive
    """Views per second of pretraining."""
    peak_memory_gb: Positive
    final_loss: Annotated[float, Field(allow_inf_nan=False)] | None
    status: Literal["finished"]


class SeedScore(FrozenModel):
    """One seed's score on one task."""

    seed: Count
    value: Unit
    n_correct: Count | None = None
    """Number of correct answers, if the metric is their share."""
    beside: dict[Measure, Annotated[float, Field(allow_inf_nan=False)]] | None = Field(default=None, max_length=20)
    """Continuous measures of the same predictions (``cross_entropy``, ``margin``): never ranked. Absent from the record
    if None."""

    @model_serializer(mode="wrap")
    def _without_none(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without(_without(serialize(self), "beside"), "n_correct")


class Score(FrozenModel):
    """One task under one probe."""

    task: str
    probe: ProbeName
    dataset_id: str
    dataset_revision: str
    split: str
    n_test: int = Field(ge=1, lt=2**53)
    metric: Measure
    """``top1``, or the task's own metric."""
    higher_is_better: bool
    chance: Unit
    per_seed: list[SeedScore]
    std: Positive | None
    """Standard deviation over seeds (ddof 1); null for one seed."""
    ci: tuple[Unit, Unit]
    """95 % interval over the test items: for top-1 Wilson's of the pooled count, otherwise the mean of the seeds'
    bootstrap intervals."""
    best: Unit | None = None
    """The best epoch on the test items, as in the papers, for a probe with epochs; never ranked. Absent from the
    record if None."""

    @model_serializer(mode="wrap")
    def _without_none(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without(serialize(self), "best")


class Aggregate(FrozenModel):
    """The ranked value: the mean over all scores of the protocol, and whether all scores are present."""

    name: str
    value: Unit
    std: Positive | None
    complete: bool


class Result(FrozenModel):
    """The record of one or several seeds of one entrant under one protocol."""

    schema_version: Literal[1, 2]
    submission_id: Sha256
    created_at: AwareDatetime
    supersedes: Sha256 | None = None
    submitter: Submitter | None
    generator: GeneratorInfo
    data: DataInfo | None
    """None for the random-initialisation baseline, which has no images."""
    protocol: ProtocolInfo
    runs: list[Run] = Field(min_length=1, max_length=100)
    scores: list[Score] = Field(min_length=1, max_length=500)
    aggregate: Aggregate
    properties: dict[Property, Annotated[float, Field(allow_inf_nan=False)]] | None = Field(default=None, max_length=50)
    """Means over the run's first images, or results of ``synthbench measure``; never ranked. Absent if None."""
    env: dict[str, Any]
    command: str
    artifacts: list[str]

    @model_serializer(mode="wrap")
    def _without_none(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without(serialize(self), "properties")

    @model_validator(mode="after")
    def _consistent(self) -> Result:
        seeds = [run.seed for run in self.runs]
        if len(set(seeds)) != len(seeds):
            raise ValueError(f"a seed appears twice: {sorted(s for s in set(seeds) if seeds.count(s) > 1)}")
        for score in self.scores:
            if [s.seed for s in score.per_seed] != seeds:
                raise ValueError(f"score {score.task}/{score.probe} has different seeds than the runs")
            if score.metric != "top1":
                if not score.ci[0] <= math.fsum(s.value for s in score.per_seed) / len(seeds) <= score.ci[1]:
                    raise ValueError(f"{score.task}/{score.probe}: the interval {score.ci} does not contain the mean")
                continue
            for s in score.per_seed:
                if s.n_correct is None:
                    raise ValueError(f"{score.task}/{score.probe}: top-1 lacks n_correct")
                if not math.isclose(s.value, s.n_correct / score.n_test, abs_tol=1e-9):
                    raise ValueError(f"{score.task}/{score.probe}: value {s.value} is not n_correct / n_test")
            pooled = wilson(sum(s.n_correct or 0 for s in score.per_seed), score.n_test * len(seeds))
            if not all(math.isclose(a, b, abs_tol=1e-9) for a, b in zip(score.ci, pooled, strict=True)):
                raise ValueError(f"{score.task}/{score.probe}: ci is not the Wilson interval of the counts")
        named = [f"{score.task}/{score.probe}" for score in self.scores]
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"a score appears twice: {', '.join(twice)}")
        if not math.isclose(self.aggregate.value, mean_score(self.scores), abs_tol=1e-9):
            raise ValueError("the aggregate is not the mean of the scores")
        if self.submission_id != content_id(self.model_dump(mode="json", exclude_unset=True)):
            raise ValueError("submission_id is not the hash of the record")
        return self


def mean_score(scores: list[Score]) -> float:
    """Mean over scores of the mean over seeds; the scores of tasks named ``group/name`` are first averaged to one of
    their group."""
    return grouped_mean(
        [(score.task, math.fsum(s.value for s in score.per_seed) / len(score.per_seed)) for score in scores]
    )


def grouped_mean(values: Sequence[tuple[str, float]]) -> float:
    """Mean of (task, value) pairs, with every group of tasks counted once (VTAB: unweighted mean per group)."""
    groups: dict[str, list[float]] = {}
    for i, (task, value) in enumerate(values):
        group, slash, _ = task.partition("/")
        groups.setdefault(group + slash if slash else f"{i}", []).append(value)
    return math.fsum(math.fsum(group) / len(group) for group in groups.values()) / len(groups)


def wilson(n_correct: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion."""
    z = 1.959963984540054
    p, zz = n_correct / n, z * z / n
    centre, half = (p + zz / 2) / (1 + zz), z / (1 + zz) * math.sqrt(p * (1 - p) / n + zz / (4 * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def content_id(record: dict[str, Any]) -> str:
    """sha256 of the canonical JSON of a record without its ``submission_id``."""
    body = {k: v for k, v in record.items() if k != "submission_id"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def seal(fields: dict[str, Any]) -> Result:
    """Create a result from its fields, models or their JSON: adds schema version, time and id, and validates."""
    draft = {"schema_version": SCHEMA_VERSION, "created_at": datetime.now(UTC).replace(microsecond=0), **fields}
    # no warnings about JSON where a model is expected: the last line validates it
    record = json.loads(Result.model_construct(submission_id="0" * 64, **draft).model_dump_json(warnings=False))
    record["submission_id"] = content_id(record)
    return Result.model_validate_json(json.dumps(record))


def reseal(record: Result, **changes: Any) -> Result:
    """A record with other values of some fields, in the current schema version and with its own id."""
    kept = {name: value for name, value in record if name not in ("schema_version", "submission_id")}
    return seal(kept | changes)


def read(path: Path) -> Result:
    """Read and check a result file.

    Raises:
        DataError: missing, too large, not JSON, wrong schema, or inconsistent numbers.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read the result {path}: {error.strerror}") from error
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Result:
    """Read and check a record from its bytes; ``name`` is used in messages.

    Raises:
        DataError: as ``read``.
    """
    try:
        strict_json(raw, MAX_BYTES)
        return Result.model_validate_json(raw)
    except ValidationError as error:
        raise DataError(f"{name} is not a valid result: {describe(error)[:2000]}") from error
    except (ValueError, ArithmeticError, RecursionError, TypeError) as error:
        raise DataError(f"{name} is not a valid result: {error}") from error


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a record. ``Result`` checks what a schema cannot express (sums, ids)."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"synthbench-result-v{SCHEMA_VERSION}"}
    schema: Mapping[str, Any] = Result.model_json_schema()
    return {**about, **schema}


def write(result: Result, path: Path) -> None:
    """Write a result file atomically.

    Raises:
        DataError: the disk is full or the folder cannot be written.
    """
    write_text(path, to_json(result))


def to_json(result: Result) -> str:
    """A record as the text of its file; equal records give equal texts."""
    return result.model_dump_json(indent=2, exclude_unset=True) + "\n"
