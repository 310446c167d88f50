"""Dead leaves compared with the definition, painted leaf by leaf over all pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from synthbench.generators import dead_leaves
from synthbench.generators.dead_leaves import MOST_LEAVES, SHAPES, DeadLeaves

from synthbench.generator import reduced, stream


def corners(shape: str, u: np.ndarray) -> np.ndarray:
    """Angles of the corners on the leaf's circle."""
    quarter = np.arange(4) * math.pi / 2
    if shape == "square":
        return quarter + math.pi / 4
    if shape == "oriented":
        return quarter + 2 * math.pi * u[0]
    if shape == "rectangle":
        a = u[0] * math.pi / 2
        return np.array([a, math.pi - a, math.pi + a, 2 * math.pi - a])
    return np.sort(2 * math.pi * u[: 3 if shape == "triangle" else 4])


def nearest(u: np.ndarray) -> np.ndarray:
    """The radius, of 200 from 0.03 to 1, at which the cumulative sum of r^-3 - 1, relative to the whole sum, is
    nearest to u."""
    radius = 0.03 + 0.97 * np.arange(200) / 199
    share = np.array([(radius[: i + 1] ** -3 - 1).sum() for i in range(200)]) / (radius**-3 - 1).sum()
    return radius[np.abs(share[:, None] - u).argmin(0)]


