"""Less memory for more time: a block forgets what it computed inside and computes it again for the backward pass.

The batch stays whole, so batch norm and the contrastive losses see what they would, and the gradients are the same
bits. That is why this, and not the gradient caching of sub-batches (GradCache), serves the objectives whose batch norm
sees the whole batch: sub-batches would change its statistics.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


@contextmanager
def _statistics_kept(block: nn.Module) -> Iterator[None]:
    """The second pass must not move batch norm's running statistics again."""
    norms = [layer for layer in block.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    held = [dict(layer._buffers) for layer in norms]
    for layer in norms:
        layer._buffers.update({key: value.clone() for key, value in layer._buffers.items() if value is not None})
    try:
        yield
    finally:
        for layer, buffers in zip(norms, held, strict=True):
            layer._buffers.update(buffers)


@functools.cache
def _forgetful(kind: type[nn.Module]) -> type[nn.Module]:
    """The class of a block that keeps its input only."""

    def forward(self: Any, *given: Any, **options: Any) -> Any:
        own = functools.partial(kind.forward, self)
        if not torch.is_grad_enabled():
            return own(*given, **options)
        out: Tensor = checkpoint(
            own,
            *given,
            use_reentrant=False,
            preserve_rng_state=_random(self),
            context_fn=lambda: (nullcontext(), _statistics_kept(self)),
            **options,
        )
        return out

    return type(f"Forgetful{kind.__name__}", (kind,), {"forward": forward})


def _random(block: nn.Module) -> bool:
    """Whether it draws random numbers in training: dropout, or timm's stochastic depth."""
    return any(
        getattr(layer, "p", 0) or getattr(layer, "drop_prob", 0)
        for layer in block.modules()
        if "Drop" in type(layer).__name__
    )


def recompute(blocks: Iterable[nn.Module]) -> int:
    """Let these blocks of a network keep their input only; how many there are."""
    found = list(blocks)
    for block in found:
        kind: Any = type(block)
        block.__class__ = _forgetful(kind)
    return len(found)
