"""The augmentations of SimCLR and MoCo v2 as batched tensor code with per-sample parameters, on the training device.

Distribution and values follow torchvision's per-image pipeline: RandomResizedCrop (antialiased bilinear), horizontal
flip, ColorJitter (its four operations in a random order per image), RandomGrayscale, Pillow's Gaussian blur (MoCo v2),
Normalize. Parameters are drawn on the CPU from (seed, step), so a run does not depend on the device of the
augmentation. One difference: values stay float between the operations, while torchvision's PIL path rounds to uint8
each time (at most 1/255 per operation).

Images have the layout (N, H, 3, W) uint8: with the channel between rows and columns, the crop, the resize and the flip
are two plain batched matrix products without a transpose.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from synthbench.pretrain import augment_cpu
from synthbench.pretrain.device import put
from synthbench.protocol.sections import Augment

GRAY = (0.2989, 0.587, 0.114)
"""Luma weights of torchvision's rgb_to_grayscale."""
TRIES = 10
"""RandomResizedCrop's tries before it falls back to a central crop."""


class Params(NamedTuple):
    """Per-sample parameters of one view of B images (numpy, drawn on the CPU)."""

    top: np.ndarray
    left: np.ndarray
    height: np.ndarray
    width: np.ndarray
    flip: np.ndarray
    """(B,) bool."""
    jitter: np.ndarray
    """(B,) bool: whether the colour jitter applies."""
    order: np.ndarray
    """(B, 4): the operation (0 brightness, 1 contrast, 2 saturation, 3 hue) at each position."""
    factors: np.ndarray
    """(B, 4): factors of brightness, contrast and saturation; hue shift in turns."""
    gray: np.ndarray
    """(B,) bool."""
    radius: np.ndarray
    """(B,) radius of the Gaussian blur in pixels; 0 for none."""

    def of(self, rows: np.ndarray | slice) -> Params:
        """The parameters of some of the samples."""
        return Params(*(values[rows] for values in self))


def still(n: int) -> Params:
    """Parameters that change nothing; the crop remains to be set."""
    zeros, off = np.zeros(n), np.zeros(n, bool)
    return Params(zeros, zeros, zeros, zeros, off, off, np.zeros((n, 4), int), np.zeros((n, 4)), off, zeros)