def filled(px: np.ndarray, py: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Which of the pixels (y, x) OpenCV's ``fillPoly`` paints: those with their centre in the polygon, and lines along
    the edges."""
    (top, left), (bottom, right) = (y[0, 0], x[0, 0]), (y[-1, -1], x[-1, -1])
    qx, qy = np.roll(px, -1), np.roll(py, -1)
    inside = ((qx - px) * (y[..., None] - py) >= (qy - py) * (x[..., None] - px)).all(-1)
    if ((qx - px) * (np.roll(qy, -1) - py) == (qy - py) * (np.roll(qx, -1) - px)).all():
        inside[:] = False  # all corners lie on one line: there is an outline only
    for x0, y0, x1, y1 in zip(px, py, qx, qy, strict=True):
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0  # lines start at their left end  # noqa: PLW2901
        dx, dy = x1 - x0, abs(y1 - y0)
        steep, down = dy > dx, np.sign(y1 - y0)
        long, short = (dy, dx) if steep else (dx, dy)
        error, minor = long - 2 * short, 0
        for step in range(long + 1):
            at = (y0 + down * step, x0 + minor) if steep else (y0 + down * minor, x0 + step)
            if top <= at[0] <= bottom and left <= at[1] <= right:
                inside[at[0] - top, at[1] - left] = True
            minor, error = (minor + 1, error + 2 * (long - short)) if error < 0 else (minor, error - 2 * short)
    return inside


def naive(shape: str, k: int, size: int) -> tuple[np.ndarray, np.ndarray, int]:
    """(image, number of the visible leaf at each pixel, leaves painted)."""
    rng, n = stream(0, k), MOST_LEAVES
    radius = np.maximum(np.floor(nearest(rng.random(n)) * size), 1)
    centre = rng.integers(0, size, (n, 2))
    colour = (255 * rng.random((n, 3))).astype(np.uint8)
    kind = rng.integers(0, 6, n) if shape == "mixed" else np.full(n, SHAPES.index(shape))
    u = rng.random((n, 4))
    image, owner = np.zeros((size, size, 3), np.uint8), np.full((size, size), -1)
    for i in range(n):
        r = radius[i]
        low, high = np.maximum(centre[i] - r - 2, 0).astype(int), np.minimum(centre[i] + r + 3, size).astype(int)
        near = np.s_[low[0] : high[0], low[1] : high[1]]  # no leaf reaches farther
        y, x = np.mgrid[near]
        dy, dx = y - centre[i, 0], x - centre[i, 1]
        if SHAPES[kind[i]] == "circle":
            inside = dy**2 + dx**2 <= r**2
        elif SHAPES[kind[i]] in ("triangle", "quadrilateral"):
            angles = corners(SHAPES[kind[i]], u[i])
            inside = filled(
                (centre[i, 1] + r * np.cos(angles)).astype(int), (centre[i, 0] + r * np.sin(angles)).astype(int), y, x
            )
        else:
            angles = corners(SHAPES[kind[i]], u[i])
            px, py = r * np.cos(angles), r * np.sin(angles)
            qx, qy = np.roll(px, -1), np.roll(py, -1)
            cross = (qx - px) * (dy[..., None] - py) - (qy - py) * (dx[..., None] - px)
            inside = (cross >= -1e-9).all(-1)
        image[near][inside], owner[near][inside] = colour[i], i
        if (owner >= 0).all():
            break
    return image, owner, i + 1


@pytest.mark.parametrize("shape", [*SHAPES, "mixed"])
def test_an_image_is_its_leaves_painted_one_over_the_other(shape):
    image, owner, n = naive(shape, 1, 128)
    np.testing.assert_array_equal(DeadLeaves(shape).render(0, stream(0, 1), 128), image)
    np.testing.assert_array_equal(DeadLeaves(shape).render(0, stream(0, 1), 23), reduced(image, 23))
    assert n == MOST_LEAVES or (owner == n - 1).any(), "the leaf that ends the image is seen"


@pytest.mark.parametrize(("size", "side"), [(64, 128), (192, 256), (300, 300)])
def test_leaves_are_painted_at_the_size_of_the_source(size, side):
    np.testing.assert_array_equal(
        DeadLeaves().render(0, stream(0, 2), size), reduced(DeadLeaves().render(0, stream(0, 2), side), size)
    )


def test_bare_pixels_stay_black_when_the_leaves_run_out():
    u = np.full((3, 4), 0.25)
    owner = np.full((20, 20), 3, np.int32)
    dead_leaves.paint(owner, np.full(3, 4.0), np.array([[5, 5], [5, 9], [19, 19]]), np.array([1, 0, 0]), u)
    assert set(np.unique(owner)) == {0, 1, 2, 3}
    assert owner[5, 6] == 1 and owner[19, 19] == 2 and owner[12, 12] == 3


def test_the_distribution_of_the_radii():
    """The nearest of 200 on the CDF: the share of each, and for the tail the integral of r^-3 - 1."""
    u = np.random.default_rng(0).random(20_000)
    drawn = dead_leaves.radii(u)
    np.testing.assert_allclose(drawn, nearest(u), rtol=1e-12)
    mass = np.linspace(0.03, 1, 200) ** -3 - 1
    share = (mass + np.append(mass[1:], 0)) / 2 / mass.sum()
    share[0] += mass[0] / 2 / mass.sum()  # below half of the way to the second, where nothing is nearer
    counts = np.bincount(np.rint((drawn - 0.03) / 0.97 * 199).astype(int), minlength=200)
    few = share * 20_000 < 10
    observed, expected = np.append(counts[~few], counts[few].sum()), 20_000 * np.append(share[~few], share[few].sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-3

    def below(r: float) -> float:
        return -1 / (2 * r**2) - r

    tail = drawn[drawn > 0.1]
    at = np.linspace(0.15, 0.9, 16)
    share = (below(at) - below(0.1)) / (below(1) - below(0.1))
    np.testing.assert_allclose([(tail <= r).mean() for r in at], share, atol=0.03)


def area(shape: str, radius: int, n: int) -> float:
    """Mean number of pixels of n leaves in the middle of an image; none exceeds its circle by more than the
    truncation of a corner."""
    rng, total = np.random.default_rng(0), 0
    y, x = np.indices((2 * radius + 9,) * 2) - radius - 4
    for _ in range(n):
        owner = np.full(y.shape, 1, np.int32)
        dead_leaves.paint(
            owner,
            np.array([float(radius)]),
            np.array([[radius + 4] * 2]),
            np.array([SHAPES.index(shape)]),
            rng.random((1, 4)),
        )
        assert (np.hypot(y, x)[owner == 0] < radius + 1.5).all()
        total += int((owner == 0).sum())
    return total / n


@pytest.mark.parametrize("radius", [3, 8, 40])
@pytest.mark.parametrize(
    ("shape", "opencv"),
    [
        ("circle", (29, 197, 5025)),
        ("square", (25, 121, 3249)),
        ("rectangle", (11.36, 81.7, 2019)),
        ("triangle", (9.55, 44.0, 838)),
        ("quadrilateral", (14.2, 76.2, 1601)),
    ],
)
def test_the_shapes_are_as_large_as_those_of_opencv(shape, opencv, radius):
    """Mean areas painted by OpenCV 5.0 for such leaves (``circle`` and ``fillPoly``), measured once on 600 to 20,000 of
    them."""
    assert area(shape, radius, 2000) == pytest.approx(dict(zip((3, 8, 40), opencv, strict=True))[radius], rel=0.05)


def test_an_oriented_square_is_inscribed_in_its_circle():
    assert area("oriented", 120, 40) == pytest.approx(2 * 120**2, rel=0.01)


def test_a_textured_leaf_shows_one_texture_shifted():
    size = 128
    generator = DeadLeaves("mixed", texture="spectrum-color")  # the quickest to draw
    image = generator.render(0, stream(0, 1), size)
    _, owner, _ = naive("mixed", 1, size)
    shown = np.unique(owner)
    assert len(shown) > 10
    rng = stream(0, 1)  # after the draws of the leaves
    for draw in (
        lambda: rng.random(MOST_LEAVES),
        lambda: rng.integers(0, size, (MOST_LEAVES, 2)),
        lambda: rng.random((MOST_LEAVES, 3)),
    ):
        draw()
    rng.integers(0, 6, MOST_LEAVES), rng.random((MOST_LEAVES, 4))
    chosen = rng.integers(0, dead_leaves.TEXTURES, MOST_LEAVES)
    shift = rng.integers(0, size, (MOST_LEAVES, 2))
    for leaf in shown:
        texture = np.roll(generator._made(int(chosen[leaf]), size), -shift[leaf], axis=(0, 1))
        np.testing.assert_array_equal(image[owner == leaf], texture[owner == leaf])
    assert len(generator._textures) <= len(shown), "no texture is made that is not seen"
    generator.close()
