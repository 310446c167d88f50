"""Networks that are never trained: what each family draws for a network, and what it draws again for every image.

Source: Baradad et al. 2021, "Learning to See by Looking at Noise", Sec. 3.3 (the constants of its code, mbaradad/learning_with_noise at
a31abe3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from synthbench.generators.stylegan import wavelets
from synthbench.generators.stylegan.synthesis import Conv, Network, ToRGB, Z, channels, convolutions, n_styles, resolutions, synthesise

AnyNetwork: TypeAlias = Network | wavelets.WaveletNetwork
FAMILIES = ("random", "highfreq", "sparse", "oriented")
DEVIATIONS = np.array([[0.219, 0.063], [0.213, 0.062], [0.213, 0.069]])
"""Mean and standard deviation of the law of each channel's standard deviation, R, G, B in 0..1; below, of each channel's mean."""
MEANS = np.array([[0.483, 0.145], [0.455, 0.142], [0.401, 0.161]])
BIASES = {"highfreq": (0.0, 0.0), "sparse": (0.0, 0.2), "oriented": (-0.2, 0.2)}
ORIENTED_NOISE = 512
"""Side of the one noise map of an oriented network, in pixels."""


def _normal(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape, np.float32))


def _rgbs(rng: np.random.Generator, top: int) -> list[ToRGB]:
    widths = [channels(r) for r in resolutions(top)]
    return [ToRGB(_normal(rng, 3, n), _normal(rng, n, Z), torch.ones(n), torch.zeros(3)) for n in widths]


def random_network(rng: np.random.Generator, top: int) -> Network:
    """Every weight of the standard normal law, no biases, no noise."""
    convs = []
    for _, n_in, n_out in convolutions(top):
        weight = _normal(rng, n_out, n_in, 3, 3)
        convs.append(Conv(weight, weight.square().sum((2, 3)), _normal(rng, n_in, Z), torch.ones(n_in), torch.zeros(n_out), None))
    return Network(_normal(rng, channels(4), 4, 4), convs, _rgbs(rng, top), slope=0.0)


def wavelet_network(rng: np.random.Generator, top: int, family: str) -> wavelets.WaveletNetwork:
    """What a network of wavelets keeps from image to image: constant, affine and RGB weights, biases, noise maps with their strengths."""
    shared = _enveloped(rng, ORIENTED_NOISE) if family == "oriented" else None
    convs = []
    for resolution, n_in, n_out in convolutions(top):
        if shared is not None:
            step = ORIENTED_NOISE // resolution
            noise = shared.reshape(resolution, step, resolution, step).mean((1, 3))
        elif family == "sparse":
            noise = _enveloped(rng, resolution)
        else:
            noise = wavelets.noise_map(rng, resolution, rng.uniform(0.5, 1.5))
        noise = torch.from_numpy(noise * rng.uniform(0, 0.3)).float()
        bias = torch.from_numpy(rng.uniform(*BIASES[family], n_out)).float()
        convs.append(wavelets.WaveletConv(_normal(rng, n_in, Z), bias, noise))
    bank = torch.from_numpy(wavelets.kernels(family == "oriented"))
    return wavelets.WaveletNetwork(_normal(rng, channels(4), 4, 4), convs, _rgbs(rng, top), bank)


def _enveloped(rng: np.random.Generator, size: int) -> np.ndarray:
    return wavelets.noise_map(rng, size, rng.uniform(0.5, 1.5)) * wavelets.envelope(rng, size)


def draws(rng: np.random.Generator, top: int, family: str) -> list[wavelets.Draw]:
    """An image's kernels: uniform over all 40, or for the oriented family over a subset of 5 to 40 of them for each convolution; none for
    the random family."""
    found: list[wavelets.Draw] = []
    if family == "random":
        return found
    for _, n_in, n_out in convolutions(top):
        subset = rng.permutation(40)[: rng.integers(5, 41)] if family == "oriented" else np.arange(40)
        kernel = subset[rng.integers(0, len(subset), n_in)]
        found.append(wavelets.Draw(torch.from_numpy(kernel), _normal(rng, n_out)))
    return found


def latents(rng: np.random.Generator, top: int) -> torch.Tensor:
    """(n_styles, Z): w = LeakyReLU of slope 0.2 of the standard normal law, each layer's drawn by itself."""
    return torch.nn.functional.leaky_relu(_normal(rng, n_styles(top), Z), 0.2)


def look(rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The standard deviations and means (3, 1, 1) that an image's channels get, in 0..1."""
    drawn = [torch.from_numpy(rng.normal(*law.T)).float()[:, None, None] for law in (DEVIATIONS, MEANS)]
    return drawn[0], drawn[1]


def forward(network: AnyNetwork, ws: torch.Tensor, kernels: Sequence[wavelets.Draw]) -> torch.Tensor:
    """(3, R, R) RGB of any range; ``kernels`` are for networks of wavelets."""
    if isinstance(network, Network):
        return synthesise(network, ws)
    return wavelets.synthesise(network, ws, kernels)
