"""The machine in a record."""

from __future__ import annotations

import torch

from synthbench.result.environment import environment


def test_a_run_on_the_cpu_of_a_gpu_machine_names_no_gpu(monkeypatch):
    """The board shows the device: the GPU was not used."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: f"card {device.index if device else 0}")
    found = environment(torch.device("cpu"))
    assert (found["device"], found["n_devices"]) == ("cpu", 0)
    found = environment(torch.device("cuda:1"))
    assert (found["device"], found["n_devices"]) == ("card 1", 2)
