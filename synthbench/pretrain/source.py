"""The source of a step's images: the device's memory if they fit, the host's memory, the disk, or a live generator.

Pixels are returned as (n, H, 3, W) uint8 on the device: see ``augment``.
"""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from synthbench.images.ahead import ahead
from synthbench.pretrain.device import put
from synthbench.pretrain.order import Order
from synthbench.render.live import Live
from synthbench.render.shards import Dataset

DEVICE_SHARE, HOST_SHARE = 0.5, 0.5
"""Maximum share of the free memory for images."""

Mine = Callable[[int], np.ndarray]
"""step -> the wanted rows of its batch, ascending."""


class Taken(NamedTuple):
    """The images of a step."""

    pixels: Tensor
    """(m, H, 3, W) uint8 on the device: the wanted rows of the batch."""
    n: int
    """Number of images in the whole batch."""
    labels: Tensor
    """(n,) int64 classes of the whole batch; empty if there are none."""


def fits_host(images: int, size: int) -> bool:
    """Whether this many images may be kept in the host's memory."""
    meminfo = Path("/proc/meminfo")
    lines = (
        dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines())
        if meminfo.is_file()
        else {}
    )
    if "MemAvailable" in lines:  # the kernel's caches can be reclaimed
        free = int(lines["MemAvailable"].split()[0]) * 1024
    else:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return images * size * size * 3 <= HOST_SHARE * free


class Source(ABC):
    """Provides the images of one step after another.

    ``labels`` are the (N,) classes of the images in the order of k, if they have any.
    """

    def __init__(self, device: torch.device, labels: np.ndarray | None) -> None:
        self._device, self._labels = device, labels

    def start(self, first: int, steps: int, order: Order, mine: Mine) -> None:
        """Announce the requests: rows ``mine`` of the batches of the steps from ``first`` to before ``steps``."""
        self._order, self._mine = order, mine

    def take(self, step: int) -> Taken:
        """The images of a step; steps must be requested in order."""
        batch = self._order.of(step)
        labels = torch.empty(0) if self._labels is None else torch.from_numpy(self._labels[batch])
        return Taken(self._pixels(step), len(batch), labels)

    def wanted(self, step: int) -> np.ndarray:
        """The requested images of a step."""
        return self._order.of(step)[self._mine(step)]

    @abstractmethod
    def _pixels(self, step: int) -> Tensor:
        """(m, H, 3, W) uint8 on the device."""

    def close(self) -> None:  # noqa: B027 - optional hook
        """Release the resources."""


class Held(Source):
    """All images in memory, the device's if they fit there."""

    def __init__(self, images: np.ndarray, device: torch.device, labels: np.ndarray | None) -> None:
        super().__init__(device, labels)
        pixels = torch.from_numpy(images)
        fits = device.type == "cpu" or images.nbytes <= DEVICE_SHARE * torch.cuda.mem_get_info(device)[0]
        # On a GPU batches are rearranged as they are taken; on the CPU, where it costs more, once.
        self._held = (
            pixels.permute(0, 1, 3, 2).contiguous() if device.type == "cpu" else pixels.to(device) if fits else pixels
        )

    def _pixels(self, step: int) -> Tensor:
        index = torch.from_numpy(self.wanted(step))
        if self._device.type == "cpu":
            return self._held[index]
        if self._held.device.type == "cpu":  # too many for the device
            return put(self._held[index], self._device).permute(0, 1, 3, 2).contiguous()
        return self._held[put(index, self._device)].permute(0, 1, 3, 2).contiguous()


class Decoded(Source):
    """Images on disk, read and decoded by threads a few steps ahead (Pillow's decoders release the GIL), or read by
    them and decoded by the GPU if it can."""

    def __init__(self, data: Dataset, device: torch.device) -> None:
        super().__init__(device, data.class_of)
        self._data = data
        self._by_gpu = gpu_decodes(data, device)
        self._ahead: Generator[tuple[np.ndarray, list[Any]], None, None] | None = None

    def start(self, first: int, steps: int, order: Order, mine: Mine) -> None:
        super().start(first, steps, order, mine)
        self._ahead = ahead(
            map(self.wanted, range(first, steps)), self._data.encoded if self._by_gpu else self._data.image
        )

    def _pixels(self, step: int) -> Tensor:
        assert self._ahead is not None, "started"
        rows, done = next(self._ahead)
        if self._by_gpu:
            try:
                return decoded(done, self._device).permute(0, 2, 1, 3).contiguous()
            except RuntimeError:  # one of them is broken, and Pillow names it; or the GPU cannot decode what Pillow can
                done = [self._data.image(int(i)) for i in rows]
        return put(np.stack(done), self._device).permute(0, 1, 3, 2).contiguous()

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()


def gpu_decodes(data: Dataset, device: torch.device) -> bool:
    """Whether the GPU decodes this data set: JPEG, and a torchvision with nvJPEG (tried on the first image).

    Its decoder rounds differently from Pillow's, by a level or two.
    """
    if device.type != "cuda" or data.manifest.format != "jpeg":
        return False
    try:
        decoded([data.encoded(0)], device)
    except (RuntimeError, ImportError, AttributeError, TypeError):
        return False
    return True


def decoded(files: list[bytes], device: torch.device) -> Tensor:
    """JPEG files of one size -> (n, 3, H, W) uint8 on the device, by torchvision (nvJPEG on a GPU).

    Raises:
        RuntimeError: one cannot be decoded, or this torchvision cannot decode on this device.
    """
    from torchvision.io import ImageReadMode, decode_jpeg

    held = [torch.from_numpy(np.frombuffer(file, np.uint8).copy()) for file in files]
    with warnings.catch_warnings():  # torchvision warns that its decoders will move
        warnings.simplefilter("ignore")
        return torch.stack(decode_jpeg(held, mode=ImageReadMode.RGB, device=device))


class Fresh(Source):
    """Images that are rendered during training; a batch lacks those that could not be rendered.

    Image k has class k mod ``classes``.
    """

    def __init__(self, live: Live, device: torch.device, classes: int) -> None:
        super().__init__(device, None)
        self._live, self._classes = live, classes

    def start(self, first: int, steps: int, order: Order, mine: Mine) -> None:
        self._live.start(first, steps, order.fresh)

    def take(self, step: int) -> Taken:
        """All images of a batch that could be rendered."""
        pixels = self._pixels(step)
        return Taken(
            pixels, len(pixels), torch.from_numpy(self._live.drawn % self._classes) if self._classes else torch.empty(0)
        )

    def _pixels(self, step: int) -> Tensor:
        return put(self._live.batch(step), self._device).permute(0, 1, 3, 2).contiguous()
