"""Walks that raise or lower the predicted score: from an image of a StyleGAN2 along the gradient through generator,
encoder and predictor (Baradad et al. 2022, Fig. 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from synthbench.entrant.recipe import Recipe
from synthbench.errors import SynthbenchError, UsageError
from synthbench.generator import stream
from synthbench.render import video
from synthbench.study import figures
from synthbench.study.predictor import Saved

FPS = 12
SHOWN = 6
"""Images per row of the picture."""
HALVINGS = 6
SIDE = 256
"""Size of the video in pixels; images are enlarged to it."""


@runtime_checkable
class Steerable(Protocol):
    """A generator whose images are differentiable in a latent vector."""

    def steer(self, label: int, rng: np.random.Generator, size: int) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """The w of a random image, and the function from w to the image, (3, size, size) float32 in [0, 1]."""


@dataclass(frozen=True)
class Trajectory:
    """Images from the start on, (n, S, S, 3) uint8, and their predicted scores, which only rise or only fall."""

    images: np.ndarray
    scores: list[float]


def trajectory(
    w: Tensor, image: Callable[[Tensor], Tensor], predicted: Callable[[Tensor], Tensor], *, steps: int, step: float
) -> Trajectory:
    """Walk up (``step`` > 0) or down the gradient of the predicted score.

    A step has the length |step| |w| and the gradient's direction; then w is scaled back to its initial norm, because
    the generator was not made for others. A step that is too long, so that the score moves the wrong way, is halved, at
    most ``HALVINGS`` times; the walk ends when even the smallest step does not help.

    Args:
        w: where to start.
        image: w to (3, S, S) in [0, 1].
        predicted: image to score, a scalar.

    Raises:
        SynthbenchError: the score does not depend on w at the start, or is not finite.
    """
    w, sign = w.detach().clone(), 1 if step > 0 else -1
    length, images, scores, wide = w.norm(), list[np.ndarray](), list[float](), abs(step)
    while True:
        w.requires_grad_(True)
        pixels = image(w)
        value = predicted(pixels)
        images.append((pixels.detach() * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
        scores.append(float(value.detach()))
        if len(scores) > steps:
            break
        (gradient,) = torch.autograd.grad(value, w)
        size = gradient.norm()
        if len(scores) > 1 and size == 0:
            break
        if not torch.isfinite(size) or size == 0:
            raise SynthbenchError(
                "the predicted score does not depend on w here: use another --seed or another predictor."
            )
        w, direction = w.detach(), sign * gradient / size
        for halvings in range(HALVINGS + 1):
            here = w + wide / 2**halvings * length * direction
            here = here * (length / here.norm())
            with torch.no_grad():
                better = sign * (float(predicted(image(here))) - scores[-1]) > 0
            if better:
                break
        else:
            break
        w, wide = here, min(abs(step), 2 * wide / 2**halvings)
    return Trajectory(np.stack(images), scores)


def steer(
    recipe: Recipe,
    predictor: Saved,
    out: Path,
    *,
    label: int = 0,
    starts: int = 2,
    steps: int = 24,
    step: float = 0.02,
    size: int = 0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, list[tuple[Trajectory, Trajectory]]]:
    """Walk from random images in both directions; write an MP4 file of the walks and a picture of them (``.png``) next
    to it.

    Args:
        recipe: of a StyleGAN2 entrant.
        predictor: of the kind ``single``.
        starts: number of images to start from.
        steps: in each direction.
        step: length of a step as a fraction of the norm of w.
        size: of the images in pixels; 0 for the size that the predictor was trained on.

    Returns:
        The picture's path, and for each start the walk that lowers the score and the one that raises it.

    Raises:
        UsageError: a generator without a differentiable latent space, a predictor of another kind, or a value out
            of range.
    """
    size = size or predictor.size
    video.check(out, seconds=1, fps=FPS, size=SIDE)
    if predictor.kind != "single":
        raise UsageError(
            "this predictor takes all frames of a program; a walk needs one for single images: study fit --kind single."
        )
    if starts < 1 or steps < 1 or not 0 < step < 1 or not 16 <= size <= 1024:
        given = f"--starts {starts} --steps {steps} --step {step:g} --size {size}"
        raise UsageError(f"{given}: starts and steps of at least 1, a step between 0 and 1, a size of 16 to 1024.")
    video.load_av()  # check before minutes are spent
    generator = recipe.load()
    try:
        if not isinstance(generator, Steerable):
            raise UsageError(f"{recipe.name} cannot be steered: its generator does not have a method `steer`.")
        if not 0 <= label < len(generator.labels):
            raise UsageError(f"--label {label}: {recipe.name} has the labels 0 to {len(generator.labels) - 1}.")
        encoder = predictor.encoder.eval().requires_grad_(False)

        def predicted(pixels: Tensor) -> Tensor:
            value: Tensor = predictor.model(encoder(pixels[None].contiguous(memory_format=torch.channels_last)))[0]
            return value

        walks: list[tuple[Trajectory, Trajectory]] = []
        for k in range(starts):
            w, image = generator.steer(label, stream(seed, k), size)
            pair = [trajectory(w, image, predicted, steps=steps, step=sign * step) for sign in (-1, 1)]
            walks.append((pair[0], pair[1]))
            if progress is not None:
                progress(k + 1, starts)
    finally:
        generator.close()
    title = f"{recipe.name}, {generator.labels[label]}"
    frames = [frame for down, up in walks for frame in _there_and_back(down, up)]
    video.write(frames, out, title=title, seconds=len(frames) / FPS, fps=FPS, size=SIDE)
    picture = out.with_suffix(".png")
    rows = [
        row
        for k, (down, up) in enumerate(walks)
        for row in ((f"start {k}: raised", _shown(up)), (f"start {k}: lowered", _shown(down)))
    ]
    figures.trajectories(rows, picture, title=f"{title}: predicted score (%) along the gradient")
    return picture, walks


def _shown(walk: Trajectory) -> list[tuple[np.ndarray, float]]:
    picks = np.unique(np.linspace(0, len(walk.scores) - 1, SHOWN).round().astype(int))
    return [(walk.images[i], walk.scores[i]) for i in picks]


def _there_and_back(down: Trajectory, up: Trajectory) -> Sequence[np.ndarray]:
    """From the lowest to the highest score, enlarged."""
    found = np.concatenate([down.images[:0:-1], up.images])
    pixels = torch.from_numpy(found).permute(0, 3, 1, 2).float()
    large = functional.interpolate(
        pixels, size=(SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False
    ).clamp(0, 255)
    return list(large.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy())
