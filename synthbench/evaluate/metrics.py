"""Metrics: top-1, mean accuracy per class, R2; and cross-entropy and margin as additional measures.

A score is a number in [0, 1], higher is better, so that scores of several tasks can be averaged. Other measures, such
as cross-entropy, are recorded next to the score and never averaged with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from synthbench.result.result import wilson

if TYPE_CHECKING:  # tasks are listed without importing torch
    from torch import Tensor

DRAWS = 1000
"""Bootstrap samples of the test images for an interval."""


@dataclass(frozen=True)
class Predicted:
    """The predictions of a probe for the test images."""

    labels: Tensor
    """(M,) int64, or float32 if the labels are numbers."""
    logits: Tensor | None = None
    """(M, classes) float32, for probes with class scores."""
    epochs: tuple[int, ...] = ()
    """Number of correct answers after each epoch, for probes with epochs; ``labels`` are the last epoch's."""


@dataclass(frozen=True)
class Measured:
    """A score with its 95 % interval over the test images."""

    value: float
    ci: tuple[float, float]
    n_correct: int | None = None
    """Number of correct answers, if the score is their share."""
    beside: dict[str, float] = field(default_factory=dict)
    """Continuous measures, never ranked."""


class Metric(ABC):
    """Scores predictions."""

    name: str
    """The name in records."""

    @abstractmethod
    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """Score the predictions.

        Args:
            truth: (M,) labels of the test images.
            classes: number of classes; 0 if the labels are numbers.
        """


class Top1(Metric):
    """The share of correct answers; its interval is Wilson's."""

    name = "top1"

    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """See ``Metric``."""
        correct = int((predicted.labels == truth).sum())
        return Measured(correct / len(truth), wilson(correct, len(truth)), correct, continuous(predicted, truth))


class MeanPerClass(Metric):
    """The mean over classes of the share of correct answers, for classes of unequal size."""

    name = "mean_per_class"

    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """See ``Metric``. Classes without a test image do not count."""
        right, labels = (predicted.labels == truth).cpu().numpy(), truth.cpu().numpy()

        def score(rows: np.ndarray) -> float:
            of = np.bincount(labels[rows], minlength=classes)
            hits = np.bincount(labels[rows], right[rows], minlength=classes)
            return float((hits[of > 0] / of[of > 0]).mean())

        return Measured(
            score(np.arange(len(labels))), bootstrap(score, len(labels)), None, continuous(predicted, truth)
        )


class R2(Metric):
    """The share of the labels' variance that is explained; negative values become 0."""

    name = "r2"

    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """See ``Metric``."""
        guess, labels = predicted.labels.double().cpu().numpy(), truth.double().cpu().numpy()

        def score(rows: np.ndarray) -> float:
            spread = float(np.square(labels[rows] - labels[rows].mean()).sum())
            return max(0.0, 1 - float(np.square(labels[rows] - guess[rows]).sum()) / spread) if spread else 0.0

        return Measured(score(np.arange(len(labels))), bootstrap(score, len(labels)))


def bootstrap(score: Callable[[np.ndarray], float], n: int) -> tuple[float, float]:
    """95 % percentile interval of a score over draws of n test images with replacement, from a fixed seed."""
    rng = np.random.default_rng(0)
    low, high = np.quantile([score(rng.integers(0, n, n)) for _ in range(DRAWS)], (0.025, 0.975))
    return float(low), float(high)


def continuous(predicted: Predicted, truth: Tensor) -> dict[str, float]:
    """Mean cross-entropy in nats, and mean margin: the true class's probability less the largest other one, in [-1, 1].

    They distinguish encoders with fewer images than the share of correct answers does (Magnusson et al. 2025,
    DataDecide). Empty for a probe without logits.
    """
    if predicted.logits is None:
        return {}
    import torch

    log_p = torch.log_softmax(predicted.logits.double(), 1)
    mine = log_p.gather(1, truth[:, None]).squeeze(1)
    others = log_p.scatter(1, truth[:, None], -torch.inf).amax(1)
    return {"cross_entropy": float(-mine.mean()), "margin": float((mine.exp() - others.exp()).mean())}
