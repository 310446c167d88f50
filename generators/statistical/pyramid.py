"""A steerable pyramid in the frequency domain: a high-pass residual, four orientations at each scale, a low-pass residual.

After Simoncelli and Freeman 1995 and Portilla and Simoncelli 2000: third-derivative filters (odd), raised cosines of an octave over the
logarithm of the radius. (The source's MATLAB code has spatial approximations of these filters, sp3Filters; its Python port the filters
themselves.) It is a tight frame: ``compose(*decompose(x))`` is x, and the energies of the bands add up to that of x. Borders wrap.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy import fft

ORIENTATIONS = 4


def _radial(rho: np.ndarray, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """High and low pass over an octave: the low one is 0 from ``cut`` on, the high one up to cut / 2; their squares add up to 1."""
    turn = np.clip(np.log2(np.maximum(rho, 1e-12) / cut) + 1, 0, 1) * math.pi / 2
    return np.sin(turn), np.where(rho >= cut, 0, np.cos(turn))


@cache
def _filters(size: int, levels: int) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """The first high and low pass, then for each level the bands (4, n, n // 2 + 1) and the low pass, n = size / 2^level; real, float32.

    The filters of the bands are odd, so they are to be multiplied by i.
    """
    rho, _ = _polar(size)
    high, low = _radial(rho, 1.0)
    steps = []
    for level in range(levels):
        rho, theta = _polar(size // 2**level)
        band, rest = _radial(rho, 0.5)
        turned = theta - np.arange(ORIENTATIONS)[:, None, None] * math.pi / ORIENTATIONS
        steps.append(((math.sqrt(4 / 5) * np.cos(turned) ** 3 * band).astype(np.float32), rest.astype(np.float32)))
    return high.astype(np.float32), low.astype(np.float32), steps


def _polar(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Radius (1 at the Nyquist frequency) and angle of the frequencies of an n x n image."""
    y, x = 2 * np.fft.fftfreq(n)[:, None], 2 * np.arange(n // 2 + 1) / n
    return np.hypot(y, x), np.arctan2(y, x)


def decompose(freqs: np.ndarray, levels: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Bands of real images.

    Args:
        freqs: (..., S, S // 2 + 1) complex64, ``rfft2`` with ``norm="ortho"``; S is a multiple of 2**levels.
        levels: scales.

    Returns:
        The bands, float32: (..., S, S), then (..., 4, n, n) with n = S, S / 2, ...; and the frequencies of the low-pass residual.
    """
    size = freqs.shape[-2]
    high, low, steps = _filters(size, levels)
    bands = [fft.irfft2(freqs * high, s=(size, size), norm="ortho")]
    rest = freqs * low
    for level, (band, lower) in enumerate(steps):
        n = size // 2**level
        if level:
            rest = np.concatenate([rest[..., : n // 2, : n // 2 + 1], rest[..., -n // 2 :, : n // 2 + 1]], axis=-2)
        turned = rest * np.complex64(1j)
        bands.append(fft.irfft2(turned[..., None, :, :] * band, s=(n, n), norm="ortho"))
        rest = rest * lower
    return bands, rest


def compose(bands: list[np.ndarray], rest: np.ndarray) -> np.ndarray:
    """The frequencies of the image that has these bands and this low-pass residual; the inverse of ``decompose``."""
    size, levels = bands[0].shape[-1], len(bands) - 1
    high, low, steps = _filters(size, levels)
    for level in reversed(range(levels)):
        band, lower = steps[level]
        n = size // 2**level
        total = (fft.rfft2(bands[level + 1], norm="ortho") * band).sum(-3)
        total *= np.complex64(-1j)
        if level == levels - 1:
            total += rest * lower
        else:
            m = n // 4
            total[..., :m, : m + 1] += rest[..., :m, :] * lower[:m, : m + 1]
            total[..., -m:, : m + 1] += rest[..., m:, :] * lower[-m:, : m + 1]
        rest = total
    rest *= low
    rest += fft.rfft2(bands[0], norm="ortho") * high
    return rest
