"""Distances between two sets of images by their features: Fréchet (FID), kernel (KID), precision and recall,
through torch-fidelity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from synthbench.errors import UsageError

FEWEST = 50
"""Minimum size of each set for KID and for precision and recall."""
KID_SUBSETS, KID_SUBSET_SIZE = 100, 1000
NEIGHBOURHOOD = 3
"""Neighbours for precision and recall (Kynkäänniemi et al. 2019)."""


@dataclass(frozen=True)
class Features:
    """Features of a set of images, with the identity of the network.

    Attributes:
        values: (N, F) float32.
        extractor: identity of the network; features of different networks are never compared.
    """

    values: np.ndarray
    extractor: str


@dataclass(frozen=True)
class Distance:
    """A value, or the reason why there is none. ``std`` is over random subsets, for the kernel distance."""

    value: float | None
    gap: str = ""
    std: float | None = None


def distances(images: Features, reference: Features) -> dict[str, Distance]:
    """``fid``, ``kid``, ``precision`` and ``recall`` of images against a reference.

    FID needs more images than features in each set: with fewer, the covariance is singular and the value depends more
    on the number of images than on their content. KID does not have this bias; it uses subsets of 1,000 (or of half the
    smaller set, if that is less).

    Raises:
        UsageError: the features are of different networks, or not finite.
    """
    if images.extractor != reference.extractor:
        raise UsageError(
            f"features of different networks cannot be compared: {images.extractor[:60]} and "
            f"{reference.extractor[:60]}. "
            "Compute both with the same --features."
        )
    for each in (images, reference):
        if each.values.ndim != 2 or not np.isfinite(each.values).all():
            raise UsageError(f"features of shape {each.values.shape} with NaN or infinity: has the encoder diverged?")
    a, b = images.values, reference.values
    n, width = min(len(a), len(b)), a.shape[1]
    found = {
        "fid": frechet(a, b)
        if n > width
        else Distance(None, f"needs more than {width} images in each set for {width} features; has {n}")
    }
    if n < FEWEST:
        few = Distance(None, f"needs {FEWEST} images in each set; has {n}")
        return found | {"kid": few, "precision": few, "recall": few}
    return found | kernel(a, b) | precision_recall(a, b)


def frechet(a: np.ndarray, b: np.ndarray) -> Distance:
    """FID: the Fréchet distance between two Gaussians with the features' means and covariances (Heusel et al. 2017)."""
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    both = [fid_features_to_statistics(torch.from_numpy(x)) for x in (a, b)]
    return Distance(fid_statistics_to_metric(*both, verbose=False)[KEY_METRIC_FID])


def kernel(a: np.ndarray, b: np.ndarray) -> dict[str, Distance]:
    """KID: the squared maximum mean discrepancy with a cubic kernel (Bińkowski et al. 2018), averaged over random
    subsets."""
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

    found = kid_features_to_metric(
        torch.from_numpy(a),
        torch.from_numpy(b),
        kid_subsets=KID_SUBSETS,
        kid_subset_size=min(KID_SUBSET_SIZE, len(a) // 2, len(b) // 2),
        verbose=False,
    )
    return {"kid": Distance(found[KEY_METRIC_KID_MEAN], std=found[KEY_METRIC_KID_STD])}


def precision_recall(a: np.ndarray, b: np.ndarray) -> dict[str, Distance]:
    """The share of images inside the reference's neighbourhoods, and vice versa (Kynkäänniemi et al. 2019)."""
    from torch_fidelity.metric_prc import KEY_METRIC_PRECISION, KEY_METRIC_RECALL, prc_features_to_metric

    found = prc_features_to_metric(
        torch.from_numpy(a),
        torch.from_numpy(b),
        prc_neighborhood=NEIGHBOURHOOD,
        prc_batch_size=10000,
        save_cpu_ram=True,
        verbose=False,
    )
    return {"precision": Distance(found[KEY_METRIC_PRECISION]), "recall": Distance(found[KEY_METRIC_RECALL])}
