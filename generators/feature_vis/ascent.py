"""Gradient ascent to the image that excites units of a network, as in Lucent and "Learning to See by Looking at Noise".

Sources: mbaradad/learning_with_noise at ccdfaaf (generate_datasets/feature_visualizations: generate_dataset.py and its
copy of Lucent's render.py, transform.py, objectives.py); greentfrapp/lucent (lucent/optvis/param: spatial.py,
color.py, images.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

DEVIATION, RATE, SCALE = 0.01, 0.05, 4.0
"""Standard deviation of the initial coefficients; Adam's learning rate; divisor of the image before the colours."""
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""Mapping of the three planes to R, G and B, up to a factor: the root of the covariance of the colours of photographs
(ImageNet)."""
PAD, GREY = 12, 0.5
FIRST, SECOND = 8, 4
"""Shifts to the right and down, 0 to 7 px and 0 to 3 px."""
SCALES = [1 + (i - 5) / 50 for i in range(11)]
ANGLES = [*range(-10, 11), 0, 0, 0, 0, 0]
"""Degrees, with equal probabilities."""


@dataclass(frozen=True)
class Draw:
    """Random numbers of an image: its initial coefficients, (3, side, side // 2 + 1, 2) float32, and for each step the
    parameters of its view."""

    coefficients: Tensor
    views: np.ndarray
    """(steps, 6) int64: shift right and down, index of the scale, index of the angle, second shift right and down."""


def draw(rng: np.random.Generator, side: int, steps: int) -> Draw:
    """The random numbers of one image."""
    first = torch.from_numpy(rng.standard_normal((3, side, side // 2 + 1, 2), np.float32))
    limits = [FIRST, FIRST, len(SCALES), len(ANGLES), SECOND, SECOND]
    return Draw(DEVIATION * first, rng.integers(0, limits, (steps, len(limits))))


def ascend(
    network: Callable[[Tensor], Tensor],
    draws: Sequence[Draw],
    units: Sequence[Sequence[int]],
    side: int,
    step: Callable[[], None],
) -> Tensor:
    """(N, 3, side, side) float32 in 0..1: images optimised to increase the sum of their features of ``units``, with one
    step per view.

    An image does not depend on the others in the batch: Adam is elementwise, and each image has its own views.

    Args:
        network: maps (N, 3, side, side) in 0..1 to features (N, F); its parameters are not changed.
        draws: of each image; all with the same number of steps.
        units: of each image.
        side: in pixels.
        step: is called before each step.
    """
    device = draws[0].coefficients.device
    wanted = torch.zeros(len(draws), 1 + max(max(own) for own in units), device=device)
    for row, own in zip(wanted, units, strict=True):
        row[list(own)] = 1
    coefficients = torch.stack([one.coefficients for one in draws]).requires_grad_(True)
    optimizer = torch.optim.Adam([coefficients], lr=RATE)
    for i in range(len(draws[0].views)):
        step()
        optimizer.zero_grad()
        images = decoded(coefficients, side)
        views = torch.stack(
            [seen(image, [int(n) for n in one.views[i]]) for image, one in zip(images, draws, strict=True)]
        )
        (-(network(views)[:, : wanted.shape[1]] * wanted).sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return decoded(coefficients.detach(), side)


def decoded(coefficients: Tensor, side: int) -> Tensor:
    """(N, 3, side, side) in 0..1 of Fourier coefficients (N, 3, side, side // 2 + 1, 2), each divided by
    its frequency."""
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    weights = 1 / np.maximum(np.hypot(across, down), 1 / side)
    spectrum = torch.view_as_complex(
        coefficients * torch.from_numpy(weights.astype(np.float32))[..., None].to(coefficients)
    )
    planes = torch.fft.irfft2(spectrum, s=(side, side), norm="ortho") / SCALE
    colours = torch.from_numpy(COLOURS / np.linalg.norm(COLOURS, axis=0).max()).to(coefficients)
    return torch.sigmoid(torch.einsum("cp,nphw->nchw", colours, planes))


def seen(image: Tensor, view: Sequence[int]) -> Tensor:
    """(3, S, S): an image (3, S, S) padded with grey, shifted, scaled, rotated, shifted again and resized; pixels from
    outside are black.

    Args:
        image: values in 0..1.
        view: a row of ``Draw.views``.
    """
    right, down, scale, angle, right2, down2 = view
    x = _shifted(functional.pad(image[None], [PAD] * 4, value=GREY), right, down)
    side = x.shape[-1]
    scaled = math.ceil(SCALES[scale] * side)
    x = functional.interpolate(x, size=(scaled, scaled), mode="bilinear", align_corners=True)
    x = functional.pad(x, [max(0, math.ceil((side - scaled) / 2))] * 4)
    turn = math.radians(ANGLES[angle])
    if turn:
        rotation = torch.tensor([[[math.cos(turn), -math.sin(turn), 0.0], [math.sin(turn), math.cos(turn), 0.0]]]).to(x)
        x = functional.grid_sample(
            x, functional.affine_grid(rotation, list(x.shape), align_corners=True), align_corners=True
        )
    x = _shifted(x, right2, down2)
    return functional.interpolate(x, size=tuple(image.shape[1:]), mode="bilinear", align_corners=True)[0]


def _shifted(x: Tensor, right: int, down: int) -> Tensor:
    return functional.pad(x, [right, -right, down, -down])
