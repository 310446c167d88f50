"""LARS, for large batches, from timm (You et al. 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from synthbench.pretrain.optimizers.optimizer import Optimizer, Updates, split

if TYPE_CHECKING:
    from torch import nn


class LARS(Optimizer):
    """SGD with momentum. The rate of each layer is scaled by ``trust`` times the norm of its weights over that of
    its gradient. Biases, norms and embeddings are neither decayed nor scaled, as in SimCLR (Chen et al. 2020,
    appendix B.9)."""

    name: Literal["lars"]
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool
    weight_decay: float = Field(ge=0)
    trust: float = Field(gt=0)

    def make(self, trained: nn.Module) -> Updates:
        from timm.optim.lars import Lars

        weights, rest = split(trained)
        scaled = {"params": weights, "weight_decay": self.weight_decay, "always_adapt": True}
        plain = {"params": rest, "weight_decay": 0.0, "always_adapt": False}
        made: Updates = Lars(
            [g for g in (scaled, plain) if g["params"]],
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            trust_coeff=self.trust,
        )
        return made
