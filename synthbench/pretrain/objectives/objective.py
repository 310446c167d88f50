"""What an objective is: a protocol's section ``[objective]``, which knows the views that it wants, the networks that it
trains beside the encoder, and the loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import SerializeAsAny

from synthbench.protocol.sections import Augment, Section, registered

if TYPE_CHECKING:
    from torch import Tensor, nn

    from synthbench.pretrain.optimizers.optimizer import Optimizer
    from synthbench.pretrain.ranks import Ranks

GROUP = "synthbench.objectives"

Rows = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Batch:
    """What a rank has of a batch of ``n`` images."""

    step: int
    """Of the run, from 0."""
    n: int
    rows: Rows
    """Which rows of the batch this rank has, of each view."""
    views: tuple[Tensor, ...]
    """(n, 3, size, size) float32 normalised, one for each of the rows."""
    labels: Tensor
    """(n,) int64, of the whole batch; empty where the images have no classes."""


@dataclass(frozen=True)
class Learner:
    """The networks that are trained, and how a step computes them."""

    backbone: nn.Module
    """The encoder: (n, 3, size, size) -> (n, features)."""
    own: nn.Module
    """What the objective made."""
    ranks: Ranks
    passes: int = 1
    """In how many passes a step is done, to save memory."""
    bf16: bool = False
    """Whether encoder and head compute in bf16 where they can; losses never do."""

    def encode(self, backbone: nn.Module, head: nn.Module, x: Tensor) -> Tensor:
        """Images through an encoder and a head, as float32."""
        import torch

        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            out: Tensor = head(backbone(x))
        return out.float()

    def embed(self, batch: Batch) -> tuple[Tensor, ...]:
        """All views, of one size, through the encoder and ``own`` in one pass (batch norm sees them together): the
        whole batch's (n, D) for each view. On several ranks, the rows of the others carry no gradient."""
        import torch

        views = torch.cat(batch.views).contiguous(memory_format=torch.channels_last)
        parts = self.encode(self.backbone, self.own, views).chunk(len(batch.views))
        return tuple(self.ranks.gather(z, batch.n) for z in parts)


class Objective(Section):
    """Four members have to be there: ``name``, ``make``, ``losses`` and the constants; the others say how it differs
    from SimCLR."""

    name: str
    title: ClassVar[str] = ""
    """For people, as in a figure: SimCLR; its name if empty."""
    needs_labels: ClassVar[bool] = False
    """Whether it learns from the images' classes."""
    whole_batch: ClassVar[bool] = True
    """Whether batch norm sees the whole batch. Ranks then share its statistics."""

    @abstractmethod
    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        """All that is trained or remembered beside the encoder, at its random start (torch's random state is seeded).

        Its parameters that require a gradient are trained; its ``state_dict`` goes into the checkpoint.

        Args:
            backbone: the encoder at its start.
            features: width of its output.
            classes: of the images; 0 for none.
        """

    @abstractmethod
    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        """Scalars that add up to the loss of the whole batch; each is followed by a backward pass before the next is
        asked for.

        On several ranks each has the whole value, with the gradient of its own share, so that the gradients add up.
        """

    def views(self, augment: Augment) -> tuple[Augment, ...]:
        """How each view of an image is made."""
        return augment, augment

    def rows(self, n: int, rng: np.random.Generator, ranks: Ranks) -> Rows:
        """Which rows of a batch of n this rank wants, of each view (each an ascending or shuffled part of 0 to n - 1).

        The stream is the same on all ranks. The number of views is that of ``views``.
        """
        return (ranks.rows(n),) * 2

    def check(self, optimizer: Optimizer) -> None:
        """Refuse constants that do not fit together.

        Raises:
            ValueError: says which.
        """

    def refuses(self, passes: int, world: int) -> str | None:
        """Why a step cannot be done in so many passes on so many ranks; None if it can."""
        if passes == 1:
            return None
        return (
            f"{self.name} needs the whole batch in one pass, for its batch norm: leave out --passes. --recompute saves "
            "memory."
        )

    def shrunk(self, factor: float, batch: int) -> dict[str, Any]:
        """Constants of this section for a run that is smaller by ``factor``, with batches of ``batch``."""
        return {}


AnyObjective = Annotated[SerializeAsAny[Objective], registered(GROUP, "objective", Objective)]


def make(config: Objective, backbone: nn.Module, *, features: int, classes: int, seed: int) -> nn.Module:
    """The objective's networks at the random start that ``seed`` determines; the caller's random state is untouched."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return config.make(backbone, features=features, classes=classes)
