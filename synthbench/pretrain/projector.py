"""The projection head of the contrastive objectives."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Projector(nn.Module):
    """Linear-ReLU-Linear, then L2 normalisation (SupContrast's ``mlp`` head; no batch norm)."""

    def __init__(self, features: int, hidden: int, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.layers(x).float(), dim=1)
