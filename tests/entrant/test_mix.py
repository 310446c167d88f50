"""Mixing n images into one: the same numbers as an independent computation, the labels, the distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, stats

from synthbench.entrant.mix import Mix, boxes, convex_weights, kml, mix, two_means
from synthbench.entrant.recipe import read
from synthbench.errors import UsageError
from synthbench.generator import Generator, stream


class Shades(Generator):
    """Label i is noise between 10 i and 10 i + 20."""

    labels = tuple("abcdefgh")

    def __init__(self) -> None:
        self.closed = 0

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return (rng.integers(0, 21, (size, size, 3)) + 10 * label).astype(np.uint8)

    def close(self) -> None:
        self.closed += 1


def parts_of(rng: np.random.Generator, label: int, n: int, size: int = 24) -> list[np.ndarray]:
    """The parts of a mixed image, from its stream after the mix's own draws."""
    labels = [label, *rng.integers(8, size=n - 1)]
    keys = rng.integers(0, 2**64, size=(n, 2), dtype=np.uint64)
    return [
        Shades().render(int(i), np.random.Generator(np.random.Philox(key=key)), size)
        for i, key in zip(labels, keys, strict=True)
    ]


def assert_truncated(made: np.ndarray, exact: np.ndarray) -> None:
    """Truncated to uint8: float32 may only differ where the sum is an integer."""
    assert made.dtype == np.uint8
    near = np.abs(exact - np.rint(exact)) < 1e-3
    np.testing.assert_array_equal(made[~near], np.floor(exact[~near]))
    assert np.abs(made - exact).max() < 1.001
    assert near[exact > 0].mean() < 0.05


@pytest.mark.parametrize(("n", "alpha"), [(2, 1.0), (6, 1.0), (4, 0.3)])
@pytest.mark.parametrize("law", ["dirichlet", "uniform", "non-uniform"])
def test_mixup_is_the_weighted_sum_of_its_parts(n, alpha, law):
    mixed = mix(Shades(), "mixup", n=n, alpha=alpha, weights=law)
    for k in range(4):
        label, rng = k % 8, stream(3, k)
        if law == "non-uniform":
            numbers = [rng.uniform(0, 1) for _ in range(n)]
            weights = [x / sum(numbers) for x in numbers]
        else:
            weights = rng.dirichlet([alpha if law == "dirichlet" else 1] * n)
        exact = sum(w * part.astype(np.float64) for w, part in zip(weights, parts_of(rng, label, n), strict=True))
        assert_truncated(mixed.render(label, stream(3, k), 24), exact)


def naive_boxes(rng: np.random.Generator, n: int, alpha: float, size: int) -> list[tuple[int, int, int, int]]:
    """As in the authors' code, one box at a time."""
    lams = [rng.beta(alpha, alpha) for _ in range(n)]
    found = []
    for lam in lams:
        cy, cx = rng.uniform(0, size), rng.uniform(0, size)
        w = h = size * np.sqrt(1 - lam)
        x0, x1 = int(np.round(max(cx - w / 2, 0))), int(np.round(min(cx + w / 2, size)))
        y0, y1 = int(np.round(max(cy - h / 2, 0))), int(np.round(min(cy + h / 2, size)))
        found.append((y0, y1, x0, x1))
    return found


@pytest.mark.parametrize(("n", "alpha"), [(2, 1.0), (6, 1.0), (4, 0.3)])
def test_cutmix_pastes_boxes_onto_the_first_image(n, alpha):
    mixed = mix(Shades(), "cutmix", n=n, alpha=alpha)
    for k in range(8):
        rng = stream(3, k)
        where = naive_boxes(rng, n - 1, alpha, 24)
        first, *others = parts_of(rng, k, n)
        for other, (y0, y1, x0, x1) in zip(others, where, strict=True):
            first[y0:y1, x0:x1] = other[y0:y1, x0:x1]
        np.testing.assert_array_equal(mixed.render(k, stream(3, k), 24), first)


@pytest.mark.parametrize("law", ["dirichlet", "non-uniform"])
def test_convex_cutmix_is_the_weighted_sum_of_boxes_on_black(law):
    mixed = mix(Shades(), "convex_cutmix", n=4, weights=law)
    for k in range(8):
        rng = stream(3, k)
        weights = convex_weights(rng, 4, 1.0, law)
        where = naive_boxes(rng, 3, 1.0, 24)
        first, *others = parts_of(rng, k, 4)
        exact = weights[0] * first.astype(np.float64)
        for weight, other, (y0, y1, x0, x1) in zip(weights[1:], others, where, strict=True):
            on_black = np.zeros_like(exact)
            on_black[y0:y1, x0:x1] = other[y0:y1, x0:x1]
            exact += weight * on_black
        assert_truncated(mixed.render(k, stream(3, k), 24), exact)


