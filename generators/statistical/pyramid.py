"""A steerable pyramid with the sp3 filters: a high-pass residual, four orientations at each scale, a low-pass residual.

Borders wrap.

Source: Simoncelli and Freeman 1995; the filters of Karasaridis and Simoncelli 1996 (``sp3.json``), which the source of
the models uses. They are short kernels, applied here as gains in the frequency domain, and only approximate the theory.
The high pass and the bands let some low frequencies pass (at 4 and 8 cycles per 128 px the high pass has gains of
-0.049 and -0.124). The models need this leakage: if the spectrum is steep, a standardised band consists mostly of it,
and is smooth. ``compose`` reconstructs white noise up to 1 %.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numba
import numpy as np
from scipy import fft

ASSETS = ("sp3.json",)
ORIENTATIONS = 4


@cache
def kernels() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The even high pass (15, 15), low pass (9, 9) and low pass between scales (17, 17), and the odd bands
    (4, 9, 9)."""
    read = json.loads(Path(__file__).with_name("sp3.json").read_text("utf-8"))
    even = [np.pad(read[name], ((len(read[name]) - 1, 0),) * 2, mode="reflect") for name in ("high", "low", "lower")]
    upright, diagonal = np.array(read["upright"]), np.array(read["diagonal"])
    return even[0], even[1], even[2], np.stack([upright, diagonal, -upright.T, diagonal[:, ::-1]])


def gains(kernel: np.ndarray, n: int) -> np.ndarray:
    """(n, n) complex: the factors by which correlation with this kernel multiplies the frequencies of an n x n
    image."""
    wrapped, reach = np.zeros((n, n)), np.arange(len(kernel)) - len(kernel) // 2
    np.add.at(wrapped, (reach[:, None] % n, reach % n), kernel)
    return np.conj(fft.fft2(wrapped))


