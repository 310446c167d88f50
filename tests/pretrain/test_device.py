"""Where training runs, and, where there is a GPU, that it gives what the CPU gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from training import go

from synthbench.errors import UsageError
from synthbench.pretrain import device as devices
from synthbench.pretrain.augment import augment, draw

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def test_auto_is_the_gpu_if_there_is_one():
    assert devices.pick().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert devices.pick("cpu") == CPU


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpu", "unknown device 'gpu'; use auto, cpu, cuda"),
        ("", "unknown device ''"),
        ("meta", "'meta' is not supported"),
        ("cuda:99", "'cuda:99' is not here"),
    ],
)
def test_a_device_that_is_not_here_is_refused(name, message):
    with pytest.raises(UsageError, match=message):
        devices.pick(name)


def test_bf16_only_where_the_cpu_computes_in_it(monkeypatch):
    monkeypatch.setattr(devices, "cpu_has_bf16", lambda: False)
    assert devices.precision("bf16", CPU) == "fp32"
    monkeypatch.setattr(devices, "cpu_has_bf16", lambda: True)
    assert devices.precision("bf16", CPU) == "bf16"
    assert devices.precision("fp32", CPU) == "fp32"


@pytest.mark.gpu
@needs_gpu
def test_the_gpu_augments_as_the_cpu(pocket):
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (70, 80, 3, 80), dtype=np.uint8))
    params = draw(pocket.augment, rng, 70, 80, 80)
    made = augment(images.cuda(), params, pocket.augment)
    assert made.device.type == "cuda"
    torch.testing.assert_close(made.cpu(), augment(images, params, pocket.augment), atol=1e-4, rtol=0)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_tiny_run_on_the_gpu(tiny, tmp_path, precision):
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    rules = tiny.override({"optimizer.precision": precision})
    outcome = go(images, rules, tmp_path, device=torch.device("cuda"))
    assert len(outcome.losses) == 6
    assert np.isfinite(outcome.losses).all()
    assert next(outcome.encoder.parameters()).device.type == "cuda"
    (tmp_path / "cpu").mkdir()
    on_cpu = go(images, rules.override({"optimizer.precision": "fp32"}), tmp_path / "cpu")
    assert outcome.losses[0] == pytest.approx(on_cpu.losses[0], rel=1e-3 if precision == "fp32" else 5e-2)
    again = go(images, rules, tmp_path, device=torch.device("cuda"))
    assert again.resumed_at == 6
