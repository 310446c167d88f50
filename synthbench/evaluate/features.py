"""Frozen features: the encoder in eval mode, pooled output, in batches on its device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from synthbench.evaluate.files import Images, batches, central
from synthbench.pretrain.encoder import Encoder


def streamed(encoder: Encoder, images: Images, *, resize: int | None, size: int, batch: int = 512) -> Tensor:
    """Features of images on disk, resized and cut from the middle: (N, F) float32 on the encoder's device."""
    n = len(images)
    jobs = (list(range(start, min(start + batch, n))) for start in range(0, n, batch))
    read = batches(jobs, lambda i: central(images.image(i), resize=resize, size=size))
    return torch.cat([features(encoder, pixels, batch=batch) for pixels in read])


@torch.inference_mode()
def features(encoder: Encoder, images: np.ndarray, *, batch: int = 512) -> Tensor:
    """Features of images at the size at which they are to be seen.

    Args:
        images: (N, S, S, 3) uint8; S may differ from ``encoder.size``, that of the training views.

    Returns:
        (N, F) float32 on the encoder's device.
    """
    device = next(encoder.parameters()).device
    was_training = encoder.training
    encoder.eval()
    out = []
    for start in range(0, len(images), batch):
        x = torch.from_numpy(images[start : start + batch]).to(device)
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        out.append(encoder(x.to(torch.float32) / 255).float())
    encoder.train(was_training)
    return torch.cat(out).clone()
