"""A generator with a good, a constant and a broken program, and a small encoder as in a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from synthbench.entrant.recipe import Recipe, resolve
from synthbench.measure.networks import Networks, networks
from synthbench.pretrain.encoder import initial

THREE = """
import numpy as np
from synthbench import Generator

class Three(Generator):
    labels = ("blocks", "flat", "broken", "noise")

    def render(self, label, rng, size):
        if label == 2:
            raise ValueError("no such thing")
        if label == 1:
            return np.full((size, size, 3), 200, np.uint8)
        n = size // 8 if label == 0 else size
        return rng.integers(0, 256, (n, n, 3), dtype=np.uint8).repeat(size // n, 0).repeat(size // n, 1)

class One(Three):
    labels = ("blocks",)
"""


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    file = tmp_path_factory.mktemp("three") / "three.py"
    file.write_text(THREE)
    return resolve(f"{file}:Three")


@pytest.fixture(scope="session")
def one(three: Recipe) -> Recipe:
    return resolve(three.generator.replace(":Three", ":One"))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    encoder = initial("resnet18", size=16, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0, width=8)
    encoder.save(folder / "encoder.safetensors", recipe="blocks", protocol="tiny", protocol_sha256="0" * 64, seed="3")
    return folder


@pytest.fixture(scope="session")
def nets(run_folder: Path) -> Networks:
    return networks(str(run_folder), distances=True, device=torch.device("cpu"))
