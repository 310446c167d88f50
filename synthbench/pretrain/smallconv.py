"""A faster weight gradient for convolutions on small maps, on CPUs without AVX-512.

oneDNN's AVX2 kernel for the weight gradient falls to 7-20 GFLOP/s on maps of 2x2 and smaller (the forward pass of the
same layer runs at 130-170): at 64 px and below, the last stage of a ResNet-18 spends most of the step there. One matrix
product per kernel tap is 5 to 15 times faster and gives the same sum in another order. ``benchmarks/pretrain.py``
compares both.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LARGEST = 4
"""Maximum height of output maps for the matrix products; above, oneDNN's own kernel is as fast (measured, two Zen 3
cores)."""


class _Conv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight, None, stride, padding)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, None, None]:
        (grad,), (x, weight), stride, padding = grads, ctx.saved_tensors, ctx.stride, ctx.padding
        grad_x = None
        if ctx.needs_input_grad[0]:
            pair, one = [stride, stride], [1, 1]
            grad_x = torch.ops.aten.convolution_backward(
                grad, x, weight, None, pair, [padding, padding], one, False, [0, 0], 1, [True, False, False]
            )[0]
        return grad_x, weight_gradient(grad, x, weight.shape[2], stride, padding), None, None


def weight_gradient(grad: Tensor, x: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """Gradient of a convolution's weight: (N, O, h, w) and (N, I, H, W) -> (O, I, kernel, kernel), channels-last."""
    height, width = grad.shape[2:]
    rows = grad.permute(0, 2, 3, 1).reshape(-1, grad.shape[1]).t()
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
    out = x.new_zeros(kernel, kernel, grad.shape[1], x.shape[1])
    for i in range(kernel):
        for j in range(kernel):
            if _inside(i, height, stride, padding, x.shape[2]) and _inside(j, width, stride, padding, x.shape[3]):
                tap = padded[:, i : i + stride * height : stride, j : j + stride * width : stride]
                torch.mm(rows, tap.reshape(-1, x.shape[1]), out=out[i, j])
    return out.permute(2, 3, 0, 1).contiguous(memory_format=torch.channels_last)


def _inside(tap: int, out: int, stride: int, padding: int, extent: int) -> bool:
    """Whether a kernel tap touches any pixel that is not padding."""
    return tap + stride * (out - 1) >= padding and tap < padding + extent


class SmallMapConv2d(nn.Conv2d):
    """nn.Conv2d (square, no bias, one group) that uses the fast weight gradient if the output map is small."""

    def forward(self, x: Tensor) -> Tensor:
        stride, padding = self.stride[0], int(self.padding[0])
        out = (x.shape[2] + 2 * padding - self.kernel_size[0]) // stride + 1
        if out > LARGEST or not torch.is_grad_enabled():
            return super().forward(x)
        result: Tensor = _Conv.apply(x, self.weight, stride, padding)
        return result


def speed_up(model: nn.Module) -> nn.Module:
    """Let the model's 3x3 convolutions use the fast weight gradient if it is faster on this CPU (fp32, no AVX-512)."""
    if torch.backends.cpu.get_cpu_capability() in ("AVX2", "DEFAULT"):
        for layer in model.modules():
            if type(layer) is nn.Conv2d and layer.kernel_size == (3, 3) and layer.bias is None and layer.groups == 1:
                layer.__class__ = SmallMapConv2d
    return model
