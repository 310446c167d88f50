"""Images to pretrain on."""

from __future__ import annotations

import numpy as np
import pytest
from training import stripes


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """(64, 32, 32, 3) uint8: two-coloured stripes, each image its own."""
    return stripes()
