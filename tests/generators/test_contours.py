"""Contours: the ranges of a class, the outlines against a naive drawing, the grays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from skimage.draw import line
from synthbench.generators.contours import BACKGROUND, REACH, Contours, Shape, perlin

from synthbench.errors import UsageError
from synthbench.generator import stream


def uniform(values, low, high):
    return stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_visualatom_has_the_ranges_of_its_paper():
    shapes = [Contours(count=1000).shape(label) for label in range(1000)]
    vertices, lines = np.array([s.vertices for s in shapes]), np.array([s.lines for s in shapes])
    assert vertices.min() >= 200 and vertices.max() <= 1000 and uniform(vertices, 200, 1000)
    assert lines.min() == 1 and lines.max() == 200 and uniform(lines, 0, 200)
    assert uniform([s.noise for s in shapes], 0, 4) and uniform([s.width for s in shapes], 0, 0.1)
    halves = np.array([s.half_axes for s in shapes])
    assert 10 <= halves.min() < 12 and 110 < halves.max() <= 120
    assert halves.mean(0) == pytest.approx([35 * 1.5] * 2, rel=0.1), "radius 10 to 60, times U(1, 2) along each axis"
    assert (
        stats.kstest(
            halves[:, 0] / halves[:, 1],
            stats.uniform(1, 1).rvs(20_000, random_state=0) / stats.uniform(1, 1).rvs(20_000, random_state=1),
        ).pvalue
        > 1e-3
    )
    waves = np.array([s.waves for s in shapes])
    assert all(n1 != n2 or n1 == 0 for n1, n2 in waves)
    assert stats.chisquare(np.bincount(waves.ravel(), minlength=21)).pvalue > 1e-3


def test_rcdb_has_the_ranges_of_its_paper():
    shapes = [Contours(kind="rcdb").shape(label) for label in range(1000)]
    vertices, lines = np.array([s.vertices for s in shapes]), np.array([s.lines for s in shapes])
    assert vertices.min() >= 3 and vertices.max() <= 200
    law = stats.truncexpon(b=1.98, loc=3, scale=100)  # 3 to 201, so that 200 counts whole
    assert stats.kstest(vertices + np.random.default_rng(0).random(1000), law.cdf).pvalue > 1e-3
    assert lines.min() == 1 and lines.max() == 200 and uniform(lines, 0, 200)
    assert uniform([s.noise for s in shapes], 0, 4) and uniform([s.width for s in shapes], 0, 0.1)
    assert {(s.waves, s.half_axes) for s in shapes} == {((0, 0), None)}


def pnoise1(x: float, permutation: np.ndarray) -> float:
    """1-D Perlin noise with a table of hashes, point by point."""

    def slope(cell: int) -> float:
        h = int(permutation[cell % 256]) % 16
        return -1.0 if h >= 8 else h + 1.0

    cell, t = int(x // 1), x % 1
    fade = 6 * t**5 - 15 * t**4 + 10 * t**3
    return 0.4 * ((1 - fade) * slope(cell) * t + fade * slope(cell + 1) * (t - 1))


def test_the_noise_is_that_of_pnoise1_at_random_places():
    rng = np.random.default_rng(0)
    exact = [pnoise1(rng.uniform(0, 10_000), rng.permutation(256)) for _ in range(4000)]
    made = perlin(stream(0, 0), (4000,))
    assert stats.ks_2samp(exact, made).pvalue > 1e-3
    assert abs(made.mean()) < 0.03
    many = perlin(stream(0, 1), (50, 2, 400))
    assert abs(np.corrcoef(many[:, 0].ravel(), many[:, 1].ravel())[0, 1]) < 0.03, "x and y by themselves"
    assert abs(np.corrcoef(many[..., 1:].ravel(), many[..., :-1].ravel())[0, 1]) < 0.03, "vertex by vertex"


def naive_edges(xs, ys, size):
    """The cells of a closed polygon's edges."""
    lit = set()
    columns, rows = np.floor(xs).astype(int), np.floor(ys).astype(int)
    for j in range(len(xs)):
        k = (j + 1) % len(xs)
        lit |= set(zip(*(axis.tolist() for axis in line(rows[j], columns[j], rows[k], columns[k])), strict=True))
    return {(r, c) for r, c in lit if 0 <= r < size and 0 <= c < size}


