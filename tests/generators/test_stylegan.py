"""Our StyleGAN2 compared with plain transcriptions of its formulas, and the distributions of its random numbers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy import stats
from stylegan_formulas import naive, spread
from synthbench.generators.stylegan import StyleGAN, families, pixels, resolution, trained, wavelets, winograd
from synthbench.generators.stylegan.synthesis import (
    Conv,
    Network,
    ToRGB,
    channels,
    convolutions,
    convolve,
    double,
    n_styles,
    style,
    synthesise,
)
from torch.nn import functional

from synthbench.errors import UsageError
from synthbench.generator import stream

TOP = 32


def close(made: torch.Tensor, exact: torch.Tensor) -> None:
    assert made.shape == exact.shape
    assert float((made - exact).abs().max()) < 1e-4 * float(exact.abs().max())


def test_the_layout_is_that_of_the_paper():
    assert [channels(r) for r in (4, 32, 64, 128, 256, 512)] == [512, 512, 512, 256, 128, 64]
    assert (n_styles(256), len(convolutions(256))) == (14, 13)
    assert convolutions(16) == [(4, 512, 512), (8, 512, 512), (8, 512, 512), (16, 512, 512), (16, 512, 512)]
    assert convolutions(256)[-2:] == [(256, 256, 128), (256, 128, 128)]


def test_a_random_network_is_that_of_the_formulas():
    rng = stream(0, 0)
    network = families.random_network(rng, 16)
    ws = families.latents(rng, 16)
    close(families.forward(network, ws, families.draws(rng, 16, "random")), naive(network, ws))


@pytest.mark.parametrize("family", ["highfreq", "sparse", "oriented"])
def test_wavelets_are_the_full_convolutions(family):
    """The shortcut compared with the full weights W[o, i] = g_o k_j(i)."""
    rng = stream(0, 1)
    network = families.wavelet_network(rng, TOP, family)
    ws, draw = families.latents(rng, TOP), families.draws(rng, TOP, family)
    close(families.forward(network, ws, draw), naive(dense(network, draw, family), ws))


def dense(network: wavelets.WaveletNetwork, draw: wavelets.Draw, family: str) -> Network:
    """The network of one image with all weights computed in full."""
    kernels = torch.from_numpy(wavelets.kernels(family in families.ORIENTED))
    convs = []
    for affine, layer in zip(network.convs, draw.convs, strict=True):
        weight = layer.factor[:, None, None, None] * kernels[layer.kernel][None]
        convs.append(Conv(weight, weight, affine, torch.ones(len(affine)), layer.bias, layer.noise))
    rgbs = [
        ToRGB(weight, affine, torch.ones(len(affine)), torch.zeros(3))
        for affine, weight in zip(network.rgbs, draw.rgbs, strict=True)
    ]
    return Network(network.constant, convs, rgbs, 0.0, None)


def test_doubling_keeps_a_flat_image_and_its_place():
    x = torch.rand(2, 5, 5)
    close(double(x), torch.stack([spread(c) for c in x]))
    assert torch.allclose(double(torch.ones(1, 8, 8))[0, 2:-2, 2:-2], torch.ones(12, 12))
    impulse = torch.zeros(1, 9, 9)
    impulse[0, 4, 4] = 1
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    assert torch.equal(convolve(impulse, weight, up=True).round(decimals=6), double(impulse).round(decimals=6))


@pytest.mark.parametrize("trained_like", [False, True])
def test_the_compiled_convolutions_are_the_formulas(trained_like):
    """Images are drawn in inference mode, in which the large layers use ``winograd``; also with noise, biases, a
    slope and a clamp."""
    rng = stream(0, 2)
    network = families.random_network(rng, 64)
    if trained_like:
        convs = [
            dataclasses.replace(conv, bias=torch.randn(len(conv.bias)), noise=torch.randn(side, side))
            for conv, (side, _, _) in zip(network.convs, convolutions(64), strict=True)
        ]
        network = dataclasses.replace(network, convs=convs, slope=0.2, clamp=2.0)
    ws = families.latents(rng, 64)
    with torch.inference_mode():
        made = synthesise(network, ws)
    close(made, naive(network, ws))
    plain = synthesise(network, ws)
    assert not torch.equal(made, plain), "the compiled convolutions ran"
    close(made, plain)


def test_an_image_is_that_of_the_plain_convolutions_up_to_one_level(monkeypatch):
    generator = StyleGAN("random", networks=1)
    fast = [generator.render(0, stream(0, k), 48).astype(int) for k in range(2)]
    monkeypatch.setattr(winograd, "runs", lambda x, n_out: False)
    for k in range(2):
        assert np.abs(fast[k] - generator.render(0, stream(0, k), 48)).max() <= 1


def uniform(values: torch.Tensor | list[float], low: float, high: float) -> bool:
    return stats.kstest(np.asarray(values), stats.uniform(low, high - low).cdf).pvalue > 1e-3


def normal(values: torch.Tensor) -> bool:
    return stats.kstest(values.flatten()[:20_000].numpy(), stats.norm.cdf).pvalue > 1e-3


def test_the_distributions_of_a_network():
    random = families.random_network(stream(0, 0), 8)
    assert normal(random.convs[1].weight)
    assert normal(random.convs[1].affine)
    assert normal(random.rgbs[0].weight)
    assert normal(random.constant)
    assert all(c.noise is None and not c.bias.any() for c in random.convs)
    network = families.wavelet_network(stream(0, 0), 8, "oriented")
    assert normal(network.constant)
    assert all(normal(affine) for affine in (*network.convs, *network.rgbs))


@pytest.mark.parametrize(
    ("family", "low", "high"), [("highfreq", 0, 0), ("sparse", -0.2, 0.2), ("oriented", -0.2, 0.2)]
)
def test_the_distributions_of_an_images_noise_biases_and_colours(family, low, high):
    made = [families.draws(stream(1, k), 8, family) for k in range(150)]
    biases = torch.cat([layer.bias for draw in made for layer in draw.convs])
    assert not biases.any() if low == high else uniform(biases, low, high)
    assert all(normal(rgb) for rgb in made[0].rgbs)
    assert normal(torch.cat([layer.factor for draw in made for layer in draw.convs]))
    strengths = [float(layer.noise.std(correction=0)) for draw in made for layer in draw.convs]
    # one map for all layers: what remains of its deviation is the same for both layers of 8 px
    if family == "oriented":
        pairs = np.array([[float(layer.noise.std(correction=0)) for layer in draw.convs[1:]] for draw in made])
        ratio = np.log(pairs[:, 0] / pairs[:, 1])
        assert stats.kstest(ratio, stats.laplace.cdf).pvalue > 1e-3, "of two strengths U(0, 0.3)"
        assert np.corrcoef(np.stack([np.asarray(layer.noise).ravel() for layer in made[0].convs[1:]]))[0, 1] > 0.999
    else:
        assert uniform(strengths, 0, 0.3)


@pytest.mark.parametrize(
    ("family", "maps", "enveloped"), [("highfreq", 3, False), ("sparse", 3, True), ("oriented", 1, True)]
)
def test_an_images_noise_maps_have_exponents_of_the_distribution(family, maps, enveloped, monkeypatch):
    drawn, made = [], wavelets.noise_map
    monkeypatch.setattr(wavelets, "noise_map", lambda rng, *a: drawn.append(a) or made(rng, *a))
    for k in range(100):
        families.draws(stream(3, k), 8, family)
    assert len(drawn) == 100 * maps
    assert uniform([alpha for _, alpha, _ in drawn], 0.5, 1.5)
    assert {shaped for *_, shaped in drawn} == {enveloped}
    assert {size for size, *_ in drawn} == ({512} if family == "oriented" else {4, 8})


def test_the_layers_of_an_oriented_image_see_one_map():
    draw = families.draws(stream(0, 0), 64, "oriented")
    small, large = draw.convs[-3].noise, functional.avg_pool2d(draw.convs[-1].noise[None], 2)[0]
    assert float(torch.corrcoef(torch.stack([small.flatten(), large.flatten()]))[0, 1]) > 0.999


@pytest.mark.parametrize("family", ["highfreq", "sparse", "oriented"])
def test_two_images_of_a_network_share_nothing_that_the_source_draws_anew(family):
    a, b = (families.draws(stream(0, k), 16, family) for k in range(2))
    for one, other in zip(a.convs, b.convs, strict=True):
        assert not torch.equal(one.kernel, other.kernel)
        assert not torch.equal(one.factor, other.factor)
        assert abs(float(torch.corrcoef(torch.stack([one.noise.flatten(), other.noise.flatten()]))[0, 1])) < 0.9
        assert family == "highfreq" or not torch.equal(one.bias, other.bias)
    assert not any(torch.equal(one, other) for one, other in zip(a.rgbs, b.rgbs, strict=True))


@pytest.mark.parametrize("family", ["highfreq", "sparse", "oriented"])
def test_rgb_is_not_clipped(family):
    """The source's conv_clamp is None, and the RGB of its wavelet networks reaches thousands."""
    rng = stream(0, 1)
    network = families.wavelet_network(rng, TOP, family)
    ws, draw = families.latents(rng, TOP), families.draws(rng, TOP, family)
    draw = wavelets.Draw(draw.convs, [1000 * weight for weight in draw.rgbs])
    made = families.forward(network, ws, draw)
    assert float(made.abs().max()) > 2560
    close(made, naive(dense(network, draw, family), ws))


