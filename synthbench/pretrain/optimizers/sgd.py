"""SGD with momentum, from torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from synthbench.pretrain.optimizers.optimizer import Optimizer, Updates, learning

if TYPE_CHECKING:
    from torch import nn


class SGD(Optimizer):
    """SGD with momentum, one weight decay on all parameters."""

    name: Literal["sgd"]
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool
    weight_decay: float = Field(ge=0)

    def make(self, trained: nn.Module) -> Updates:
        import torch

        return torch.optim.SGD(
            learning(trained.parameters()),
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )
