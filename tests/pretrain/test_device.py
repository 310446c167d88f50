"""The training device; and, with a GPU, the results of the CPU without waiting for the GPU."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from training import go

from synthbench.errors import UsageError
from synthbench.pretrain import device as devices
from synthbench.pretrain import source
from synthbench.pretrain.augment import augment, draw
from synthbench.pretrain.loop import _set_precision
from synthbench.pretrain.order import Order
from synthbench.protocol.protocol import load

CPU = torch.device("cpu")


def test_auto_is_the_gpu_if_there_is_one():
    assert devices.pick().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert devices.pick("cpu") == CPU


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpu", "unknown device 'gpu'; use auto, cpu, cuda"),
        ("", "unknown device ''"),
        ("meta", "'meta' is not supported"),
        ("cuda:99", "'cuda:99' is not available"),
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


def test_bf16_that_a_gpu_only_emulates_does_not_count(monkeypatch):
    """As torch reports for a T4, unless it is asked for hardware support."""
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert devices.precision("bf16", torch.device("cuda")) == "fp32"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    assert devices.precision("bf16", torch.device("cuda")) == "bf16"


def test_a_numbered_device_becomes_the_current_one(monkeypatch):
    current: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    assert devices.pick("cuda:1") == torch.device("cuda:1")
    assert current == [torch.device("cuda:1")]


def test_pinned_fp32_is_without_tf32_and_the_next_run_is_not_bound_by_it(pocket):
    pinned = pocket.override({"optimizer.precision": "fp32", "optimizer.pinned": True})
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    try:
        torch.backends.cuda.matmul.allow_tf32 = True
        for rules, allowed in ((pinned, False), (pocket, True), (pinned, False)):
            _set_precision(rules, CPU)
            assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == (allowed, False)
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


class Copies(TorchDispatchMode):
    """Records for each copy to a device whether it is asynchronous."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[bool] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is torch.ops.aten._to_copy.default and kwargs.get("device", CPU) != CPU:
            self.found.append(bool(kwargs.get("non_blocking")))
        return func(*args, **kwargs)


META = torch.device("meta")
"""Instead of a GPU: it has no memory and computes nothing, but operations receive the same arguments."""


@pytest.mark.parametrize("name", ["simclr-resnet18-pocket", "moco_v2-resnet50"])
def test_no_copy_of_a_step_waits_for_the_device(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (10**12, 10**12))
    config, rng = load(name).augment.model_copy(update={"size": 16}), np.random.default_rng(0)
    stored = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    for share in (0.5, 0.0):  # in the device's memory; too many for it
        monkeypatch.setattr(source, "DEVICE_SHARE", share)
        images = source.Held(stored, META, None)
        images.start(0, 1, Order(0, 40, 40, 1), lambda _: np.arange(40))
        with Copies() as copies:
            made = augment(images.take(0).pixels, draw(config, rng, 40, 32, 32), config)
        assert made.shape == (40, 3, 16, 16)
        assert len(copies.found) > 5
        assert all(copies.found)
        assert len(copies.found) < 15, "each costs the CPU time"


# On a GPU


@pytest.mark.gpu
def test_the_gpu_augments_as_the_cpu(pocket):
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (70, 80, 3, 80), dtype=np.uint8))
    params = draw(pocket.augment, rng, 70, 80, 80)
    made = augment(images.cuda(), params, pocket.augment)
    assert made.device.type == "cuda"
    torch.testing.assert_close(made.cpu(), augment(images, params, pocket.augment), atol=2e-4, rtol=0)


@pytest.mark.gpu
def test_the_gpu_blurs_as_the_cpu():
    config, rng = load("moco_v2-resnet50").augment.model_copy(update={"size": 48}), np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (70, 80, 3, 80), dtype=np.uint8))
    params = draw(config, rng, 70, 80, 80)
    assert params.radius.any()
    torch.testing.assert_close(
        augment(images.cuda(), params, config).cpu(), augment(images, params, config), atol=2e-4, rtol=0
    )


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_tiny_run_on_the_gpu(tiny, tmp_path, precision):
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    rules = tiny.override({"optimizer.precision": precision, "optimizer.pinned": True})  # without TF32
    outcome = go(images, rules, tmp_path, device=torch.device("cuda"))
    assert len(outcome.losses) == 6
    assert np.isfinite(outcome.losses).all()
    assert next(outcome.encoder.parameters()).device.type == "cuda"
    (tmp_path / "cpu").mkdir()
    on_cpu = go(images, rules.override({"optimizer.precision": "fp32"}), tmp_path / "cpu")
    assert outcome.losses[0] == pytest.approx(on_cpu.losses[0], rel=1e-3 if precision == "fp32" else 5e-2)
    again = go(images, rules, tmp_path, device=torch.device("cuda"))
    assert again.resumed_at == 6
