"""Classification of the latent classes by a linear layer, on both views of each image (the CE rows of Baradad et al.
2022, Table 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from synthbench.pretrain.objectives.objective import Batch, Learner, Objective

if TYPE_CHECKING:
    from torch import Tensor, nn


class CrossEntropy(Objective):
    """The encoder and a linear classifier."""

    name: Literal["cross_entropy"]
    title: ClassVar[str] = "cross-entropy"
    needs_labels: ClassVar[bool] = True

    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        from torch import nn

        return nn.Linear(features, classes)

    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        import torch
        from torch.nn import functional as F

        logits = torch.cat(learner.embed(batch))
        yield F.cross_entropy(logits, batch.labels.repeat(2))
