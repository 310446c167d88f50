"""Hand-made results: records as a run writes them, with given numbers."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from synthbench.protocol import protocol
from synthbench.result.result import (
    Aggregate,
    EncoderInfo,
    GeneratorInfo,
    ProtocolInfo,
    Result,
    Run,
    Score,
    SeedScore,
    mean_score,
    seal,
    wilson,
)

POCKET = "simclr-resnet18-pocket"
RULES = protocol.load(protocol.successor(POCKET) or POCKET)
"""The newest version, whose board is first."""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make(  # noqa: PLR0913 - a record has many fields
    name: str,
    counts: dict[str, list[int]],
    *,
    tasks: Sequence[str] = RULES.evaluate.tasks,
    seeds: list[int] | None = None,
    n_test: int = 1000,
    protocol_id: str = RULES.id,
    protocol_sha256: str = RULES.sha256(),
    overrides: dict[str, Any] | None = None,
    complete: bool = True,
    day: int = 1,
    properties: dict[str, float] | None = None,
    **generator: Any,
) -> Result:
    """``counts``: probe -> correct answers per seed, the same on each of the ``tasks`` (by default the protocol's)."""
    seeds = seeds or list(range(len(next(iter(counts.values())))))
    scores = []
    for task, (probe, correct) in itertools.product(tasks, counts.items()):
        per_seed = [SeedScore(seed=s, value=k / n_test, n_correct=k) for s, k in zip(seeds, correct, strict=True)]
        scores.append(Score(
            task=task, probe=probe, dataset_id="photos", dataset_revision="1", split="test", n_test=n_test,
            metric="top1", higher_is_better=True, chance=0.1, per_seed=per_seed, std=None,
            ci=wilson(sum(correct), n_test * len(correct)),
        ))  # fmt: skip
    about = {
        "name": name, "title": name.title(), "version": "1", "code_commit": None, "source_sha256": sha(name),
        "params": {}, "license": "MIT", "citation": "", "uses_real_data": False, "uses_pretrained": False,
        "real_data_sources": [],
    }  # fmt: skip
    runs = [
        Run(
            seed=s, encoder=EncoderInfo(weights_sha256=sha(f"{name}{s}")), samples_seen=1, render_s=60, pretrain_s=120,
            evaluate_s=1, wall_s=181, gpu_hours=0, images_per_s=100, peak_memory_gb=1, final_loss=1.0,
            status="finished",
        )
        for s in seeds
    ]  # fmt: skip
    return seal({
        "created_at": datetime(2026, 1, day, tzinfo=UTC), "submitter": None, "data": None, "runs": runs,
        "scores": scores, "generator": GeneratorInfo.model_validate({**about, **generator}),
        "protocol": ProtocolInfo(id=protocol_id, sha256=protocol_sha256, overrides=overrides or {}),
        "aggregate": Aggregate(name="mean", value=mean_score(scores), std=None, complete=complete),
        "properties": properties, "env": {"python": "3.11"}, "command": f"synthbench run {name}",
        "artifacts": ["sheet.png"],
    })  # fmt: skip


def both(correct: list[int]) -> dict[str, list[int]]:
    """The same for each of the protocol's probes."""
    return dict.fromkeys(RULES.evaluate.probes, correct)