def test_a_network_without_a_clamp_is_not_clipped_and_one_with_it_is():
    rng = stream(0, 0)
    network = families.random_network(rng, 8)
    network = dataclasses.replace(
        network, rgbs=[dataclasses.replace(rgb, weight=1000 * rgb.weight) for rgb in network.rgbs]
    )
    ws = families.latents(rng, 8)
    made = synthesise(network, ws)
    assert network.clamp is None
    assert float(made.abs().max()) > 512
    close(made, naive(network, ws))
    clipped = synthesise(dataclasses.replace(network, clamp=trained.CLAMP), ws)
    assert float(clipped.abs().max()) <= 512, "256 at each of two resolutions"
    assert trained.CLAMP == 256


@pytest.mark.parametrize("family", ["sparse", "oriented"])
def test_the_distributions_of_an_images_kernels(family):
    draws = [families.draws(stream(0, k), 4, family).convs[0] for k in range(300)]
    used = np.array([len(d.kernel.unique()) for d in draws])
    assert (used.min(), used.max()) >= (5, 36) and used.max() <= 40
    assert stats.chisquare(np.histogram(used, [5, 14, 23, 32, 41])[0]).pvalue > 1e-4, (
        "subsets of 5 to 40, all sizes alike"
    )
    whole = families.draws(stream(0, 0), 16, "highfreq").convs
    counts = np.bincount(torch.cat([d.kernel for d in whole]).numpy(), minlength=40)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_the_distributions_of_an_images_w():
    w = families.latents(stream(0, 0), 256)
    assert w.shape == (14, 512)
    assert stats.kstest(w[w > 0].numpy(), stats.halfnorm.cdf).pvalue > 1e-3
    assert stats.kstest(-w[w < 0].numpy() / 0.2, stats.halfnorm.cdf).pvalue > 1e-3
    assert not torch.equal(w[0], w[1])


