"""The objective interface: a protocol's section ``[objective]``, which defines the views, the networks trained in
addition to the encoder, and the loss."""

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
    """A rank's part of a batch of ``n`` images."""

    step: int
    """Step of the run, from 0."""
    n: int
    rows: Rows
    """The rows of the batch on this rank, for each view."""
    views: tuple[Tensor, ...]
    """(n, 3, size, size) float32 normalised, one for each of the rows."""
    labels: Tensor
    """(n,) int64, of the whole batch; empty if the images have no classes."""


@dataclass(frozen=True)
class Learner:
    """The networks that are trained, and how a step computes them."""

    backbone: nn.Module
    """The encoder: (n, 3, size, size) -> (n, features)."""
    own: nn.Module
    """The objective's own networks."""
    ranks: Ranks
    passes: int = 1
    """Number of passes per step, to save memory."""
    bf16: bool = False
    """Whether encoder and head use bf16 where possible; losses never do."""

    def encode(self, backbone: nn.Module, head: nn.Module, x: Tensor) -> Tensor:
        """Images through an encoder and a head, as float32."""
        import torch

        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            out: Tensor = head(backbone(x))
        return out.float()

    def embed(self, batch: Batch) -> tuple[Tensor, ...]:
        """Pass all views, of one size, through the encoder and ``own`` in one pass (with common batch norm
        statistics): the whole batch's (n, D) for each view. On several ranks, the rows of the others have no
        gradient."""
        import torch

        views = torch.cat(batch.views).contiguous(memory_format=torch.channels_last)
        parts = self.encode(self.backbone, self.own, views).chunk(len(batch.views))
        return tuple(self.ranks.gather(z, batch.n) for z in parts)


class Objective(Section):
    """Base class of objectives. ``name``, ``make``, ``losses`` and the constants are required; the other members
    describe differences from SimCLR."""

    name: str
    title: ClassVar[str] = ""
    """Display name, as in figures (SimCLR); the name if empty."""
    needs_labels: ClassVar[bool] = False
    """Whether it needs class labels."""
    whole_batch: ClassVar[bool] = True
    """Whether batch norm uses the whole batch. Ranks then share its statistics."""

    @abstractmethod
    def make(self, backbone: nn.Module, *, features: int, classes: int) -> nn.Module:
        """Build everything that is trained or stored in addition to the encoder, with random initial weights (torch's
        random state is seeded).

        Parameters that require a gradient are trained; the ``state_dict`` goes into the checkpoint.

        Args:
            backbone: the encoder before training.
            features: width of its output.
            classes: of the images; 0 for none.
        """

    @abstractmethod
    def losses(self, learner: Learner, batch: Batch) -> Iterator[Tensor]:
        """Scalars that add up to the loss of the whole batch; the backward pass of each is done before the next is
        requested.

        On several ranks each returns the whole value, with the gradient of its own share, so that the gradients add up.
        """

    def views(self, augment: Augment) -> tuple[Augment, ...]:
        """The augmentation of each view of an image."""
        return augment, augment

    def rows(self, n: int, rng: np.random.Generator, ranks: Ranks) -> Rows:
        """The rows of a batch of n for this rank, for each view (each an ascending or shuffled subset of 0 to n - 1).

        The stream is the same on all ranks. The number of views is that of ``views``.
        """
        return (ranks.rows(n),) * 2

    def check(self, optimizer: Optimizer) -> None:
        """Refuse constants that are inconsistent.

        Raises:
            ValueError: names them.
        """

    def refuses(self, passes: int, world: int) -> str | None:
        """Why a step cannot be done with this many passes on this many ranks; None if it can."""
        if passes == 1:
            return None
        return (
            f"{self.name} needs the whole batch in one pass, for its batch norm: leave out --passes. --recompute saves "
            "memory."
        )

    def shrunk(self, factor: float, batch: int) -> dict[str, Any]:
        """The constants of this section for a run that is smaller by ``factor``, with batches of ``batch``."""
        return {}


AnyObjective = Annotated[SerializeAsAny[Objective], registered(GROUP, "objective", Objective)]


def make(config: Objective, backbone: nn.Module, *, features: int, classes: int, seed: int) -> nn.Module:
    """Build the objective's networks with random initial weights determined by ``seed``; the caller's random state
    is not changed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return config.make(backbone, features=features, classes=classes)
