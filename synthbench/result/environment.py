"""The environment of a result: versions, hardware, code commit."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "scikit-image", "scikit-learn", "moderngl")


def environment(device: torch.device) -> dict[str, Any]:
    """Versions and hardware of a run on ``device``, for the record."""
    import torch

    gpu = device.type == "cuda"
    commit, dirty = git_state(Path(__file__).parent)
    return {
        "synthbench": version(),
        "code_commit": commit,
        "git_dirty": dirty,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: metadata.version(name) for name in PACKAGES},
        "cpu": cpu_name(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cpus": len(os.sched_getaffinity(0)),
        "device": torch.cuda.get_device_name(device) if gpu else "cpu",
        "n_devices": torch.cuda.device_count() if gpu else 0,
        "threads": torch.get_num_threads(),
    }


def version() -> str:
    """The installed version of synthbench."""
    return metadata.version("synthbench-vision")


def cpu_name() -> str:
    """The processor's name according to the kernel."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def git_state(folder: Path) -> tuple[str | None, bool | None]:
    """(commit, whether files differ from it) of the git checkout that contains a folder; (None, None) outside one."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit, bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        capture_output=True,
        check=True,
        timeout=10,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout.strip()


def peak_memory_gb() -> float:
    """Peak memory of this process and its largest finished child, in GB (1e9 bytes), without device memory."""
    kilo = 1 if sys.platform == "darwin" else 1024
    return (
        sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * kilo / 1e9
    )
