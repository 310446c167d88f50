"""Anderson & Farrell's fractals: the law of the systems, the window, the colours and backgrounds."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from scipy import ndimage, stats
from synthbench.generators.fractals import AndersonFarrell, anderson, ifs

from synthbench.generator import stream


@pytest.mark.parametrize("n", [2, 3, 4])
def test_singular_values_follow_the_sigma_factor_law(n):
    factors = []
    for k in range(600):
        maps = anderson.system(stream(3, k), n=n)
        s = np.linalg.svd(maps[:, :4].reshape(-1, 2, 2), compute_uv=False)
        assert s.max() <= 1 + 1e-9
        factors.append((s[:, 0] + 2 * s[:, 1]).sum())
    assert stats.kstest(factors, stats.uniform((5 + n) / 2, 0.5).cdf).pvalue > 1e-3


def test_the_systems_have_two_to_four_maps_any_orientation_and_shifts_in_the_square():
    systems = [anderson.system(stream(4, k)) for k in range(900)]
    assert stats.chisquare(np.bincount([len(maps) for maps in systems])[2:]).pvalue > 1e-3
    rows = np.concatenate(systems)
    assert stats.kstest(rows[:, 4:].ravel(), stats.uniform(-1, 2).cdf).pvalue > 1e-3
    mirrored = rows[:, 0] * rows[:, 3] < rows[:, 1] * rows[:, 2]
    assert 0.45 < mirrored.mean() < 0.55


def test_the_sampler_meets_any_sum_and_its_bounds():
    for k in range(400):
        rng = stream(5, k)
        n = int(rng.integers(2, 8))
        factor = rng.uniform(0.1, 3 * n - 0.1)
        s = anderson.singular_values(n, factor, rng)
        assert (s[:, 0] + 2 * s[:, 1]).sum() == pytest.approx(factor)
        assert (s[:, 0] <= 1 + 1e-9).all() and (s[:, 1] <= s[:, 0] + 1e-9).all() and (s >= -1e-9).all()


def test_a_jitter_scales_one_map_and_keeps_it_contractive():
    ratios = []
    for k in range(300):
        maps = anderson.system(stream(6, k))
        changed = anderson.jittered(maps, stream(7, k))
        rows = np.flatnonzero((changed != maps).any(axis=1))
        assert len(rows) <= 1
        if len(rows):
            ratio = changed[rows[0]] / maps[rows[0]]
            np.testing.assert_allclose(ratio, ratio[0])
            ratios.append(ratio[0])
            assert np.linalg.norm(changed[rows[0], :4].reshape(2, 2), ord=2) <= 1 + 1e-9
    assert len(ratios) > 280
    assert 0.8 <= min(ratios) < 0.81 and 1.08 < max(ratios) <= 1.1


def test_an_orbit_starts_at_the_fixed_point():
    for k in range(20):
        maps = anderson.system(stream(8, k))
        x, y = anderson.fixed_point(maps)
        a, b, c, d, e, f = maps[0]
        np.testing.assert_allclose([a * x + b * y + e, c * x + d * y + f], [x, y], atol=1e-9)


def test_colours_are_black_where_nothing_is_and_one_saturation_elsewhere():
    gray = np.linspace(0, 1, 64 * 64).reshape(64, 64)
    seen = []
    for k in range(60):
        image = anderson.coloured(gray, stream(9, k))
        assert not image[gray == 0].any()
        value, low = image[gray > 0].max(axis=1), image[gray > 0].min(axis=1)
        assert np.ptp(value) <= 1
        seen.append((value.max() / 255, 1 - low.min() / value.max()))
    values, saturations = np.array(seen).T
    assert 0.49 < values.min() < 0.6 and 0.9 < values.max() <= 1
    assert 0.28 < saturations.min() < 0.4 and 0.9 < saturations.max() <= 1


def test_hsv_is_colorsys():
    hsv = np.random.default_rng(0).random((200, 3))
    want = np.array([colorsys.hsv_to_rgb(*one) for one in hsv]) * 255
    assert np.abs(anderson.rgb(*hsv.T).astype(float) - want).max() < 1.001


def test_a_density_is_one_at_most_and_the_window_moves():
    points = ifs.orbit(anderson.system(stream(1, 1)), np.ones(4)[: len(anderson.system(stream(1, 1)))], ifs.choices(20_000))
    shown = [anderson.density(points, 64, stream(1, k)) for k in range(40)]
    assert all(one.shape == (64, 64) and one.min() == 0 and one.max() == 1 for one in shown)
    assert len({one.tobytes() for one in shown}) == 40


def test_diamond_square_is_smoother_at_a_faster_decay():
    rough, smooth = (
        np.mean([np.abs(np.diff(anderson.diamond_square(224, decay, stream(2, k)), axis=1)).mean() for k in range(6)]) for decay in (0.8, 0.4)
    )
    assert rough > 3 * smooth
    for size in (8, 37, 224, 256, 257):
        field = anderson.diamond_square(size, 0.6, stream(3, size))
        assert field.shape == (size, size)
        assert field.min() == 0 and field.max() == 1
    midpoints = anderson.diamond_square(257, 1e-12, stream(4, 0))  # noise at the first level only: below it, means of neighbours
    np.testing.assert_allclose(midpoints[64, 64], midpoints[[0, 0, 128, 128], [0, 128, 0, 128]].mean(), atol=1e-9)


def test_a_background_has_the_saturation_and_value_of_its_law():
    for k in range(20):
        image = anderson.background(64, stream(5, k)).astype(float)
        value, low = image.max(axis=2), image.min(axis=2)
        assert value.min() >= 0.4 * 255 - 1
        assert (1 - low / value).min() >= 0.38 and (1 - low / value).max() <= 0.92


def test_half_of_the_images_are_blurred_by_a_gaussian():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    changed = 0
    for k in range(100):
        made = anderson.blurred(image, stream(6, k))
        if not np.array_equal(made, image):
            changed += 1
            rng = stream(6, k)
            rng.random()
            want = ndimage.gaussian_filter(image.astype(float), rng.uniform(0.5, 1), mode="mirror", radius=1, axes=(0, 1))
            assert np.abs(made - want).max() <= 0.51
    assert 35 < changed < 65


def test_several_fractals_are_one_to_five_of_the_sides_of_the_law(monkeypatch):
    sides, drawn = [], anderson.drawn
    monkeypatch.setattr(anderson, "drawn", lambda maps, size, rng: sides.append(size) or drawn(maps, size, rng))
    generator = AndersonFarrell(count=30, most=5)
    counts = []
    for k in range(120):
        before = len(sides)
        generator.render(k % 30, stream(0, k), 100)
        counts.append(len(sides) - before)
    assert {1, 2, 3, 4, 5} <= set(counts)
    assert min(sides) >= 33 and max(sides) < 135
    assert np.mean(sides) == pytest.approx(84, abs=7)
    assert generator.redrawn < 12


def test_single_fractals_fill_a_share_of_the_image_and_none_is_lost():
    generator = AndersonFarrell(count=60)
    shown = [anderson.drawn(generator.system(label), 96, stream(0, label)) for label in range(60)]
    lit = [0.0 if one is None else one.any(axis=2).mean() for one in shown]
    assert 0.1 < np.mean(lit) < 0.6
    assert sum(share == 0 for share in lit) <= 3
