"""Save memory at the cost of time: blocks do not store their inner activations but recompute them in the backward pass.

The batch stays whole, so batch norm and the contrastive losses are unchanged, and the gradients are bitwise the same.
Gradient caching over sub-batches (GradCache) does not suit objectives whose batch norm uses the whole batch:
sub-batches would change its statistics.
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
    """Keep the second pass from updating batch norm's running statistics again."""
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
    """The class of a block that stores only its input."""

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
    """Let these blocks of a network store only their input; returns the number of blocks."""
    found = list(blocks)
    for block in found:
        kind: Any = type(block)
        block.__class__ = _forgetful(kind)
    return len(found)
