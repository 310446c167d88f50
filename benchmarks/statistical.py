"""Statistical image models: the original method compared with ours on the same random numbers.

The original method processes images and channels one by one, in double precision: whole complex Fourier planes, a
steerable pyramid of spatial filters (pyrtools, the port of the MATLAB code that the source used), histograms matched by
interpolation in NumPy, ten iterations for every model. The rest is our transcription. (With the spectrum alone ours
stops after one iteration, because further ones have no effect.)

    python benchmarks/statistical.py [--images 4] [--size 128] [--recipes spectrum-color-wmm ...]

CPU seconds of one thread. ``r`` is the lowest correlation between an image of one and the same image of the other.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from pyrtools.pyramids import SteerablePyramidSpace
from synthbench.generators.statistical import ITERATIONS, Statistical, models
from synthbench.generators.statistical.matching import Targets
from synthbench.generators.statistical.pyramid import ORIENTATIONS

from synthbench.entrant.recipe import resolve
from synthbench.generator import stream


def forward(x: np.ndarray) -> np.ndarray:
    """Image to frequencies, 0 in the middle."""
    return np.fft.fftshift(np.fft.fft2(x, norm="ortho"))


def back(freqs: np.ndarray) -> np.ndarray:
    """Frequencies to image."""
    return np.asarray(np.fft.ifft2(np.fft.ifftshift(freqs), norm="ortho").real)


def matched(x: np.ndarray, targets: Targets, row: int, *, standardise: bool) -> np.ndarray:
    """Values mapped so that their histogram is the target's."""
    wanted, bins = targets.cumulative[row], targets.cumulative.shape[1] - 1
    width = (x.max() - x.min()) / (bins - 1)
    edges = x.min() + width * (np.arange(bins + 1) - 0.5)
    counts, _ = np.histogram(x, edges)
    shares = np.concatenate([[0], np.cumsum(counts) / x.size])
    there = targets.first[row] + targets.step[row] * np.arange(bins + 1)
    y = np.interp(x, edges, np.interp(shares, wanted, there))
    return np.asarray((y - y.mean()) * (targets.spread[row] / y.std()) if standardise else y)


def original(generator: Statistical, rng: np.random.Generator, size: int) -> np.ndarray:
    """(size, size, 3) uint8, drawn with the original method and our random numbers."""
    levels = size.bit_length() - 5
    channels = [256 * c.astype(np.float64) for c in rng.random((3, size, size), np.float32)]
    palette = models.palette(rng, size)
    if generator.spectrum:
        half = models.magnitude(rng, size).astype(np.float64)
        mirror = np.roll(half[::-1, ::-1], 1, axis=0)  # of a real image: the other half of the plane
        magnitude = np.fft.fftshift(np.concatenate([half, mirror[:, 1:-1]], axis=1))
    if generator.wmm:
        marginals = models.marginals(rng, levels)
    for _ in range(ITERATIONS):
        for c in range(3):
            if generator.spectrum:
                mean, deviation = channels[c].mean(), channels[c].std()
                freqs = forward(channels[c])
                x = back(magnitude * np.exp(1j * np.angle(freqs)))
                channels[c] = (x - x.mean()) * (deviation / x.std()) + mean
            if generator.wmm:
                pyramid = SteerablePyramidSpace(channels[c], height=levels, order=3, edge_type="circular")
                bands = pyramid.pyr_coeffs
                bands["residual_highpass"] = matched(bands["residual_highpass"], marginals[0], c, standardise=True)
                for level, k in np.ndindex(levels, ORIENTATIONS):
                    bands[level, k] = matched(
                        bands[level, k], marginals[1 + level], ORIENTATIONS * c + k, standardise=True
                    )
                channels[c] = pyramid.recon_pyr()
            if generator.color:
                channels[c] = matched(channels[c], palette.histograms, c, standardise=False)
    image = np.stack(channels, axis=-1) @ palette.axes.T + palette.mean
    return np.rint((image - image.min()) * (255 / np.ptp(image))).astype(np.uint8)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--size", type=int, default=128, choices=[128, 256, 512], help="those that are not reduced")
    parser.add_argument("--recipes", nargs="+", default=["spectrum", "wmm", "spectrum-color", "spectrum-color-wmm"])
    given = parser.parse_args()
    n, size = given.images, given.size
    print(f"{n} images of {size} px; ms of CPU an image")
    for name in given.recipes:
        generator = resolve(name).load()
        assert isinstance(generator, Statistical)
        generator.render_batch([0] * n, [stream(0, k) for k in range(n)], size)  # compiles
        start = time.process_time()
        ours = generator.render_batch([0] * n, [stream(0, k) for k in range(n)], size)
        middle = time.process_time()
        theirs = np.stack([original(generator, stream(0, k), size) for k in range(n)])
        end = time.process_time()
        same = min(float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in zip(ours, theirs, strict=True))
        fast, slow = (1000 * t / n for t in (middle - start, end - middle))
        print(f"{name:20} original {slow:8.1f}  synthbench {fast:7.1f}  {slow / fast:5.1f}x  r {same:.4f}", flush=True)


if __name__ == "__main__":
    main()
