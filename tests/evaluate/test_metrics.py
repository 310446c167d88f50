"""Metrics against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, log_loss, r2_score

from synthbench.evaluate.metrics import R2, MeanPerClass, Predicted, Top1
from synthbench.result.result import wilson


@pytest.fixture
def predicted():
    logits = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    return Predicted(logits.argmax(1), logits), torch.tensor([0] * 30 + [1] * 20 + [2] * 8 + [3] * 2)


def test_top1(predicted):
    made = Top1().measure(*predicted, 4)
    correct = int((predicted[0].labels == predicted[1]).sum())
    assert (made.value, made.n_correct, made.ci) == (correct / 60, correct, wilson(correct, 60))


def test_mean_per_class_is_scikit_learns(predicted):
    made = MeanPerClass().measure(*predicted, 4)
    assert made.value == pytest.approx(balanced_accuracy_score(predicted[1], predicted[0].labels))
    assert made.ci[0] < made.value < made.ci[1] and made.n_correct is None
    assert MeanPerClass().measure(*predicted, 9).value == made.value, "classes without a test image do not count"


def test_r2_is_scikit_learns_and_never_negative():
    truth = torch.linspace(0, 1, 50)
    guess = truth + 0.1 * torch.randn(50, generator=torch.Generator().manual_seed(0))
    made = R2().measure(Predicted(guess), truth, 0)
    assert made.value == pytest.approx(r2_score(truth, guess), abs=1e-6)
    assert 0.5 < made.ci[0] < made.value < made.ci[1] <= 1
    assert R2().measure(Predicted(1 - truth), truth, 0).value == 0


def test_cross_entropy_is_scikit_learns_and_margin_by_hand(predicted):
    beside = Top1().measure(*predicted, 4).beside
    p = torch.softmax(predicted[0].logits.double(), 1).numpy()
    assert beside["cross_entropy"] == pytest.approx(log_loss(predicted[1], p, labels=range(4)))
    y = predicted[1].numpy()
    margins = [row[label] - max(np.delete(row, label)) for row, label in zip(p, y, strict=True)]
    assert beside["margin"] == pytest.approx(np.mean(margins))
    assert Top1().measure(Predicted(predicted[0].labels), predicted[1], 4).beside == {}
