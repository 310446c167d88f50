"""How and where a run is computed: what a user may choose without changing the result beyond rounding."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from synthbench.pretrain import device as devices
from synthbench.pretrain.ranks import Ranks


@dataclass(frozen=True)
class Execution:
    """One value from the command line down to the step."""

    device: torch.device = field(default_factory=devices.pick)
    """Where to train; a GPU if there is one."""
    workers: int | None = None
    """Render processes; one per CPU if None."""
    ranks: Ranks = field(default_factory=Ranks)
    """This process among those of the run."""
    passes: int = 1
    """In how many passes a step is done, to save memory, where the objective allows it."""
    recompute: bool = False
    """Whether the inside of residual blocks is computed again for the backward pass, to save memory."""
    checkpoint_s: float = 60.0
    """Seconds between checkpoints."""
    track: str | None = None
    """tensorboard, wandb or trackio."""
    ray: str = ""
    """The address of a Ray cluster that renders the images; empty for this machine."""