def test_an_oriented_image_may_be_larger_than_the_sources_map():
    draw = families.draws(stream(0, 0), 1024, "oriented")
    assert [len(layer.noise) for layer in draw.convs[-3:]] == [512, 1024, 1024]


def test_channels_have_the_statistics_of_photographs():
    drawn = np.array([[x.flatten().tolist() for x in families.look(stream(0, k))] for k in range(1000)])
    for part, law in ((0, families.DEVIATIONS), (1, families.MEANS)):
        for channel in range(3):
            assert stats.kstest(drawn[:, part, channel], stats.norm(*law[channel]).cdf).pvalue > 1e-3
    generator, seen = StyleGAN("oriented", networks=1), 0
    for k in range(6):
        made = generator.render(0, stream(0, k), 256) / 255
        rng = stream(0, k)
        families.latents(rng, 256), families.draws(rng, 256, "oriented")
        deviation, mean = (x.flatten().numpy() for x in families.look(rng))
        whole = ((made > 0) & (made < 1)).mean((0, 1)) > 0.999  # clipping changes the others
        np.testing.assert_allclose(made.mean((0, 1))[whole], mean[whole], atol=0.02)
        np.testing.assert_allclose(made.std((0, 1))[whole], deviation[whole], atol=0.02)
        seen += whole.sum()
    assert seen >= 2


