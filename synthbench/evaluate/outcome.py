"""One probe's outcome on one task."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """A score of one encoder, as it is written down and goes into the record."""

    task: str
    probe: str
    metric: str
    n_test: int
    value: float
    """In [0, 1]; more is better."""
    ci: tuple[float, float]
    """95 % interval over the test images."""
    n_correct: int | None = None
    """Right answers, where the score is their share."""
    best: float | None = None
    """Share of right answers after the best epoch, for a probe that has epochs; ``value`` is the last epoch's."""
    beside: dict[str, float] = field(default_factory=dict)
    """Continuous measures: cross-entropy and margin, of a probe that gives class scores."""
