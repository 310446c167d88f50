"""StyleGAN2's compiled convolutions compared with PyTorch's in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from stylegan_formulas import spread
from synthbench.generators.stylegan import winograd
from torch.nn import functional


def linear(side: int, channels: int) -> winograd.Act:
    """The identity activation."""
    one = np.float32(1)
    flat = np.zeros(channels, np.float32)
    return winograd.Act(flat + 1, np.zeros((side, side), np.float32), flat, one, one, np.float32(np.inf))


def drawn(side: int, n_in: int, n_out: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    return tuple(
        torch.from_numpy(rng.standard_normal(shape, np.float32))
        for shape in ((n_in, side, side), n_in, (n_out, n_in, 3, 3))
    )


def close(made: torch.Tensor, exact: torch.Tensor) -> None:
    assert made.shape == exact.shape
    assert float((made - exact).abs().max()) < 5e-5 * float(exact.abs().max())


@pytest.mark.parametrize(("side", "n_in", "n_out"), [(6, 64, 64), (16, 64, 128), (32, 128, 64), (70, 64, 64)])
def test_a_convolution(side, n_in, n_out):
    x, style, weight = drawn(side, n_in, n_out)
    made = winograd.convolve(x, style, winograd.tiles(weight), linear(side, n_out))
    close(made, functional.conv2d((x * style[:, None, None])[None].double(), weight.double(), padding=1)[0])


@pytest.mark.parametrize(("side", "n_in", "n_out"), [(4, 64, 64), (8, 64, 128), (16, 128, 64), (64, 64, 64)])
def test_a_doubling_convolution(side, n_in, n_out):
    """The filter [1, 3, 3, 1] of the transposed convolution, both written out."""
    x, style, weight = drawn(side, n_in, n_out)
    made = winograd.double(x, style, winograd.taps(weight), linear(2 * side, n_out))
    wide = functional.conv_transpose2d(
        (x * style[:, None, None])[None].double(), weight.double().transpose(0, 1), stride=2
    )
    line = torch.tensor([1.0, 3, 3, 1], dtype=torch.float64) / 4
    kernel = torch.outer(line, line).expand(n_out, 1, 4, 4)
    close(made, functional.conv2d(wide, kernel, padding=1, groups=n_out)[0])
    point = torch.zeros(64, 8, 8)
    point[0, 3, 5] = 1
    middle = torch.zeros(64, 64, 3, 3)
    middle[0, 0, 1, 1] = 1
    copied = winograd.double(point, torch.ones(64), winograd.taps(middle), linear(16, 64))
    close(copied[0], spread(point[0]))


@pytest.mark.parametrize("tiles", [1, 11, 15])
def test_a_few_tiles_at_once_give_the_same(tiles, monkeypatch):
    """With one row of tiles at a time, the last one of a doubled image has a single row of pixels (as at 512 px)."""
    x, style, weight = drawn(16, 64, 64)
    doubling, plain = (winograd.taps(weight), linear(32, 64)), (winograd.tiles(weight), linear(16, 64))
    doubled, convolved = winograd.double(x, style, *doubling), winograd.convolve(x, style, *plain)
    monkeypatch.setattr(winograd, "TILES", tiles)
    close(winograd.double(x, style, *doubling), doubled)
    close(winograd.convolve(x, style, *plain), convolved)


def test_what_follows_a_convolution():
    side, channels = 12, 64
    rng = np.random.default_rng(1)
    demodulation, bias = (rng.random(channels, np.float32) + np.float32(0.1) for _ in range(2))
    noise = rng.standard_normal((side, side), np.float32)
    act = winograd.Act(demodulation, noise, bias, np.float32(0.2), np.float32(1.5), np.float32(20))
    x, style, weight = drawn(side, channels, channels)
    plain = winograd.convolve(x, style, winograd.tiles(weight), linear(side, channels))
    expected = (
        plain * torch.from_numpy(demodulation)[:, None, None]
        + torch.from_numpy(noise)
        + torch.from_numpy(bias)[:, None, None]
    )
    expected = (functional.leaky_relu(expected, 0.2) * 1.5).clamp(-20, 20)
    made = winograd.convolve(x, style, winograd.tiles(weight), act)
    torch.testing.assert_close(made, expected)
    assert float(made.max()) == 20, "some are clipped"
    small, taps = x[:, :4, :4].contiguous(), winograd.taps(weight)
    act = act._replace(noise=noise[:8, :8])
    plain = winograd.double(small, style, taps, linear(8, channels))
    expected = (
        plain * torch.from_numpy(demodulation)[:, None, None]
        + torch.from_numpy(act.noise)
        + torch.from_numpy(bias)[:, None, None]
    )
    torch.testing.assert_close(
        winograd.double(small, style, taps, act), (functional.leaky_relu(expected, 0.2) * 1.5).clamp(-20, 20)
    )


def test_only_plain_numbers_in_whole_lanes_are_taken():
    x = torch.zeros(64, 16, 16)
    assert not winograd.runs(x, 64), "it may be differentiated"
    with torch.inference_mode():
        assert winograd.runs(x, 64)
        assert not winograd.runs(x, 32)
        assert not winograd.runs(x[:32], 64)
        assert not winograd.runs(x.double(), 64)
