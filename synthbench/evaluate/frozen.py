"""The encoder for large evaluations: frozen, with batch norm folded into the convolutions, in bf16 if the hardware
supports it."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from synthbench.pretrain import device as devices
from synthbench.pretrain.encoder import Encoder

Forward = Callable[[Tensor], Tensor]
"""(N, 3, S, S) float32 pixels in [0, 1] -> (N, F) float32 features."""


def frozen(encoder: Encoder) -> Forward:
    """A function that computes the encoder's features in eval mode; the encoder itself is not changed.

    Folding changes features only by rounding. On two Zen 3 cores it saves an eighth of a ResNet-18's forward pass.
    """
    net = folded(copy.deepcopy(encoder).eval()).to(memory_format=torch.channels_last)
    device = next(encoder.parameters()).device
    half = devices.precision("bf16", device) == "bf16"

    def forward(x: Tensor) -> Tensor:
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=half):
            out: Tensor = net(x)
        return out.float().clone()  # a tensor that autograd takes

    return forward


def folded(model: nn.Module) -> nn.Module:
    """Fold each batch norm of a ResNet in eval mode into the convolution before it (``conv1`` and ``bn1``, 0 and 1),
    in place."""
    for parent in model.modules():
        parts = dict(parent.named_children())
        for name, layer in parts.items():
            follower = "1" if name == "0" else name.replace("conv", "bn")
            norm = parts.get(follower)
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, norm))
                setattr(parent, follower, nn.Identity())
    return model
