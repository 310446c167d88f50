"""Perlin noise: zero on the lattice, bounded, with the frequency of its label."""

from __future__ import annotations

import numpy as np
import pytest
from synthbench.generators.perlin import Perlin, noise

from synthbench.errors import UsageError
from synthbench.generator import stream


class Still:
    """A stream whose phase is 0."""

    def __init__(self, k):
        self._rng = stream(0, k)

    def uniform(self, *arguments):
        return self._rng.uniform(*arguments)

    def random(self):
        return -0.5 / 64  # so that pixel 0 lies on the lattice for 1 cell in 64 px


def test_gradient_noise_is_zero_on_the_lattice_and_bounded():
    field = noise((1, 1), 64, Still(0))
    assert field[0, 0] == pytest.approx(0, abs=1e-12)
    fields = np.stack([noise((4, 4), 64, stream(0, k)) for k in range(200)])
    assert np.abs(fields).max() <= 0.5**0.5
    assert abs(fields.mean()) < 0.01


def test_a_label_is_its_frequencies():
    generator = Perlin()
    assert len(generator.labels) == 100
    for name in ("2x9", "9x2", "5x5"):
        across, down = map(int, name.split("x"))
        label = generator.labels.index(name)
        power = np.mean(
            [np.abs(np.fft.fft2(generator.render(label, stream(0, k), 64)[..., 0] - 127.0)) ** 2 for k in range(20)],
            axis=0,
        )
        f = np.abs(np.fft.fftfreq(64, 1 / 64))
        power[0, 0] = 0
        columns, rows = (power.sum(axis=0) * f).sum() / power.sum(), (power.sum(axis=1) * f).sum() / power.sum()
        assert 0.4 * across < columns < 1.2 * across
        assert 0.4 * down < rows < 1.2 * down


def test_every_image_uses_the_whole_range():
    image = Perlin().render(42, stream(0, 0), 64)
    assert image.min() == 0 and image.max() == 255


def test_wrong_parameters_are_refused():
    with pytest.raises(UsageError, match="frequencies must be 1 to 100, not 0"):
        Perlin(frequencies=0)
