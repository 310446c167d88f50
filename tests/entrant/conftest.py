"""A generator in a file, and a folder of images."""

from __future__ import annotations

import numpy as np
import pytest
from noisy import NOISE
from PIL import Image


@pytest.fixture
def mine(write):
    return f"{write('mine.py', NOISE)}:Mine"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "my pictures"
    folder.mkdir()
    for i in range(2):
        pixels = np.random.default_rng(i).integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder
