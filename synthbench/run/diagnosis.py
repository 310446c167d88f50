"""Checks of the machine: one per requirement of a run."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from synthbench.errors import SynthbenchError

NEEDED_GB = 1.0
"""Disk space of a pocket run with its images and checkpoints, with a margin."""


@dataclass
class Check:
    """A finding. ``missing`` prevents a pocket run; ``optional`` does not."""

    name: str
    state: Literal["ok", "missing", "optional"]
    found: str
    fix: str = ""


def diagnose(out: Path) -> list[Check]:
    """All checks, in the order in which a run needs them."""
    return [_gl(), _gpu(), _cpu(), _disk(out), _photos(), _hub()]


def _gl() -> Check:
    from synthbench import registry

    try:
        shaders = registry.load_class("shaders")()
        renderer: str = shaders.renderer  # type: ignore[attr-defined]
        shaders.close()
    except (SynthbenchError, ImportError) as error:
        return Check(
            "OpenGL", "missing", str(error), "apt-get install libegl1 libgl1-mesa-dri (only shader entrants need GL)"
        )
    return Check("OpenGL", "ok", renderer)


def _gpu() -> Check:
    import torch

    if not torch.cuda.is_available():
        return Check("GPU", "optional", "none: the pocket scale runs on the CPU", "larger scales need a CUDA GPU")
    name, memory = torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory / 1e9
    return Check("GPU", "ok", f"{torch.cuda.device_count()} x {name}, {memory:.0f} GB")


def _cpu() -> Check:
    from synthbench.pretrain.device import cpu_has_bf16
    from synthbench.result.environment import cpu_name

    return Check(
        "CPU",
        "ok",
        f"{cpu_name()}, {len(os.sched_getaffinity(0))} cores, {'bf16' if cpu_has_bf16() else 'fp32 (no bf16)'}",
    )


def _disk(out: Path) -> Check:
    folder = out.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    if not os.access(folder, os.W_OK):
        return Check("disk", "missing", f"{folder} is not writable", "choose another folder with --out")
    if free < NEEDED_GB:
        return Check(
            "disk",
            "missing",
            f"{free:.1f} GB free in {folder}",
            f"a pocket run needs {NEEDED_GB:.0f} GB: free some, or use --out",
        )
    return Check("disk", "ok", f"{free:.0f} GB free in {folder}")


def _photos() -> Check:
    from synthbench.evaluate import photos

    try:
        for name in photos.NAMES:
            photos.photo(name)
    except SynthbenchError as error:
        return Check("evaluation photos", "missing", str(error), "install the versions in constraints.txt with pip")
    return Check("evaluation photos", "ok", f"{len(photos.NAMES)} packaged photographs")


def _hub() -> Check:
    from huggingface_hub import get_token

    if get_token() is None:
        return Check(
            "Hub token", "optional", "none: everything works locally", "`hf auth login`, needed only to publish"
        )
    return Check("Hub token", "ok", "found")
