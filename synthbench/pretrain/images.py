"""Where a step's images come from: the device's memory when they fit, the host's memory, the disk, or a generator that draws them live.

Pixels leave here as (n, H, 3, W) uint8 on the device: see ``augment``.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthbench.render.live import Live
from synthbench.render.shards import Dataset

DEPTH = 4
"""Batches that are decoded ahead."""
DEVICE_SHARE, HOST_SHARE = 0.5, 0.5
"""Of the free memory, what images may take at most."""

Wanted = Callable[[int], np.ndarray]
"""step -> the indices of its images."""


def fits_host(images: int, size: int) -> bool:
    """Whether so many images may lie in the host's memory."""
    meminfo = Path("/proc/meminfo")
    lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines()) if meminfo.is_file() else {}
    if "MemAvailable" in lines:  # what the kernel's caches hold can be had
        free = int(lines["MemAvailable"].split()[0]) * 1024
    else:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return images * size * size * 3 <= HOST_SHARE * free


class Source(ABC):
    """Gives the images of one step after another."""

    def start(self, first: int, steps: int, wanted: Wanted) -> None:
        """Tell what will be asked for: the images ``wanted(step)`` of the steps from ``first`` to before ``steps``."""
        self._wanted = wanted

    @abstractmethod
    def batch(self, step: int) -> Tensor:
        """The images of a step; steps are asked for in turn."""

    def close(self) -> None:  # noqa: B027 - optional hook
        """Release what is held."""


class _Held(Source):
    """All images in memory, the device's if they fit there."""

    def __init__(self, images: np.ndarray, device: torch.device) -> None:
        self._device = device
        pixels = torch.from_numpy(images)
        fits = device.type == "cpu" or images.nbytes <= DEVICE_SHARE * torch.cuda.mem_get_info(device)[0]
        # On a GPU batches are rearranged as they are taken; on the CPU that is done once, for it costs more there.
        self._pixels = pixels.permute(0, 1, 3, 2).contiguous() if device.type == "cpu" else pixels.to(device) if fits else pixels

    def batch(self, step: int) -> Tensor:
        index = torch.from_numpy(self._wanted(step))
        if self._device.type == "cpu":
            return self._pixels[index]
        return self._pixels[index.to(self._pixels.device)].to(self._device, non_blocking=True).permute(0, 1, 3, 2).contiguous()


class _Decoded(Source):
    """Images on disk, decoded by threads a few steps ahead (Pillow's decoders let other threads run)."""

    def __init__(self, data: Dataset, device: torch.device) -> None:
        self._data, self._device = data, device
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode")
        self._ahead: deque[list[Future[np.ndarray]]] = deque()
        self._next = self._steps = 0

    def start(self, first: int, steps: int, wanted: Wanted) -> None:
        super().start(first, steps, wanted)
        self._next, self._steps = first, steps

    def batch(self, step: int) -> Tensor:
        while len(self._ahead) < DEPTH and self._next < self._steps:
            self._ahead.append([self._pool.submit(self._data.image, int(i)) for i in self._wanted(self._next)])
            self._next += 1
        pixels = torch.from_numpy(np.stack([done.result() for done in self._ahead.popleft()]))
        if self._device.type == "cuda":
            pixels = pixels.pin_memory().to(self._device, non_blocking=True)
        return pixels.permute(0, 1, 3, 2).contiguous()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Drawn(Source):
    """Images that are drawn while training goes on; a batch lacks those that could not be."""

    def __init__(self, live: Live, device: torch.device) -> None:
        self._live, self._device = live, device

    def start(self, first: int, steps: int, wanted: Wanted) -> None:
        self._live.start(first, steps, wanted)

    def batch(self, step: int) -> Tensor:
        return torch.from_numpy(self._live.batch(step)).to(self._device).permute(0, 1, 3, 2).contiguous()


def source(images: np.ndarray | Dataset | Live, device: torch.device) -> Source:
    """The source of images that are in memory, on disk or not yet drawn."""
    if isinstance(images, Live):
        return _Drawn(images, device)
    return _Held(images, device) if isinstance(images, np.ndarray) else _Decoded(images, device)
