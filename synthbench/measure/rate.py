"""Render rate of a generator: images per second of one process, including the hand-over of pixels, without compilation
(Baradad et al. 2022, Table 1)."""

from __future__ import annotations

import time

from synthbench.entrant.recipe import Recipe
from synthbench.render.pool import Pool, Settings

SECONDS = 0.25
"""Seconds for which a program is rendered; at least one image."""
MOST_IMAGES, MOST_PROGRAMS = 256, 16
BUDGET_S = 15.0
"""Seconds after which no further program is started, unless all were requested."""


def render_rate(recipe: Recipe, *, size: int, seed: int, every: bool, deadline: float = 20.0) -> dict[str, float]:
    """Images per second of each program that was tried, by name; without those that fail.

    A program first renders one image that is not timed, which compiles it and determines how many to time.

    Args:
        every: all programs, not ``MOST_PROGRAMS`` evenly spaced ones within ``BUDGET_S``.
    """
    rates: dict[str, float] = {}
    with Pool(recipe, Settings(size=size, seed=seed, workers=1, deadline=deadline, format="raw")) as pool:
        n = len(pool.labels)
        tried = range(n) if every else sorted({i * n // MOST_PROGRAMS for i in range(MOST_PROGRAMS)})

        def seconds(label: int, images: int) -> tuple[float, int]:
            items = [(label + i * n, label) for i in range(images)]
            start = time.perf_counter()
            drawn = sum(len(done.images) for done in pool.run([(0, items)], limit=images))
            return time.perf_counter() - start, drawn

        begun = time.perf_counter()
        for label in tried:
            if rates and not every and time.perf_counter() - begun > BUDGET_S:
                break
            _, drawn = seconds(label, 1)
            if not drawn:
                continue
            took, _ = seconds(label, 1)
            took, drawn = seconds(label, min(MOST_IMAGES, max(1, round(SECONDS / took))))
            if drawn:
                rates[pool.labels[label]] = drawn / took
    return rates