def drawn(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, tuple[float, float] | None]:
    """The centre and, for RCDB, the half axes of an image, from its stream."""
    reach = {"visualatom": 512, "rcdb": 400}[kind]
    centre = (512 + rng.integers(-reach, reach + 1, 2)) / 2
    if kind == "visualatom":
        return centre, None
    radius = rng.integers(0, 101)
    return centre, (radius * rng.uniform(1, 2), radius * rng.uniform(1, 2))


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_outlines_are_where_the_formula_puts_them(kind, monkeypatch):
    """Every line of the original's recurrence, with the noise of the image's stream."""
    generator = Contours(kind=kind, count=5)
    for label in range(5):
        shape = generator.shape(label)._replace(lines=20)
        monkeypatch.setattr(generator, "shape", lambda _, shape=shape: shape)
        image = generator.render(label, stream(0, label), 512)
        monkeypatch.undo()
        rng = stream(0, label)
        (cx, cy), half_axes = drawn(kind, rng)
        half_axes = half_axes or shape.half_axes
        p = perlin(rng, (20, 2, shape.vertices)).astype(float)
        angle = 2 * np.pi * np.arange(shape.vertices) / shape.vertices
        xs, ys = cx + half_axes[0] * np.cos(angle), cy + half_axes[1] * np.sin(angle)
        lit = set()
        for n in range(20):
            if kind == "visualatom":
                waves = 0.5 * np.sin(shape.waves[0] * angle) + 0.5 * np.sin(shape.waves[1] * angle)
                steps = [shape.noise * q - shape.noise - waves for q in p[n]]
            else:
                steps = [2 * shape.noise * q - shape.noise for q in p[n]]
            xs = xs - np.cos(angle) * (steps[0] - shape.width)
            ys = ys - np.sin(angle) * (steps[1] - shape.width)
            lit |= naive_edges(xs, ys, 512)
        made = set(zip(*(axis.tolist() for axis in np.nonzero(image[..., 0] != BACKGROUND[kind])), strict=True))
        hidden = 20 * len(lit) / 256  # a line may have the background's gray
        assert len(made - lit) <= 0.02 * len(lit)
        assert len(lit - made) <= 0.02 * len(lit) + hidden


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_the_centre_is_anywhere_within_reach(kind):
    centres = np.array([drawn(kind, stream(2, k))[0] for k in range(2000)])
    half = REACH[kind] / 2
    assert uniform(centres.ravel(), 256 - half, 256 + half)
    low, high = [], []
    for k in range(30):  # a small shape's pixels show where it is
        generator = Contours(kind=kind)
        generator.shape = lambda _: Shape(200, 1, 1.0, 0.0, (0, 0), (5.0, 5.0))
        rows, columns = np.nonzero(generator.render(0, stream(2, k), 512)[..., 0] != BACKGROUND[kind])
        if len(rows) > 20:
            low.append((columns.min(), rows.min()))
            high.append((columns.max(), rows.max()))
            assert np.abs(np.add(low[-1], high[-1]) / 2 - centres[k].clip(0, 511)).max() < 8
    assert len(low) > 15


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_a_small_image_is_that_of_512_px_reduced(kind):
    generator = Contours(kind=kind, count=3)
    reduced = Image.fromarray(generator.render(2, stream(0, 0), 512)).resize((96, 96), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(generator.render(2, stream(0, 0), 96), np.asarray(reduced))


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_a_line_is_lambda_and_the_width_away_from_the_one_before_it(kind, monkeypatch):
    """The outermost pixels, over many images, compared with radius + lines (lambda + width)."""
    generator = Contours(kind=kind)
    shape = Shape(150, 40, 2.0, 0.05, (0, 0), (0.0, 0.0))
    monkeypatch.setattr(generator, "shape", lambda _: shape)
    monkeypatch.setattr("synthbench.generators.contours._half_axes", lambda *_: (0.0, 0.0))
    reach = []
    for k in range(60):
        cx, cy = drawn(kind, stream(0, k))[0]
        if max(abs(cx - 256), abs(cy - 256)) < 130:  # all of it is in the image
            rows, columns = np.nonzero(generator.render(0, stream(0, k), 512)[..., 0] != BACKGROUND[kind])
            distance, turn = (
                np.hypot(rows + 0.5 - cy, columns + 0.5 - cx),
                np.arctan2(rows + 0.5 - cy, columns + 0.5 - cx),
            )
            reach.append(np.mean([distance[np.abs(turn - a) < 0.05].max() for a in np.linspace(-3, 3, 30)]))
    assert len(reach) > 8
    noise = 2.0 * (0.2 if kind == "visualatom" else 0.4) * 40**0.5 * 2  # the outermost of a few jagged vertices
    assert 40 * 2.05 - 2 < np.mean(reach) < 40 * 2.05 + noise + 2


def test_grays_are_uniform_and_the_background_is_the_sources():
    atoms = np.concatenate([np.unique(Contours().render(label, stream(1, label), 512)) for label in range(60)])
    assert (
        stats.kstest(
            atoms[atoms > 0] + np.random.default_rng(0).random((atoms > 0).sum()), stats.uniform(1, 255).cdf
        ).pvalue
        > 1e-3
    )
    assert Contours().render(0, stream(1, 0), 512)[0, 0].tolist() == [0, 0, 0]
    assert Contours(kind="rcdb").render(0, stream(1, 0), 512)[0, 0].tolist() == [255, 255, 255]


def test_an_image_scales_with_its_size():
    small, large = (Contours().render(3, stream(0, 3), size)[..., 0] for size in (64, 256))
    boxes = [
        np.ravel([(axis.min(), axis.max()) for axis in np.nonzero(image)]) / len(image) for image in (small, large)
    ]
    np.testing.assert_allclose(*boxes, atol=0.03)


def test_wrong_parameters_are_refused():
    with pytest.raises(UsageError, match="no kind 'atoms'; allowed: visualatom, rcdb"):
        Contours(kind="atoms")
    with pytest.raises(UsageError, match="count must be at least 1"):
        Contours(count=0)
