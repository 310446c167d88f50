"""StyleGAN2's synthesis network by its formulas, for the tests."""

from __future__ import annotations

import math

import torch
from synthbench.generators.stylegan.synthesis import Network
from torch.nn import functional


def spread(x: torch.Tensor) -> torch.Tensor:
    """(H, W) to (2H, 2W): zeros between the pixels, then [1, 3, 3, 1] / 4 along both axes, written out."""
    h, w = x.shape
    wide = torch.zeros(2 * h + 3, 2 * w + 3, dtype=x.dtype)
    wide[2 : 2 * h + 2 : 2, 2 : 2 * w + 2 : 2] = x
    line = torch.tensor([1.0, 3, 3, 1], dtype=x.dtype) / 4
    return sum(line[i] * line[j] * wide[i : i + 2 * h, j : j + 2 * w] for i in range(4) for j in range(4))


def naive(network: Network, ws: torch.Tensor) -> torch.Tensor:
    """The synthesis network with weights modulated and demodulated one by one, in float64."""
    x, rgb = network.constant.double(), None
    for i, conv in enumerate(network.convs):
        s = conv.affine.double() @ ws[i].double() / math.sqrt(512) + conv.affine_bias.double()
        weight = conv.weight.double() * s[None, :, None, None]
        weight = weight / torch.sqrt(weight.square().sum((1, 2, 3), keepdim=True) + 1e-8)
        if i % 2:
            wide = functional.conv_transpose2d(x[None], weight.transpose(0, 1), stride=2)[0]
            line = torch.tensor([1.0, 3, 3, 1], dtype=torch.float64) / 4
            padded = functional.pad(wide, (1, 1, 1, 1))
            n = 2 * x.shape[-1]
            y = sum(line[a] * line[b] * padded[:, a : a + n, b : b + n] for a in range(4) for b in range(4))
        else:
            y = functional.conv2d(x[None], weight, padding=1)[0]
        y = y + (0 if conv.noise is None else conv.noise) + conv.bias[:, None, None]
        x = torch.where(y > 0, y, network.slope * y) * math.sqrt(2)
        x = x if network.clamp is None else x.clamp(-network.clamp, network.clamp)
        if i % 2 == 0:
            layer = network.rgbs[i // 2]
            s = layer.affine.double() @ ws[i + 1].double() / math.sqrt(512) + layer.affine_bias.double()
            out = (
                torch.einsum("ci,ihw->chw", layer.weight.double() * s / math.sqrt(len(s)), x)
                + layer.bias[:, None, None]
            )
            out = out if network.clamp is None else out.clamp(-network.clamp, network.clamp)
            rgb = out if rgb is None else torch.stack([spread(c) for c in rgb]) + out
    return rgb
