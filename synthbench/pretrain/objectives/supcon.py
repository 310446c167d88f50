"""Supervised contrastive learning: images of the same latent class are positives of each other.

Source: Khosla et al. 2020, Eq. 2 (L_out: the mean over the positives is outside the logarithm);
HobbitLong/SupContrast losses.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from synthbench.pretrain.objectives.objective import Batch, Learner, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn


class SupCon(Objective):
    """The encoder, a projection head and the supervised contrastive loss. The constants are SimCLR's."""

    name: Literal["supcon"]
    title: ClassVar[str] = "SupCon"
    temperature: float = Field(gt=0)
    base_temperature: float = Field(gt=0)
    hidden: int = Field(ge=1)
    dim: int = Field(ge=1)
    needs_labels: ClassVar[bool] = True

    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        from synthbench.pretrain.projector import Projector

        return Projector(features, self.hidden, self.dim)

    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        z1, z2 = learner.embed(batch)
        yield supcon_loss(z1, z2, batch.labels, temperature=self.temperature, base_temperature=self.base_temperature)


def supcon_loss(z1: Tensor, z2: Tensor, labels: Tensor, *, temperature: float, base_temperature: float) -> Tensor:
    """Mean over the 2B anchors of the mean over their positives of -log softmax(similarity / temperature), without the
    anchor itself.

    Args:
        z1: (B, D) L2-normalised embeddings of the first views.
        z2: (B, D) of the second views, in the same order.
        labels: (B,) int64; if all are different, this is SimCLR's loss.

    Returns:
        Scalar, scaled by ``temperature / base_temperature``.
    """
    import torch

    z, labels = torch.cat([z1, z2]), labels.repeat(2)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    positive = (labels.view(-1, 1) == labels) & ~itself
    log_p = (z @ z.T / temperature).masked_fill(itself, float("-inf")).log_softmax(1)
    per_anchor = log_p.masked_fill(~positive, 0).sum(1) / positive.sum(1)
    return -per_anchor.mean() * (temperature / base_temperature)
