"""LPIPS of many images at once compared with the ``lpips`` package, image by image, with random weights of AlexNet."""

from __future__ import annotations

from itertools import combinations

import lpips
import numpy as np
import pytest
import torch

from synthbench.errors import UsageError
from synthbench.measure.networks import Stages, alexnet_stages, channel_weights, networks, of_encoder
from synthbench.measure.perceptual import Spread, crop_side, crops, embed, intra_and_inter
from synthbench.pretrain.encoder import initial
from synthbench.result.encoder_file import WEIGHTS

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Noise under blocks of one colour: (7, 64, 64, 3)."""
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 200, (7, 8, 8, 3)).repeat(8, 1).repeat(8, 2)
    return (blocks + rng.integers(0, 56, (7, 64, 64, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def package() -> lpips.LPIPS:
    """The package's network with its own channel weights; a random AlexNet under them."""
    torch.manual_seed(0)
    return lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)


@pytest.fixture(scope="module")
def stages(package: lpips.LPIPS) -> Stages:
    state = {key.partition(".")[2]: value for key, value in package.net.state_dict().items()}
    return alexnet_stages(state, CPU)


def one_by_one(package: lpips.LPIPS, a: np.ndarray, b: np.ndarray) -> float:
    with torch.inference_mode():
        x, y = (torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1 for image in (a, b))
        return float(package(x, y))


def test_channel_weights_are_not_negative():
    assert all(float(w.min()) >= 0 for w in channel_weights())  # their roots are taken


def test_equal_to_the_package_image_by_image(package, stages, images):
    ks, labels = np.arange(7), np.array([0, 0, 0, 0, 1, 1, 2])
    spreads: dict[int, Spread] = {}
    intra = intra_and_inter(stages, images, ks, labels, spreads)
    first, second = crops(images, ks)
    expected = [one_by_one(package, a, b) for a, b in zip(first, second, strict=True)]
    assert np.ptp(expected) > 0.001
    assert intra == pytest.approx(expected, rel=1e-5)
    pairs = {(i, j): one_by_one(package, first[i], first[j]) for i, j in combinations(range(7), 2)}
    assert spreads[0].mean() == pytest.approx(np.mean([d for (_, j), d in pairs.items() if j < 4]), rel=1e-5)
    assert spreads[1].mean() == pytest.approx(pairs[4, 5], rel=1e-5)
    assert np.isnan(spreads[2].mean())  # one image has no other
    total = Spread()
    for spread in spreads.values():
        total.merge(spread)
    assert total.mean() == pytest.approx(np.mean(list(pairs.values())), rel=1e-5)


def test_crops_have_half_the_area_and_depend_on_k_alone(images):
    first, second = crops(images, np.arange(7))
    assert first.shape == second.shape == (7, 45, 45, 3)
    assert crop_side(384) == 272 and abs(272**2 / 384**2 - 0.5) < 0.002
    assert any((a != b).any() for a, b in zip(first, second, strict=True))
    again, _ = crops(images[3:5], np.array([3, 4]))
    assert np.array_equal(again, first[3:5])
    assert not np.array_equal(crops(images[:1], np.array([9]))[0], first[:1])


def test_an_encoder_uses_the_same_formula_under_another_name(images):
    encoder = initial("resnet18", size=32, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0, width=8)
    stages, pooled = of_encoder(encoder, "noise/pocket/seed-0")
    assert stages.metric("intra") == "perceptual_intra[noise/pocket/seed-0]"
    assert pooled.metric("fid", "frechet_distance") == "frechet_distance[noise/pocket/seed-0]"
    x, y = images[:2, :32, :32], images[2:4, :32, :32]
    with torch.inference_mode():
        maps = [stages.maps(torch.from_numpy(z).permute(0, 3, 1, 2)) for z in (x, y)]
        assert [m.shape[1] for m in maps[0]] == [8, 16, 32, 64]
        expected = 0.0
        for both in zip(*maps, strict=True):  # Zhang et al. 2018, eq. 1, with w = 1
            a, b = (m / m.norm(dim=1, keepdim=True).clamp(min=1e-10) for m in both)
            expected = expected + ((a - b) ** 2).sum(1).mean((1, 2))
        seen = maps[0][-1].mean((2, 3)), pooled.features(torch.from_numpy(x).permute(0, 3, 1, 2))
    found = (embed(stages, x) - embed(stages, y)).square().sum(1)
    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-4)
    assert torch.allclose(*seen, atol=1e-6)


def test_images_too_small_for_the_network(stages):
    with pytest.raises(UsageError, match="larger --size"):
        embed(stages, np.zeros((1, 16, 16, 3), np.uint8))


def test_an_encoder_without_the_stages_of_a_resnet_says_so(images, tmp_path):
    encoder = initial("timm:test_vit", size=32, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0)
    encoder.save(tmp_path / WEIGHTS)
    found = networks(str(tmp_path), distances=False, device=torch.device("cpu"))
    assert found.stages is None
    assert found.missing.startswith("timm:test_vit does not have the four stages of a ResNet")
    pixels = torch.from_numpy(images[:2, :32, :32]).permute(0, 3, 1, 2)
    assert found.pooled.features(pixels).shape == (2, encoder.features)
