"""MoCo v2: a query is told from a queue of older keys, which an encoder that follows the query encoder slowly has made.

Source: He et al. 2020; Chen et al. 2020 (v2); facebookresearch/moco at 132aea9, moco/builder.py. One step: queries; the key encoder's
parameters (not batch norm's statistics) move; keys; logits against the old queue; the keys enter the queue.

Batch norm sees the batch in ``groups`` parts, as on the GPUs of the official runs, and the keys are shuffled before they are encoded, so that
a query's part is not its key's: otherwise the statistics would tell which key is the right one. The permutation is the same on any number
of ranks, so the loss is too. Groups do not see one another, so a step may be done in several passes (``parts``) to save memory.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench import protocol as rules
from synthbench.pretrain.batchnorm import split
from synthbench.pretrain.encoder import Projector
from synthbench.pretrain.objective import Batch, Objective, Rows


def moco_loss(queries: Tensor, keys: Tensor, queue: Tensor, *, temperature: float) -> Tensor:
    """-log softmax(similarity / temperature) at the query's own key, against the queue.

    Args:
        queries: (B, D) L2-normalised.
        keys: (B, D) L2-normalised, the right one for each.
        queue: (K, D) L2-normalised, the wrong ones.

    Returns:
        (B,): one loss a query.
    """
    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ queue.T], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.int64, device=logits.device), reduction="none")


class MoCo(Objective):
    """The query head, the key encoder with its head, and the queue."""

    queue: Tensor

    def __init__(self, backbone: nn.Module, features: int, config: rules.MoCo, parts: int = 1) -> None:
        super().__init__()
        self.head = Projector(features, config.hidden, config.dim)
        self.key_backbone, self.key_head = copy.deepcopy(backbone), copy.deepcopy(self.head)
        for parameter in [*self.key_backbone.parameters(), *self.key_head.parameters()]:
            parameter.requires_grad_(False)
        self.register_buffer("queue", F.normalize(torch.randn(config.queue, config.dim), dim=1))
        self.pointer = 0
        """Where in the queue the next keys go."""
        self._config, self._parts = config, parts

    def rows(self, n: int, rng: np.random.Generator) -> Rows:
        """The second views are the keys: this rank encodes its share of them in a random order, not those of its queries."""
        mine = self.ranks.rows(n)
        return mine, rng.permutation(n)[mine]

    def losses(self, backbone: nn.Module, batch: Batch) -> Iterator[Tensor]:
        parts = self._parts
        groups = self._config.groups // (self.ranks.world * parts)
        queries, keys = (views.contiguous(memory_format=torch.channels_last).chunk(parts) for views in batch.views)
        config, device = self._config, self.queue.device
        with torch.no_grad():
            follow(self.key_backbone, backbone, config.momentum)
            follow(self.key_head, self.head, config.momentum)
            made = []
            for part, x in enumerate(keys):
                split(self.key_backbone, groups, part=part, parts=parts)
                made.append(self.encode(self.key_backbone, self.key_head, x))
            order = self.ranks.gather(torch.from_numpy(batch.rows[1]).to(device), batch.n)
            key = torch.empty((batch.n, config.dim), device=device)
            key[order] = self.ranks.gather(torch.cat(made), batch.n)
            mine = key[torch.from_numpy(batch.rows[0]).to(device)].chunk(parts)
        for part, x in enumerate(queries):
            split(backbone, groups, part=part, parts=parts)
            each = moco_loss(self.encode(backbone, self.head, x), mine[part], self.queue, temperature=config.temperature)
            yield self.ranks.gather(each, len(each) * self.ranks.world).sum() / batch.n
        self.enqueue(key)

    def enqueue(self, keys: Tensor) -> None:
        """Overwrite the oldest keys."""
        self.queue[self.pointer : self.pointer + len(keys)] = keys
        self.pointer = (self.pointer + len(keys)) % len(self.queue)

    def get_extra_state(self) -> dict[str, Any]:
        """The pointer, for the checkpoint; on the host, so that a step does not wait for the GPU."""
        return {"pointer": self.pointer}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take the pointer from a checkpoint."""
        self.pointer = int(state["pointer"])


@torch.no_grad()
def follow(key: nn.Module, query: nn.Module, momentum: float) -> None:
    """Move the key's parameters towards the query's: k <- momentum k + (1 - momentum) q."""
    torch._foreach_lerp_(list(key.parameters()), list(query.parameters()), 1 - momentum)
