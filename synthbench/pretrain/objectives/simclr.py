"""SimCLR's contrastive loss (NT-Xent), in SupContrast's form: every embedding is an anchor, its own pair is left out.

Source: Chen et al. 2020, Eq. 1; HobbitLong/SupContrast losses.py (the factor temperature / base_temperature).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from synthbench.pretrain.objectives.objective import Batch, Learner, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn


class SimCLR(Objective):
    """The encoder, a projection head and NT-Xent; labels are ignored.

    The loss is scaled by ``temperature / base_temperature``.
    """

    name: Literal["simclr"]
    title: ClassVar[str] = "SimCLR"
    temperature: float = Field(gt=0)
    base_temperature: float = Field(gt=0)
    hidden: int = Field(ge=1)
    dim: int = Field(ge=1)

    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        from synthbench.pretrain.projector import Projector

        return Projector(features, self.hidden, self.dim)

    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        z1, z2 = learner.embed(batch)
        yield simclr_loss(z1, z2, temperature=self.temperature, base_temperature=self.base_temperature)


def simclr_loss(z1: Tensor, z2: Tensor, *, temperature: float, base_temperature: float) -> Tensor:
    """Mean over the 2B anchors of -log softmax(similarity / temperature) at the other view of the same image.

    Args:
        z1: (B, D) L2-normalised embeddings of the first views.
        z2: (B, D) of the second views, in the same order.

    Returns:
        Scalar, scaled by ``temperature / base_temperature``.
    """
    import torch
    from torch.nn import functional as F

    z = torch.cat([z1, z2])
    n = len(z1)
    logits = z @ z.T / temperature
    logits.fill_diagonal_(float("-inf"))
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(logits, partner) * (temperature / base_temperature)
