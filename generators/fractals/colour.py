"""HSV colours."""

from __future__ import annotations

import numpy as np


def rgb(h: np.ndarray, s: np.ndarray, v: np.ndarray) -> np.ndarray:
    """HSV arrays of the same shape, h in [0, 1), s and v in [0, 1] and more (v is clipped) -> (..., 3) uint8."""
    k = (np.array([5.0, 3.0, 1.0]) + 6 * h[..., None]) % 6
    shade = 1 - s[..., None] * np.clip(np.minimum(k, 4 - k), 0, 1)
    return np.clip(255 * v[..., None] * shade, 0, 255).astype(np.uint8)
