"""The statistical models compared with their definitions: spectra, wavelet marginals, colours, and their pyramid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pyrtools.pyramids import SteerablePyramidSpace
from scipy import fft, signal, stats
from synthbench.generators import statistical
from synthbench.generators.statistical import Statistical, _impose, models
from synthbench.generators.statistical.matching import Targets, histogram, match
from synthbench.generators.statistical.pyramid import Pyramid

from synthbench.errors import UsageError
from synthbench.generator import reduced, stream

SIZE = 128


def drawn(k: int, size: int = SIZE) -> tuple[models.Palette, np.random.Generator]:
    """An image's palette, and its stream after that."""
    rng = stream(0, k)
    rng.random((3, size, size), np.float32)
    return models.palette(rng, size), rng


def distance(values: np.ndarray, targets: Targets, row: int) -> float:
    """Kolmogorov's distance between a sample and a target histogram."""
    edges = targets.first[row] + targets.step[row] * np.arange(targets.cumulative.shape[1])
    below = np.searchsorted(np.sort(values.ravel()), edges, side="right") / values.size
    return float(np.abs(below - targets.cumulative[row]).max())


def bands_of(x: np.ndarray, levels: int) -> tuple[np.ndarray, list[np.ndarray], Pyramid]:
    """The high-pass residuals (M, S, S) of images (M, S, S), for each level their bands (M, 4, n, n), and
    the pyramid."""
    pyramid = Pyramid(len(x), x.shape[-1], levels)
    planes = [
        np.moveaxis(p, -1, 2).reshape(len(x), -1, *p.shape[2:4])
        for p in pyramid.decompose(fft.rfft2(x.astype(np.float32), norm="ortho"))
    ]
    return planes[0][:, 0], [planes[0][:, 1:5], *planes[1:]], pyramid


def published(x: np.ndarray, levels: int) -> SteerablePyramidSpace:
    """The pyramid of the filters' authors."""
    return SteerablePyramidSpace(x, height=levels, order=3, edge_type="circular")


@pytest.mark.parametrize(("size", "levels"), [(32, 1), (128, 3), (304, 4)])
def test_the_pyramid_is_that_of_pyrtools(size, levels):
    x = np.random.default_rng(0).normal(size=(2, size, size)).astype(np.float32)
    high, bands, ours = bands_of(x, levels)
    theirs = [published(each, levels) for each in x]
    side = size >> levels
    low = fft.ifft2(ours.residual(), norm="ortho")
    again = fft.irfft2(ours.compose(), s=(size, size), norm="ortho")
    for i, expected in enumerate(theirs):
        np.testing.assert_allclose(high[i], expected.pyr_coeffs["residual_highpass"], atol=1e-5)
        for level, turn in np.ndindex(levels, 4):
            np.testing.assert_allclose(bands[level][i, turn], expected.pyr_coeffs[level, turn], atol=1e-5)
        np.testing.assert_allclose(low[i], expected.pyr_coeffs["residual_lowpass"], atol=1e-5)
        np.testing.assert_allclose(again[i], expected.recon_pyr(), atol=1e-5)
    assert low.shape == (2, side, side)
    assert 0.005 < (again - x).std() < 0.015, "the filters are approximations: the image comes back to 1 %"


def test_the_high_pass_and_the_bands_leak_low_frequencies():
    """Gains at 4 and 8 cycles per 128 px, measured on gratings. Without leakage, images with steep spectra are
    grainy."""
    x = np.arange(128)
    seen = []
    for cycles in (4, 8):
        wave = np.tile(math.sqrt(2) * np.cos(2 * np.pi * cycles * x / 128), (128, 1)).astype(np.float32)
        high, bands, _ = bands_of(wave[None], 3)
        seen.append([high.std(), *bands[0][0].std((1, 2))])
    np.testing.assert_allclose(np.array(seen)[:, 0], [0.049, 0.124], atol=5e-4)
    np.testing.assert_allclose(np.array(seen)[0, 1:], [0.051, 0.044, 0, 0.044], atol=5e-4)


def test_planes_are_matched_in_place_two_in_one():
    """Only the requested ones, each to its own target."""
    rng = np.random.default_rng(0)
    planes = rng.normal(size=(2, 3, 32, 32, 2)).astype(np.float32)
    before = planes.copy()
    targets = Targets.of(rng.random((8, 50)) + 1, first=10.0 * np.arange(8), step=np.full(8, 0.1), spread=np.ones(8))
    match(planes, targets, standardise=False, first=1)
    maps, old = (np.moveaxis(p, -1, 2).reshape(2, 6, -1) for p in (planes, before))
    np.testing.assert_array_equal(maps[:, [0, 5]], old[:, [0, 5]])
    for row, (image, number) in enumerate(np.ndindex(2, 4)):
        assert distance(maps[image, 1 + number], targets, row) < 0.05
        assert (np.diff(maps[image, 1 + number][old[image, 1 + number].argsort()]) >= 0).all()


