"""Linear probe: multinomial logistic regression with an L2 penalty on standardised frozen features, by full-batch
L-BFGS; or, for the tasks that a protocol names, a linear classifier trained by SGD on augmented images (``sgd.py``).

Features that do not fit into memory (they may be mapped from a file) are processed in chunks; up to one chunk is not
copied twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from synthbench.errors import UsageError
from synthbench.evaluate.metrics import Predicted
from synthbench.evaluate.probe import Probe
from synthbench.evaluate.probes.sgd import sgd_probe
from synthbench.evaluate.work import Work

CHUNK = 65_536
"""Rows per chunk."""
STEPS = 100
"""Maximum number of L-BFGS iterations."""

EACH = 5
"""If a task has no validation split and the penalty must be chosen, every fifth training image is held out for it."""
Part = tuple[Tensor, Tensor]
"""(N, F) float32 features and (N,) int64 labels. The features may be in the host's memory; the labels are on the
device of the computation."""


class Linear(Probe):
    """The linear probe of a protocol: SGD for the tasks in ``evaluate.sgd.tasks``; otherwise a logistic regression
    whose penalty is chosen from ``evaluate.l2_grid`` on the validation images, or is ``evaluate.l2``."""

    name = "linear"

    def predict(self, work: Work) -> Predicted:
        """See ``Probe``."""
        rules, name, classes = work.rules, work.task.about.name, work.task.about.classes
        test_x, test_y = work.features("test")
        if work.by_sgd:
            assert rules.sgd is not None
            return sgd_probe(
                work.encoder, work.splits.train, test_x.to(work.device), test_y, rules.sgd, classes=classes,
                size=rules.size, keep=work.keep("classifier.pt"), progress=work.told("epochs"),
            )  # fmt: skip
        train = work.features("train")
        if rules.l2_grid is not None and work.splits.val is not None:
            logits, _ = chosen_logits(train, work.features("val"), test_x, classes=classes, grid=rules.l2_grid)
        elif rules.l2 is not None:
            logits = linear_logits(*train, test_x, l2=rules.l2)
        elif rules.l2_grid is not None:
            held = torch.arange(len(train[1]), device=train[0].device) % EACH == EACH - 1
            fitted, val = ((train[0][rows], train[1][rows.to(train[1].device)]) for rows in (~held, held))
            logits, _ = chosen_logits(fitted, val, test_x, classes=classes, grid=rules.l2_grid)
        else:
            raise UsageError(
                f"the protocol does not configure the linear probe of {name}: "
                "name it in evaluate.sgd.tasks or give evaluate.l2."
            )
        return Predicted(logits.argmax(1), logits)


PROBE = Linear()


def linear_logits(train_x: Tensor, train_y: Tensor, test_x: Tensor, *, l2: float) -> Tensor:
    """The class scores of the test images; the largest is the prediction.

    The objective is mean cross-entropy + l2 / 2 * |W|^2 (the bias is free): convex, so the start does not matter and
    the result is not random.

    Args:
        train_x: (N, F) float32 features; standardised here with their own mean and standard deviation.
        train_y: (N,) int64.
        test_x: (M, F).
        l2: strength of the penalty.

    Returns:
        (M, classes) float32.
    """
    data = _Standardised([(train_x, train_y)])
    return data.logits(test_x, *fit(data, int(train_y.max()) + 1, l2=l2))


def chosen_logits(
    train: Part, val: Part, test_x: Tensor, *, classes: int, grid: Sequence[float]
) -> tuple[Tensor, float]:
    """Choose the penalty on the validation features, fit again on training and validation features, score the
    test images.

    Args:
        train: (N, F) features and (N,) labels.
        val: the same of the validation split.
        grid: the penalties; the strongest of the best ones is chosen.

    Returns:
        (M, classes) float32 class scores, and the penalty.
    """
    data = _Standardised([train])
    best, chosen, start = -1, 0.0, None
    for l2 in sorted(grid, reverse=True):  # from the strongest, each fit starting from the previous one
        start = fit(data, classes, l2=l2, start=start)
        correct = int((data.predict(val[0], *start) == val[1]).sum())
        if correct > best:
            best, chosen = correct, l2
    both = _Standardised([train, val])
    return both.logits(test_x, *fit(both, classes, l2=chosen)), chosen


class _Standardised:
    """Features with labels, standardised chunk by chunk with their own mean and standard deviation."""

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
        return self.logits(x, weight, bias).argmax(1)

    def logits(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """(M, F) other features, not standardised -> (M, classes) float32."""
        return torch.cat([((part.to(self.device) - self._mean) / self._std) @ weight + bias for part in x.split(CHUNK)])  # type: ignore[no-untyped-call]

    def _raw(self) -> Iterator[Part]:
        for x, y in self._parts:
            for start in range(0, len(y), CHUNK):
                yield x[start : start + CHUNK].to(self.device), y[start : start + CHUNK]


def fit(
    data: _Standardised, classes: int, *, l2: float, start: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """(F, classes) weights and (classes,) bias that minimise mean cross-entropy + l2 / 2 |W|^2, from zero or
    ``start``."""
    device = data.device
    weight, bias = start or (torch.zeros(data.features, classes, device=device), torch.zeros(classes, device=device))
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=STEPS, history_size=20, tolerance_grad=1e-5, line_search_fn="strong_wolfe"
    )

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
