"""The batched augmentation compared with torchvision's, image by image: the same values for the same parameters, the
same distributions."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from scipy import stats
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TV

from synthbench.evaluate import photos
from synthbench.pretrain import augment as ours
from synthbench.pretrain import augment_cpu
from synthbench.pretrain.augment import Params, augment, batched, blur, draw, jitter, resized_crop
from synthbench.pretrain.views import views_of

LEAST_P = 1e-3
"""The seed is fixed, so the test either always passes or never does; this bounds how unlucky the seed may be."""


def swap(x: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) <-> (B, H, 3, W)."""
    return x.transpose(1, 2).contiguous()


def photo_crops(n: int, height: int, width: int) -> torch.Tensor:
    """(n, 3, height, width) uint8: pieces of real photos."""
    rng, out = np.random.default_rng(0), []
    for i in range(n):
        photo = photos.photo(("astronaut", "chelsea", "coffee", "rocket", "china", "flower")[i % 6])
        top, left = rng.integers(0, photo.shape[0] - height), rng.integers(0, photo.shape[1] - width)
        out.append(photo[top : top + height, left : left + width])
    return torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).contiguous()


def still(n: int, height: int, width: int, **changes: np.ndarray) -> Params:
    """Parameters that change nothing, except ``changes``."""
    zeros, off = np.zeros(n, int), np.zeros(n, bool)
    params = Params(
        zeros,
        zeros,
        zeros + height,
        zeros + width,
        off,
        off,
        np.tile(np.arange(4), (n, 1)),
        np.tile([1.0, 1.0, 1.0, 0.0], (n, 1)),
        off,
        np.zeros(n),
    )
    return params._replace(**changes)


OPERATIONS = (TV.adjust_brightness, TV.adjust_contrast, TV.adjust_saturation, TV.adjust_hue)


# Values


@pytest.mark.parametrize(("height", "width", "size"), [(96, 96, 64), (48, 80, 64), (64, 64, 64), (33, 40, 17)])
def test_resized_crop_and_flip(height, width, size):
    n = 12
    rng = np.random.default_rng(1)
    h, w = rng.integers(1, height + 1, n), rng.integers(1, width + 1, n)
    h[:3], w[:3] = (height, 1, height), (width, width, 1)
    top, left, flip = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1), np.arange(n) % 2 == 1
    images = photo_crops(n, height, width)
    params = still(n, height, width)._replace(top=top, left=left, height=h, width=w, flip=flip)
    made = swap(resized_crop(swap(images), params, size))
    assert made.dtype == torch.float32
    for i in range(n):
        expected = TV.resized_crop(
            images[i].float() / 255, int(top[i]), int(left[i]), int(h[i]), int(w[i]), [size, size], antialias=True
        )
        expected = TV.horizontal_flip(expected) if flip[i] else expected
        torch.testing.assert_close(made[i], expected, atol=1e-4, rtol=0, msg=lambda m, i=i: f"sample {i}: {m}")


@pytest.fixture(scope="module")
def colours():
    """(24, 3, 16, 16) in [0, 1]: photos, noise, and the corners where hue is not defined or its branch changes."""
    noise = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    corners = torch.tensor(list(itertools.product((0.0, 0.5, 1.0), repeat=3)))
    chart = corners[torch.arange(256) % 27].T.reshape(1, 3, 16, 16).repeat(4, 1, 1, 1)
    gray = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(1)).repeat(1, 3, 1, 1)
    return torch.cat([photo_crops(8, 16, 16).float() / 255, noise, chart, gray])


@pytest.mark.parametrize("which", range(4), ids=["brightness", "contrast", "saturation", "hue"])
def test_one_colour_operation(colours, which):
    n = len(colours)
    values = np.linspace(-0.5, 0.5, n) if which == 3 else np.linspace(0.0, 2.0, n)
    factors = still(n, 16, 16).factors
    factors[:, which] = values
    made = swap(colours)
    jitter(made, still(n, 16, 16, jitter=np.ones(n, bool), factors=factors))
    for i in range(n):
        expected = OPERATIONS[which](colours[i], float(np.float32(values[i])))
        torch.testing.assert_close(
            swap(made)[i], expected, atol=1e-5, rtol=0, msg=lambda m, i=i: f"factor {values[i]}: {m}"
        )


def test_all_orders_of_the_colour_operations(colours):
    orders = np.array(list(itertools.permutations(range(4))))
    rng = np.random.default_rng(0)
    factors = np.column_stack([rng.uniform(0.6, 1.4, (24, 3)), rng.uniform(-0.1, 0.1, 24)]).astype(np.float32)
    made = swap(colours)
    jitter(made, still(24, 16, 16, jitter=np.ones(24, bool), order=orders, factors=factors))
    for i, order in enumerate(orders):
        expected = colours[i]
        for which in order:
            expected = OPERATIONS[which](expected, float(factors[i, which]))
        torch.testing.assert_close(
            swap(made)[i], expected, atol=2e-5, rtol=0, msg=lambda m, order=order: f"{order}: {m}"
        )


