"""The optimizer interface: a protocol's section ``[optimizer]``, which creates the object that updates the weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import Field, SerializeAsAny, model_validator

from synthbench.pretrain.average import Average
from synthbench.protocol.sections import Cosine, Section, Step, registered

if TYPE_CHECKING:
    from torch import nn

GROUP = "synthbench.optimizers"


class Updates(Protocol):
    """The methods that the loop uses; every ``torch.optim.Optimizer`` has them.

    The loop sets ``lr`` of each group before a step, following the schedule from the group's initial ``lr``.
    """

    @property
    def param_groups(self) -> Any:
        """A list of dictionaries, each with its ``params`` and their ``lr``."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients."""

    def step(self) -> Any:
        """Update the weights by their gradients."""

    def state_dict(self) -> dict[str, Any]:
        """State for the checkpoint."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore from a checkpoint."""


class Optimizer(Section):
    """Batches, epochs, learning rate and precision.

    The rate follows a ``schedule`` by epochs, or is one-cycle (``warmup``; cosine, no momentum cycling).
    """

    name: str
    batch: int = Field(ge=2)
    epochs: int = Field(ge=0)
    lr: float = Field(gt=0)
    """The peak of the schedule."""
    warmup: float | None = Field(None, ge=0, lt=1)
    """Fraction of the steps over which the rate rises linearly; then a cosine to zero."""
    schedule: Annotated[Step | Cosine, Field(discriminator="name")] | None = None
    drop_last: bool | None = None
    """Whether an epoch leaves out the images of an incomplete batch; false if absent."""
    precision: Literal["bf16", "fp32"]
    pinned: bool | None = None
    """Whether ``precision`` is part of the rules: a run in another precision is then unranked, and fp32 on a GPU
    does not use TF32. If absent, bf16 is used by machines that support it, and fp32 by all others."""
    average: Average | None = None
    """The average of the weights over the steps that is evaluated; the last weights if absent."""

    @model_validator(mode="after")
    def _one_schedule(self) -> Optimizer:
        if (self.warmup is None) == (self.schedule is None):
            raise ValueError("optimizer needs either warmup (one-cycle) or a schedule, not both")
        return self

    def steps_per_epoch(self, images: int) -> int:
        """Number of steps per epoch for this many images."""
        return images // self.batch if self.drop_last else -(-images // self.batch)

    @abstractmethod
    def make(self, trained: nn.Module) -> Updates:
        """Create the object that updates the parameters of a module that require a gradient."""


AnyOptimizer = Annotated[SerializeAsAny[Optimizer], registered(GROUP, "optimizer", Optimizer)]


def learning(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    """The parameters that require a gradient."""
    return [p for p in parameters if p.requires_grad]


def split(trained: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The weights of convolutions (of one group) and linear layers that require a gradient, and all other parameters
    that do: biases, norms, embeddings, depthwise convolutions."""
    from torch import nn

    layers = [
        m
        for m in trained.modules()
        if isinstance(m, nn.Linear) or (isinstance(m, nn.modules.conv._ConvNd) and m.groups == 1)
    ]
    ids = {id(m.weight) for m in layers}
    weights = [p for p in learning(trained.parameters()) if id(p) in ids]
    return weights, [p for p in learning(trained.parameters()) if id(p) not in ids]
