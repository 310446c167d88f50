"""Linear probe: multinomial logistic regression with an L2 penalty on standardised frozen features, by full-batch L-BFGS.

Features that do not fit the memory (they may be mapped from a file) pass by in chunks; up to one chunk nothing is copied twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

CHUNK = 65_536
"""Rows that are computed on at once."""

Part = tuple[Tensor, Tensor]
"""(N, F) float32 features and (N,) int64 labels. The features may lie in the host's memory; the labels lie where to compute."""


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
    data = _Standardised([(train_x, train_y)])
    return data.predict(test_x, *fit(data, int(train_y.max()) + 1, l2=l2, steps=steps))


def chosen_probe(train: Part, val: Part, test_x: Tensor, *, classes: int, grid: Sequence[float], steps: int = 100) -> tuple[Tensor, float]:
    """Choose the penalty on the validation features, fit again on training and validation features, predict the test labels.

    Args:
        train: (N, F) features and (N,) labels.
        val: the same of the validation split.
        grid: the penalties; the strongest of those that do best is taken.

    Returns:
        (M,) int64 predicted labels, and the penalty.
    """
    data = _Standardised([train])
    best, chosen, start = -1, 0.0, None
    for l2 in sorted(grid, reverse=True):  # from the strongest, each fit starting where the one before ended
        start = fit(data, classes, l2=l2, steps=steps, start=start)
        correct = int((data.predict(val[0], *start) == val[1]).sum())
        if correct > best:
            best, chosen = correct, l2
    both = _Standardised([train, val])
    return both.predict(test_x, *fit(both, classes, l2=chosen, steps=steps)), chosen


class _Standardised:
    """Features with labels, scaled by their own mean and deviation as they pass by."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.n = sum(len(y) for _, y in parts)
        self.features, self.device = parts[0][0].shape[1], parts[0][1].device
        self._held: Part | None = None
        if self.n <= CHUNK:
            x = torch.cat([x.to(self.device) for x, _ in parts]) if len(parts) > 1 else parts[0][0].to(self.device)
            self._mean, self._std = x.mean(0), x.std(0).clamp(min=1e-6)
            self._held = (x - self._mean) / self._std, torch.cat([y for _, y in parts])
            return
        self._parts = parts
        self._mean = sum(x.sum(0, dtype=torch.float64) for x, _ in self._raw()).div(self.n).float()  # type: ignore[union-attr]
        spread = sum((x - self._mean).square().sum(0, dtype=torch.float64) for x, _ in self._raw())
        self._std = (spread / (self.n - 1)).sqrt().float().clamp(min=1e-6)  # type: ignore[union-attr]

    def chunks(self) -> Iterator[Part]:
        """Standardised features and labels, on the device."""
        if self._held is not None:
            yield self._held
            return
        for x, y in self._raw():
            yield (x - self._mean) / self._std, y

    def predict(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """(M, F) other features, not standardised -> (M,) int64."""
        return torch.cat([(((part.to(self.device) - self._mean) / self._std) @ weight + bias).argmax(1) for part in x.split(CHUNK)])  # type: ignore[no-untyped-call]

    def _raw(self) -> Iterator[Part]:
        for x, y in self._parts:
            for start in range(0, len(y), CHUNK):
                yield x[start : start + CHUNK].to(self.device), y[start : start + CHUNK]


def fit(data: _Standardised, classes: int, *, l2: float, steps: int, start: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """(F, classes) weights and (classes,) bias of least mean cross-entropy + l2 / 2 |W|^2, from zero or ``start``."""
    device = data.device
    weight, bias = start or (torch.zeros(data.features, classes, device=device), torch.zeros(classes, device=device))
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=steps, history_size=20, tolerance_grad=1e-5, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), device=device)
        for i, (x, y) in enumerate(data.chunks()):
            value = F.cross_entropy(x @ weight + bias, y) * (len(y) / data.n)
            if i == 0:
                value = value + 0.5 * l2 * weight.square().sum()
            value.backward()  # type: ignore[no-untyped-call]
            total += value.detach()
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weight.detach(), bias.detach()
