"""The generator interface: a Generator turns (label, random stream, size) into an image.

Image k of a dataset is a pure function of (recipe, seed, k): its label is ``label_of(k, n)`` and its random stream is
``stream(seed, k)``. Any image can therefore be rendered again, in any order and on any worker, to the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image


class Generator(ABC):
    """A program, or a family of programs, that makes images.

    A subclass defines its latent classes (``labels``) and how to render one image of a class (``render``). All
    randomness comes from the ``rng`` argument, so the same call gives the same image.

    A module that reads data files next to it names them in a constant, as in
    ``ASSETS = ("table.txt", "library/*.glsl")``: they, the module and what it imports of its own package are hashed
    into a recipe's identity (``synthbench.entrant.source``).
    """

    labels: Sequence[str] = ()
    """Names of the latent classes (programs, IFS codes, ...): at least one, each once."""
    redrawn: int = 0
    """Number of drawings so far that broke a rule of the generator (a fractal that diverges) and were drawn again; the
    manifest of a data set records it."""

    notes: Sequence[str] = ()
    """Notes for the user to read before the images are used: for example, what was left out of a collection."""

    @abstractmethod
    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        """Render one image.

        Args:
            label: index into ``labels``.
            rng: the image's own random stream; the only source of randomness.
            size: height and width in pixels.

        Returns:
            (size, size, 3) uint8, RGB, top row first.
        """

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        """Render several images at once; override it if that is faster. Must return the same images as ``render``.

        Returns:
            (N, size, size, 3) uint8.
        """
        images = []
        for label, rng in zip(labels, rngs, strict=True):
            announce(self.labels[label])
            images.append(self.render(label, rng, size))
        return np.stack(images)

    def close(self) -> None:  # noqa: B027 - optional hook, not abstract on purpose
        """Release the generator's resources (a GL context, files). Called once, after the last image."""


def label_of(k: int, n_labels: int) -> int:
    """The label of image k: images cycle through the labels, so every dataset is balanced to within one image per
    label."""
    return k % n_labels


def stream(seed: int, k: int) -> np.random.Generator:
    """The random stream of image k: Philox keyed by (seed, k), the same on every machine.

    Args:
        seed: 0 <= seed < 2**64.
        k: image index, 0 <= k < 2**64.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed, k], dtype=np.uint64)))


def fork(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """n independent child streams, determined by the state of ``rng`` (for generators that compose others)."""
    keys = rng.integers(0, 2**64, size=(n, 2), dtype=np.uint64)
    return [np.random.Generator(np.random.Philox(key=key)) for key in keys]


def reduced(image: np.ndarray, size: int) -> np.ndarray:
    """Downscale a drawing from the size of its data set to ``size`` px: bicubic, antialiased; unchanged if it has that
    size.

    Args:
        image: (S, S) or (S, S, 3) uint8.
        size: at most S.
    """
    return (
        image
        if len(image) == size
        else np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))
    )


_listener: Callable[[str], None] | None = None


def announce(label: str) -> None:
    """Announce which label is rendered next.

    A render worker listens, so that it can name a label that hangs or crashes.
    """
    if _listener is not None:
        _listener(label)


def listen(listener: Callable[[str], None] | None) -> None:
    """Install the process-wide listener of ``announce`` (render workers only)."""
    global _listener
    _listener = listener
