"""Properties of single images that need no network: compressed size, colourfulness, coverage, spectrum slope.

The JPEG and gzip sizes follow the paper (Baradad et al. 2022, Table 1 and Fig. 6: quality 95, level 9, kB of 1,000
bytes). The paper does not say what its gzip compresses; here it is the raw pixels, and the gzip of the JPEG is given
as well. Pillow's JPEG library and zlib may differ by a few bytes between versions.
"""

from __future__ import annotations

import gzip
import io
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from synthbench.errors import UsageError
from synthbench.render.shards import Dataset

UNITS = {
    "jpeg_kb": "kB",
    "gzip_kb": "kB",
    "gzip_jpeg_kb": "kB",
    "colourfulness": "",
    "coverage": "share of pixels",
    "spectrum_slope": "",
}
"""The properties in the order of display, with their units."""
NEAR = 8
"""Levels (of 255) by which a channel of a background pixel may differ from the background's colour: antialiasing,
JPEG artefacts."""
PLAIN = 0.5
"""Share of the border that one colour must cover for an image to have a background."""
FIRST = 256
"""Number of images of a run whose properties are recorded: one second of work."""


def properties(images: np.ndarray) -> dict[str, np.ndarray]:
    """Every property in ``UNITS`` of each image.

    Args:
        images: (N, H, W, 3) uint8, H and W at least 8.

    Returns:
        Name -> (N,) float64. NaN where a property is not defined: the spectrum slope of a constant image.

    Raises:
        UsageError: wrong shape or type.
    """
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8 or min(images.shape[1:3]) < 8:
        raise UsageError(
            f"images of shape {images.shape} and type {images.dtype}: properties need (N, H, W, 3) uint8 images of at "
            "least 8 px per side."
        )
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:  # compression releases the GIL
        rows = list(pool.map(_of_one, images))
    columns = np.array(rows, np.float64).reshape(-1, len(UNITS)).T
    return dict(zip(UNITS, columns, strict=True))


def means(images: np.ndarray) -> dict[str, float]:
    """The mean of each property over the images; properties that are undefined for all images are left out."""
    found = {name: values[np.isfinite(values)] for name, values in properties(images).items()}
    return {name: float(values.mean()) for name, values in found.items() if len(values)}


def of_first(data: Dataset) -> tuple[int, dict[str, float]]:
    """The mean of each property over a run's first images, for the record, and the number of these images.

    Raises:
        DataError: an image cannot be read.
    """
    images = np.stack([data.image(i) for i in range(min(FIRST, len(data)))])
    return len(images), means(images)


def constant(images: np.ndarray) -> np.ndarray:
    """(N,) bool: the images whose pixels are all equal."""
    return np.asarray((images == images[:, :1, :1]).all(axis=(1, 2, 3)))


def _of_one(image: np.ndarray) -> tuple[float, ...]:
    jpeg = _jpeg(image)
    sizes = len(jpeg), len(_gzip(np.ascontiguousarray(image).tobytes())), len(_gzip(jpeg))
    return (*(size / 1000 for size in sizes), colourfulness(image), coverage(image), spectrum_slope(image))


def _jpeg(image: np.ndarray) -> bytes:
    """Quality 95 with Pillow's defaults (4:2:0), as in most code of the field."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def colourfulness(image: np.ndarray) -> float:
    """Hasler and Süsstrunk 2003, M3, in sRGB: 0 for gray; in their study, 15 is slightly, 45 averagely, 109 extremely
    colourful.

    Args:
        image: (H, W, 3) uint8.
    """
    r, g, b = (image[..., c].astype(np.float64) for c in range(3))
    rg, yb = r - g, (r + g) / 2 - b
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def coverage(image: np.ndarray) -> float:
    """Share of the canvas that is not background, in [0, 1].

    The background is all pixels that differ by at most ``NEAR`` levels per channel from the most frequent colour of the
    border. If less than half of the border has that colour, there is no background and the coverage is 1; the coverage
    of a constant image is 0.

    Args:
        image: (H, W, 3) uint8.
    """
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    codes, counts = np.unique(border.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32), return_counts=True)
    code = int(codes[counts.argmax()])
    colour = np.array([code >> 16, code >> 8 & 255, code & 255], np.int16)
    if (np.abs(border - colour) <= NEAR).all(axis=-1).mean() < PLAIN:
        return 1.0
    return 1 - float((np.abs(image - colour) <= NEAR).all(axis=-1).mean())


def spectrum_slope(image: np.ndarray) -> float:
    """The exponent a of the power spectrum f^a: about -2 for photographs, 0 for white noise. NaN for a constant image.

    Computed from the luminance (Rec. 601) without its mean, under a Hann window (without it, the borders cause a
    cross): the mean power on rings of one cycle per image, and a least-squares line through its logarithm against the
    logarithm of the frequency, from 2 cycles (the window blurs the first) to the Nyquist frequency of the shorter side,
    with equal weight for every ring.

    Args:
        image: (H, W, 3) uint8.
    """
    luminance = image @ np.array([0.299, 0.587, 0.114])
    if np.ptp(image.reshape(-1, 3), axis=0).max() == 0:
        return float("nan")
    height, width = luminance.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    luminance = (luminance - (luminance * window).sum() / window.sum()) * window
    power = np.abs(np.fft.fft2(luminance)) ** 2
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    short = min(height, width)
    ring = np.rint(np.hypot(fy, fx) * short).astype(int).ravel()
    mean = np.bincount(ring, power.ravel()) / np.maximum(np.bincount(ring), 1)
    rings = np.arange(2, short // 2 + 1)
    if mean[rings].max() <= 0:  # different colours with equal luminance
        return float("nan")
    heights = np.log(np.maximum(mean[rings], 1e-12 * mean[rings].max()))
    return float(np.polyfit(np.log(rings), heights, 1)[0])
