"""FID, KID, precision and recall, compared with torch-fidelity's own pipeline on the same images, and with their
definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch_fidelity
from torch.utils.data import Dataset
from torch_fidelity.feature_extractor_base import FeatureExtractorBase

from synthbench.errors import UsageError
from synthbench.measure.distances import Features, distances
from synthbench.measure.networks import of_encoder
from synthbench.pretrain.encoder import initial


class Pixels(Dataset):
    def __init__(self, images: np.ndarray) -> None:
        self.images = torch.from_numpy(images).permute(0, 3, 1, 2)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.images[i]


def encoder():
    return initial("resnet18", size=16, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0, width=8)


class Registered(FeatureExtractorBase):
    """The same encoder as a feature extractor of torch-fidelity's own pipeline."""

    def __init__(self, name, features_list, **_):
        super().__init__(name, features_list)
        self.features = of_encoder(encoder(), "")[1].features

    @staticmethod
    def get_provided_features_list():
        return ("pooled",)

    @staticmethod
    def get_default_feature_layer_for_metric(metric):
        return "pooled"

    def forward(self, pixels):
        return (self.features(pixels),)


@pytest.fixture(scope="module")
def sets() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 200, (110, 16, 16, 3), np.uint8), rng.integers(40, 256, (120, 16, 16, 3), np.uint8)


@pytest.fixture(scope="module")
def features(sets) -> tuple[np.ndarray, ...]:
    see = of_encoder(encoder(), "")[1].features
    with torch.inference_mode():
        return tuple(see(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy() for x in sets)


def test_equal_to_torch_fidelity_from_the_images_on(sets, features):
    torch_fidelity.register_feature_extractor("of-the-test", Registered)
    theirs = torch_fidelity.calculate_metrics(
        input1=Pixels(sets[0]), input2=Pixels(sets[1]), fid=True, kid=True, prc=True, feature_extractor="of-the-test",
        cuda=False, cache=False, kid_subset_size=55, samples_shuffle=False, batch_size=256, save_cpu_ram=True,
        verbose=False,
    )  # fmt: skip
    ours = distances(*(Features(x, "encoder") for x in features))
    for name, key in {
        "fid": "frechet_inception_distance",
        "kid": "kernel_inception_distance_mean",
        "precision": "precision",
        "recall": "recall",
    }.items():
        assert ours[name].value == pytest.approx(theirs[key], rel=1e-6), name
    assert ours["kid"].std == pytest.approx(theirs["kernel_inception_distance_std"], rel=1e-6)
    assert ours["fid"].value > 0.01


def test_fid_by_its_definition(features):
    a, b = (x.astype(np.float64) for x in features)
    size, axes = np.linalg.eigh(np.cov(a.T))
    root = axes * np.sqrt(size.clip(0)) @ axes.T  # tr (A B)^1/2 = tr (A^1/2 B A^1/2)^1/2
    trace = np.sqrt(np.linalg.eigvalsh(root @ np.cov(b.T) @ root).clip(0)).sum()
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(np.cov(a.T) + np.cov(b.T)) - 2 * trace
    assert distances(Features(features[0], "x"), Features(features[1], "x"))["fid"].value == pytest.approx(
        expected, rel=1e-3
    )
    same = distances(Features(features[0], "x"), Features(features[0], "x"))
    assert same["fid"].value == pytest.approx(0, abs=1e-3)
    assert same["precision"].value == same["recall"].value == 1


def test_kid_by_its_definition(features):
    """Subsets of half the smaller set have the mean of the estimate from all, within their spread."""
    a, b = (x.astype(np.float64) for x in features)

    def k(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (x @ y.T / x.shape[1] + 1) ** 3

    within = [(k(x, x).sum() - np.trace(k(x, x))) / (len(x) * (len(x) - 1)) for x in (a, b)]
    found = distances(Features(features[0], "x"), Features(features[1], "x"))["kid"]
    assert abs(found.value - (sum(within) - 2 * k(a, b).mean())) < 3 * found.std / 100**0.5 + 1e-6


def test_precision_and_recall_by_their_definition(features):
    a, b = features

    def inside(x: np.ndarray, y: np.ndarray) -> float:
        radius = [sorted(np.linalg.norm(y - row, axis=1))[3] for row in y]  # the third other one
        return float(
            np.mean([any(np.linalg.norm(row - other) <= r for other, r in zip(y, radius, strict=True)) for row in x])
        )

    found = distances(Features(a, "x"), Features(b, "x"))
    assert found["precision"].value == pytest.approx(inside(a, b), abs=0.02)
    assert found["recall"].value == pytest.approx(inside(b, a), abs=0.02)


def test_too_few_images_give_a_missing_value_with_a_reason(features):
    few = distances(Features(features[0][:60], "x"), Features(features[1], "x"))
    assert few["fid"].value is None and "more than 64 images" in few["fid"].gap and "has 60" in few["fid"].gap
    assert few["kid"].value is not None
    fewer = distances(Features(features[0][:3], "x"), Features(features[1], "x"))
    assert all(d.value is None and "has 3" in d.gap for d in fewer.values())


def test_features_of_two_networks_are_not_compared(features):
    with pytest.raises(UsageError, match=r"different networks.*inception.*encoder.*same --features"):
        distances(Features(features[0], "inception"), Features(features[1], "encoder"))
    with pytest.raises(UsageError, match="NaN"):
        distances(Features(features[0] * np.nan, "x"), Features(features[1], "x"))
