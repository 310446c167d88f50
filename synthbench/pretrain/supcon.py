"""Supervised contrastive learning: the images of one latent class attract one another.

Source: Khosla et al. 2020, Eq. 2 (L_out: the mean over the positives is outside the logarithm); HobbitLong/SupContrast losses.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from synthbench import protocol as rules
from synthbench.pretrain.encoder import Projector
from synthbench.pretrain.objective import Batch, Objective


def supcon_loss(z1: Tensor, z2: Tensor, labels: Tensor, *, temperature: float, base_temperature: float) -> Tensor:
    """Mean over the 2B anchors of the mean over their positives of -log softmax(similarity / temperature), without the anchor itself.

    Args:
        z1: (B, D) L2-normalised embeddings of the first views.
        z2: (B, D) of the second views, in the same order.
        labels: (B,) int64; if no two are alike, this is SimCLR's loss.

    Returns:
        Scalar, times ``temperature / base_temperature``.
    """
    z, labels = torch.cat([z1, z2]), labels.repeat(2)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    positive = (labels.view(-1, 1) == labels) & ~itself
    log_p = (z @ z.T / temperature).masked_fill(itself, float("-inf")).log_softmax(1)
    per_anchor = log_p.masked_fill(~positive, 0).sum(1) / positive.sum(1)
    return -per_anchor.mean() * (temperature / base_temperature)


class SupCon(Objective):
    """The encoder, a projection head and the supervised contrastive loss."""

    def __init__(self, features: int, config: rules.SupCon) -> None:
        super().__init__()
        self.head = Projector(features, config.hidden, config.dim)
        self._config = config

    def losses(self, backbone: nn.Module, batch: Batch) -> Iterator[Tensor]:
        z1, z2 = self.embed(backbone, self.head, batch)
        config = self._config
        yield supcon_loss(z1, z2, batch.labels, temperature=config.temperature, base_temperature=config.base_temperature)
