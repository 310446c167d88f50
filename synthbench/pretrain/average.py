"""Averages of the weights over the steps of a run, evaluated instead of the last weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from synthbench.protocol.sections import Section

if TYPE_CHECKING:
    from torch import Tensor, nn


class Ema(Section):
    """Exponential moving average: after a step, the average keeps ``decay`` of itself; as long as a plain mean would
    keep less, it is the plain mean, so that the random initial weights do not count."""

    name: Literal["ema"]
    decay: float = Field(gt=0, lt=1)

    def weight(self, step: int, steps: int) -> float:
        """The weight in the average of the weights after step ``step`` (from 0) of ``steps``."""
        return max(1 - self.decay, 1 / (step + 1))


class Tail(Section):
    """The mean over the steps of the last ``fraction`` of the run, at least one step."""

    name: Literal["tail"]
    fraction: float = Field(gt=0, le=1)

    def weight(self, step: int, steps: int) -> float:
        """The weight in the average of the weights after step ``step`` (from 0) of ``steps``."""
        first = min(steps - 1, round(steps * (1 - self.fraction)))
        return 1 / (step - first + 1) if step >= first else 0.0


Average = Annotated[Ema | Tail, Field(discriminator="name")]


class Averaged:
    """Tracks a network's parameters and batch norm's running statistics."""

    def __init__(self, config: Average, net: nn.Module) -> None:
        self._config = config
        self._live = [value for value in net.state_dict(keep_vars=True).values() if value.is_floating_point()]
        self._mean = [value.detach().clone() for value in self._live]

    def follow(self, step: int, steps: int) -> None:
        """Add the weights after step ``step`` (from 0) of ``steps``."""
        import torch

        weight = self._config.weight(step, steps)
        with torch.no_grad():
            if weight == 1:  # also if a weight is no longer finite
                torch._foreach_copy_(self._mean, self._live)
            elif weight:
                torch._foreach_lerp_(self._mean, self._live, weight)

    def put(self) -> None:
        """Copy the average into the network."""
        import torch

        with torch.no_grad():
            torch._foreach_copy_(self._live, self._mean)

    def state_dict(self) -> dict[str, Tensor]:
        """State for the checkpoint."""
        return {str(i): value for i, value in enumerate(self._mean)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore from a checkpoint."""
        for i, value in enumerate(self._mean):
            value.copy_(state[str(i)])
