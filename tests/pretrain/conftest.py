"""Images to pretrain on."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """(64, 32, 32, 3) uint8: two-coloured stripes, all images different."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:32, 0:32] / 32
    out = []
    for _ in range(64):
        angle, frequency, phase = rng.uniform(0, np.pi), rng.uniform(2, 8), rng.uniform(0, 6)
        wave = 0.5 + 0.5 * np.sin(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)
        dark, light = rng.uniform(0, 255, (2, 3))
        out.append((dark + wave[..., None] * (light - dark)).astype(np.uint8))
    return np.stack(out)
