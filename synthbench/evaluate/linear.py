"""Linear probe: multinomial logistic regression with an L2 penalty on standardised frozen features, by full-batch L-BFGS."""

from __future__ import annotations

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
    mean, std = train_x.mean(0), train_x.std(0).clamp(min=1e-6)
    x, test_x = (train_x - mean) / std, (test_x - mean) / std
    classes = int(train_y.max()) + 1
    weight = torch.zeros(x.shape[1], classes, device=x.device, requires_grad=True)
    bias = torch.zeros(classes, device=x.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=steps, history_size=20, tolerance_grad=1e-5, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(x @ weight + bias, train_y) + 0.5 * l2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return (test_x @ weight + bias).argmax(1)
