"""Scores on the data sets that lie on disk: ImageNet by SGD as the papers have it, VTAB by logistic regression on cached features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import UsageError
from synthbench.evaluate import datasets
from synthbench.evaluate.datasets import DATASETS
from synthbench.evaluate.features import streamed
from synthbench.evaluate.files import Images
from synthbench.evaluate.knn import knn_probe
from synthbench.evaluate.linear import chosen_probe, linear_probe
from synthbench.evaluate.sgd import sgd_probe
from synthbench.evaluate.tasks import Count
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol import Evaluate


def score(encoder: Encoder, name: str, rules: Evaluate, progress: Callable[[int, int], None] | None = None) -> list[Count]:
    """Every probe of the protocol on one data set.

    Raises:
        DataError: the data set is not there or not whole.
        UsageError: the protocol has no rules for a linear probe of it.
    """
    splits, about = datasets.load(name), DATASETS[name]
    by_sgd = rules.sgd is not None and name in rules.sgd.tasks
    train = datasets.subset(splits.train, rules.subset) if by_sgd and rules.subset else splits.train
    train, test = _limited(train, rules.limit), _limited(splits.test, rules.limit)
    val = _limited(splits.val, rules.limit) if splits.val else None
    device = next(encoder.parameters()).device

    def seen(images: Images) -> tuple[Tensor, Tensor]:
        return streamed(encoder, images, resize=rules.resize, size=rules.size), torch.from_numpy(images.labels).to(device)

    test_x, test_y = seen(test)
    cached: dict[str, tuple[Tensor, Tensor]] = {}

    def seen_once(what: str, images: Images) -> tuple[Tensor, Tensor]:
        if what not in cached:
            cached[what] = seen(images)
        return cached[what]

    counts = []
    for probe in rules.probes:
        best = None
        if probe == "knn":
            assert rules.k is not None  # the protocol's rule
            x, y = seen_once("train", train)
            correct = int((knn_probe(x, y, test_x, k=min(rules.k, len(y))) == test_y).sum())
        elif by_sgd:
            assert rules.sgd is not None
            made = sgd_probe(encoder, train, test_x, test_y, rules.sgd, classes=about.classes, size=rules.size, progress=progress)
            correct, best = made.last, made.best
        elif rules.l2_grid is not None and val is not None:
            predicted, _ = chosen_probe(seen_once("train", train), seen_once("val", val), test_x, classes=about.classes, grid=rules.l2_grid)
            correct = int((predicted == test_y).sum())
        elif rules.l2 is not None:
            x, y = seen_once("train", train)
            correct = int((linear_probe(x, y, test_x, l2=rules.l2) == test_y).sum())
        else:
            raise UsageError(f"the protocol says nothing of a linear probe of {name}: name it in evaluate.sgd.tasks or give evaluate.l2.")
        counts.append(Count(name, probe, correct, len(test_y), best))
    return counts


def _limited(images: Images, limit: int | None) -> Images:
    if limit is None or len(images) <= limit:
        return images
    return images.some(np.linspace(0, len(images) - 1, limit).astype(int))
