"""How and where a run is computed: choices of the user that change the result by rounding only."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from synthbench.pretrain import device as devices
from synthbench.pretrain.ranks import Ranks


@dataclass(frozen=True)
class Execution:
    """The execution settings, passed from the command line down to the training step."""

    device: torch.device = field(default_factory=devices.pick)
    """The training device; a GPU if available."""
    workers: int | None = None
    """Render processes; one per CPU if None."""
    ranks: Ranks = field(default_factory=Ranks)
    """The rank of this process."""
    passes: int = 1
    """Number of passes per step, to save memory, if the objective supports it."""
    recompute: bool = False
    """Whether the inside of residual blocks is recomputed in the backward pass, to save memory."""
    checkpoint_s: float = 60.0
    """Seconds between checkpoints."""
    track: str | None = None
    """tensorboard, wandb or trackio."""
    ray: str = ""
    """The address of a Ray cluster that renders the images; empty for this machine."""
