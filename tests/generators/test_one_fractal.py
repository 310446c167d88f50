"""1p-frac compared with its definition: one fractal, with a new perturbation for each class, that fills a twentieth
of the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from synthbench.generators.fractals import ifs
from synthbench.generators.fractals.one_fractal import OneFractal

from synthbench.generator import stream


def test_one_fractal_is_perturbed_by_a_tenth(monkeypatch):
    generator, seen, weights = OneFractal(), [], []
    orbit = ifs.orbit
    monkeypatch.setattr(ifs, "orbit", lambda maps, p, u: seen.append(maps) or weights.append(p) or orbit(maps, p, u))
    images = {label: generator.render(label, stream(0, label), 48) for label in range(0, 1000, 20)}
    factors = np.array(seen) / generator._base
    assert factors.shape == (50 + generator.redrawn, 2, 6)
    assert stats.kstest(factors.ravel(), stats.uniform(0.9, 0.2).cdf).pvalue > 1e-3
    assert len({image.tobytes() for image in images.values()}) == 50
    np.testing.assert_array_equal(generator.render(20, stream(7, 7), 48), images[20])
    det = np.abs(np.linalg.det(generator._base[:, :4].reshape(-1, 2, 2)))
    assert all(p == pytest.approx(det / det.sum()) for p in weights), "the unperturbed system's probabilities"
    s = np.linalg.svd(generator._base[:, :4].reshape(-1, 2, 2), compute_uv=False)
    assert 3.4 <= (s[:, 0] + 2 * s[:, 1]).sum() <= 3.6


def test_one_fractal_fills_a_twentieth_or_is_drawn_again(monkeypatch):
    generator = OneFractal()
    fills = [(generator.render(label, stream(0, 0), 512) > 0).mean() for label in range(12)]
    assert min(fills) > 0.05
    monkeypatch.setattr(OneFractal, "FILL", np.median(fills))
    assert min((generator.render(label, stream(0, 0), 512) > 0).mean() for label in range(12)) > np.median(fills)
    assert generator.redrawn > 3
