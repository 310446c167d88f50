"""Statistical image models: noise with the spectrum, the wavelet marginals and the colours of natural images.

Source: Baradad et al. 2021, "Learning to See by Looking at Noise", Sec. 3.2 (the constants of its code,
mbaradad/learning_with_noise at a31abe3). Wavelets after Portilla and Simoncelli 2000.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft
from synthbench.generators.statistical import models
from synthbench.generators.statistical.matching import Targets, match
from synthbench.generators.statistical.pyramid import Pyramid

from synthbench.errors import UsageError
from synthbench.generator import Generator, reduced

ITERATIONS = 10
CHUNK = 2**14
"""Pixels per batch of images: the bands of more would not fit the cache."""


class Statistical(Generator):
    """White noise on which the selected models are imposed in turn, ten times: spectrum, wavelet marginals (WMM),
    colour histograms.

    The three channels are principal components of a random palette's colours; the last step turns them into RGB and
    stretches the image to 0..255. All statistics wrap around the image's borders. With the spectrum alone the iteration
    stops after one round, because further rounds repeat it.

    Images are drawn at 128 px (3 scales of wavelets), the size of the source's small data sets, or at 256 px (4), that
    of its large ones, and downscaled (bicubic, antialiased). Larger images, which the source does not have, are drawn
    at their own size, with log2(size) - 4 scales, rounded down; if the scales do not divide the size, on the next
    larger canvas, cropped.

    Args:
        spectrum: impose a power law, 1 / (|fx|^a + |fy|^b).
        wmm: impose the marginals of a steerable pyramid's bands.
        color: impose the colour histograms of a random palette; without it the palette only gives the directions of the
            colour axes.
    """

    def __init__(self, spectrum: bool = True, wmm: bool = True, color: bool = True) -> None:
        if not spectrum and not wmm:
            raise UsageError(
                "a statistical model needs spectrum = true or wmm = true: without both its images are white noise."
            )
        self.spectrum, self.wmm, self.color = spectrum, wmm, color
        self.labels = ("+".join(name for name in ("spectrum", "color", "wmm") if getattr(self, name)),)

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        image: np.ndarray = self.render_batch([label], [rng], size)[0]
        return image

    def render_batch(self, labels: Sequence[int], rngs: Sequence[np.random.Generator], size: int) -> np.ndarray:
        side = 128 if size <= 128 else max(size, 256)
        levels = side.bit_length() - 5
        canvas = -(-side // 2**levels) * 2**levels
        step = max(1, CHUNK // canvas**2)
        made = [self._images(rngs[i : i + step], canvas, levels)[:, :, :side, :side] for i in range(0, len(rngs), step)]
        drawn = np.ascontiguousarray(np.concatenate([_stretched(images) for images in made]).transpose(0, 2, 3, 1))
        return np.stack([reduced(image, size) for image in drawn])

    def _images(self, rngs: Sequence[np.random.Generator], size: int, levels: int) -> np.ndarray:
        """(N, 3, size, size) float32 RGB, of any range."""
        images = 256 * np.stack([rng.random((3, size, size), np.float32) for rng in rngs])
        palettes = [models.palette(rng, size) for rng in rngs]
        colors = Targets.joined([palette.histograms for palette in palettes])
        if self.spectrum:
            magnitude = np.stack([models.magnitude(rng, size) for rng in rngs])[:, None]
            weight = np.sqrt(models.energy(magnitude))
        if self.wmm:
            marginals = [
                Targets.joined(each) for each in zip(*(models.marginals(rng, levels) for rng in rngs), strict=True)
            ]
            pyramid = Pyramid(3 * len(rngs), size, levels)
        for _ in range(ITERATIONS if self.wmm or self.color else 1):
            freqs = fft.rfft2(images, norm="ortho")
            if self.spectrum:
                _impose(freqs, magnitude, weight)
            if self.wmm:
                bands = pyramid.decompose(freqs.reshape(-1, *freqs.shape[-2:]))
                match(bands[0], marginals[0], standardise=True)
                for level, (band, target) in enumerate(zip(bands, marginals[1:], strict=True)):
                    match(band, target, standardise=True, first=0 if level else 1)
                freqs = pyramid.compose().reshape(freqs.shape)
            images = fft.irfft2(freqs, s=images.shape[-2:], norm="ortho")
            if self.color:
                match(images.reshape(-1, 1, size, size, 1), colors, standardise=False)
        axes = np.stack([palette.axes for palette in palettes]).astype(np.float32)
        mean = np.stack([palette.mean for palette in palettes]).astype(np.float32)[..., None, None]
        red_green_blue: np.ndarray = (
            # sums in a fixed order, as in mix
            sum(images[:, None, i] * axes[:, :, i, None, None] for i in range(3)) + mean
        )
        return red_green_blue


def _impose(freqs: np.ndarray, magnitude: np.ndarray, weight: np.ndarray) -> None:
    """Set the magnitude of each channel's frequencies (up to a factor), keeping its phases, mean and standard
    deviation."""
    mean = freqs[..., 0, 0].copy()
    freqs[..., 0, 0] = 0
    size = np.abs(freqs)
    gain = (np.sqrt(models.energy(size)) / weight)[..., None, None].astype(np.float32)
    freqs *= magnitude * gain / np.maximum(size, np.float32(1e-30))
    freqs[..., 0, 0] = mean


def _stretched(images: np.ndarray) -> np.ndarray:
    """Each image stretched to 0..255, with the same linear map for all channels, rounded to uint8."""
    low = images.min(axis=(1, 2, 3), keepdims=True)
    high = images.max(axis=(1, 2, 3), keepdims=True)
    return np.rint((images - low) * (255 / np.maximum(high - low, np.float32(1e-30)))).clip(0, 255).astype(np.uint8)
