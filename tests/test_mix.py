"""MixUp of n images: the same numbers by an independent computation, its labels, its law."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from synthbench.generator import Generator, stream
from synthbench.mix import MixUp, mix


class Shades(Generator):
    """Label i is noise between 10 i and 10 i + 20."""

    labels = tuple("abcdefgh")

    def __init__(self) -> None:
        self.closed = 0

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return (rng.integers(0, 21, (size, size, 3)) + 10 * label).astype(np.uint8)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(("n", "alpha"), [(2, 1.0), (6, 1.0), (4, 0.3)])
def test_it_is_the_weighted_sum_of_its_parts(n, alpha):
    base = Shades()
    mixed = mix(base, "mixup", n=n, alpha=alpha)
    for k in range(4):
        label = k % 8
        rng = stream(3, k)
        weights = rng.dirichlet([alpha] * n)
        labels = [label, *rng.integers(8, size=n - 1)]
        keys = rng.integers(0, 2**64, size=(n, 2), dtype=np.uint64)
        parts = [base.render(int(i), np.random.Generator(np.random.Philox(key=key)), 24) for i, key in zip(labels, keys, strict=True)]
        exact = sum(w * part.astype(np.float64) for w, part in zip(weights, parts, strict=True))
        made = mixed.render(label, stream(3, k), 24)
        assert made.dtype == np.uint8
        # Truncated to uint8: only where the sum is a whole number may float32 fall to the other side.
        near = np.abs(exact - np.rint(exact)) < 1e-3
        np.testing.assert_array_equal(made[~near], np.floor(exact[~near]))
        assert np.abs(made - exact).max() < 1.001
        assert near.mean() < 0.05


def test_it_keeps_the_labels_of_the_base():
    assert mix(Shades()).labels == Shades.labels


class Lamp(Generator):
    """Label 0 is white; the 9,999 others are black."""

    labels = tuple(map(str, range(10_000)))

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full((size, size, 3), 255 * (label == 0), np.uint8)


@pytest.mark.parametrize(("n", "alpha"), [(6, 1.0), (3, 0.5)])
def test_the_weight_of_the_label_asked_for_is_beta_distributed(n, alpha):
    mixed = MixUp(Lamp(), n=n, alpha=alpha)
    made = mixed.render_batch([0] * 600, [stream(1, k) for k in range(600)], 1)[:, 0, 0, 0]
    weights = (made + np.random.default_rng(0).random(600)) / 256  # undo the rounding
    assert stats.kstest(weights, stats.beta(alpha, (n - 1) * alpha).cdf).pvalue > 1e-3


class Echo(Generator):
    """Notes which labels were asked for."""

    labels = tuple("abcd")

    def __init__(self) -> None:
        self.asked: list[int] = []

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        self.asked.append(label)
        return np.full((size, size, 3), label, np.uint8)


def test_the_first_image_has_the_label_and_the_others_any():
    base = Echo()
    MixUp(base, n=6).render_batch([2] * 500, [stream(0, k) for k in range(500)], 2)
    asked = np.array(base.asked).reshape(500, 6)
    assert (asked[:, 0] == 2).all()
    assert stats.chisquare(np.bincount(asked[:, 1:].ravel(), minlength=4)).pvalue > 1e-3


def test_a_batch_is_its_images():
    mixed = MixUp(Shades(), n=3)
    made = mixed.render_batch([0, 5, 2], [stream(0, k) for k in range(3)], 16)
    for k, label in enumerate((0, 5, 2)):
        np.testing.assert_array_equal(mixed.render(label, stream(0, k), 16), made[k])
    assert len({one.tobytes() for one in made}) == 3


def test_equal_parts_stay_what_they_are():
    class White(Shades):
        def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
            return np.full((size, size, 3), 255, np.uint8)

    made = MixUp(White()).render_batch([0] * 50, [stream(0, k) for k in range(50)], 4)
    assert made.min() >= 254, "weights that add up to a little over one must not wrap round to black"


def test_closing_closes_the_base():
    base = Shades()
    mix(base).close()
    assert base.closed == 1
