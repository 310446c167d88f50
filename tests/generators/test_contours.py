"""Contours: the ranges of a class, the outlines against a naive drawing, the grays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from skimage.draw import line
from synthbench.generators.contours import Contours

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
    assert uniform([s.radius for s in shapes], 10, 60) and uniform(np.array([s.oval for s in shapes]).ravel(), 1, 2)
    waves = np.array([s.waves for s in shapes])
    assert (waves[:, 0] != waves[:, 1]).all()
    assert stats.chisquare(np.bincount(waves.ravel(), minlength=21)).pvalue > 1e-3


def test_rcdb_has_the_ranges_of_its_paper():
    shapes = [Contours(kind="rcdb").shape(label) for label in range(1000)]
    vertices = np.array([s.vertices for s in shapes])
    assert vertices.min() >= 3 and vertices.max() <= 200
    law = stats.truncexpon(b=1.98, loc=3, scale=100)  # 3 to 201, so that 200 counts whole
    assert stats.kstest(vertices + np.random.default_rng(0).random(1000), law.cdf).pvalue > 1e-3
    assert uniform([s.radius for s in shapes], 0, 100) and uniform([s.noise for s in shapes], 0, 4)
    assert {s.waves for s in shapes} == {(0, 0)}


def naive_edges(xs, ys, size):
    """The cells of a closed polygon's edges."""
    lit = set()
    columns, rows = np.floor(xs).astype(int), np.floor(ys).astype(int)
    for j in range(len(xs)):
        k = (j + 1) % len(xs)
        lit |= set(zip(*(axis.tolist() for axis in line(rows[j], columns[j], rows[k], columns[k])), strict=True))
    return {(r, c) for r, c in lit if 0 <= r < size and 0 <= c < size}


def test_outlines_are_where_the_formula_puts_them(monkeypatch):
    """Without noise the outlines are those of the formula alone."""
    generator = Contours(count=5)
    for label in range(5):
        shape = generator.shape(label)._replace(noise=0.0, lines=30)
        monkeypatch.setattr(generator, "shape", lambda _, shape=shape: shape)
        image = generator.render(label, stream(0, label), 512)
        monkeypatch.undo()
        cx, cy = 256 + stream(0, label).uniform(-32, 32, 2)
        angle = 2 * np.pi * np.arange(shape.vertices) / shape.vertices
        lit = set()
        for n in range(30):
            out = n * (0.5 * np.sin(shape.waves[0] * angle) + 0.5 * np.sin(shape.waves[1] * angle) + shape.width)
            xs = cx + (shape.radius * shape.oval[0] + out) * np.cos(angle)
            ys = cy + (shape.radius * shape.oval[1] + out) * np.sin(angle)
            lit |= naive_edges(xs, ys, 512)
        made = set(zip(*(axis.tolist() for axis in np.nonzero(image[..., 0])), strict=True))
        assert len(made ^ lit) <= 0.02 * len(lit)


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_a_small_image_is_that_of_512_px_reduced(kind):
    generator = Contours(kind=kind, count=3)
    reduced = Image.fromarray(generator.render(2, stream(0, 0), 512)).resize((96, 96), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(generator.render(2, stream(0, 0), 96), np.asarray(reduced))


@pytest.mark.parametrize("kind", ["visualatom", "rcdb"])
def test_noise_moves_a_line_by_lambda_at_most_and_half_of_it_on_average(kind, monkeypatch):
    """The outermost pixel, over many images, against radius + lines (lambda / 2 + width)."""
    generator = Contours(kind=kind)
    shape = generator.shape(0)._replace(noise=2.0, lines=60, radius=20.0, oval=(1.0, 1.0), waves=(0, 0), width=0.05, vertices=150)
    monkeypatch.setattr(generator, "shape", lambda _: shape)
    reach = []
    for k in range(30):
        image = generator.render(0, stream(0, k), 512)[..., 0]
        cx, cy = 256 + stream(0, k).uniform(-32, 32, 2)
        rows, columns = np.nonzero(image)
        distance = np.hypot(rows + 0.5 - cy, columns + 0.5 - cx)
        assert distance.min() > 18 and distance.max() < 20 + 59 * 2.05 + 2
        reach.append(np.percentile(distance[distance > 60], 99))
    assert 20 + 59 * 1.05 - 3 < np.mean(reach) < 20 + 59 * 1.05 + 16


def test_grays_are_uniform_and_never_black():
    one = Contours()
    grays = np.concatenate([np.unique(one.render(label, stream(1, label), 256)) for label in range(40)])
    assert set(grays) - {0} <= set(range(1, 256))
    assert 100 < np.mean(grays[grays > 0]) < 156


def test_an_image_scales_with_its_size():
    small, large = (Contours().render(3, stream(0, 3), size)[..., 0] for size in (64, 256))
    boxes = [np.ravel([(axis.min(), axis.max()) for axis in np.nonzero(image)]) / len(image) for image in (small, large)]
    np.testing.assert_allclose(*boxes, atol=0.03)


def test_wrong_parameters_are_refused():
    with pytest.raises(UsageError, match="no kind 'atoms'; allowed: visualatom, rcdb"):
        Contours(kind="atoms")
    with pytest.raises(UsageError, match="count must be at least 1"):
        Contours(count=0)
