"""Classification of the latent classes by a linear layer, on both views of each image (the CE rows of Baradad et al. 2022, Table 2)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench.pretrain.objective import Batch, Objective


class CrossEntropy(Objective):
    """The encoder and a linear classifier."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(features, classes)

    def losses(self, backbone: nn.Module, batch: Batch) -> Iterator[Tensor]:
        logits = torch.cat(self.embed(backbone, self.head, batch))
        yield F.cross_entropy(logits, batch.labels.repeat(2))