def naive_two_means(image: np.ndarray) -> np.ndarray:
    """Distances and means by definition."""
    colours = sorted(map(tuple, image.reshape(-1, 3).tolist()))
    centres = np.array([colours[0], colours[-1]], float)
    for _ in range(3):
        distance = ((image[:, :, None] - centres) ** 2).sum(-1)
        cluster = distance.argmin(-1)
        centres = np.stack([image[cluster == c].mean(0) if (cluster == c).any() else centres[c] for c in (0, 1)])
    return cluster == 0


def naive_kml(mask_of: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    mask = naive_two_means(mask_of).astype(float)
    for _ in range(2):
        mask = ndimage.convolve(mask, np.full((3, 3), 1 / 9), mode="mirror")
    return np.floor(a * mask[..., None] + b * (1 - mask[..., None]) + 0.5 - 1e-9)


def test_kml_blends_two_images_by_the_mask_of_the_label_asked_for():
    mixed = mix(Shades(), "kml", n=3)
    for k in range(8):
        made = mixed.render(k, stream(3, k), 24)
        np.testing.assert_array_equal(made, naive_kml(*parts_of(stream(3, k), k, 3)))


def test_kml_mixup_is_the_mean_of_two():
    mixed = mix(Shades(), "kml_mixup", n=6)
    for k in range(8):
        parts = parts_of(stream(3, k), k, 6)
        mean = (naive_kml(*parts[:3]) + naive_kml(*parts[3:])) / 2
        np.testing.assert_array_equal(mixed.render(k, stream(3, k), 24), np.floor(mean + 0.5))


def test_two_means_finds_the_object():
    """A noisy disc on a noisy background with separate colours."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:48, :48]
    disc = (x - 20) ** 2 + (y - 30) ** 2 < 150
    image = (np.where(disc[..., None], (40, 90, 160), (200, 120, 60)) + rng.integers(-20, 21, (48, 48, 3))).astype(
        np.uint8
    )
    np.testing.assert_array_equal(two_means(image), disc)
    assert two_means(np.full((8, 8, 3), 7, np.uint8)).all()


def test_kml_is_its_parts_away_from_the_edge_of_the_mask():
    mask = np.zeros((16, 16, 3), np.uint8)
    mask[:, 8:] = 255
    left, right = np.full((2, 16, 16, 3), [[[[10]]], [[[250]]]], np.uint8)
    made = kml(np.stack([mask, left, right]))
    assert (made[:, :6] == 10).all() and (made[:, 10:] == 250).all()
    assert (np.diff(made[:, 5:11, 0].astype(int)) > 0).all(), "a soft edge"
    np.testing.assert_array_equal(kml(np.stack([mask, right, right])), right)


def test_the_distributions_of_the_weights():
    rng = np.random.default_rng(0)
    dirichlet = np.stack([convex_weights(rng, 6, 0.5, "dirichlet") for _ in range(2000)])
    uniform = np.stack([convex_weights(rng, 6, 0.5, "uniform") for _ in range(2000)])
    other = np.stack([convex_weights(rng, 2, 0.5, "non-uniform") for _ in range(2000)])
    for drawn in (dirichlet, uniform, other):
        np.testing.assert_allclose(drawn.sum(1), 1, atol=1e-6)
    assert stats.kstest(dirichlet[:, 3], stats.beta(0.5, 2.5).cdf).pvalue > 1e-3
    assert stats.kstest(uniform[:, 3], stats.beta(1, 5).cdf).pvalue > 1e-3
    # u / (u + v) <= x, by the area of the unit square below v = u (1 - x) / x.
    assert stats.kstest(other[:, 0], lambda x: np.where(x < 0.5, x / (1 - x) / 2, 1 - (1 - x) / x / 2)).pvalue > 1e-3


def test_the_distribution_of_the_boxes():
    """Unclipped boxes have the area 1 - lambda, which is uniform for alpha 1; centres are uniform."""
    where = boxes(np.random.default_rng(0), 20_000, 1.0, 10_000).astype(float)
    top, bottom, left, right = where.T
    assert (where.min(), where.max()) == (0, 10_000)
    inner = (top > 0) & (bottom < 10_000) & (left > 0) & (right < 10_000)
    np.testing.assert_allclose((bottom - top)[inner], (right - left)[inner], atol=1)
    # The share of boxes that lie inside: the integral over the side s of P(side = s) (1 - s)^2 with P(side = s) = 2 s.
    assert inner.mean() == pytest.approx(1 / 6, abs=0.01)
    side = (bottom - top)[inner] / 10_000
    assert stats.kstest(side, stats.beta(2, 3).cdf).pvalue > 1e-3
    middle = boxes(np.random.default_rng(1), 5_000, 1e6, 10_000)  # lambda is 1/2: all sides alike
    assert (
        stats.kstest(
            (middle[:, 0] + middle[:, 1])[(middle[:, 0] > 0) & (middle[:, 1] < 10_000)], stats.uniform(7071, 5858).cdf
        ).pvalue
        > 1e-3
    )


def test_it_keeps_the_labels_of_the_base():
    assert mix(Shades()).labels == Shades.labels


class Lamp(Generator):
    """Label 0 is white; the 9,999 others are black."""

    labels = tuple(map(str, range(10_000)))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full((size, size, 3), 255 * (label == 0), np.uint8)


@pytest.mark.parametrize(("n", "alpha"), [(6, 1.0), (3, 0.5)])
def test_the_weight_of_the_label_asked_for_is_beta_distributed(n, alpha):
    mixed = mix(Lamp(), n=n, alpha=alpha)
    made = mixed.render_batch([0] * 600, [stream(1, k) for k in range(600)], 1)[:, 0, 0, 0]
    weights = (made + np.random.default_rng(0).random(600)) / 256  # undo the rounding
    assert stats.kstest(weights, stats.beta(alpha, (n - 1) * alpha).cdf).pvalue > 1e-3


class Echo(Generator):
    """Records the requested labels."""

    labels = tuple("abcd")

    def __init__(self) -> None:
        self.asked: list[int] = []

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        self.asked.append(label)
        return np.full((size, size, 3), label, np.uint8)


def test_the_first_image_has_the_label_and_the_others_any():
    base = Echo()
    mix(base, n=6).render_batch([2] * 500, [stream(0, k) for k in range(500)], 2)
    asked = np.array(base.asked).reshape(500, 6)
    assert (asked[:, 0] == 2).all()
    assert stats.chisquare(np.bincount(asked[:, 1:].ravel(), minlength=4)).pvalue > 1e-3


@pytest.mark.parametrize(
    ("kind", "n"), [("mixup", 3), ("cutmix", 4), ("convex_cutmix", 3), ("kml", 3), ("kml_mixup", 6)]
)
def test_a_batch_is_its_images(kind, n):
    mixed = mix(Shades(), kind, n=n)
    made = mixed.render_batch([0, 5, 2], [stream(0, k) for k in range(3)], 16)
    for k, label in enumerate((0, 5, 2)):
        np.testing.assert_array_equal(mixed.render(label, stream(0, k), 16), made[k])
    assert len({one.tobytes() for one in made}) == 3


def test_equal_parts_are_unchanged():
    class White(Shades):
        def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
            return np.full((size, size, 3), 255, np.uint8)

    made = mix(White()).render_batch([0] * 50, [stream(0, k) for k in range(50)], 4)
    assert made.min() >= 254, "weights that add up to a little over one must not wrap round to black"


def test_closing_closes_the_base():
    base = Shades()
    mix(base).close()
    assert base.closed == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "blend"', r"mix\.kind: .*'mixup'.*'kml_mixup'"),
        ('kind = "kml"\nn = 6', "n = 6: kml mixes 3 images; leave n out"),
        ('kind = "kml_mixup"\nalpha = 0.5', "alpha = 0.5: kml_mixup does not draw weights or boxes"),
        ('kind = "cutmix"\nweights = "uniform"', "weights = 'uniform': cutmix does not draw weights"),
        ('weights = "uniform"\nalpha = 0.5', "alpha = 0.5: only dirichlet weights use alpha"),
        ("alpha = inf", r"mix\.alpha: .*finite"),
    ],
)
def test_values_that_a_kind_ignores_are_refused(text, message):
    with pytest.raises(UsageError, match=message):
        read("r", f'generator = "x"\n[mix]\n{text}\n')


@pytest.mark.parametrize(
    ("kind", "n"), [("mixup", 6), ("cutmix", 6), ("convex_cutmix", 6), ("kml", 3), ("kml_mixup", 6)]
)
def test_a_recipe_says_how_many_images_it_mixes(kind, n):
    found = read("r", f'generator = "x"\n[mix]\nkind = "{kind}"\n').mix
    assert found.n == n
    assert Mix.model_validate(found.model_dump()) == found, "workers get it so"
