"""The images of a run behind one interface: stored on disk, in memory, rendered during training, or none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

import numpy as np
import torch

from synthbench.dataset.manifest import LeftOut
from synthbench.pretrain.source import Decoded, Fresh, Held, Source, fits_host
from synthbench.render.live import Live
from synthbench.render.shards import Dataset


class TrainingImages(ABC):
    """The training images of a run. ``len`` is the number of images per epoch."""

    mode: ClassVar[Literal["stored", "live", "none"]] = "stored"
    names: list[str]
    """Names of the latent classes; empty if they are not known."""
    fingerprint: str
    """Fingerprint of the first images (``dataset.manifest.fingerprint``)."""
    renderer: str = ""
    left_out: list[LeftOut]
    """Images that could not be rendered."""
    redrawn: int = 0
    """Number of drawings that broke a rule of the generator and were drawn again."""
    seconds: float = 0.0
    """Seconds spent on rendering them."""

    @property
    def identity(self) -> str:
        """Identifies the images of a checkpoint."""
        return self.fingerprint

    @property
    @abstractmethod
    def classes(self) -> int:
        """Number of classes to learn from; 0 for none."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def source(self, device: torch.device, *, ranks: int) -> Source:
        """The source for the steps of a run on ``device``, if this many ranks of a machine each have one."""

    @contextmanager
    def opened(self, device: torch.device, *, ranks: int = 1) -> Iterator[Source]:
        """``source`` as a context manager, closed at the end."""
        made = self.source(device, ranks=ranks)
        try:
            yield made
        finally:
            made.close()


class Pixels(TrainingImages):
    """Images in memory.

    Args:
        images: (N, H, W, 3) uint8, in the order of k.
        class_of: (N,) int64; None if there are no classes.
        identity: identifies them; a checkpoint of other images is refused.
    """

    def __init__(self, images: np.ndarray, class_of: np.ndarray | None = None, *, identity: str) -> None:
        self._images, self._class_of, self.fingerprint = images, class_of, identity
        self.names, self.left_out = [], []

    @property
    def classes(self) -> int:
        return 0 if self._class_of is None else int(self._class_of.max()) + 1

    def __len__(self) -> int:
        return len(self._images)

    def source(self, device: torch.device, *, ranks: int) -> Source:
        return Held(self._images, device, self._class_of)


class Stored(TrainingImages):
    """Images on disk: read into memory if they fit, otherwise step by step."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.names, self.fingerprint, self.renderer = data.labels, data.manifest.fingerprint, data.manifest.renderer
        self.left_out, self.redrawn, self.seconds = data.manifest.left_out, data.manifest.redrawn, data.manifest.seconds

    @property
    def classes(self) -> int:
        return int(self.data.class_of.max()) + 1

    def __len__(self) -> int:
        return len(self.data)

    def source(self, device: torch.device, *, ranks: int) -> Source:
        if fits_host(len(self) * ranks, self.data.manifest.size):
            return Held(self.data.load_all(), device, self.data.class_of)
        return Decoded(self.data, device)


class Drawn(TrainingImages):
    """Images that are rendered during training, new ones in every epoch.

    Args:
        live: renders them; not started.
        fingerprint: of the first ones, stored as PNG.
    """

    mode: ClassVar[Literal["stored", "live", "none"]] = "live"

    def __init__(
        self, live: Live, names: list[str], fingerprint: str, renderer: str = "", seconds: float = 0.0
    ) -> None:
        self.live, self.names, self.fingerprint, self.renderer, self.seconds = (
            live,
            names,
            fingerprint,
            renderer,
            seconds,
        )
        self.left_out = []

    @property
    def identity(self) -> str:
        return f"live {self.fingerprint}"

    @property
    def classes(self) -> int:
        return len(self.names)

    def __len__(self) -> int:
        return len(self.live)

    def source(self, device: torch.device, *, ranks: int) -> Source:
        return Fresh(self.live, device, self.classes)

    @contextmanager
    def opened(self, device: torch.device, *, ranks: int = 1) -> Iterator[Source]:
        """The workers end with it; the images they left out are kept."""
        with self.live, super().opened(device, ranks=ranks) as made:
            try:
                yield made
            finally:
                self.left_out = self.live.left_out


class NoImages(TrainingImages):
    """The images of the random-initialisation baseline: none."""

    mode: ClassVar[Literal["stored", "live", "none"]] = "none"
    fingerprint = ""

    def __init__(self) -> None:
        self.names, self.left_out = [], []

    @property
    def classes(self) -> int:
        return 0

    def __len__(self) -> int:
        return 0

    def source(self, device: torch.device, *, ranks: int) -> Source:
        raise ValueError("there are no images to train on")