@pytest.mark.parametrize("turn", range(4))
def test_a_grating_lies_in_the_band_of_its_scale_and_orientation(turn):
    y, x = np.mgrid[:128, :128] - 64
    angle = -turn * np.pi / 4  # the rows run downwards
    wave = np.cos(2 * np.pi / 8 * (x * np.cos(angle) + y * np.sin(angle))) * np.exp(-(x**2 + y**2) / 800)
    _, bands, _ = bands_of(wave[None], 3)
    energy = np.array([np.square(b[0]).sum((-1, -2)) for b in bands])
    assert np.unravel_index(energy.argmax(), energy.shape) == (1, turn)
    assert energy[1].sum() > 0.8 * energy.sum()


def test_matching_gives_the_target_histogram_and_keeps_the_order():
    rng = np.random.default_rng(0)
    maps = np.stack(
        [rng.normal(size=(200, 200)), rng.gamma(0.7, size=(200, 200)) + 3, np.full((200, 200), 4.0)]
    ).astype(np.float32)
    before = maps.copy()
    goal = rng.gamma(2.0, size=(3, 50_000))
    counts, first, step = histogram(goal, 256)
    assert counts.sum(1).tolist() == [50_000] * 3
    targets = Targets.of(counts, first=first, step=step, spread=np.ones(3))
    match(maps[:, None, :, :, None], targets, standardise=False)
    for i in range(2):
        assert stats.ks_2samp(maps[i].ravel(), goal[i]).statistic < 0.03
        assert (np.diff(maps[i].ravel()[before[i].ravel().argsort(kind="stable")]) >= 0).all()
    np.testing.assert_array_equal(maps[2], 4.0, err_msg="a flat map has no histogram to change")
    match(maps[:, None, :, :, None], targets, standardise=True)
    np.testing.assert_allclose(maps[:2].mean((1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(maps[:2].std((1, 2)), 1, rtol=1e-4)


def test_the_distribution_of_the_spectra():
    slopes = []
    for k in range(400):
        m = models.magnitude(stream(0, k), 64)
        assert m[0, 0] == 0
        # On an axis the other term is 0, so the slope is exact.
        slopes.append([np.log(m[0, 2] / m[0, 16]) / np.log(8), np.log(m[2, 0] / m[16, 0]) / np.log(8)])
    x, y = np.transpose(slopes)
    assert stats.kstest((x + y) / 2, stats.uniform(0.5, 3).cdf).pvalue > 1e-3
    assert stats.kstest((x - y) / 2, stats.norm(0, 0.05).cdf).pvalue > 1e-3
    m = models.magnitude(stream(0, 0), 64)
    np.testing.assert_allclose(1 / m[5, 9], 1 / m[0, 9] + 1 / m[5, 0], rtol=1e-5)


@pytest.mark.parametrize("k", [2, 5])
def test_an_image_of_the_spectrum_model_has_the_spectrum_drawn(k):
    palette, rng = drawn(k)
    expected = models.magnitude(rng, SIZE)
    image = Statistical(wmm=False, color=False).render(0, stream(0, k), SIZE)
    channels = (image.astype(np.float64) @ palette.axes).transpose(2, 0, 1)
    seen = np.abs(fft.rfft2(channels))
    top = expected > expected.max() / 300  # below, the rounding to 8 bits dominates
    ratio = seen[:, top] / expected[top]
    assert (ratio.std(1) / ratio.mean(1) < 0.15).all()


def test_imposing_a_spectrum_twice_changes_nothing_and_keeps_the_moments():
    x = np.random.default_rng(0).random((1, 3, 64, 64)).astype(np.float32) * 9 + 4
    m = models.magnitude(stream(0, 1), 64)[None, None]
    weight = np.sqrt(models.energy(m))
    freqs = fft.rfft2(x, norm="ortho")
    _impose(freqs, m, weight)
    once = fft.irfft2(freqs, norm="ortho")
    np.testing.assert_allclose(once.mean((2, 3)), x.mean((2, 3)), rtol=1e-5)
    np.testing.assert_allclose(once.std((2, 3)), x.std((2, 3)), rtol=1e-4)
    freqs = fft.rfft2(once, norm="ortho")
    _impose(freqs, m, weight)
    np.testing.assert_allclose(fft.irfft2(freqs, norm="ortho"), once, atol=1e-3)


def test_the_wavelet_bands_have_the_marginals_drawn():
    _, rng = drawn(3)
    targets = models.marginals(rng, 3)
    made = Statistical(spectrum=False, color=False)._images([stream(0, 3)], SIZE, 3)
    palette, _ = drawn(3)
    channels = np.einsum("bchw,ci->bihw", made - palette.mean[:, None, None], palette.axes).astype(np.float32)
    high, bands, _ = bands_of(channels[0], 3)
    ratios = []
    for level, (band, target) in enumerate(zip([high, *bands], targets, strict=True)):
        maps = band.reshape(-1, *band.shape[-2:])
        ratios += (maps.std((1, 2)) / target.spread).tolist()
        for row, one in enumerate(maps):
            assert distance(one, target, row) < 0.12, (level, row)  # white noise: 0.07 to 0.36
    assert np.median(ratios) == pytest.approx(1, abs=0.05)
    assert stats.kurtosis(high.ravel()) > 2, "the finest band has heavy tails"


def test_the_marginals_follow_their_formula():
    rng = stream(0, 0)
    found = models.marginals(rng, 4)
    assert [len(t.cumulative) for t in found] == [3, 12, 12, 12, 12]
    x = np.arange(-200, 200.5, 0.5)
    drawn = stream(0, 0)
    shapes = [drawn.uniform(0.4, 0.8, n) for n in (3, 12, 12, 12, 12)]
    for target, shape, scale in zip(found, shapes, (4, 4, 4**2, 4**4, 4**8), strict=True):  # 4^(image side / band side)
        density = np.exp(-(np.abs(x / scale) ** shape[:, None]))
        np.testing.assert_allclose(
            np.diff(target.cumulative, axis=1), density / density.sum(1, keepdims=True), rtol=1e-4, atol=1e-9
        )
        deviation = np.sqrt((density * x**2).sum(1) / density.sum(1))
        np.testing.assert_allclose(target.spread, deviation)


def test_colours_have_the_histograms_of_the_palette():
    for k in range(3):
        palette, _ = drawn(k)
        made = Statistical(wmm=False)._images([stream(0, k)], SIZE, 3)[0]
        channels = np.einsum("chw,ci->ihw", made - palette.mean[:, None, None].astype(np.float32), palette.axes)
        for row in range(3):
            assert distance(channels[row], palette.histograms, row) < 0.03


def test_a_palette_has_few_colours_and_its_axes_are_orthonormal():
    for k in range(5):
        palette = models.palette(stream(1, k), 128)
        np.testing.assert_allclose(palette.axes.T @ palette.axes, np.eye(3), atol=1e-9)
        assert palette.mean.min() > 0 and palette.mean.max() < 256


def test_a_palette_matches_its_source():
    """3 to 22 colours, shares 0.001 + U, sorted pixels, a box blur of 1 to 10 px, noise of 10, to 0..256: written
    out."""
    ns, widths = [], []
    for k in range(12):
        rng = stream(2, k)
        n = 3 + math.floor(20 * rng.random())
        colors, share = rng.random((n, 3)), 0.001 + rng.random(n)
        index = np.repeat(np.arange(n), rng.multinomial(128**2, share / share.sum()))
        m = math.ceil(10 * rng.random())
        picture = np.stack(
            [
                signal.convolve2d(256 * colors[index, c].reshape(128, 128), np.ones((m, m)) / m**2, "same")
                for c in range(3)
            ]
        )
        picture += 10 * rng.random((128, 128, 3)).transpose(2, 0, 1)
        pixels = 256 * (picture - picture.min()) / (picture.max() - picture.min())
        pixels = pixels.reshape(3, -1)
        made = models.palette(stream(2, k), 128)
        np.testing.assert_allclose(made.mean, pixels.mean(1), rtol=0.01)
        latent = made.axes.T @ np.cov(pixels) @ made.axes
        assert np.abs(latent - np.diag(np.diag(latent))).max() < 0.02 * latent.max(), "principal axes"
        assert (np.diff(np.diag(latent)) < 0.01 * latent.max()).all(), "the largest first"
        for row in range(3):
            assert distance(made.axes.T[row] @ (pixels - pixels.mean(1, keepdims=True)), made.histograms, row) < 0.06
        ns.append(n)
        widths.append(m)
    assert min(ns) >= 3 and max(ns) <= 22 and len(set(ns)) > 6
    assert min(widths) >= 1 and max(widths) <= 10 and len(set(widths)) > 5


def test_the_models_are_imposed_in_turn_ten_times(monkeypatch):
    calls, impose, matched = [], statistical._impose, statistical.match
    monkeypatch.setattr(statistical, "_impose", lambda *a: calls.append("spectrum") or impose(*a))
    monkeypatch.setattr(
        statistical, "match", lambda *a, **k: calls.append("band" if k["standardise"] else "color") or matched(*a, **k)
    )
    Statistical().render(0, stream(0, 0), 64)
    assert calls == 10 * ["spectrum", "band", "band", "band", "band", "color"], (
        "the high-pass residual and three scales"
    )


def matched(x: np.ndarray, targets: Targets, row: int) -> np.ndarray:
    """The values of an array, mapped by interpolation between the edges of both histograms."""
    bins = targets.cumulative.shape[1] - 1
    width = np.ptp(x) / (bins - 1)
    edges = x.min() + width * (np.arange(bins + 1) - 0.5)
    shares = np.cumsum([0, *np.histogram(x, edges)[0]]) / x.size
    return np.interp(
        x,
        edges,
        np.interp(shares, targets.cumulative[row], targets.first[row] + targets.step[row] * np.arange(bins + 1)),
    )


def naive(model: Statistical, k: int) -> np.ndarray:
    """An image drawn as in the source from the same numbers: channel by channel, with whole frequency planes and
    spatial filters."""
    rng = stream(0, k)
    channels = [256 * c.astype(np.float64) for c in rng.random((3, SIZE, SIZE), np.float32)]
    palette = models.palette(rng, SIZE)
    wanted = models.magnitude(rng, SIZE) if model.spectrum else None
    marginals = models.marginals(rng, 3) if model.wmm else []
    for _, c in np.ndindex(10, 3):
        x = channels[c]
        if wanted is not None:
            y = fft.irfft2(wanted * np.exp(1j * np.angle(fft.rfft2(x))))
            x = (y - y.mean()) * (x.std() / y.std()) + x.mean()
        if model.wmm:
            steps = published(x, 3)
            names = ["residual_highpass", *np.ndindex(3, 4)]
            for i, name in enumerate(names):
                level, row = (0, c) if i == 0 else (1 + (i - 1) // 4, 4 * c + (i - 1) % 4)
                y = matched(steps.pyr_coeffs[name], marginals[level], row)
                steps.pyr_coeffs[name] = (y - y.mean()) * (marginals[level].spread[row] / y.std())
            x = steps.recon_pyr()
        channels[c] = matched(x, palette.histograms, c) if model.color else x
    image = np.stack(channels, -1) @ palette.axes.T + palette.mean
    return np.rint(255 * (image - image.min()) / np.ptp(image))


@pytest.mark.parametrize("parts", [("spectrum",), ("wmm",), ("spectrum", "color"), ("spectrum", "wmm", "color")])
def test_an_image_matches_its_source(parts):
    """With the same random numbers. Rounding errors grow over ten rounds, so single pixels of the wavelet models may
    differ."""
    model = Statistical(**{part: part in parts for part in ("spectrum", "wmm", "color")})
    # a steep spectrum: without the filters' leakage, r is 0.7
    ours, theirs = model.render(0, stream(0, 0), SIZE).astype(float), naive(model, 0)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.998
    assert np.median(np.abs(ours - theirs)) <= 1


def test_every_image_uses_the_whole_range():
    for image in Statistical().render_batch([0] * 2, [stream(0, k) for k in range(2)], 128):
        assert (image.min(), image.max()) == (0, 255)


@pytest.mark.parametrize(("size", "side", "bands"), [(37, 128, 4), (128, 128, 4), (192, 256, 5), (300, 300, 5)])
def test_an_image_is_drawn_at_the_size_of_the_source(size, side, bands, monkeypatch):
    seen = []
    monkeypatch.setattr(
        statistical,
        "Pyramid",
        lambda count, side, levels: seen.append((side, levels + 1)) or Pyramid(count, side, levels),
    )
    monkeypatch.setattr(statistical, "ITERATIONS", 1)
    image = Statistical().render(0, stream(0, 0), size)
    assert image.shape == (size, size, 3)
    assert seen == [(side if side % 16 == 0 else 304, bands)]
    whole = Statistical().render(0, stream(0, 0), side)
    np.testing.assert_array_equal(image, reduced(whole, size))


def test_a_model_without_spectrum_and_wavelets_is_refused():
    with pytest.raises(UsageError, match="needs spectrum = true or wmm = true"):
        Statistical(spectrum=False, wmm=False)
