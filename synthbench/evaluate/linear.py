"""Linear probe: multinomial logistic regression with an L2 penalty on standardised frozen features, by full-batch L-BFGS."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def linear_probe(train_x: Tensor, train_y: Tensor, test_x: Tensor, *, l2: float, steps: int = 100) -> Tensor:
    """Predict the test labels.

    The objective is mean cross-entropy + l2 / 2 * |W|^2 (the bias is free): convex, so the start does not matter and nothing is random.

    Args:
        train_x: (N, F) float32 features; standardised here with their own mean and deviation.
        train_y: (N,) int64.
        test_x: (M, F).
        l2: strength of the penalty.
        steps: most L-BFGS iterations.

    Returns:
        (M,) int64 predicted labels.
    """
    x, test_x = _standardise(train_x, test_x)
    weight, bias = fit(x, train_y, int(train_y.max()) + 1, l2=l2, steps=steps)
    return (test_x @ weight + bias).argmax(1)


def chosen_probe(
    train: tuple[Tensor, Tensor], val: tuple[Tensor, Tensor], test_x: Tensor, *, classes: int, grid: Sequence[float], steps: int = 100
) -> tuple[Tensor, float]:
    """Choose the penalty on the validation features, fit again on training and validation features, predict the test labels.

    Args:
        train: (N, F) features and (N,) labels.
        val: the same of the validation split.
        grid: the penalties; the strongest of those that do best is taken.

    Returns:
        (M,) int64 predicted labels, and the penalty.
    """
    x, val_x = _standardise(train[0], val[0])
    best, chosen, start = -1, 0.0, None
    for l2 in sorted(grid, reverse=True):  # from the strongest, each fit starting where the one before ended
        start = fit(x, train[1], classes, l2=l2, steps=steps, start=start)
        correct = int(((val_x @ start[0] + start[1]).argmax(1) == val[1]).sum())
        if correct > best:
            best, chosen = correct, l2
    both_x, both_y = torch.cat([train[0], val[0]]), torch.cat([train[1], val[1]])
    x, test_x = _standardise(both_x, test_x)
    weight, bias = fit(x, both_y, classes, l2=chosen, steps=steps)
    return (test_x @ weight + bias).argmax(1), chosen


def _standardise(train: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = train.mean(0), train.std(0).clamp(min=1e-6)
    return (train - mean) / std, (other - mean) / std


def fit(x: Tensor, y: Tensor, classes: int, *, l2: float, steps: int, start: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """(F, classes) weights and (classes,) bias of least mean cross-entropy + l2 / 2 |W|^2 on (N, F) features, from zero or ``start``."""
    weight, bias = start or (torch.zeros(x.shape[1], classes, device=x.device), torch.zeros(classes, device=x.device))
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=steps, history_size=20, tolerance_grad=1e-5, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(x @ weight + bias, y) + 0.5 * l2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weight.detach(), bias.detach()
