"""Less memory for more time: a residual block forgets what it computed inside and computes it again for the backward pass.

The batch stays whole, so batch norm and the contrastive losses see what they would, and the gradients are the same bits. That is why this,
and not the gradient caching of sub-batches (GradCache), serves the objectives whose batch norm sees the whole batch: sub-batches would change
its statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from torchvision.models.resnet import BasicBlock, Bottleneck


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


def _forgetful(block: nn.Module, forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    if not torch.is_grad_enabled():
        return forward(x)
    out: Tensor = checkpoint(
        forward, x, use_reentrant=False, preserve_rng_state=False, context_fn=lambda: (nullcontext(), _statistics_kept(block))
    )
    return out


class _Basic(BasicBlock):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        return _forgetful(self, super().forward, x)


class _Bottle(Bottleneck):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        return _forgetful(self, super().forward, x)


_FORGETFUL: dict[type[nn.Module], type[nn.Module]] = {BasicBlock: _Basic, Bottleneck: _Bottle}


def recompute(net: nn.Module) -> None:
    """Let the residual blocks of a network keep their input only."""
    for block in net.modules():
        if type(block) in _FORGETFUL:
            block.__class__ = _FORGETFUL[type(block)]
