"""One probe's outcome on one task."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """A score of one encoder, as stored in the cache and in the record."""

    task: str
    probe: str
    metric: str
    n_test: int
    value: float
    """In [0, 1]; higher is better."""
    ci: tuple[float, float]
    """95 % interval over the test images."""
    n_correct: int | None = None
    """Number of correct answers, if the score is their share."""
    best: float | None = None
    """Share of correct answers after the best epoch, for probes with epochs; ``value`` is the last epoch's."""
    beside: dict[str, float] = field(default_factory=dict)
    """Continuous measures: cross-entropy and margin, for probes with class scores."""
