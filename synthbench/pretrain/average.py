"""An average of the weights over the steps of a run: what is evaluated in place of the last ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from synthbench.protocol.sections import Section

if TYPE_CHECKING:
    from torch import Tensor, nn


class Ema(Section):
    """Exponential: after a step, the average keeps ``decay`` of itself; while that is more than a plain mean would
    keep, it is the plain mean, so that the random start does not count."""

    name: Literal["ema"]
    decay: float = Field(gt=0, lt=1)

    def weight(self, step: int, steps: int) -> float:
        """What part of the average the weights after step ``step`` (from 0) of ``steps`` become."""
        return max(1 - self.decay, 1 / (step + 1))


class Tail(Section):
    """The mean over the steps of the last ``fraction`` of the run, and over one step at least."""

    name: Literal["tail"]
    fraction: float = Field(gt=0, le=1)

    def weight(self, step: int, steps: int) -> float:
        """What part of the average the weights after step ``step`` (from 0) of ``steps`` become."""
        first = min(steps - 1, round(steps * (1 - self.fraction)))
        return 1 / (step - first + 1) if step >= first else 0.0


Average = Annotated[Ema | Tail, Field(discriminator="name")]


class Averaged:
    """Follows a network's parameters and batch norm's running statistics."""

    def __init__(self, config: Average, net: nn.Module) -> None:
        self._config = config
        self._live = [value for value in net.state_dict(keep_vars=True).values() if value.is_floating_point()]
        self._mean = [value.detach().clone() for value in self._live]

    def follow(self, step: int, steps: int) -> None:
        """Take in the weights after step ``step`` (from 0) of ``steps``."""
        import torch

        weight = self._config.weight(step, steps)
        with torch.no_grad():
            if weight == 1:  # also where a weight is not finite any more
                torch._foreach_copy_(self._mean, self._live)
            elif weight:
                torch._foreach_lerp_(self._mean, self._live, weight)

    def put(self) -> None:
        """Give the average to the network."""
        import torch

        with torch.no_grad():
            torch._foreach_copy_(self._live, self._mean)

    def state_dict(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {str(i): value for i, value in enumerate(self._mean)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        for i, value in enumerate(self._mean):
            value.copy_(state[str(i)])
