"""The statistics of a study: a correlation with its interval, and a fit against a logarithm with its interval."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

LEAST = 4
"""Minimum number of pairs for Fisher's interval."""


@dataclass(frozen=True)
class Correlation:
    """Pearson's r over n pairs with its 95 % interval (Fisher's z), and Spearman's ``rank`` correlation, which is
    robust to single points; NaN if they are not defined, with the reason in ``gap``."""

    r: float
    low: float
    high: float
    n: int
    rank: float = math.nan
    gap: str = ""

    def json(self) -> dict[str, Any]:
        """NaN as null."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


def correlation(x: np.ndarray, y: np.ndarray) -> Correlation:
    """Correlation over the pairs in which both are finite."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    if n < LEAST:
        return Correlation(math.nan, math.nan, math.nan, n, gap=f"{n} pairs, {LEAST} are needed")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(math.nan, math.nan, math.nan, n, gap="one of the two is constant")
    found = stats.pearsonr(x, y)
    low, high = found.confidence_interval(0.95)
    return Correlation(float(found.statistic), float(low), float(high), n, float(stats.spearmanr(x, y).statistic))


@dataclass(frozen=True)
class LogFit:
    """Least-squares fit y = intercept + slope log10(x), with the 95 % interval of the slope (Student's t) and the
    values for a band around the line."""

    intercept: float
    slope: float
    low: float
    high: float
    n: int
    deviation: float
    """Standard deviation of the residuals, with n - 2 degrees of freedom."""
    mean: float
    """Mean of log10(x)."""
    spread: float
    """Sum of squares of log10(x) around its mean."""

    def json(self) -> dict[str, Any]:
        """The fields for JSON."""
        return asdict(self)

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The line at x, and half the width of its 95 % band."""
        place = np.log10(x)
        half = (
            stats.t.ppf(0.975, self.n - 2)
            * self.deviation
            * np.sqrt(1 / self.n + (place - self.mean) ** 2 / self.spread)
        )
        return self.intercept + self.slope * place, half


def log_fit(x: np.ndarray, y: np.ndarray) -> LogFit | None:
    """Fit it; None for fewer than three points or two different x."""
    if len(x) < 3 or len(np.unique(x)) < 2:
        return None
    place = np.log10(x)
    found = stats.linregress(place, y)
    slope, intercept, half = (
        float(found.slope),
        float(found.intercept),
        float(stats.t.ppf(0.975, len(x) - 2) * found.stderr),
    )
    residual, spread = y - intercept - slope * place, float(((place - place.mean()) ** 2).sum())
    deviation = float(np.sqrt((residual**2).sum() / (len(x) - 2)))
    return LogFit(intercept, slope, slope - half, slope + half, len(x), deviation, float(place.mean()), spread)
