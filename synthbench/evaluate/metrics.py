"""How predictions become a score: top-1, mean accuracy of the classes, R2; cross-entropy and margin beside them.

A score is a number in [0, 1], more is better, so that scores of several tasks have a mean. What is no such number (a
cross-entropy) stands beside the score and is never averaged with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from synthbench.result.result import wilson

if TYPE_CHECKING:  # tasks are listed without torch
    from torch import Tensor

TITLES = {"top1": "top-1", "r2": "R²"}
"""For people; the names of others say what they are."""
DRAWS = 1000
"""Bootstrap samples of the test images for an interval."""


@dataclass(frozen=True)
class Predicted:
    """What a probe says of the test images."""

    labels: Tensor
    """(M,) int64, or float32 where the labels are numbers."""
    logits: Tensor | None = None
    """(M, classes) float32, of a probe that has them."""
    epochs: tuple[int, ...] = ()
    """Right answers after each epoch, of a probe that has epochs; ``labels`` are the last one's."""


@dataclass(frozen=True)
class Measured:
    """A score with its 95 % interval over the test images."""

    value: float
    ci: tuple[float, float]
    n_correct: int | None = None
    """Right answers, where the score is their share."""
    beside: dict[str, float] = field(default_factory=dict)
    """Continuous measures, never ranked."""


def titled(name: str) -> str:
    """A metric's name as people read it: ``top-1``, ``mean per class``."""
    return TITLES.get(name, name.replace("_", " "))


def common(names: Iterable[str]) -> str:
    """The metric that scores have in common; ``score`` where they have several, whose mean has no other name."""
    found = set(names)
    return found.pop() if len(found) == 1 else "score"


class Metric(ABC):
    """Scores predictions."""

    name: str
    """As the record names it."""

    @abstractmethod
    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """Score the predictions.

        Args:
            truth: (M,) labels of the test images.
            classes: their number; 0 where the labels are numbers.
        """


class Top1(Metric):
    """The share of right answers; its interval is Wilson's."""

    name = "top1"

    def measure(self, predicted: Predicted, truth: Tensor, classes: int) -> Measured:
        """See ``Metric``."""
        correct = int((predicted.labels == truth).sum())
        return Measured(correct / len(truth), wilson(correct, len(truth)), correct, continuous(predicted, truth))


class MeanPerClass(Metric):
    """The mean over the classes of the share of right answers: for classes of unequal size."""

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
    """The share of the labels' variance that is explained; 0 where it is less than nothing."""

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

    They tell encoders apart with fewer images than right answers do (Magnusson et al. 2025, DataDecide). Empty for a
    probe without logits.
    """
    if predicted.logits is None:
        return {}
    import torch

    log_p = torch.log_softmax(predicted.logits.double(), 1)
    mine = log_p.gather(1, truth[:, None]).squeeze(1)
    others = log_p.scatter(1, truth[:, None], -torch.inf).amax(1)
    return {"cross_entropy": float(-mine.mean()), "margin": float((mine.exp() - others.exp()).mean())}