def test_only_the_chosen_samples_are_jittered():
    chosen = np.arange(24) % 3 == 0
    noise = torch.rand(24, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    made = swap(noise)
    jitter(made, still(24, 16, 16, jitter=chosen, factors=np.tile([0.5, 1.2, 0.7, 0.1], (24, 1))))
    unchanged = torch.tensor([torch.equal(a, b) for a, b in zip(swap(made), noise, strict=True)])
    assert unchanged.tolist() == (~chosen).tolist()


def test_a_whole_view_against_torchvision(pocket):
    n, side = 40, 80  # more than a chunk
    config = pocket.augment
    params = draw(config, np.random.default_rng(3), n, side, side)
    images = photo_crops(n, side, side)
    made = augment(swap(images), params, config)
    assert made.shape == (n, 3, config.size, config.size)
    assert made.dtype == torch.float32
    assert made.is_contiguous(memory_format=torch.channels_last)
    for i in range(n):
        x = TV.resized_crop(
            images[i].float() / 255, *(int(p[i]) for p in params[:4]), [config.size, config.size], antialias=True
        )
        x = TV.horizontal_flip(x) if params.flip[i] else x
        for which in params.order[i] if params.jitter[i] else ():
            x = OPERATIONS[which](x, float(np.float32(params.factors[i, which])))
        x = TV.rgb_to_grayscale(x, num_output_channels=3) if params.gray[i] else x
        x = TV.normalize(x, list(config.mean), list(config.std))
        torch.testing.assert_close(made[i], x, atol=1e-3, rtol=0, msg=lambda m, i=i: f"sample {i}: {m}")


@pytest.mark.parametrize(
    ("height", "width", "size"), [(96, 96, 64), (48, 80, 64), (40, 40, 32), (33, 40, 17), (20, 20, 64)]
)
def test_the_compiled_code_makes_the_same_views_as_the_batched_code(pocket, height, width, size):
    config = pocket.augment.model_copy(update={"size": size, "scale": (0.02, 1.0), "grayscale_p": 0.2})
    images = swap(photo_crops(60, height, width))
    params = draw(config, np.random.default_rng(2), 60, height, width)
    params.height[:3], params.width[:3] = (1, 1, height), (1, width, 1)
    params.top[:3], params.left[:3] = (height - 1, 3, 0), (5, 0, width - 1)
    torch.testing.assert_close(augment(images, params, config), batched(images, params, config), atol=2e-4, rtol=0)


def test_the_number_of_threads_does_not_matter(pocket):
    images = swap(photo_crops(11, 40, 40)).numpy()
    params = draw(pocket.augment, np.random.default_rng(0), 11, 40, 40)
    one, three = (
        augment_cpu.views(images, params, 32, pocket.augment.mean, pocket.augment.std, threads) for threads in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


def test_crops_whose_corners_lie_between_pixels(pocket):
    """As in linear evaluation, compiled and as tensor code; one lies beyond the border by rounding."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 50, 3, 50), dtype=np.uint8)
    side = rng.uniform(12, 50, (2, 40))
    corner = rng.uniform(size=(2, 40)) * (50 - side)
    side[:, 0], corner[:, 0] = 50 * (1 + 1e-15), 0
    place = {"top": corner[0], "left": corner[1], "height": side[0], "width": side[1], "flip": rng.random(40) < 0.5}
    params = ours.still(40)._replace(**place)
    compiled = augment_cpu.views(images, params, 32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 2)
    tensor = resized_crop(torch.from_numpy(images), params, 32).permute(0, 1, 3, 2).numpy()
    np.testing.assert_allclose(compiled, tensor, atol=1e-4)


def test_the_images_are_left_as_they_are(pocket):
    images = swap(photo_crops(4, 40, 40))
    kept = images.clone()
    augment(images, draw(pocket.augment, np.random.default_rng(0), 4, 40, 40), pocket.augment)
    assert torch.equal(images, kept)


def test_two_views_are_the_first_and_the_second_draw(pocket):
    images = swap(photo_crops(3, 40, 40))
    everyone = np.arange(3)
    made = views_of(images, (everyone, everyone), 3, (pocket.augment,) * 2, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    for i in range(2):
        expected = augment(images, draw(pocket.augment, rng, 3, 40, 40), pocket.augment)
        assert torch.equal(made[i], expected)
    assert not torch.equal(made[0], made[1])


def test_a_rank_makes_the_views_of_its_rows_as_one_process_would(pocket):
    images = swap(photo_crops(6, 40, 40))
    everyone, first, second = np.arange(6), np.array([1, 3]), np.array([5, 0])
    whole = views_of(images, (everyone, everyone), 6, (pocket.augment,) * 2, np.random.default_rng(9))
    held = images[torch.tensor([0, 1, 3, 5])]
    made = views_of(held, (first, second), 6, (pocket.augment,) * 2, np.random.default_rng(9))
    torch.testing.assert_close(made[0], whole[0][first])
    torch.testing.assert_close(made[1], whole[1][second])


@pytest.mark.parametrize("radius", [0.1, 0.5, 0.8, 1.0, 1.37, 2.0])
def test_the_blur_is_pillows(radius):
    """Pillow rounds to uint8 after each of its six passes: at most half a step each, so three in 255 and one
    on average."""
    images = photo_crops(2, 48, 48)
    x = swap(images).float().div(255)
    blur(x, still(2, 48, 48, radius=np.array([radius, radius])))
    for ours_, image in zip(x.permute(0, 1, 3, 2).mul(255).numpy(), images.permute(0, 2, 3, 1).numpy(), strict=True):
        theirs = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)), np.float32)
        assert np.abs(ours_ - theirs).max() <= 3
        assert np.abs(ours_ - theirs).mean() < 1


def test_the_blur_leaves_others_alone_and_weighs_to_one():
    images = swap(photo_crops(3, 32, 32)).float().div(255)
    x = images.clone()
    blur(x, still(3, 32, 32, radius=np.array([0.0, 1.5, 0.0])))
    assert torch.equal(x[::2], images[::2])
    assert not torch.equal(x[1], images[1])
    weights = ours.blur_weights(np.array([0.1, 0.7, 2.0, 9.0]), 16, x.device)
    torch.testing.assert_close(weights.sum(2), torch.ones(4, 16))


def test_the_blur_and_the_flip_may_change_places():
    """MoCo flips after the blur; here the flip is part of the crop."""
    x = swap(photo_crops(1, 32, 32)).float().div(255)
    before, after = x.flip(3).contiguous(), x.clone()
    for each in (before, after):
        blur(each, still(1, 32, 32, radius=np.array([1.3])))
    torch.testing.assert_close(before, after.flip(3))


# Distributions


@pytest.fixture(scope="module")
def drawn(pocket):
    return draw(pocket.augment, np.random.default_rng(0), 20_000, 96, 96)


def test_the_same_stream_draws_the_same(pocket, drawn):
    again = draw(pocket.augment, np.random.default_rng(0), 20_000, 96, 96)
    assert all(np.array_equal(a, b) for a, b in zip(drawn, again, strict=True))


@pytest.mark.parametrize(("height", "width"), [(96, 96), (64, 128), (120, 40), (16, 100)])
def test_crops_are_distributed_as_torchvisions(pocket, height, width):
    config = pocket.augment
    made = draw(config, np.random.default_rng(1), 6000, height, width)
    crop = v2.RandomResizedCrop(config.size, scale=config.scale, ratio=config.ratio, antialias=True)
    image = torch.empty(3, height, width)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = [crop.make_params([image]) for _ in range(3000)]
    top, left, h, w = (np.array([p[key] for p in theirs]) for key in ("top", "left", "height", "width"))
    assert (made.top + made.height <= height).all()
    assert (made.left + made.width <= width).all()
    assert min(made.top.min(), made.left.min()) >= 0
    assert min(made.height.min(), made.width.min()) >= 1
    pairs = {
        "area": (made.height * made.width, h * w),
        "aspect": (made.width / made.height, w / h),
        "top": (made.top, top),
        "left": (made.left, left),
        "height": (made.height, h),
        "width": (made.width, w),
    }
    for name, (a, b) in pairs.items():
        assert stats.ks_2samp(a, b).pvalue > LEAST_P, name


@pytest.mark.parametrize(("height", "width", "box"), [(10, 100, (10, 13)), (100, 10, (13, 10))])
def test_a_crop_that_never_fits_is_central(pocket, height, width, box):
    config = pocket.augment.model_copy(update={"scale": (1.0, 1.0), "ratio": (0.75, 4 / 3)})
    made = draw(config, np.random.default_rng(0), 5, height, width)
    assert set(zip(made.height.tolist(), made.width.tolist(), strict=True)) == {box}
    assert set(zip(made.top.tolist(), made.left.tolist(), strict=True)) == {
        ((height - box[0]) // 2, (width - box[1]) // 2)
    }


def test_factors_are_uniform_and_independent(pocket, drawn):
    *spreads, hue = pocket.augment.jitter
    spans = [(max(0.0, 1 - s), 1 + s) for s in spreads] + [(-hue, hue)]
    for column, (low, high) in zip(drawn.factors.T, spans, strict=True):
        assert stats.kstest(column, stats.uniform(low, high - low).cdf).pvalue > LEAST_P
    assert np.abs(np.corrcoef(drawn.factors.T) - np.eye(4)).max() < 4 / math.sqrt(len(drawn.factors))


def test_every_order_is_as_likely(drawn):
    counts = Counter(map(tuple, drawn.order.tolist()))
    assert len(counts) == 24
    assert stats.chisquare(list(counts.values())).pvalue > LEAST_P


def test_rates_are_those_of_the_protocol_and_independent(pocket, drawn):
    config = pocket.augment
    rates = {"flip": config.flip, "jitter": config.jitter_p, "gray": config.grayscale_p}
    n = len(drawn.flip)
    for name, rate in rates.items():
        assert stats.binomtest(int(getattr(drawn, name).sum()), n, rate).pvalue > LEAST_P, name
    for (a, p), (b, q) in itertools.combinations(rates.items(), 2):
        assert stats.binomtest(int((getattr(drawn, a) & getattr(drawn, b)).sum()), n, p * q).pvalue > LEAST_P, (a, b)


def test_rates_of_zero_and_one(pocket):
    config = pocket.augment.model_copy(update={"flip": 0.0, "jitter_p": 1.0, "grayscale_p": 0.0})
    made = draw(config, np.random.default_rng(0), 1000, 32, 32)
    assert (made.flip.any(), made.jitter.all(), made.gray.any()) == (False, True, False)


def test_the_whole_pipeline_has_torchvisions_statistics(pocket):
    """Mean and standard deviation of each channel, and the correlation of red and blue, over many views of the same
    images."""
    config, repeats, side = pocket.augment.model_copy(update={"size": 32}), 10, 56
    images = photo_crops(60, side, side)
    brightness, contrast, saturation, hue = config.jitter
    theirs = v2.Compose(
        [
            v2.RandomResizedCrop(config.size, scale=config.scale, ratio=config.ratio, antialias=True),
            v2.RandomHorizontalFlip(config.flip),
            v2.RandomApply([v2.ColorJitter(brightness, contrast, saturation, hue)], p=config.jitter_p),
            v2.RandomGrayscale(config.grayscale_p),
            v2.Normalize(list(config.mean), list(config.std)),
        ]
    )

    def statistics(views: torch.Tensor) -> np.ndarray:
        """(repeats, 60, 8): per view, the mean and standard deviation of each channel, |red - blue|, and the
        roughness."""
        rough = (views[:, :, 1:] - views[:, :, :-1]).abs().mean((1, 2, 3))
        spread = (views[:, 0] - views[:, 2]).abs().mean((1, 2))
        return (
            torch.cat([views.mean((2, 3)), views.std((2, 3)), spread[:, None], rough[:, None]], 1)
            .view(repeats, 60, 8)
            .numpy()
        )

    rng = np.random.default_rng(0)
    own = statistics(
        torch.cat([augment(swap(images), draw(config, rng, 60, side, side), config) for _ in range(repeats)])
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        other = statistics(torch.stack([theirs(image.float() / 255) for _ in range(repeats) for image in images]))
    # The images are fixed, so only the draws differ: the error of the mean comes from the variance within an image.
    error = np.sqrt((own.var(0, ddof=1) + other.var(0, ddof=1)).sum(0) / repeats) / 60
    z = (own.mean((0, 1)) - other.mean((0, 1))) / error
    assert np.abs(z).max() < 4, z


def test_the_gray_weights_are_torchvisions():
    pixel = torch.eye(3).view(3, 3, 1, 1)
    assert TV.rgb_to_grayscale(pixel).flatten().tolist() == pytest.approx(ours.GRAY, abs=1e-7)


def test_the_distributions_of_the_blur(pocket):
    rules = pocket.augment.model_copy(update={"blur_p": 0.5, "blur_radius": (0.1, 2.0)})
    drawn = draw(rules, np.random.default_rng(0), 20_000, 96, 96)
    blurred = drawn.radius[drawn.radius > 0]
    assert abs(len(blurred) / 20_000 - 0.5) < 0.015
    assert stats.kstest(blurred, stats.uniform(0.1, 1.9).cdf).pvalue > 1e-3
    same = draw(pocket.augment, np.random.default_rng(0), 20_000, 96, 96)
    assert all(np.array_equal(a, b) for a, b in zip(drawn[:-1], same[:-1], strict=True)), (
        "the blur takes nothing from the other draws"
    )
