"""The interval of a correlation and the fit against a logarithm, compared with their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from synthbench.study.statistics import correlation, log_fit

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [4, 12, 200])
def test_the_interval_is_fishers(n):
    x = RNG.normal(size=n)
    y = 0.5 * x + RNG.normal(size=n)
    x[0] = np.nan if n > 100 else x[0]
    found = correlation(x, y)
    seen = np.isfinite(x)
    dx, dy = x[seen] - x[seen].mean(), y[seen] - y[seen].mean()
    r = (dx @ dy) / math.sqrt((dx @ dx) * (dy @ dy))
    z, half = math.atanh(r), 1.959963984540054 / math.sqrt(seen.sum() - 3)
    assert (found.r, found.low, found.high) == pytest.approx((r, math.tanh(z - half), math.tanh(z + half)))
    assert (found.n, found.gap) == (seen.sum(), "")
    ranks = [np.argsort(np.argsort(values[seen])) for values in (x, y)]
    assert found.rank == pytest.approx(np.corrcoef(*ranks)[0, 1])


@pytest.mark.parametrize(
    ("x", "gap"),
    [
        ([1.0, 2, 3], "3 pairs, 4 are needed"),
        ([1.0, 2, 3, np.nan], "3 pairs"),
        ([2.0, 2, 2, 2, 2], "one of the two is constant"),
    ],
)
def test_undefined_correlations_are_missing(x, gap):
    found = correlation(np.array(x), np.arange(len(x), dtype=float))
    assert math.isnan(found.r) and gap in found.gap
    assert found.json()["r"] is None


def test_the_log_fit_solves_the_normal_equations():
    x = np.repeat([1.0, 10, 100, 1000], 3)
    y = 0.2 + 0.05 * np.log10(x) + RNG.normal(0, 0.01, len(x))
    found = log_fit(x, y)
    design = np.stack([np.ones(len(x)), np.log10(x)], 1)
    solution = np.linalg.solve(design.T @ design, design.T @ y)
    assert (found.intercept, found.slope) == pytest.approx(solution)
    variance = ((y - design @ solution) ** 2).sum() / (len(x) - 2)
    covariance = variance * np.linalg.inv(design.T @ design)
    t = float(special.stdtrit(len(x) - 2, 0.975))
    assert found.high - found.slope == pytest.approx(t * math.sqrt(covariance[1, 1]))
    assert found.slope - found.low == pytest.approx(found.high - found.slope)
    line, half = found.at(np.array([50.0]))
    place = np.array([1, math.log10(50)])
    assert line[0] == pytest.approx(place @ solution)
    assert half[0] == pytest.approx(t * math.sqrt(place @ covariance @ place))


def test_too_few_points_have_no_fit():
    assert log_fit(np.array([1.0, 10]), np.array([0.1, 0.2])) is None
    assert log_fit(np.array([5.0, 5, 5]), np.array([0.1, 0.2, 0.3])) is None
