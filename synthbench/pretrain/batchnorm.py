"""Batch norm over parts of the batch (as on several GPUs, computed on one), and over the whole of a batch that
several ranks share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench.pretrain.ranks import Ranks

MOMENTUM = 0.1
"""Momentum of the running statistics if a step is one pass: torch's default."""


class SplitBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with statistics of each of ``groups`` equal groups of samples; running statistics follow the mean over
    the groups.

    If N GPUs each normalise their share of a batch, as in MoCo's official runs, the parts are normalised separately,
    and the loss depends on it.
    """

    groups = 1

    def forward(self, x: Tensor) -> Tensor:
        assert self.running_mean is not None and self.running_var is not None and self.momentum is not None
        if not self.training or self.groups == 1:
            return super().forward(x)
        if len(x) % self.groups:
            raise ValueError(f"{len(x)} samples cannot be split into {self.groups} equal groups")
        means = self.running_mean.repeat(self.groups, 1)
        variances = self.running_var.repeat(self.groups, 1)
        out = [
            F.batch_norm(part, mean, variance, self.weight, self.bias, True, self.momentum, self.eps)
            for part, mean, variance in zip(x.chunk(self.groups), means, variances, strict=True)
        ]
        self.running_mean.copy_(means.mean(0))
        self.running_var.copy_(variances.mean(0))
        return torch.cat(out)


def split(model: nn.Module, groups: int, *, part: int = 0, parts: int = 1) -> None:
    """Make the model's batch norms use ``groups`` groups of samples per forward pass.

    With ``parts`` forward passes per step, part s has the momentum that leaves the running statistics as one pass over
    all would: weight m/S on each part's statistics and 1 - m on the old ones.
    """
    share = MOMENTUM / parts
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.__class__ = SplitBatchNorm2d
            layer.groups = groups  # type: ignore[assignment]
            layer.momentum = share / (1 - (parts - 1 - part) * share)


class _Total(torch.autograd.Function):
    """Sum over the ranks; its gradient is also summed, because every rank's output depends on the sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.total(x.clone())

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return ctx.ranks.total(grads[0].contiguous().clone()), None


class WholeBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with statistics of the whole batch that the ranks share: torch's SyncBatchNorm, which does not
    support the CPU, in plain operations."""

    ranks = Ranks()

    def forward(self, x: Tensor) -> Tensor:
        assert self.running_mean is not None and self.running_var is not None and self.momentum is not None
        if not self.training:
            return super().forward(x)
        n = torch.tensor([float(x.numel() // x.shape[1])])
        n = self.ranks.total(n)
        mean = _Total.apply(x.sum((0, 2, 3)), self.ranks) / n
        centred = x - mean.view(1, -1, 1, 1)
        variance = _Total.apply(centred.square().sum((0, 2, 3)), self.ranks) / n
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (n / (n - 1)), self.momentum)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return centred * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)


def share(model: nn.Module, ranks: Ranks, device: torch.device) -> nn.Module:
    """Make the model's batch norms use the whole batch of all ranks."""
    if ranks.world == 1:
        return model
    if device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.__class__ = WholeBatchNorm2d
            layer.ranks = ranks  # type: ignore[assignment]
    return model
