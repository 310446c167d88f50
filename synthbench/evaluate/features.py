"""Frozen features: the encoder in eval mode, pooled output, in batches on its device."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthbench.evaluate.files import Images, batches, central
from synthbench.evaluate.frozen import Forward
from synthbench.pretrain.device import put
from synthbench.pretrain.encoder import Encoder
from synthbench.storage.files import disk_errors, write_text

SAVE_S = 20.0
"""Seconds between checkpoints of features that are stored on disk."""
BATCH = 512
"""Images per batch of the encoder."""

Progress = Callable[[int, int], None]


def streamed(
    forward: Forward,
    images: Images,
    *,
    width: int,
    device: torch.device,
    resize: int | None,
    size: int,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Tensor:
    """Features of images on disk, resized and cut from the middle.

    Args:
        forward: of the frozen encoder.
        width: F, of the features.
        device: the encoder's.
        keep: a ``.npy`` file to which the features are written, so that a killed process resumes and memory use stays
            constant; an existing file is used.
        progress: called with (images done, images in all).

    Returns:
        (N, F) float32: on the device, or in the host's memory (mapped from the file) if ``keep`` is given.

    Raises:
        DataError: an image cannot be decoded, or the disk is full.
    """
    n, done = len(images), 0
    if keep is not None and keep.is_file():
        return _mapped(keep)
    draft, count = (keep.with_suffix(".part"), keep.with_suffix(".rows")) if keep is not None else (None, None)
    made: list[Tensor] = []
    with disk_errors(keep) if keep is not None else nullcontext():
        if draft is not None and count is not None:
            done = int(count.read_text(encoding="utf-8")) if draft.is_file() and count.is_file() else 0
            draft.parent.mkdir(parents=True, exist_ok=True)
            table = np.lib.format.open_memmap(
                draft, "r+" if done else "w+", None if done else np.float32, None if done else (n, width)
            )
        saved = time.monotonic()
        jobs = (list(range(start, min(start + BATCH, n))) for start in range(done, n, BATCH))
        for pixels in batches(jobs, lambda i: central(images.image(i), resize=resize, size=size)):
            x = forward(_tensor(pixels, device))
            if draft is None or count is None:
                made.append(x)
            else:
                table[done : done + len(x)] = x.cpu().numpy()
            done += len(x)
            if count is not None and time.monotonic() - saved > SAVE_S:
                table.flush()
                write_text(count, str(done))
                saved = time.monotonic()
            if progress is not None:
                progress(done, n)
        if keep is None or draft is None or count is None:
            return torch.cat(made)
        table.flush()
        del table
        draft.replace(keep)
        count.unlink(missing_ok=True)
    return _mapped(keep)


def _mapped(path: Path) -> Tensor:
    return torch.from_numpy(np.load(path, mmap_mode="c"))  # copy on write: torch wants a writable array


def _tensor(pixels: np.ndarray, device: torch.device) -> Tensor:
    """(N, S, S, 3) uint8 -> (N, 3, S, S) float32 in [0, 1]."""
    x = put(pixels, device).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    return x.to(torch.float32) / 255


@torch.inference_mode()
def features(encoder: Encoder, images: np.ndarray) -> Tensor:
    """Features of images that already have the right size, in fp32; also on a GPU, without TF32.

    Args:
        images: (N, S, S, 3) uint8; S may differ from ``encoder.size``, the size of the training views.

    Returns:
        (N, F) float32 on the encoder's device.
    """
    device = next(encoder.parameters()).device
    was_training = encoder.training
    encoder.eval()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        out = [
            encoder(_tensor(images[start : start + BATCH], device)).float() for start in range(0, len(images), BATCH)
        ]
    encoder.train(was_training)
    return torch.cat(out).clone()
