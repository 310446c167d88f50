"""SimCLR's contrastive loss (NT-Xent), in SupContrast's form: every embedding is an anchor, its own pair is left out.

Source: Chen et al. 2020, Eq. 1; HobbitLong/SupContrast losses.py (the factor temperature / base_temperature).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


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
