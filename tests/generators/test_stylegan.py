"""StyleGAN2 of our own: against plain transcriptions of its formulas, and the laws of what is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from stylegan_formulas import naive, spread
from synthbench.generators.stylegan import StyleGAN, families, pixels, resolution, synthesis, wavelets
from synthbench.generators.stylegan.synthesis import Network, channels, convolutions, convolve, double, n_styles, style
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
    close(families.forward(network, ws, []), naive(network, ws))


@pytest.mark.parametrize("family", ["highfreq", "sparse", "oriented"])
def test_wavelets_are_the_full_convolutions(family):
    """The shortcut against weights W[o, i] = g_o k_j(i) in full."""
    from synthbench.generators.stylegan.synthesis import Conv

    rng = stream(0, 1)
    network = families.wavelet_network(rng, TOP, family)
    ws, draws = families.latents(rng, TOP), families.draws(rng, TOP, family)
    convs = []
    for conv, draw in zip(network.convs, draws, strict=True):
        weight = draw.factor[:, None, None, None] * network.kernels[draw.kernel][None]
        convs.append(Conv(weight, weight, conv.affine, torch.ones(len(conv.affine)), conv.bias, conv.noise))
    close(families.forward(network, ws, draws), naive(Network(network.constant, convs, network.rgbs, 0.0), ws))


def test_doubling_keeps_a_flat_image_and_its_place():
    x = torch.rand(2, 5, 5)
    close(double(x), torch.stack([spread(c) for c in x]))
    assert torch.allclose(double(torch.ones(1, 8, 8))[0, 2:-2, 2:-2], torch.ones(12, 12))
    impulse = torch.zeros(1, 9, 9)
    impulse[0, 4, 4] = 1
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    assert torch.equal(convolve(impulse, weight, up=True).round(decimals=6), double(impulse).round(decimals=6))


def test_a_wide_convolution_is_pytorchs_own(monkeypatch):
    x, weight = torch.randn(64, 64, 64), torch.randn(96, 64, 3, 3)
    exact = functional.conv2d(x[None].double(), weight.double(), padding=1)[0]
    with torch.inference_mode():
        close(convolve(x, weight, up=False), exact)
        synthesis._nnpack.cache_clear()
        monkeypatch.delattr(torch, "_nnpack_spatial_convolution")  # a private name: a later PyTorch may lack it
        assert torch.equal(convolve(x, weight, up=False), functional.conv2d(x[None], weight, padding=1)[0])
    synthesis._nnpack.cache_clear()


def test_the_sign_kernels():
    found = wavelets.kernels(False)
    assert found.shape == (40, 3, 3)
    assert set(np.unique(found)) == {-1, 0, 1}
    rows = {k.tobytes() for k in found}
    assert all((-k + 0.0).tobytes() in rows for k in found), "both signs of each"
    np.testing.assert_array_equal(found[0], [[1, 0, -1]] * 3)
    np.testing.assert_array_equal(found[16], [[1, -1, 1]] * 3)
    np.testing.assert_array_equal(found[8], [[-1, 0, 1]] * 3)
    np.testing.assert_array_equal(found[24], [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert len({k.tobytes() for k in found[:16]}) >= 8, "at 3x3 some of the 16 edges look alike"


def test_the_real_kernels_have_mean_zero_but_for_four():
    found = wavelets.kernels(True)
    assert found.shape == (40, 3, 3)
    np.testing.assert_allclose(found[:16].mean((1, 2)), 0, atol=1e-6)
    np.testing.assert_array_equal(found[16], [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(found[17], [[-1, -1, -1], [-1, 1, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(found[18], [[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    np.testing.assert_array_equal(found[19], [[-1, 1, -1], [1, 1, 1], [-1, 1, -1]])
    np.testing.assert_array_equal(found[20:], -found[:20])
    assert len({k.round(4).tobytes() for k in found[:8]}) == 8, "eight orientations"


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5])
def test_the_noise_maps_have_the_exponent_and_unit_deviation(alpha):
    n = 256
    power = 0
    for k in range(4):
        made = wavelets.noise_map(stream(0, k), n, alpha)
        assert made.shape == (n, n)
        assert made.std() == pytest.approx(1)
        power = power + np.abs(np.fft.rfft2(made * np.hanning(n)[:, None] * np.hanning(n))) ** 2
    r = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)) * n
    radii = np.arange(8, 100)
    mean = [power[(r >= a) & (r < a + 1)].mean() for a in radii]
    assert np.polyfit(np.log(radii + 0.5), np.log(mean), 1)[0] == pytest.approx(-2 * alpha, abs=0.1)


def test_the_laws_of_a_network():
    sparse = families.wavelet_network(stream(0, 0), 64, "sparse")
    biases = torch.cat([c.bias for c in sparse.convs]).numpy()
    assert stats.kstest(biases, stats.uniform(0, 0.2).cdf).pvalue > 1e-3
    oriented = families.wavelet_network(stream(0, 0), 64, "oriented")
    biases = torch.cat([c.bias for c in oriented.convs]).numpy()
    assert stats.kstest(biases, stats.uniform(-0.2, 0.4).cdf).pvalue > 1e-3
    # One map for all layers: a layer's is the mean of 2x2 pixels of the next larger one's, up to the strengths.
    small, large = oriented.convs[-3].noise, functional.avg_pool2d(oriented.convs[-1].noise[None], 2)[0]
    assert float(torch.corrcoef(torch.stack([small.flatten(), large.flatten()]))[0, 1]) > 0.999
    made = [families.wavelet_network(stream(1, k), 8, "highfreq") for k in range(25)]
    strengths = [float(conv.noise.std(correction=0)) for network in made for conv in network.convs]
    assert stats.kstest(strengths, stats.uniform(0, 0.3).cdf).pvalue > 1e-3
    random = families.random_network(stream(0, 0), 8)
    weights = random.convs[1].weight.flatten()[:20_000].numpy()
    assert stats.kstest(weights, stats.norm.cdf).pvalue > 1e-3
    assert all(c.noise is None and not c.bias.any() for c in random.convs)
    assert not any(c.bias.any() for c in families.wavelet_network(stream(0, 0), 8, "highfreq").convs)


def test_the_laws_of_an_image():
    draws = [families.draws(stream(0, k), 4, "oriented")[0] for k in range(300)]
    used = np.array([len(d.kernel.unique()) for d in draws])
    assert (used.min(), used.max()) >= (5, 36) and used.max() <= 40
    assert stats.chisquare(np.histogram(used, [5, 14, 23, 32, 41])[0]).pvalue > 1e-4, "subsets of 5 to 40, all sizes alike"
    whole = families.draws(stream(0, 0), 16, "highfreq")
    counts = np.bincount(torch.cat([d.kernel for d in whole]).numpy(), minlength=40)
    assert stats.chisquare(counts).pvalue > 1e-3
    w = families.latents(stream(0, 0), 256)
    assert w.shape == (14, 512)
    assert stats.kstest(w[w > 0].numpy(), stats.halfnorm.cdf).pvalue > 1e-3
    assert stats.kstest(-w[w < 0].numpy() / 0.2, stats.halfnorm.cdf).pvalue > 1e-3
    assert not torch.equal(w[0], w[1])


def test_channels_have_the_statistics_of_photographs():
    drawn = np.array([[x.flatten().tolist() for x in families.look(stream(0, k))] for k in range(1000)])
    for part, law in ((0, families.DEVIATIONS), (1, families.MEANS)):
        for channel in range(3):
            assert stats.kstest(drawn[:, part, channel], stats.norm(*law[channel]).cdf).pvalue > 1e-3
    generator, seen = StyleGAN("oriented", networks=1), 0
    for k in range(4):
        made = generator.render(0, stream(0, k), 256) / 255
        rng = stream(0, k)
        families.latents(rng, 256), families.draws(rng, 256, "oriented")
        deviation, mean = (x.flatten().numpy() for x in families.look(rng))
        whole = ((made > 0) & (made < 1)).mean((0, 1)) > 0.98  # clipping changes the others
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
    assert [resolution(size) for size in (16, 32, 37, 64, 96, 128, 256, 300, 512)] == [32, 64, 64, 128, 128, 256, 256, 512, 512]


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
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
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
