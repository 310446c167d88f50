"""The code of a generator, for tests."""

NOISE = """
import numpy as np
from synthbench import Generator

class Mine(Generator):
    labels = ("a", "b")
    def __init__(self, top=255):
        self.top = top
    def render(self, label, rng, size):
        return rng.integers(0, self.top, (size, size, 3)).astype(np.uint8)
"""
