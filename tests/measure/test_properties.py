"""Properties of images compared with their definitions, computed in another way."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from PIL import Image

from synthbench.errors import UsageError
from synthbench.measure.properties import UNITS, constant, coverage, means, properties, spectrum_slope


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Noise, a gradient, a disc on black, one colour."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :64]
    gradient = np.stack([4 * x, 4 * y, 2 * x + 2 * y], -1)
    disc = np.where(((x - 32) ** 2 + (y - 32) ** 2 < 400)[..., None], [250, 40, 10], 0)
    return np.stack([rng.integers(0, 256, (64, 64, 3)), gradient, disc, np.full((64, 64, 3), 77)]).astype(np.uint8)


def test_sizes_are_those_of_the_files(images, tmp_path):
    found = properties(images)
    assert list(found) == list(UNITS) and all(v.shape == (4,) and v.dtype == np.float64 for v in found.values())
    for i, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "x.jpg", quality=95)
        data = (tmp_path / "x.jpg").read_bytes()
        assert found["jpeg_kb"][i] == len(data) / 1000
        for name, raw in (("gzip_kb", image.tobytes()), ("gzip_jpeg_kb", data)):
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)  # a gzip file is a deflate stream in 18 bytes
            assert found[name][i] == (len(deflate.compress(raw) + deflate.flush()) + 18) / 1000
    assert found["gzip_kb"][3] < 0.1 and found["gzip_kb"][0] > 12


def test_colourfulness_by_its_definition(images):
    for image, found in zip(images, properties(images)["colourfulness"], strict=True):
        pixels = [tuple(map(int, p)) for p in image.reshape(-1, 3)]
        rg, yb = [r - g for r, g, _ in pixels], [(r + g) / 2 - b for r, g, b in pixels]
        mean = [math.fsum(v) / len(v) for v in (rg, yb)]
        var = [math.fsum((x - m) ** 2 for x in v) / len(v) for v, m in zip((rg, yb), mean, strict=True)]
        assert found == pytest.approx(math.sqrt(sum(var)) + 0.3 * math.sqrt(mean[0] ** 2 + mean[1] ** 2), rel=1e-12)
    gray = np.repeat(images[:1, ..., :1], 3, -1)
    assert properties(gray)["colourfulness"][0] == 0


def test_coverage(images):
    y, x = np.mgrid[:64, :64]
    noise, gradient, disc, flat = properties(images)["coverage"]
    assert (noise, gradient, flat) == (1, 1, 0)
    assert disc == pytest.approx(((x - 32) ** 2 + (y - 32) ** 2 < 400).mean())
    bright = images[2].copy()
    # a JPEG's black
    bright[bright.sum(-1) == 0] = np.random.default_rng(1).integers(0, 8, ((bright.sum(-1) == 0).sum(), 3))
    assert coverage(bright) == pytest.approx(disc, abs=0.01)


@pytest.mark.parametrize("exponent", [-3.0, -2.0, 0.0])
def test_the_slope_of_a_spectrum_that_is_known(exponent):
    rng = np.random.default_rng(int(-exponent))
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None])
    f[0, 0] = 1
    found = []
    for _ in range(6):
        field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((128, 128))) * f ** (exponent / 2)).real
        pixels = np.clip(128 + 40 * field / field.std(), 0, 255).astype(np.uint8)
        found.append(spectrum_slope(np.repeat(pixels[..., None], 3, -1)))
    assert np.mean(found) == pytest.approx(exponent, abs=0.15)


def test_what_is_not_defined_is_nan_and_left_out_of_a_record(images):
    found = properties(images)
    assert np.isnan(found["spectrum_slope"]).tolist() == [False, False, False, True]
    assert constant(images).tolist() == [False, False, False, True]
    assert "spectrum_slope" not in means(images[3:]) and means(images[3:])["coverage"] == 0
    assert means(images)["spectrum_slope"] == pytest.approx(found["spectrum_slope"][:3].mean())


def test_bad_input():
    with pytest.raises(UsageError, match=r"\(2, 3, 8, 8\).*\(N, H, W, 3\) uint8"):
        properties(np.zeros((2, 3, 8, 8), np.uint8))
    with pytest.raises(UsageError, match="float32"):
        properties(np.zeros((2, 8, 8, 3), np.float32))
    assert set(properties(np.zeros((1, 8, 8, 3), np.uint8))) == set(UNITS)
    assert properties(np.zeros((0, 8, 8, 3), np.uint8))["jpeg_kb"].shape == (0,)
