"""Anderson & Farrell's fractals: the distribution of the systems, the window, the colours and backgrounds."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from synthbench.generators.fractals import anderson, ifs
from synthbench.generators.fractals.anderson_farrell import AndersonFarrell
from synthbench.generators.fractals.colour import rgb

from synthbench.generator import stream


@pytest.mark.parametrize("n", [2, 3, 4])
def test_singular_values_follow_the_sigma_factor_distribution(n):
    factors = []
    for k in range(600):
        maps = anderson.system(stream(3, k), n=n)
        s = np.linalg.svd(maps[:, :4].reshape(-1, 2, 2), compute_uv=False)
        assert s.max() <= 1 + 1e-9
        factors.append((s[:, 0] + 2 * s[:, 1]).sum())
    assert stats.kstest(factors, stats.uniform((5 + n) / 2, 0.5).cdf).pvalue > 1e-3


def test_systems_have_two_to_four_maps_any_orientation_and_bounded_shifts():
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


def test_hues_go_in_steps_of_two_degrees():
    gray = np.linspace(0, 1, 300)[None]
    made = anderson.coloured(gray, stream(9, 0))[0, 1:]
    rng = stream(9, 0)
    hue = np.floor(gray[0, 1:] * 255 + rng.uniform(0, 255)) % 256
    saturation, value = rng.uniform(0.3, 1), rng.uniform(0.5, 1)
    want = np.array([colorsys.hsv_to_rgb(2 * h / 360 % 1, saturation, value) for h in hue]) * 255
    assert np.abs(made - want).max() < 1.001


def test_hsv_is_colorsys():
    hsv = np.random.default_rng(0).random((200, 3))
    want = np.array([colorsys.hsv_to_rgb(*one) for one in hsv]) * 255
    assert np.abs(rgb(*hsv.T).astype(float) - want).max() < 1.001


def test_a_density_counts_the_points_in_the_cells_of_one_mask():
    points = np.random.default_rng(0).uniform(0, 1, (2, 500))
    masks = set()
    for k in range(60):
        made = anderson.density(points, np.array([0.2, 0.1]), np.array([0.9, 0.8]), 24, stream(1, k))
        rng = stream(1, k)
        mask, counts = int(rng.integers(1, 512)), np.zeros((24, 24))
        masks.add(mask)
        for x, y in zip(np.trunc((points[0] - 0.2) / 0.7 * 23), np.trunc((points[1] - 0.1) / 0.7 * 23), strict=True):
            for cell in range(9):
                row, column = int(y) + cell // 3 - 1, int(x) + cell % 3 - 1
                if mask >> cell & 1 and 0 <= row < 24 and 0 <= column < 24:
                    counts[row, column] += 1
        transposed, upside_down, mirrored = rng.random(3) < 0.5
        want = counts.T if transposed else counts
        want = want[::-1] if upside_down else want
        np.testing.assert_allclose(made, (want[:, ::-1] if mirrored else want) / max(counts.max(), 1))
    assert len(masks) > 45


def test_windows_follow_the_distribution():
    points = np.array([[0.0, 2.0], [-1.0, 3.0]])
    # extents 2 and 4, the middle at (1, 1)
    made = np.array([anderson.window(points, stream(2, k)) for k in range(1500)])
    centre, half = (made.mean(axis=1) - 1) / [2, 4], (made[:, 1] - made[:, 0]) / 2 / [2, 4]
    assert stats.kstest(centre.ravel(), stats.uniform(-0.2, 0.4).cdf).pvalue > 1e-3
    assert stats.kstest(half.ravel(), stats.uniform(0.25, 0.75).cdf).pvalue > 1e-3


def test_an_attractor_has_100_000_points_chosen_by_the_determinants(monkeypatch):
    seen, orbit = [], ifs.orbit
    monkeypatch.setattr(ifs, "orbit", lambda maps, p, u, start: seen.append((p, len(u))) or orbit(maps, p, u, start))
    maps = anderson.system(stream(1, 1))
    anderson.windowed(maps, 224, stream(0, 0))
    anderson.whole(maps, 112, stream(0, 0))
    anderson.windowed(maps, 448, stream(0, 0))
    assert [n for _, n in seen] == [100_000, 100_000, 400_000]
    np.testing.assert_allclose(seen[1][0], np.abs(np.linalg.det(maps[:, :4].reshape(-1, 2, 2))))


def test_diamond_square_matches_its_source():
    """The addition of each level to the mean of four neighbours: U(-1, 1) exp((1 - k) decay) / 2; borders wrap;
    corners are U(0, 1)."""
    fields = [anderson.diamond_square(8, 0.6, stream(4, k)) for k in range(400)]
    a = np.stack(fields, axis=2)
    assert stats.kstest(a[[0, 0, 256, 256], [0, 256, 0, 256]].ravel(), stats.uniform.cdf).pvalue > 1e-3
    first, second = 0.5, 0.5 * np.exp(-0.6)
    for place, neighbours, most in (
        ((128, 128), [(0, 0), (0, 256), (256, 0), (256, 256)], first),
        ((0, 128), [(0, 0), (0, 256), (128, 128), (128, 128)], first),
        ((128, 256), [(0, 256), (256, 256), (128, 128), (128, 128)], first),
        ((64, 192), [(0, 128), (0, 256), (128, 128), (128, 256)], second),
        ((128, 64), [(128, 0), (128, 128), (64, 64), (192, 64)], second),
        ((64, 0), [(0, 0), (128, 0), (64, 64), (64, 192)], second),
    ):
        added = a[place] - np.mean([a[n] for n in neighbours], axis=0)
        assert stats.kstest(added, stats.uniform(-most, 2 * most).cdf).pvalue > 1e-3, place
    assert a.shape == (257, 257, 400)


def test_a_background_is_its_field_scaled_and_shifted():
    for k in range(20):
        made, rng = anderson.background(40, stream(5, k)), stream(5, k)
        field = anderson.diamond_square(6, rng.uniform(0.4, 0.8), rng)[:40, :40]
        hue = np.floor(255 * (field * rng.uniform(0.25, 1) + rng.uniform(0, 1))) % 256 * 2 / 360 % 1
        saturation = (field * rng.uniform(0.1, 0.3) + rng.uniform(0.4, 0.6)).clip(0, 1)
        value = (field * rng.uniform(0.3, 0.6) + rng.uniform(0.4, 0.6)).clip(0, 1)
        want = [colorsys.hsv_to_rgb(*one) for one in zip(hue.ravel(), saturation.ravel(), value.ravel(), strict=True)]
        assert np.abs(made.reshape(-1, 3) - 255 * np.array(want)).max() < 1.001


def test_a_fractal_shows_where_it_is_not_black():
    image = np.full((4, 4, 3), 9, np.uint8)
    fractal = np.zeros((4, 4, 3), np.uint8)
    fractal[1, 2] = (0, 5, 0)
    anderson.composite(image, fractal)
    assert image[1, 2].tolist() == [0, 5, 0]
    assert (image == 9).sum() == 45


def test_resizing_is_bilinear_without_antialiasing():
    image = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    for size in (33, 80, 112, 134):
        x = torch.from_numpy(image).permute(2, 0, 1)[None].float()
        want = (
            torch.nn.functional.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)[0]
            .permute(1, 2, 0)
            .numpy()
        )
        assert np.abs(anderson.bilinear(image, size) - want).max() < 0.51


def test_half_of_the_images_are_blurred_by_a_gaussian():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    changed = 0
    for k in range(100):
        made = anderson.blurred(image, stream(6, k))
        if not np.array_equal(made, image):
            changed += 1
            rng = stream(6, k)
            rng.random()
            want = ndimage.gaussian_filter(
                image.astype(float), rng.uniform(0.5, 1), mode="mirror", radius=1, axes=(0, 1)
            )
            assert np.abs(made - want).max() <= 0.51
    assert 35 < changed < 65


def test_several_fractals_are_one_to_five_of_the_sides_of_the_distribution(monkeypatch):
    sides, wholes, bilinear, whole = [], [], anderson.bilinear, anderson.whole
    monkeypatch.setattr(anderson, "bilinear", lambda image, size: sides.append(size) or bilinear(image, size))
    monkeypatch.setattr(anderson, "whole", lambda maps, size, rng: wholes.append(size) or whole(maps, size, rng))
    generator = AndersonFarrell(count=30, most=5)
    counts = []
    for k in range(120):
        before = len(sides)
        generator.render(k % 30, stream(0, k), 100)
        counts.append(len(sides) - before)
    assert stats.chisquare(np.bincount(counts, minlength=6)[1:]).pvalue > 1e-3
    assert set(wholes) == {112}, "half of the image's side, all of the fractal"
    assert stats.kstest(np.array(sides) + 0.5, stats.uniform(0.15 * 224, 0.45 * 224).cdf).pvalue > 1e-3


def test_a_fractal_lies_anywhere_as_long_as_its_middle_is_in_the_image(monkeypatch):
    """A white square instead of a fractal shows its position."""
    cut, middles = 0, []
    for k in range(300):
        image = np.zeros((224, 224, 3), np.uint8)
        anderson.place(image, np.full((112, 112, 3), 255, np.uint8), stream(3, k))
        rng = stream(3, k)
        side = int(rng.uniform(0.15, 0.6) * 224)
        corner = rng.integers(-(side // 2), 224 - side // 2, 2)
        rows, columns = np.nonzero(image[..., 0])
        assert [rows.min(), columns.min()] == np.maximum(corner, 0).tolist()
        assert [rows.max(), columns.max()] == (np.minimum(corner + side, 224) - 1).tolist()
        cut += (corner < 0).any() or (corner + side > 224).any()
        middles.append(corner + side // 2)
    assert 100 < cut < 290
    assert stats.kstest(np.ravel(middles) + 0.5, stats.uniform(0, 224).cdf).pvalue > 1e-3


def test_single_fractals_fill_a_share_of_the_image_and_none_is_lost():
    generator = AndersonFarrell(count=60)
    lit = [anderson.windowed(generator.system(label), 96, stream(0, label)).any(axis=2).mean() for label in range(60)]
    assert 0.1 < np.mean(lit) < 0.6
    assert sum(share == 0 for share in lit) <= 3


def test_a_window_that_shows_nothing_is_drawn_again(monkeypatch):
    generator, windowed, calls = AndersonFarrell(count=2), anderson.windowed, []
    monkeypatch.setattr(anderson, "windowed", lambda *a: calls.append(1) or windowed(*a) * (len(calls) > 2))
    generator.render(0, stream(0, 0), 32)
    assert (len(calls), generator.redrawn) == (3, 2)