def draw(config: Augment, rng: np.random.Generator, n: int, height: int, width: int) -> Params:
    """Draw the parameters of n samples for images of the given size, with the distributions of torchvision's
    transforms."""
    area = height * width * rng.uniform(*config.scale, (TRIES, n))
    aspect = np.exp(rng.uniform(math.log(config.ratio[0]), math.log(config.ratio[1]), (TRIES, n)))
    w, h = np.rint(np.sqrt(area * aspect)).astype(int), np.rint(np.sqrt(area / aspect)).astype(int)
    fits = (w > 0) & (w <= width) & (h > 0) & (h <= height)
    first, columns = fits.argmax(0), np.arange(n)
    w, h, fits_any = w[first, columns], h[first, columns], fits.any(0)
    low, high = config.ratio
    central_w = width if width / height <= high else round(height * high)
    central_h = height if width / height >= low else round(width / low)
    w, h = np.where(fits_any, w, central_w), np.where(fits_any, h, central_h)
    top = np.where(fits_any, rng.integers(0, height - h + 1), (height - h) // 2)
    left = np.where(fits_any, rng.integers(0, width - w + 1), (width - w) // 2)
    brightness, contrast, saturation, hue = config.jitter
    spans = [(max(0.0, 1 - s), 1 + s) for s in (brightness, contrast, saturation)] + [(-hue, hue)]
    drawn = Params(
        top,
        left,
        h,
        w,
        flip=rng.random(n) < config.flip,
        jitter=rng.random(n) < config.jitter_p,
        order=rng.permuted(np.tile(np.arange(4), (n, 1)), axis=1),
        factors=np.stack([rng.uniform(a, b, n) for a, b in spans], 1),
        gray=rng.random(n) < config.grayscale_p,
        radius=np.zeros(n),
    )
    if config.blur_p is None or config.blur_radius is None:
        return drawn
    return drawn._replace(radius=np.where(rng.random(n) < config.blur_p, rng.uniform(*config.blur_radius, n), 0))


def augment(images: Tensor, params: Params, config: Augment) -> Tensor:
    """One view of each image: on the CPU with the compiled code of ``augment_cpu`` (which does not support blur: MoCo
    v2 is not meant for CPUs), on other devices with ``batched``.

    Args:
        images: (B, H, 3, W) uint8.
        params: B rows of parameters.

    Returns:
        (B, 3, size, size) float32, normalised, channels-last in memory.
    """
    if images.device.type == "cpu" and config.blur_p is None:
        made = augment_cpu.views(images.numpy(), params, config.size, config.mean, config.std, torch.get_num_threads())
        return torch.from_numpy(made).permute(0, 3, 1, 2)
    return batched(images, params, config)


def batched(images: Tensor, params: Params, config: Augment) -> Tensor:
    """``augment`` as tensor code, for any device."""
    x = resized_crop(images, params, config.size)
    jitter(x, params)
    gray = put(params.gray.nonzero()[0], x.device)
    if len(gray):
        x[gray] = luma(x[gray]).unsqueeze(2)
    blur(x, params)
    mean, std = put(np.array([config.mean, config.std], np.float32), x.device).view(2, 3, 1)
    x.sub_(mean).div_(std)
    return x.transpose(2, 3).contiguous().permute(0, 3, 1, 2)


def resized_crop(images: Tensor, params: Params, size: int) -> Tensor:
    """Crop, resize (antialiased bilinear, as PIL) and flip: (B, H, 3, W) uint8 -> (B, size, 3, size) float32 in
    [0, 1]."""
    n, height, _, width = images.shape
    device = images.device
    rows = _filter(params.top, params.height, height, size, device)
    columns = _filter(params.left, params.width, width, size, device, flip=params.flip)
    x = images.to(torch.float32).mul_(1 / 255).view(n, height * 3, width)
    x = torch.bmm(x, columns.transpose(1, 2)).view(n, height, 3 * size)
    return torch.bmm(rows, x).view(n, size, 3, size)


def _filter(
    start: np.ndarray, length: np.ndarray, extent: int, size: int, device: torch.device, flip: np.ndarray | None = None
) -> Tensor:
    """(B, size, extent) weights of the triangle filter that resamples [start, start + length) to ``size`` pixels."""
    first, span = put(np.stack([start, length]).astype(np.float32), device).view(2, -1, 1, 1)
    scale = span / size
    out = (torch.arange(size, device=device) + 0.5).view(1, -1, 1)
    if flip is not None:
        out = torch.where(put(flip, device).view(-1, 1, 1), size - out, out)
    pixel = (torch.arange(extent, device=device) + 0.5).view(1, 1, -1)
    distance = pixel - (first + out * scale)
    weight = distance.abs_().div_(scale.clamp(min=1)).neg_().add_(1).clamp_(min=0)
    weight *= (pixel > first) & (pixel < first + span)
    return weight.div_(weight.sum(2, keepdim=True))


def jitter(x: Tensor, params: Params) -> None:
    """ColorJitter in place on (B, S, 3, S) in [0, 1]: each sample's four operations in its own order."""
    operations = (_brightness, _contrast, _saturation, _hue)
    turns = [(place, which) for place in range(4) for which in range(4)]
    rows = [((params.order[:, place] == which) & params.jitter).nonzero()[0] for place, which in turns]
    factors = [params.factors[own, which].astype(np.float32) for own, (_, which) in zip(rows, turns, strict=True)]
    sizes = [len(own) for own in rows]  # all are copied to the device at once
    indices, strengths = (torch.split(put(np.concatenate(values), x.device), sizes) for values in (rows, factors))
    for (_, which), index, factor in zip(turns, indices, strengths, strict=True):
        if len(index):
            x[index] = operations[which](x[index], factor.view(-1, 1, 1, 1))


def blur(x: Tensor, params: Params) -> None:
    """Pillow's Gaussian blur in place on (B, S, 3, S): three box blurs along each axis, each sample with its own
    radius.

    The three passes of a sample are one (S, S) matrix, so the blur is two batched matrix products, like the resize.
    """
    rows = params.radius.nonzero()[0]
    if not len(rows):
        return
    index, size = put(rows, x.device), x.shape[1]
    weights = blur_weights(params.radius[rows], size, x.device)
    columns = torch.bmm(x[index].view(len(rows), size * 3, size), weights.transpose(1, 2)).view(
        len(rows), size, 3 * size
    )
    x[index] = torch.bmm(weights, columns).view(len(rows), size, 3, size)


def blur_weights(radius: np.ndarray, size: int, device: torch.device) -> Tensor:
    """(B,) radii -> (B, size, size): row i has the weights of a line's pixels for pixel i.

    Pillow's box (BoxBlur.c, after Gwosdek et al. 2011) has half-width l + a: the 2l + 1 middle pixels weigh 1 and the
    next ones a, such that three boxes have the Gaussian's variance. Pixels beyond the border repeat the outermost one.
    """
    variance = np.asarray(radius, np.float64) ** 2 / 3
    half = np.floor((np.sqrt(12 * variance + 1) - 1) / 2)
    part = (2 * half + 1) * (half * (half + 1) - 3 * variance) / (6 * (variance - (half + 1) ** 2))
    near, edge = put(np.stack([half, part]).astype(np.float32), device).view(2, -1, 1, 1)
    reach = int(half.max()) + 1
    place = torch.arange(size, device=device, dtype=torch.float32)
    padded = torch.arange(-reach, size + reach, device=device, dtype=torch.float32)
    distance = (padded.view(1, 1, -1) - place.view(1, -1, 1)).abs()
    box = torch.where(distance <= near, 1.0, torch.where(distance <= near + 1, edge, 0.0)) / (2 * (near + edge) + 1)
    box[:, :, reach] += box[:, :, :reach].sum(2)
    box[:, :, -reach - 1] += box[:, :, size + reach :].sum(2)
    box = box[:, :, reach : size + reach].contiguous()
    return torch.bmm(box, torch.bmm(box, box))


def luma(x: Tensor) -> Tensor:
    """(B, S, 3, S) -> (B, S, S) gray."""
    return x[:, :, 0].mul(GRAY[0]).add_(x[:, :, 1], alpha=GRAY[1]).add_(x[:, :, 2], alpha=GRAY[2])


def _brightness(x: Tensor, factor: Tensor) -> Tensor:
    return x.mul_(factor).clamp_(0, 1)


def _contrast(x: Tensor, factor: Tensor) -> Tensor:
    mean = luma(x).mean((1, 2)).view(-1, 1, 1, 1)
    return x.mul_(factor).add_(mean * (1 - factor)).clamp_(0, 1)


def _saturation(x: Tensor, factor: Tensor) -> Tensor:
    gray = luma(x).unsqueeze(2)
    return x.mul_(factor).add_(gray * (1 - factor)).clamp_(0, 1)


def _hue(x: Tensor, shift: Tensor) -> Tensor:
    """Shift the hue by ``shift`` turns: RGB -> HSV -> RGB, each channel as v - v s max(0, min(k, 4 - k, 1)), k =
    (n + 6 h) mod 6."""
    value, lowest = x.amax(2), x.amin(2)
    red, green, blue = x.unbind(2)
    chroma = value - lowest
    inverse = chroma.clamp(min=1e-8).reciprocal_()
    is_red, is_green = value == red, value == green
    hue = torch.where(
        is_red, (green - blue) * inverse, torch.where(is_green, (blue - red) * inverse + 2, (red - green) * inverse + 4)
    )
    hue += shift.view(-1, 1, 1) * 6
    for channel, offset in enumerate((5, 3, 1)):
        k = (hue + offset).remainder_(6)
        k = torch.minimum(k, 4 - k).clamp_(0, 1)
        torch.addcmul(value, k, chroma, value=-1, out=x[:, :, channel])
    return x
