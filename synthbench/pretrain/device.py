"""The training device, its precision, and copies to it."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import UsageError
from synthbench.pretrain.optimizers.optimizer import Optimizer


def pick(name: str = "auto", local: int = 0) -> torch.device:
    """Select a device. ``auto`` is the CUDA device of this process, number ``local`` of the machine (the first for a
    single process), or else the CPU.

    Raises:
        UsageError: the device is not available.
    """
    if name == "auto":
        if not torch.cuda.is_available():
            return torch.device("cpu")
        name = f"cuda:{local}" if local else "cuda"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"unknown device {name!r}; use auto, cpu, cuda or cuda:N.") from error
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device {name!r} is not supported; use auto, cpu, cuda or cuda:N.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"device {name!r} is not available ({torch.cuda.device_count()} CUDA devices); use --device cpu."
        )
    # for code that uses the current device: pinned memory, a decoder, the GPU's name in the record
    if device.index is not None:
        torch.cuda.set_device(device)
    return device


def precision(wanted: Literal["bf16", "fp32"], device: torch.device) -> Literal["bf16", "fp32"]:
    """bf16 if the protocol asks for it and the hardware supports it; emulated bf16 is many times slower than fp32."""
    if wanted == "bf16" and (_gpu_has_bf16(device) if device.type == "cuda" else cpu_has_bf16()):
        return "bf16"
    return "fp32"


def _gpu_has_bf16(device: torch.device) -> bool:
    """Ampere or newer; ``is_bf16_supported`` alone would count emulation on older GPUs."""
    with torch.cuda.device(device):
        return torch.cuda.is_bf16_supported(including_emulation=False)


def put(values: np.ndarray | Tensor, device: torch.device) -> Tensor:
    """Copy values of the host's memory to a device as a tensor.

    The copy does not wait for the GPU: a plain copy would wait until all queued work is done, and the GPU would then be
    idle while the next operations are prepared.
    """
    held = torch.from_numpy(values) if isinstance(values, np.ndarray) else values
    if device.type == "cpu":
        return held
    if device.type == "cuda" and held.numel():
        held = held.pin_memory()  # the allocator keeps it until the copy is done
    return held.to(device, non_blocking=True)


def instead(rules: Optimizer, device: torch.device) -> str | None:
    """The precision that this machine uses instead of the one that the protocol pins; None if nothing is pinned or
    the machine supports it."""
    used = precision(rules.precision, device)
    return used if rules.pinned and used != rules.precision else None


def cpu_has_bf16() -> bool:
    """Whether the CPU has bf16 dot products (AVX512-BF16, AMX, or Arm's BF16)."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text(encoding="utf-8").split()) if cpuinfo.is_file() else set()
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})


def keep_freed_memory() -> None:
    """Let the process keep freed memory of a step for the next one (glibc only).

    By default, glibc returns large blocks to the system, and every step faults them in again: with a half-width
    ResNet-18, 7 % of its CPU time.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return
    mallopt(-4, 0)  # M_MMAP_MAX: no separately mapped blocks
    mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: the heap does not shrink
