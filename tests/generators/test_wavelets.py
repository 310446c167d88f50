"""The parts of StyleGAN2's wavelet families: kernels, noise maps and their envelopes."""

from __future__ import annotations

import platform

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from synthbench.generators.stylegan import wavelets

from synthbench.generator import stream


def test_the_sign_kernels():
    found = wavelets.kernels(False)
    assert found.shape == (40, 3, 3)
    assert set(np.unique(found)) == {-1, 0, 1}
    rows = {k.tobytes() for k in found}
    assert all((-k + 0.0).tobytes() in rows for k in found), "both signs of each"
    np.testing.assert_array_equal(found[0], [[1, 0, -1]] * 3)
    np.testing.assert_array_equal(found[16], [[1, -1, 1]] * 3)
    np.testing.assert_array_equal(found[8], [[-1, 0, 1]] * 3)
    np.testing.assert_array_equal(found[24], [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert len({k.tobytes() for k in found[:16]}) >= 8, "at 3x3 some of the 16 edges look alike"


def test_the_real_kernels_have_mean_zero_but_for_four():
    found = wavelets.kernels(True)
    assert found.shape == (40, 3, 3)
    np.testing.assert_allclose(found[:16].mean((1, 2)), 0, atol=1e-6)
    np.testing.assert_array_equal(found[16], [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found[17], [[-1, -1, -1], [-1, 1, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(found[18], [[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    np.testing.assert_array_equal(found[19], [[-1, 1, -1], [1, 1, 1], [-1, 1, -1]])
    np.testing.assert_array_equal(found[20:], -found[:20])
    assert len({k.round(4).tobytes() for k in found[:8]}) == 8, "eight orientations"


def turned(template: np.ndarray, degrees: float) -> np.ndarray:
    """The source's rotation: with Pillow, in float32."""
    return np.array(Image.fromarray(template.astype(np.float32)).rotate(degrees, resample=Image.Resampling.BILINEAR))[
        4:7, 4:7
    ]


def sources_kernels(oriented: bool) -> np.ndarray:
    """The source's method written out: rotate, crop, subtract the mean (except for the bars of the sign kernels),
    take the sign."""
    edge, bar = np.ones((11, 11)), np.ones((11, 11))
    edge[:, 5], edge[:, 6:], bar[:, 5] = 0, -1, -1
    edges = [turned(edge, i * 180 / 8 if oriented else i * 360 / 16) for i in range(8 if oriented else 16)]
    edges = [k - k.mean() for k in edges]
    bars = [turned(bar, i * 180 / 8) for i in range(8)]
    centre, cross = np.zeros((3, 3)), np.zeros((3, 3))
    centre[1, 1], cross[1], cross[:, 1] = 1, 1, 1
    others = [centre, 2 * centre - 1, cross, np.sign(cross - 0.5)]
    if oriented:
        half = [*edges, *(k - k.mean() for k in bars), *others]
        return np.array(half + [-k for k in half])
    half = [*map(np.sign, bars), *others]
    return np.array([*map(np.sign, edges), *half, *(-k for k in half)])


def test_the_kernels_are_the_sources():
    """The diagonals of the edges at 45, 135, 225 and 315 degrees are the signs of rounding residues in the source."""
    signs, real = sources_kernels(False), sources_kernels(True)
    settled = np.isin(np.arange(40), (2, 6, 10, 14), invert=True)
    np.testing.assert_array_equal(wavelets.kernels(False)[settled], signs[settled])
    np.testing.assert_allclose(wavelets.kernels(True), real, atol=1e-6)
    plus = [[[1, -1, -1], [1, 1, -1], [1, 1, -1]], [[-1, -1, 1], [-1, 1, 1], [1, 1, 1]]]
    np.testing.assert_array_equal(wavelets.kernels(False)[[2, 6]], plus)
    np.testing.assert_array_equal(wavelets.kernels(False)[[10, 14]], -np.array(plus))
    if platform.machine() == "x86_64":  # where the source was run; another processor's residues may have other signs
        np.testing.assert_array_equal(wavelets.kernels(False), signs)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5])
def test_the_noise_maps_have_the_exponent_and_unit_deviation(alpha):
    n = 256
    power = 0
    for k in range(4):
        made = wavelets.noise_map(stream(0, k), n, alpha)
        assert made.shape == (n, n)
        assert made.std() == pytest.approx(1)
        power = power + np.abs(np.fft.rfft2(made * np.hanning(n)[:, None] * np.hanning(n))) ** 2
    r = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)) * n
    radii = np.arange(8, 100)
    mean = [power[(r >= a) & (r < a + 1)].mean() for a in radii]
    assert np.polyfit(np.log(radii + 0.5), np.log(mean), 1)[0] == pytest.approx(-2 * alpha, abs=0.1)


def test_the_envelope_is_of_the_laplace_law_and_smooth():
    made = np.array([wavelets.envelope(stream(0, k), 4) for k in range(400)])
    assert stats.kstest(made.ravel(), stats.laplace.cdf).pvalue > 1e-3, (
        "of the size of the draw, resizing changes nothing"
    )
    large = wavelets.envelope(stream(0, 0), 128)
    assert np.abs(np.diff(large, axis=0)).max() < np.ptp(large) / 8


def test_a_shaped_map_has_unit_deviation_and_is_the_noise_under_its_envelope():
    plain, shaped = wavelets.noise_map(stream(0, 0), 64, 1.0), wavelets.noise_map(stream(0, 0), 64, 1.0, enveloped=True)
    rng = stream(0, 0)
    wavelets.noise_map(rng, 64, 1.0)
    expected = plain * wavelets.envelope(rng, 64)
    np.testing.assert_allclose(shaped, expected / expected.std(), atol=1e-5)
    assert shaped.std() == pytest.approx(1, abs=1e-5)


def test_the_bank_holds_every_kernel_up_to_its_sign():
    for oriented in (False, True):
        bank = wavelets.bank(oriented)
        np.testing.assert_array_equal(bank.kernels[bank.index] * bank.sign[:, None, None], wavelets.kernels(oriented))
        assert len(bank.kernels) <= 20
