"""MoCo v2: contrast a query with a queue of older keys, encoded by a slowly following copy of the query encoder.

Source: He et al. 2020; Chen et al. 2020 (v2); facebookresearch/moco at 132aea9, moco/builder.py. One step: queries;
update of the key encoder's parameters (not batch norm's statistics); keys; logits against the old queue; the keys enter
the queue.

Batch norm is computed in ``groups`` parts of the batch, as on the GPUs of the official runs, and the keys are shuffled
before they are encoded, so that a query and its key are in different parts: otherwise the statistics would reveal the
right key. The permutation is the same on any number of ranks, so the loss is too. Groups are independent, so a step may
be done in several passes to save memory.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from synthbench.pretrain.objectives.objective import Batch, Learner, Objective, Rows

if TYPE_CHECKING:
    from torch import Tensor, nn

    from synthbench.pretrain.optimizers.optimizer import Optimizer
    from synthbench.pretrain.ranks import Ranks


class MoCo(Objective):
    """A queue of keys, a key encoder that follows the query encoder, batch norm split as over GPUs."""

    name: Literal["moco_v2"]
    title: ClassVar[str] = "MoCo v2"
    temperature: float = Field(gt=0)
    hidden: int = Field(ge=1)
    dim: int = Field(ge=1)
    queue: int = Field(ge=2)
    momentum: float = Field(ge=0, lt=1)
    """Momentum of the key encoder's parameters."""
    groups: int = Field(ge=1)
    """Parts of the batch for batch norm: the GPUs of the published runs."""
    whole_batch: ClassVar[bool] = False

    def check(self, optimizer: Optimizer) -> None:
        if not optimizer.drop_last or self.queue % optimizer.batch:
            raise ValueError("moco_v2 needs optimizer.drop_last and an objective.queue that optimizer.batch divides")
        if optimizer.batch % self.groups:
            raise ValueError(f"objective.groups {self.groups} must divide optimizer.batch {optimizer.batch}")

    def refuses(self, passes: int, world: int) -> str | None:
        if self.groups % (passes * world) == 0:
            return None
        allowed = ", ".join(str(n) for n in range(1, self.groups + 1) if self.groups % n == 0)
        return (
            f"{world} ranks, {passes} passes per step: batch norm works in {self.groups} groups, so ranks times passes "
            f"must be one of {allowed}."
        )

    def shrunk(self, factor: float, batch: int) -> dict[str, Any]:
        groups = max(g for g in range(1, self.groups + 1) if batch % g == 0 and (batch // g >= 4 or g == 1))
        return {"queue": batch * max(1, round(self.queue / factor / batch)), "groups": groups}

    def rows(self, n: int, rng: np.random.Generator, ranks: Ranks) -> Rows:
        """The second views are the keys: this rank encodes a random share of them, not the keys of its own queries."""
        mine = ranks.rows(n)
        return mine, rng.permutation(n)[mine]

    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        import torch
        from torch import nn
        from torch.nn import functional as F

        from synthbench.pretrain.projector import Projector

        head = Projector(features, self.hidden, self.dim)
        key = nn.ModuleDict({"backbone": copy.deepcopy(backbone), "head": copy.deepcopy(head)}).requires_grad_(False)
        own = nn.ModuleDict({"head": head, "key": key})
        own.register_buffer("queue", F.normalize(torch.randn(self.queue, self.dim), dim=1))
        return own

    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        import torch

        from synthbench.pretrain.batchnorm import split
        from synthbench.pretrain.device import put

        own: Any = learner.own
        head, key_backbone, key_head, queue = own["head"], own["key"]["backbone"], own["key"]["head"], own.queue
        ranks, parts, device = learner.ranks, learner.passes, queue.device
        groups = self.groups // (ranks.world * parts)
        queries, keys = (views.contiguous(memory_format=torch.channels_last).chunk(parts) for views in batch.views)
        with torch.no_grad():
            follow(key_backbone, learner.backbone, self.momentum)
            follow(key_head, head, self.momentum)
            made = []
            for part, x in enumerate(keys):
                split(key_backbone, groups, part=part, parts=parts)
                made.append(learner.encode(key_backbone, key_head, x))
            order = ranks.gather(put(batch.rows[1], device), batch.n)
            key = torch.empty((batch.n, self.dim), device=device)
            key[order] = ranks.gather(torch.cat(made), batch.n)
            mine = key[put(batch.rows[0], device)].chunk(parts)
        for part, x in enumerate(queries):
            split(learner.backbone, groups, part=part, parts=parts)
            each = moco_loss(learner.encode(learner.backbone, head, x), mine[part], queue, temperature=self.temperature)
            yield ranks.gather(each, len(each) * ranks.world).sum() / batch.n
        enqueue(queue, key, batch.step)


def moco_loss(queries: Tensor, keys: Tensor, queue: Tensor, *, temperature: float) -> Tensor:
    """-log softmax(similarity / temperature) at the query's own key, against the queue.

    Args:
        queries: (B, D) L2-normalised.
        keys: (B, D) L2-normalised, the right one for each.
        queue: (K, D) L2-normalised, the wrong ones.

    Returns:
        (B,): one loss per query.
    """
    import torch
    from torch.nn import functional as F

    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ queue.T], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.int64, device=logits.device), reduction="none")


def enqueue(queue: Tensor, keys: Tensor, step: int) -> None:
    """Overwrite the oldest keys: every step adds the same number, which divides the queue."""
    start = step * len(keys) % len(queue)
    queue[start : start + len(keys)] = keys


def follow(key: nn.Module, query: nn.Module, momentum: float) -> None:
    """Move the key encoder's parameters towards the query encoder's: k <- momentum k + (1 - momentum) q."""
    import torch

    with torch.no_grad():
        torch._foreach_lerp_(list(key.parameters()), list(query.parameters()), 1 - momentum)
