"""Mixing several images of a generator into one; a mix is a generator itself.

Sources: Baradad et al. 2022, Sec. 4, and mbaradad/shaders21k (its sample mixers) for ``mixup``, ``cutmix`` and
``convex_cutmix``; Rodriguez-Munoz et al. 2025, Sec. 3.1, and adriarm/separating_knowledge (data_generation/) for
``kml`` and ``kml_mixup``.

Every mix has two steps, because an image's random stream is read before its parts exist: a *draw* takes the random
numbers from the stream and returns the *blend*, a function from n images to one: (n, S, S, 3) uint8 -> (S, S, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from synthbench.generator import Generator, fork
from synthbench.storage.model import FrozenModel

Kind = Literal["mixup", "cutmix", "convex_cutmix", "kml", "kml_mixup"]
Weights = Literal["dirichlet", "uniform", "non-uniform"]
Blend = Callable[[np.ndarray], np.ndarray]
Draw = Callable[[np.random.Generator, int], Blend]

PARTS: dict[str, int] = {"kml": 3, "kml_mixup": 6}
"""Number of mixed images, for the kinds where it is fixed."""

ITERATIONS = 3
"""Iterations of 2-means, as in the source: the mask needs two plausible regions, not the optimum."""


class Mix(FrozenModel):
    """How several images of a recipe's generator are mixed into one; the arguments of ``mix``."""

    kind: Kind = "mixup"
    n: int = Field(6, ge=2)
    """Number of images that are mixed; always 3 for ``kml`` and 6 for ``kml_mixup``."""
    alpha: float = Field(1.0, gt=0, allow_inf_nan=False)
    weights: Weights = "dirichlet"

    @model_validator(mode="before")
    @classmethod
    def _parts(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("kind") in PARTS:
            return {"n": PARTS[values["kind"]], **values}
        return values

    @model_validator(mode="after")
    def _has_a_use(self) -> Mix:
        """Refuse a value that the kind would ignore."""
        if self.n != PARTS.get(self.kind, self.n):
            raise ValueError(f"n = {self.n}: {self.kind} mixes {PARTS[self.kind]} images; leave n out")
        if self.kind in PARTS and self.alpha != 1:
            raise ValueError(f"alpha = {self.alpha:g}: {self.kind} does not draw weights or boxes; leave alpha out")
        if self.kind not in ("mixup", "convex_cutmix") and self.weights != "dirichlet":
            raise ValueError(f"weights = {self.weights!r}: {self.kind} does not draw weights; leave weights out")
        if self.weights != "dirichlet" and self.kind == "mixup" and self.alpha != 1:
            raise ValueError(f"alpha = {self.alpha:g}: only dirichlet weights use alpha; leave it out")
        return self


class Mixed(Generator):
    """Images mixed from ``n`` images of ``base``.

    The first part has the requested label, the others have labels drawn uniformly: the mixed data set keeps the base's
    labels.
    """

    def __init__(self, base: Generator, n: int, draw: Draw) -> None:
        self.base, self.n, self.draw = base, n, draw
        self.labels = base.labels

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        image: np.ndarray = self.render_batch([label], [rng], size)[0]
        return image

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        blends, parts, streams = list[Blend](), list[int](), list[np.random.Generator]()
        for label, rng in zip(labels, rngs, strict=True):
            blends.append(self.draw(rng, size))
            parts += [label, *rng.integers(len(self.labels), size=self.n - 1).tolist()]
            streams += fork(rng, self.n)
        images = np.asarray(self.base.render_batch(parts, streams, size)).reshape(len(labels), self.n, size, size, 3)
        mixed = np.empty((len(labels), size, size, 3), np.uint8)
        for i, blend in enumerate(blends):  # image by image: float copies of a whole batch would not fit the cache
            mixed[i] = blend(images[i])
        return mixed

    def close(self) -> None:
        self.base.close()


def mix(
    base: Generator, kind: Kind = "mixup", n: int = 6, alpha: float = 1.0, weights: Weights = "dirichlet"
) -> Generator:
    """Wrap ``base`` so that each image is a mix of ``n`` of its images.

    Args:
        kind: ``mixup``, the weighted mean. ``cutmix``: boxes of the others pasted onto the first. ``convex_cutmix``:
            the weighted mean of the first and of boxes of the others on black. ``kml`` (n = 3): the 2-means mask of the
            first blends the two others. ``kml_mixup`` (n = 6): the mean of two of these.
        n: number of images that are mixed.
        alpha: of the weights' Dirichlet distribution, and of the boxes' Beta(alpha, alpha).
        weights: the distribution of the weights, see ``convex_weights``.
    """
    draws: dict[str, Draw] = {
        "mixup": lambda rng, _: convex(convex_weights(rng, n, alpha, weights)),
        "cutmix": lambda rng, size: cut(boxes(rng, n - 1, alpha, size)),
        "convex_cutmix": lambda rng, size: convex_cut(
            convex_weights(rng, n, alpha, weights), boxes(rng, n - 1, alpha, size)
        ),
        "kml": lambda _rng, _size: kml,
        "kml_mixup": lambda _rng, _size: kml_mixup,
    }
    return Mixed(base, n, draws[kind])


def convex_weights(rng: np.random.Generator, n: int, alpha: float, law: Weights) -> np.ndarray:
    """(n,) float32 weights that sum to one: Dirichlet(alpha); ``uniform`` over the simplex, which is Dirichlet(1); or
    ``non-uniform``, n numbers of U(0, 1) divided by their sum (the source's names)."""
    if law == "non-uniform":
        numbers = rng.uniform(size=n)
        return (numbers / numbers.sum()).astype(np.float32)
    return rng.dirichlet(np.full(n, alpha if law == "dirichlet" else 1.0)).astype(np.float32)


def boxes(rng: np.random.Generator, n: int, alpha: float, size: int) -> np.ndarray:
    """(n, 4) int64 boxes (top, bottom, left, right), bottom and right exclusive: sides S sqrt(1 - lambda) with lambda ~
    Beta(alpha, alpha), the centre uniform over the image, clipped to it and rounded."""
    half = size * np.sqrt(1 - rng.beta(alpha, alpha, n))[:, None] / 2
    centre = rng.uniform(0, size, (n, 2))  # y, x
    edges = np.stack([centre - half, centre + half], 2).clip(0, size)
    return np.rint(edges).astype(np.int64).reshape(n, 4)


def convex(weights: np.ndarray) -> Blend:
    """The weighted mean, truncated to uint8."""

    def blend(images: np.ndarray) -> np.ndarray:
        # float32; sums in a fixed order, because the order in a matrix product depends on the machine
        total = images[0] * weights[0]
        for image, weight in zip(images[1:], weights[1:], strict=True):
            total += image * weight
        return total.astype(np.uint8)

    return blend


def cut(where: np.ndarray) -> Blend:
    """Paste the others' boxes onto the first image, in turn.

    (The source also pastes a box of the first image onto itself, which has no effect.)
    """

    def blend(images: np.ndarray) -> np.ndarray:
        canvas = images[0].copy()
        for image, (top, bottom, left, right) in zip(images[1:], where, strict=True):
            canvas[top:bottom, left:right] = image[top:bottom, left:right]
        return canvas

    return blend


def convex_cut(weights: np.ndarray, where: np.ndarray) -> Blend:
    """The weighted mean of the first image and of the others' boxes on black, truncated to uint8."""

    def blend(images: np.ndarray) -> np.ndarray:
        total = images[0] * weights[0]
        for image, weight, (top, bottom, left, right) in zip(images[1:], weights[1:], where, strict=True):
            total[top:bottom, left:right] += image[top:bottom, left:right] * weight
        return total.astype(np.uint8)

    return blend


def two_means(image: np.ndarray) -> np.ndarray:
    """(S, S) bool: the pixels in the first of two clusters of colours, by ``ITERATIONS`` of Lloyd's algorithm.

    The first cluster starts at the smallest colour in (R, G, B) order, the second at the largest, as in the source. All
    sums are of integers, so the mask does not depend on the order of summation. The pixels of a constant image are in
    the first cluster.
    """
    pixels = image.reshape(-1, 3).astype(np.float64)
    order = pixels @ (65536.0, 256.0, 1.0)
    first, second = pixels[order.argmin()], pixels[order.argmax()]
    inside = np.ones(len(pixels), bool)
    for _ in range(ITERATIONS):
        # |x - a|^2 <= |x - b|^2 needs one product per pixel: x (b - a) <= (b b - a a) / 2.
        inside = pixels @ (second - first) <= (second @ second - first @ first) / 2
        n = np.count_nonzero(inside)
        if n == len(pixels):
            break
        total = inside.astype(np.float64) @ pixels
        first, second = total / n, (pixels.sum(0) - total) / (len(pixels) - n)
    return inside.reshape(image.shape[:2])


def kml(images: np.ndarray) -> np.ndarray:
    """K-means leaves: where the first image's ``two_means`` mask is set, the second image shows, elsewhere the third;
    the mask is softened by two 3x3 box blurs (edges mirrored), the values are rounded.

    The source clusters a copy of 256 px and resizes the mask between the two blurs; here the mask has the image's
    own size.
    """
    mask = two_means(images[0]).astype(np.uint16)
    for _ in range(2):
        wide = np.pad(mask, 1, mode="reflect")
        rows = wide[:-2] + wide[1:-1] + wide[2:]
        mask = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]  # 0 to 9, then 0 to 81
    inside = mask[..., None]
    # at most 255 * 81 + 40 < 2**16
    return ((images[1] * inside + images[2] * (81 - inside) + 40) // 81).astype(np.uint8)


def kml_mixup(images: np.ndarray) -> np.ndarray:
    """The mean of two ``kml`` images, rounded: of parts 0 to 2 and of parts 3 to 5."""
    total = kml(images[:3]).astype(np.uint16) + kml(images[3:])
    return ((total + 1) // 2).astype(np.uint8)
