"""Shrink a protocol by a factor: all stages in seconds, as a test before a run of days.

The run is unranked.
"""

from __future__ import annotations

import math
from typing import Any

from synthbench.errors import UsageError
from synthbench.protocol.protocol import Protocol
from synthbench.protocol.sections import Step

SIDE, BATCH = 32, 8
"""Minimum side of an image in pixels, and minimum batch."""
TEST_IMAGES = 10_000
"""Maximum number of images of an evaluation split at factor 1; an evaluation data set may be a hundred times larger."""


def shrink(protocol: Protocol, factor: float) -> dict[str, Any]:
    """The overrides that shrink a protocol: counts (images, epochs, the queue) by ``factor``, sides and batches by its
    square root.

    Raises:
        UsageError: a factor below 1.
    """
    if not factor >= 1 or math.isinf(factor):
        raise UsageError(f"--shrink {factor:g}: a number of at least 1, as in --shrink 1000.")
    if factor == 1:
        return {}
    root, rules, evaluate = math.sqrt(factor), protocol.optimizer, protocol.evaluate
    batch, epochs = max(BATCH, round(rules.batch / root)), _epochs(rules.epochs, factor)
    view, seen = max(SIDE, round(protocol.augment.size / root)), max(SIDE, round(evaluate.size / root))
    changes: dict[str, Any] = {
        "data.images": max(2 * batch, round(protocol.data.images / factor)),
        "data.size": max(view, round(protocol.data.size / root)),
        "augment.size": view,
        "optimizer.batch": batch,
        "optimizer.epochs": epochs,
        "evaluate.size": seen,
        "evaluate.limit": max(BATCH, round(TEST_IMAGES / factor)),
    }
    if isinstance(rules.schedule, Step):
        changes["optimizer.schedule.milestones"] = _milestones(rules.schedule.milestones, rules.epochs, epochs)
    changes |= {f"objective.{key}": value for key, value in protocol.objective.shrunk(factor, batch).items()}
    if evaluate.resize is not None:
        changes["evaluate.resize"] = round(evaluate.resize * seen / evaluate.size)
    if evaluate.sgd is not None:
        probe = _epochs(evaluate.sgd.epochs, factor)
        changes |= {"evaluate.sgd.epochs": probe, "evaluate.sgd.batch": batch}
        changes["evaluate.sgd.milestones"] = _milestones(evaluate.sgd.milestones, evaluate.sgd.epochs, probe)
    return changes


def _epochs(epochs: int, factor: float) -> int:
    return max(min(1, epochs), round(epochs / factor))


def _milestones(milestones: tuple[int, ...], before: int, after: int) -> list[int]:
    return sorted({round(m * after / before) for m in milestones} - {0, after})
