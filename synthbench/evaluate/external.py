"""Scores on the data sets that lie on disk: ImageNet by SGD as the papers have it, VTAB by logistic regression on cached features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from synthbench.errors import UsageError
from synthbench.evaluate import datasets
from synthbench.evaluate.cache import Cache
from synthbench.evaluate.datasets import DATASETS
from synthbench.evaluate.features import streamed
from synthbench.evaluate.files import Images
from synthbench.evaluate.frozen import frozen
from synthbench.evaluate.knn import knn_probe
from synthbench.evaluate.linear import chosen_probe, linear_probe
from synthbench.evaluate.sgd import sgd_probe
from synthbench.evaluate.tasks import Count
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol import Evaluate


def score(
    encoder: Encoder, name: str, rules: Evaluate, progress: Callable[[int, int, str], None] | None = None, cache: Cache | None = None
) -> list[Count]:
    """Every probe of the protocol on one data set.

    Args:
        progress: called with (done, in all, of what).
        cache: keeps the features, and an SGD probe's classifier, while the scores are not made.

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
    forward = frozen(encoder)
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, total: progress(done, total, f"{name} {what}")

    def features(what: str, images: Images) -> tuple[Tensor, Tensor]:
        if what not in seen:
            x = streamed(
                forward, images, width=encoder.features, device=device, resize=rules.resize, size=rules.size,
                keep=cache.file(name, f"{what}-{len(images)}.npy") if cache else None, progress=told(what),
            )  # fmt: skip
            seen[what] = x, torch.from_numpy(images.labels).to(device)
        return seen[what]

    test_x, test_y = features("test", test)
    counts = []
    for probe in rules.probes:
        best = None
        if probe == "knn":
            assert rules.k is not None  # the protocol's rule
            x, y = features("train", train)
            correct = int((knn_probe(x.to(device), y, test_x.to(device), k=min(rules.k, len(y))) == test_y).sum())
        elif by_sgd:
            assert rules.sgd is not None
            made = sgd_probe(
                encoder, train, test_x.to(device), test_y, rules.sgd, classes=about.classes, size=rules.size,
                keep=cache.file(name, "classifier.pt") if cache else None, progress=told("epochs"),
            )  # fmt: skip
            correct, best = made.last, made.best
        elif rules.l2_grid is not None and val is not None:
            predicted, _ = chosen_probe(features("train", train), features("val", val), test_x, classes=about.classes, grid=rules.l2_grid)
            correct = int((predicted == test_y).sum())
        elif rules.l2 is not None:
            x, y = features("train", train)
            correct = int((linear_probe(x, y, test_x, l2=rules.l2) == test_y).sum())
        else:
            raise UsageError(f"the protocol says nothing of a linear probe of {name}: name it in evaluate.sgd.tasks or give evaluate.l2.")
        counts.append(Count(name, probe, correct, len(test_y), best))
    return counts


def _limited(images: Images, limit: int | None) -> Images:
    if limit is None or len(images) <= limit:
        return images
    return images.some(np.linspace(0, len(images) - 1, limit).astype(int))
