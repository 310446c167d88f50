"""Feature visualisations: labels, the parametrisation and the views compared with their definitions, the ascent,
encoders, errors."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pytest
import torch
from scipy import ndimage
from synthbench.generators.feature_vis import BATCH, FeatureVis, FeatureVisEncoder, ascent

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, UsageError
from synthbench.generator import stream
from synthbench.pretrain.encoder import initial

TINY = {"steps": 3, "side": 32}
STILL = (0, 0, 5, 10, 0, 0)
"""A view without shifts, at scale 1 and angle 0."""


@pytest.fixture(scope="module")
def tiny():
    """A ResNet-18 with an eighth of the width, with 64 features."""
    return initial("resnet18", size=32, mean=(0.5,) * 3, std=(0.2,) * 3, seed=3, width=8).eval().requires_grad_(False)


@pytest.fixture
def run(tiny, tmp_path):
    """A folder with that encoder."""
    (tmp_path / "run").mkdir()
    tiny.save(tmp_path / "run" / "encoder.safetensors")
    return tmp_path / "run"


def test_single_units_come_first_then_pairs_in_order():
    made = FeatureVis()
    assert len(made.labels) == 105_000
    assert made.labels[:2] == ("0000", "0001") and made.labels[2046:2051] == (
        "2046",
        "2047",
        "0000-0001",
        "0000-0002",
        "0000-0003",
    )
    assert made.labels[2048 + 2047] == "0001-0002"
    small = FeatureVis(network="resnet18", count=512 + 512 * 511 // 2)
    assert small.labels[511:513] == ("0511", "0000-0001") and small.labels[-1] == "0510-0511"
    assert FeatureVis(count=3).labels == ("0000", "0001", "0002")


@pytest.mark.parametrize("side", [32, 33])
def test_an_image_is_the_inverse_transform_of_its_scaled_coefficients(side):
    """Lucent's definition, frequency by frequency."""
    drawn = ascent.draw(stream(0, 0), side, 1).coefficients
    assert drawn.std().item() == pytest.approx(0.01, rel=0.05)
    spectrum = drawn[..., 0].double().numpy() + 1j * drawn[..., 1].double().numpy()
    for y in range(side):
        for x in range(side // 2 + 1):
            frequency = math.hypot(x / side, min(y, side - y) / side)
            spectrum[:, y, x] /= max(frequency, 1 / side)
    planes = np.fft.irfft2(spectrum, s=(side, side), norm="ortho") / 4
    mix = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
    mix /= max(np.linalg.norm(mix[:, i]) for i in range(3))
    want = 1 / (1 + np.exp(-np.tensordot(mix, planes, axes=1)))
    np.testing.assert_allclose(ascent.decoded(drawn[None], side)[0].numpy(), want, atol=1e-5)


def test_a_view_pads_with_grey_and_shifts_black_in():
    image = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    padded = np.pad(image.numpy(), ((0, 0), (12, 12), (12, 12)), constant_values=0.5)

    def resized(x):
        return torch.nn.functional.interpolate(
            torch.from_numpy(x)[None], size=(40, 40), mode="bilinear", align_corners=True
        )[0].numpy()

    np.testing.assert_allclose(ascent.seen(image, STILL).numpy(), resized(padded), atol=1e-6)
    moved = np.zeros_like(padded)
    moved[:, 2 + 1 :, 7 + 3 :] = padded[:, : -2 - 1, : -7 - 3]
    np.testing.assert_allclose(ascent.seen(image, (7, 2, 5, 10, 3, 1)).numpy(), resized(moved), atol=1e-6)


@pytest.mark.parametrize(("index", "degrees"), [(0, -10), (20, 10), (13, 3), (25, 0)])
def test_a_view_turns_around_the_middle(index, degrees):
    image = torch.from_numpy(
        ndimage.gaussian_filter(np.random.default_rng(1).random((3, 40, 40)), (0, 2, 2)).astype(np.float32)
    )
    padded = np.pad(image.numpy(), ((0, 0), (12, 12), (12, 12)), constant_values=0.5)
    turned = ndimage.rotate(padded, degrees, axes=(2, 1), reshape=False, order=1, mode="constant")
    want = torch.nn.functional.interpolate(
        torch.from_numpy(turned)[None], size=(40, 40), mode="bilinear", align_corners=True
    )[0]
    made = ascent.seen(image, (0, 0, 5, index, 0, 0))
    assert (made - want)[:, 4:-4, 4:-4].abs().max() < 1e-4
    assert ascent.ANGLES[index] == degrees


@pytest.mark.parametrize("scale", range(11))
def test_a_view_scales_by_a_tenth_at_most_and_a_smaller_one_has_a_black_frame(scale):
    view = ascent.seen(torch.ones(3, 256, 256), (0, 0, scale, 10, 0, 0))[0]
    side = math.ceil((0.9 + 0.02 * scale) * 280 - 1e-9)
    frame = max(0, math.ceil((280 - side) / 2))
    bright = (view > 0.75).sum(dim=1).max().item()
    assert bright == pytest.approx(256 * side / 280 * 256 / (side + 2 * frame), abs=3)
    assert (view[0, 0].item() == 0) == (frame > 0)


def test_an_image_comes_to_excite_its_units(tiny):
    rngs = [stream(1, k) for k in range(3)]
    draws = [ascent.draw(rng, 32, 25) for rng in rngs]
    units = [[1], [2], [1, 2]]
    before = tiny(ascent.decoded(torch.stack([one.coefficients for one in draws]), 32))
    after = tiny(ascent.ascend(tiny, draws, units, 32, lambda: None))
    for i, own in enumerate(units):
        assert after[i, own].sum() > 3 * before[i, own].sum() > 0


def test_units_are_an_images_own_and_pairs_add_up():
    """For a network whose features are the mean red, green and blue of the middle."""
    draws = [ascent.draw(stream(1, k), 32, 20) for k in range(3)]
    made = ascent.ascend(lambda x: x[:, :, 8:24, 8:24].mean((2, 3)), draws, [[0], [2], [0, 1]], 32, lambda: None)
    red, blue, yellow = made[:, :, 8:24, 8:24].mean((2, 3)).tolist()
    assert red[0] > 0.65 and red[0] > max(red[1:]) + 0.05
    assert blue[2] > 0.65 and blue[2] > max(blue[:2]) + 0.05
    assert min(yellow[:2]) > 0.65 and min(yellow[:2]) > yellow[2] + 0.05


def test_an_image_does_not_depend_on_those_next_to_it(tiny):
    draws = [ascent.draw(stream(2, k), 32, 4) for k in range(3)]
    together = ascent.ascend(tiny, draws, [[0], [5], [5, 6]], 32, lambda: None)
    for i, units in enumerate([[0], [5], [5, 6]]):
        alone = ascent.ascend(tiny, [draws[i]], [units], 32, lambda: None)
        assert (alone[0] - together[i]).abs().max() < 1e-3, "but for the rounding of another batch"


def test_the_networks_weights_are_a_parameter():
    made = [FeatureVis(network="resnet18", weights_seed=seed, **TINY).render(0, stream(0, 0), 32) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_an_image_is_drawn_at_its_side_and_reduced_and_larger_ones_at_their_own():
    generator = FeatureVis(network="resnet18", steps=1, side=48)
    assert generator.render(0, stream(0, 0), 16).shape == (16, 16, 3)
    assert generator.render(0, stream(0, 0), 64).shape == (64, 64, 3)


def test_an_encoder_is_a_folder_or_its_file_and_keeps_its_normalisation(run, tiny):
    made = FeatureVisEncoder(encoder=str(run), **TINY)
    assert len(made.labels) == 64 + 64 * 63 // 2
    image = made.render(65, stream(0, 0), 32)
    np.testing.assert_array_equal(
        FeatureVisEncoder(encoder=str(run / "encoder.safetensors"), **TINY).render(65, stream(0, 0), 32), image
    )
    np.testing.assert_array_equal(made.render_batch([3, 65], [stream(0, 1), stream(0, 0)], 32)[1], image)
    units = [int(unit) for unit in made.labels[65].split("-")]
    want = ascent.ascend(tiny, [ascent.draw(stream(0, 0), 32, 3)], [units], 32, lambda: None)[0]
    np.testing.assert_array_equal(image, (want * 255).round().byte().permute(1, 2, 0).numpy())


def test_a_recipes_identity_is_that_of_the_encoders_weights(run, tmp_path):
    entrant = "feature-vis-dead-leaves"
    first = resolve(entrant, {"encoder": str(run)}).sha256()
    moved = shutil.copytree(run, tmp_path / "elsewhere")
    (moved / "log.txt").write_text("not the weights")
    assert resolve(entrant, {"encoder": str(moved)}).sha256() == first
    assert resolve(entrant, {"encoder": str(moved / "encoder.safetensors")}).sha256() == first
    initial("resnet18", size=32, mean=(0.5,) * 3, std=(0.2,) * 3, seed=4, width=8).save(moved / "encoder.safetensors")
    assert resolve(entrant, {"encoder": str(moved)}).sha256() != first


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: resolve("feature-vis-dead-leaves").load(),
            "-g encoder=RUN, .*`synthbench run dead-leaves-mixed`",
        ),
        (
            lambda: FeatureVisEncoder(encoder="/no/such/run"),
            r"there is no folder or file '/no/such/run'\. .*-g encoder=RUN",
        ),
        (lambda: FeatureVisEncoder(encoder="user/repo"), "a branch moves: name the commit, user/repo@COMMIT"),
        (lambda: FeatureVisEncoder(encoder="user/repo@main"), "name the commit"),
        (lambda: FeatureVis(network="vgg"), "no network 'vgg'; allowed: resnet50, resnet18"),
        (
            lambda: FeatureVis(network="resnet18", count=200_000),
            "count must be 1 to 131328 for a network of 512 features, not 200000",
        ),
        (lambda: FeatureVis(steps=0), "steps must be at least 1 and side at least 32, not 0 and 256"),
        (lambda: FeatureVis(side=16), "not 128 and 16"),
        (lambda: FeatureVis(device="tpu"), "device 'tpu' cannot be used here; allowed: cpu"),
    ],
)
def test_wrong_parameters_are_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_a_folder_without_an_encoder_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no encoder at"):
        FeatureVisEncoder(encoder=str(tmp_path))


@pytest.mark.gpu
def test_on_a_gpu_an_image_is_the_same_in_any_batch():
    generator = FeatureVis(network="resnet18", steps=8, side=64)
    labels = list(range(BATCH + 3))
    made = generator.render_batch(labels, [stream(0, k) for k in labels], 64)
    for k in (0, 5, BATCH + 2):
        np.testing.assert_array_equal(generator.render(k, stream(0, k), 64), made[k])
