"""SimCLR's contrastive loss (NT-Xent), in SupContrast's form: every embedding is an anchor, its own pair is left out.

Source: Chen et al. 2020, Eq. 1; HobbitLong/SupContrast losses.py (the factor temperature / base_temperature).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench import protocol as rules
from synthbench.pretrain.encoder import Projector
from synthbench.pretrain.objective import Batch, Objective


def simclr_loss(z1: Tensor, z2: Tensor, *, temperature: float, base_temperature: float) -> Tensor:
    """Mean over the 2B anchors of -log softmax(similarity / temperature) at the other view of the same image.

    Args:
        z1: (B, D) L2-normalised embeddings of the first views.
        z2: (B, D) of the second views, in the same order.

    Returns:
        Scalar, times ``temperature / base_temperature``.
    """
    z = torch.cat([z1, z2])
    n = len(z1)
    logits = z @ z.T / temperature
    logits.fill_diagonal_(float("-inf"))
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(logits, partner) * (temperature / base_temperature)


class SimCLR(Objective):
    """The encoder, a projection head and NT-Xent; labels do not matter."""

    def __init__(self, features: int, config: rules.SimCLR) -> None:
        super().__init__()
        self.head = Projector(features, config.hidden, config.dim)
        self._config = config

    def losses(self, backbone: nn.Module, batch: Batch) -> Iterator[Tensor]:
        z1, z2 = self.embed(backbone, self.head, batch)
        yield simclr_loss(z1, z2, temperature=self._config.temperature, base_temperature=self._config.base_temperature)
