"""The random models of an image: its spectrum, the marginals of its wavelet bands, its palette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from synthbench.generators.statistical.matching import Targets, histogram
from synthbench.generators.statistical.pyramid import ORIENTATIONS


def magnitude(rng: np.random.Generator, size: int) -> np.ndarray:
    """(size, size // 2 + 1) float32 magnitudes 1 / (|fx|^(s + d) + |fy|^(s - d)), frequencies in cycles per pixel, 0
    for the mean; s ~ U(0.5, 3.5), d ~ N(0, 0.05^2)."""
    slope, skew = rng.uniform(0.5, 3.5), rng.normal() * 3 / 60
    fx, fy = np.arange(size // 2 + 1) / size, np.abs(np.fft.fftfreq(size))
    total = fx ** (slope + skew) + (fy ** (slope - skew))[:, None]
    total[0, 0] = np.inf
    return (1 / total).astype(np.float32)


def energy(size: np.ndarray) -> np.ndarray:
    """Sum of squares over the whole frequency plane, from the half (..., S, S // 2 + 1) of a real image; float64.

    S is even: the first and the last column count once, the others twice.
    """
    columns = np.square(size, dtype=np.float64).sum(-2)
    total: np.ndarray = 2 * columns.sum(-1) - columns[..., 0] - columns[..., -1]
    return total


_X = np.arange(-200, 200.5, 0.5)


def marginals(rng: np.random.Generator, levels: int) -> list[Targets]:
    """Targets of an image's bands in the order of ``pyramid.decompose``: the density exp(-|x / s|^r) on [-200, 200] in
    steps of 0.5, with r ~ U(0.4, 0.8) for each channel and band and s = 4^(image side / band side)."""
    found = []
    for level in (-1, *range(levels)):  # the high-pass residual first
        shape = rng.uniform(0.4, 0.8, 3 if level < 0 else 3 * ORIENTATIONS)
        scale = 4.0**2 ** max(level, 0)
        density = np.exp(-((np.abs(_X) / scale) ** shape[:, None]))
        spread = np.sqrt((density * _X**2).sum(1) / density.sum(1))
        found.append(
            Targets.of(density, first=np.full(len(shape), _X[0]), step=np.full(len(shape), 0.5), spread=spread)
        )
    return found


@dataclass(frozen=True)
class Palette:
    """The colours of an image: their mean (3,), their principal axes (3, 3) in columns, and the histograms
    along these."""

    mean: np.ndarray
    axes: np.ndarray
    histograms: Targets


def palette(rng: np.random.Generator, size: int) -> Palette:
    """Draw a picture of 3 to 22 colours in bands of random width, blurred and noisy, and measure its colours.

    Args:
        size: the picture's side; the blur is a box of 1 to 10 px.
    """
    n = 3 + int(20 * rng.random())
    colors = rng.random((n, 3))
    share = 0.001 + rng.random(n)
    counts = rng.multinomial(size**2, share / share.sum())
    picture = 256 * np.repeat(colors, counts, axis=0).reshape(size, size, 3)
    width = 1 + int(10 * rng.random())
    picture = ndimage.uniform_filter(picture, (width, width, 1), mode="constant")
    picture += 10 * rng.random(picture.shape)
    picture -= picture.min()
    picture *= 256 / picture.max()
    pixels = picture.reshape(-1, 3)
    mean = pixels.mean(0)
    axes = np.linalg.eigh(np.cov(pixels, rowvar=False))[1][:, ::-1]
    # eigenvectors do not have a defined sign, and libraries choose differently
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), range(3)])
    counts, first, step = histogram(np.ascontiguousarray(((pixels - mean) @ axes).T), 256)
    return Palette(mean, axes, Targets.of(counts, first=first, step=step, spread=np.ones(3)))