def test_a_label_is_a_network_and_a_network_is_built_once_a_batch(monkeypatch):
    built = []
    build = families.wavelet_network
    monkeypatch.setattr(families, "wavelet_network", lambda *a: built.append(a[0]) or build(*a))
    generator = StyleGAN("highfreq", networks=3)
    assert generator.labels == ("highfreq-000", "highfreq-001", "highfreq-002")
    labels = [0, 2, 0, 2, 1, 0]
    made = generator.render_batch(labels, [stream(0, k) for k in range(6)], 16)
    assert len(built) == 3
    for k, label in enumerate(labels):
        np.testing.assert_array_equal(made[k], StyleGAN("highfreq").render(label, stream(0, k), 16))
    assert not np.array_equal(generator.render(0, stream(0, 0), 16), generator.render(1, stream(0, 0), 16))


def test_a_walk_passes_through_its_images_and_returns():
    at = StyleGAN("oriented").path(0, stream(0, 0), 4)
    first, near, half = at(0.0, 32), at(0.999999, 32), at(0.125, 32)
    assert np.abs(first.astype(int) - near).max() <= 2
    assert np.abs(first.astype(int) - half).mean() > 1
    np.testing.assert_array_equal(first, at(0.0, 32))


def test_the_resolution_drawn():
    assert [resolution(size) for size in (16, 32, 37, 64, 96, 128, 256, 300, 512)] == [
        32,
        64,
        64,
        128,
        128,
        256,
        256,
        512,
        512,
    ]


def test_reducing_keeps_the_mean():
    made = pixels(torch.full((3, 64, 64), 0.25), 23)
    assert made.shape == (23, 23, 3)
    assert (made == 64).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"family": "dense"}, "no StyleGAN family 'dense'; allowed: random, highfreq, sparse, oriented"),
        ({"networks": 0}, "networks must be at least 1, not 0"),
        ({"device": "tpu"}, "device 'tpu' cannot be used here"),
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used here"),
    ],
)
def test_a_wrong_value_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        StyleGAN(**arguments)


@pytest.mark.gpu
@pytest.mark.parametrize("family", families.FAMILIES)
def test_a_gpu_draws_the_same_images_up_to_rounding(family):
    here, there = StyleGAN(family), StyleGAN(family, device="cuda")
    a = here.render_batch([0, 1], [stream(0, k) for k in range(2)], 64).astype(int)
    b = there.render_batch([0, 1], [stream(0, k) for k in range(2)], 64)
    assert np.abs(a - b).mean() < 0.5
    np.testing.assert_array_equal(there.render(1, stream(0, 1), 64), b[1])


def test_a_style_is_an_affine_function_of_w():
    affine, w = torch.rand(7, 512), torch.rand(512)
    close(style(affine, torch.ones(7), w), affine @ w / math.sqrt(512) + 1)
