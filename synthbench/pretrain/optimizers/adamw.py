"""AdamW, from torch (Loshchilov and Hutter 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from synthbench.pretrain.optimizers.optimizer import Optimizer, Updates, split

if TYPE_CHECKING:
    from torch import nn


class AdamW(Optimizer):
    """AdamW.

    Weight decay applies to the weights of convolutions and linear layers, and not to biases, norms and embeddings, as
    in the recipes of MoCo v3, MAE and DINO.
    """

    name: Literal["adamw"]
    beta1: float = Field(ge=0, lt=1)
    beta2: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)

    def make(self, trained: nn.Module) -> Updates:
        import torch

        weights, rest = split(trained)
        groups = [{"params": weights, "weight_decay": self.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(
            [g for g in groups if g["params"]], lr=self.lr, betas=(self.beta1, self.beta2), fused=True
        )