@cache
def _filters(size: int, levels: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each level, n = size / 2^level, the gains of its planes (P, n, n), two filters in one, and the low pass
    (n, n) to the next.

    The low pass is halved, because keeping every other pixel halves the sums of ``norm="ortho"``. All gains of the
    first level except the high pass include the first low pass.
    """
    high, low, lower, bands = kernels()
    steps = []
    for level in range(levels):
        n = size // 2**level
        before = gains(low, n).real if level == 0 else 1
        planes = [gains(band, n) * before for band in bands]
        planes = [gains(high, n), *planes, np.zeros((n, n))] if level == 0 else planes
        packed = np.stack([planes[i] + 1j * planes[i + 1] for i in range(0, len(planes), 2)])
        steps.append((packed.astype(np.complex64), (gains(lower, n).real / 2 * before).astype(np.float32)))
    return steps


class Pyramid:
    """The bands of M real images of S x S pixels, two of them as the parts of one complex plane, so that both need only
    one transform.

    The arrays are reused for other images; allocating new ones would take as much time as the transforms.

    Args:
        count: M.
        size: S, a multiple of 2**levels.
        levels: scales.
    """

    def __init__(self, count: int, size: int, levels: int) -> None:
        self._steps = _filters(size, levels)
        self._whole = [np.empty((count, size >> level, size >> level), np.complex64) for level in range(levels + 1)]
        self._packed = [np.empty((count, *packed.shape), np.complex64) for packed, _ in self._steps]

    def decompose(self, freqs: np.ndarray) -> list[np.ndarray]:
        """Decompose the images.

        Args:
            freqs: (M, S, S // 2 + 1) complex64, ``rfft2`` with ``norm="ortho"``.

        Returns:
            The planes of each level, (M, P, n, n, 2) float32, n = S, S / 2, ...: the last axis continues the axis
            before P. The first level has P = 3 (the high-pass residual, the four
                orientations, and an unused one), the others P = 2. They can be changed in place.
        """
        _extend(freqs, self._whole[0])
        for level, (packed, lower) in enumerate(self._steps):
            _spread(self._whole[level], packed, self._packed[level])
            self._packed[level] = fft.ifft2(self._packed[level], norm="ortho", overwrite_x=True)
            _halve(self._whole[level], lower, self._whole[level + 1])
        return [packed.view(np.float32).reshape(*packed.shape, 2) for packed in self._packed]

    def residual(self) -> np.ndarray:
        """The frequencies of the low-pass residual, (M, m, m) with m = S / 2**levels: all of them, not only half."""
        return self._whole[-1]

    def compose(self) -> np.ndarray:
        """The frequencies (M, S, S // 2 + 1) of the images with these bands and this residual: each band is filtered
        again. The bands are overwritten."""
        for level in reversed(range(len(self._steps))):
            self._packed[level] = fft.fft2(self._packed[level], norm="ortho", overwrite_x=True)
            _gather(self._packed[level], *self._steps[level], self._whole[level + 1], self._whole[level])
        return _halved(self._whole[0])


@numba.njit(cache=True)
def _extend(freqs, whole):  # type: ignore[no-untyped-def]
    """All frequencies of real images from half of them."""
    n = whole.shape[-1]
    for m in range(len(whole)):
        for y in range(n):
            row, mirrored, to = freqs[m, y], freqs[m, n - y if y else 0], whole[m, y]
            for x in range(n // 2 + 1):
                to[x] = row[x]
            for x in range(n // 2 + 1, n):
                to[x] = np.conj(mirrored[n - x])


@numba.njit(cache=True)
def _halved(whole):  # type: ignore[no-untyped-def]
    """Half of the frequencies of the real parts of images."""
    n = whole.shape[-1]
    freqs = np.empty((len(whole), n, n // 2 + 1), np.complex64)
    half = np.float32(0.5)
    for m in range(len(whole)):
        for y in range(n):
            row, mirrored, to = whole[m, y], whole[m, n - y if y else 0], freqs[m, y]
            to[0] = half * (row[0] + np.conj(mirrored[0]))
            for x in range(1, n // 2 + 1):
                to[x] = half * (row[x] + np.conj(mirrored[n - x]))
    return freqs


@numba.njit(cache=True)
def _spread(whole, packed, planes):  # type: ignore[no-untyped-def]
    """Planes (M, P, n, n) of frequencies: each of (M, n, n) multiplied by each of P gains."""
    n = whole.shape[-1]
    for m in range(len(whole)):
        for p in range(len(packed)):
            for y in range(n):
                a, b, c = whole[m, y], packed[p, y], planes[m, p, y]
                for x in range(n):
                    c[x] = a[x] * b[x]


@numba.njit(cache=True)
def _halve(whole, lower, to):  # type: ignore[no-untyped-def]
    """Low pass, then every other pixel: higher frequencies fold back."""
    half = to.shape[-1]
    for m in range(len(whole)):
        for y in range(half):
            a, b, c, d, e = whole[m, y], whole[m, y + half], lower[y], lower[y + half], to[m, y]
            for x in range(half):
                e[x] = (a[x] * c[x] + a[x + half] * c[x + half]) + (b[x] * d[x] + b[x + half] * d[x + half])


@numba.njit(cache=True)
def _gather(planes, packed, lower, rest, whole):  # type: ignore[no-untyped-def]
    """The adjoint of ``_spread`` and ``_halve``, added up, for the real parts of images: ``_halved`` drops the
    imaginary ones."""
    n, half = whole.shape[-1], rest.shape[-1]
    for m in range(len(whole)):
        for y in range(n):
            a, b, c = rest[m, y % half], lower[y], whole[m, y]
            for x in range(half):
                c[x] = a[x] * b[x]
            for x in range(half):
                c[half + x] = a[x] * b[half + x]
            for p in range(len(packed)):
                d, e = planes[m, p, y], packed[p, y]
                for x in range(n):
                    c[x] += d[x] * np.conj(e[x])
