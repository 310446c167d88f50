"""The input of a probe: one task's images and their features under a protocol, each computed once for all probes.

Images in memory pass through the unchanged encoder in fp32, as for all scores of the pocket scale. Large sets of images
on disk pass through a copy with folded batch norm, in bf16 if the hardware supports it, and their features are stored
on disk while they are needed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from synthbench.evaluate.cache import Cache
from synthbench.evaluate.features import features, streamed
from synthbench.evaluate.files import Images
from synthbench.evaluate.frozen import Forward, frozen
from synthbench.evaluate.task import Labelled, Pixels, Splits, Task
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol.protocol import Evaluate

Part = tuple[Tensor, Tensor]
"""(N, F) float32 features, possibly in the host's memory or mapped from a file, and (N,) labels on the encoder's
device."""


class Work:
    """One encoder on one task.

    Attributes:
        encoder, task, rules: as given.
        splits: the images that are used: all, or ``rules.limit`` of every split and ``rules.subset`` for an SGD probe.
        by_sgd: whether the protocol uses the SGD probe for this task.
    """

    def __init__(
        self,
        encoder: Encoder,
        task: Task,
        rules: Evaluate,
        progress: Callable[[int, int, str], None] | None = None,
        cache: Cache | None = None,
    ) -> None:
        """
        Args:
            progress: called with (done, in all, of what).
            cache: keeps features, and the state of a probe's training, until the scores are computed.

        Raises:
            DataError: the task's images are missing or incomplete.
        """
        self.encoder, self.task, self.rules = encoder, task, rules
        self.by_sgd = rules.sgd is not None and task.about.name in rules.sgd.tasks
        self._progress, self._cache = progress, cache
        found = task.splits(rules.size)
        train = subset(found.train, rules.subset) if self.by_sgd and rules.subset else found.train
        self.splits = Splits(
            self._limited(train), self._limited(found.val) if found.val else None, self._limited(found.test)
        )
        self._seen: dict[str, Part] = {}

    @property
    def device(self) -> torch.device:
        """The encoder's."""
        return next(self.encoder.parameters()).device

    def keep(self, name: str) -> Path | None:
        """A file in which a probe can store its state to resume; None without a cache."""
        return self._cache.file(self.task.about.name, name) if self._cache else None

    def told(self, what: str) -> Callable[[int, int], None] | None:
        """A callback for (done, in all) of something."""
        report, name = self._progress, self.task.about.name
        return None if report is None else lambda done, total: report(done, total, f"{name} {what}")

    def features(self, split: Literal["train", "val", "test"]) -> Part:
        """The features and labels of an existing split."""
        if split not in self._seen:
            images: Labelled | None = getattr(self.splits, split)
            assert images is not None
            if isinstance(images, Pixels):
                x = features(self.encoder, images.pixels)
            else:
                assert isinstance(images, Images)
                x = streamed(
                    self._forward,
                    images,
                    width=self.encoder.features,
                    device=self.device,
                    resize=self.rules.resize,
                    size=self.rules.size,
                    keep=self.keep(f"{split}-{len(images)}.npy"),
                    progress=self.told(split),
                )
            self._seen[split] = x, torch.from_numpy(images.labels).to(self.device)
        return self._seen[split]

    @cached_property
    def _forward(self) -> Forward:
        return frozen(self.encoder)

    def _limited(self, images: Labelled) -> Labelled:
        """Apply ``rules.limit``, for trials on large data sets; images in memory are few and are not limited."""
        if self.rules.limit is None or isinstance(images, Pixels) or len(images) <= self.rules.limit:
            return images
        return images.some(np.linspace(0, len(images) - 1, self.rules.limit).astype(int))


def subset(images: Labelled, n: int) -> Labelled:
    """n images (all if there are fewer), selected as in shaders21k: ``random.seed(1337); random.sample(samples, n)``
    over the sorted class folders."""
    return images.some(np.array(random.Random(1337).sample(range(len(images)), min(n, len(images)))))
