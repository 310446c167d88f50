"""What an objective is: it owns all that is trained or remembered beside the encoder, and turns two views of a batch into a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from synthbench import protocol as rules
from synthbench.pretrain.ranks import Ranks

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Batch:
    """What a rank has of a batch of ``n`` images."""

    n: int
    rows: Rows
    """Which rows of the batch this rank has, of the first views and of the second."""
    views: tuple[Tensor, Tensor]
    """(n, 3, size, size) float32 normalised, one for each of the rows."""
    labels: Tensor
    """(n,) int64, of the whole batch."""


class Objective(nn.Module, ABC):
    """Its parameters that require a gradient are trained with the encoder; its ``state_dict`` goes into the checkpoint."""

    ranks = Ranks()
    bf16 = False
    """Whether encoder and head compute in bf16 where they can; losses never do."""

    def rows(self, n: int, rng: np.random.Generator) -> Rows:
        """Which rows of a batch of n this rank wants, of the first views and of the second. The stream is the same on all ranks."""
        mine = self.ranks.rows(n)
        return mine, mine

    @abstractmethod
    def losses(self, backbone: nn.Module, batch: Batch) -> Iterator[Tensor]:
        """Scalars that add up to the loss of the whole batch; each is followed by a backward pass before the next is asked for.

        On several ranks each has the whole value, with the gradient of its own share, so that the gradients add up.
        """

    def encode(self, backbone: nn.Module, head: nn.Module, x: Tensor) -> Tensor:
        """Images through the encoder and a head."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            out: Tensor = head(backbone(x))
        return out.float()

    def embed(self, backbone: nn.Module, head: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Both views through the encoder and a head in one pass (batch norm sees them together): the whole batch's (n, D), twice."""
        views = torch.cat(batch.views).contiguous(memory_format=torch.channels_last)
        z1, z2 = self.encode(backbone, head, views).chunk(2)
        return self.ranks.gather(z1, batch.n), self.ranks.gather(z2, batch.n)


def make(config: rules.Objective, backbone: nn.Module, *, features: int, classes: int, parts: int, seed: int) -> Objective:
    """The objective of a protocol at its random start.

    Args:
        features: width of the encoder's output.
        classes: latent classes of the data.
        parts: passes in which a step is done, to save memory; 1 for all but MoCo.
        seed: of its initial weights.
    """
    from synthbench.pretrain.cross_entropy import CrossEntropy
    from synthbench.pretrain.moco import MoCo
    from synthbench.pretrain.simclr import SimCLR
    from synthbench.pretrain.supcon import SupCon

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        objective: Objective
        if isinstance(config, rules.SupCon):
            objective = SupCon(features, config)
        elif isinstance(config, rules.SimCLR):
            objective = SimCLR(features, config)
        elif isinstance(config, rules.CrossEntropy):
            objective = CrossEntropy(features, classes)
        else:
            objective = MoCo(backbone, features, config, parts)
    return objective
