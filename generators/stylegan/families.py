"""Untrained networks: the random weights of each family that belong to the network, and those drawn for every image.

Source: Baradad et al. 2021, "Learning to See by Looking at Noise", Sec. 3.3 (the constants of its code,
mbaradad/learning_with_noise at a31abe3).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import torch
from synthbench.generators.stylegan import wavelets
from synthbench.generators.stylegan.synthesis import (
    Conv,
    Network,
    ToRGB,
    Z,
    channels,
    convolutions,
    n_styles,
    resolutions,
    synthesise,
)
from torch.nn import functional

AnyNetwork: TypeAlias = Network | wavelets.WaveletNetwork
FAMILIES = ("random", "highfreq", "sparse", "oriented")
DEVIATIONS = np.array([[0.219, 0.063], [0.213, 0.062], [0.213, 0.069]])
"""Mean and standard deviation of the distribution of each channel's standard deviation, R, G, B in 0..1; below, of
each channel's mean."""
MEANS = np.array([[0.483, 0.145], [0.455, 0.142], [0.401, 0.161]])
BIASES = {"highfreq": (0.0, 0.0), "sparse": (-0.2, 0.2), "oriented": (-0.2, 0.2)}
ORIENTED = ("sparse", "oriented")
"""The families with real-valued kernels, whose layers use a subset of them."""
ORIENTED_NOISE = 512
"""Side in pixels of the one noise map of an oriented image; the image's side if that is larger."""


def _normal(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape, np.float32))


def _rgbs(rng: np.random.Generator, top: int) -> list[ToRGB]:
    widths = [channels(r) for r in resolutions(top)]
    return [ToRGB(_normal(rng, 3, n), _normal(rng, n, Z), torch.ones(n), torch.zeros(3)) for n in widths]


def random_network(rng: np.random.Generator, top: int) -> Network:
    """All weights from the standard normal distribution, no biases, no noise."""
    convs = []
    for _, n_in, n_out in convolutions(top):
        weight = _normal(rng, n_out, n_in, 3, 3)
        convs.append(
            Conv(weight, weight.square().sum((2, 3)), _normal(rng, n_in, Z), torch.ones(n_in), torch.zeros(n_out), None)
        )
    return Network(_normal(rng, channels(4), 4, 4), convs, _rgbs(rng, top), slope=0.0, clamp=None)


def wavelet_network(rng: np.random.Generator, top: int, family: str) -> wavelets.WaveletNetwork:
    """The parts of a wavelet network that do not depend on the image: the constant and the affine weights."""
    convs = [_normal(rng, n_in, Z) for _, n_in, _ in convolutions(top)]
    rgbs = [_normal(rng, channels(r), Z) for r in resolutions(top)]
    return wavelets.WaveletNetwork(_normal(rng, channels(4), 4, 4), convs, rgbs, wavelets.bank(family in ORIENTED))


def draws(rng: np.random.Generator, top: int, family: str) -> wavelets.Draw:
    """The random numbers of an image for a wavelet network; None for the random family.

    Kernels: uniform over all 40, or, for the sparse and oriented families, over a subset of 5 to 40 of them for each
    convolution. Noise: strength U(0, 0.3) for each convolution. Biases: uniform. RGB weights: normal. (In the source,
    two images of a batch share everything except the noise, and highfreq and sparse images take their noise maps from
    100 per layer of a network; here every image has its own.)

    Sparse is the source's ``sparse_new`` (network_randomized_v3.py, biases U(-0.2, 0.2), a map for each layer), because
    the function that names its data sets (``get_output_path`` of generate_dataset.py) calls it "sparse". An older
    network (network_randomized_v2.py: all 40 sign kernels in every layer, biases U(0, 0.2)) is commented out there, and
    rejected as not the paper's.
    """
    if family == "random":
        return wavelets.Draw([], [])
    convs = []
    for (_, n_in, n_out), noise in zip(convolutions(top), _noises(rng, top, family), strict=True):
        subset = rng.permutation(40)[: rng.integers(5, 41)] if family in ORIENTED else np.arange(40)
        kernel = torch.from_numpy(subset[rng.integers(0, len(subset), n_in)])
        bias = torch.from_numpy(rng.uniform(*BIASES[family], n_out)).float()
        convs.append(wavelets.Layer(kernel, _normal(rng, n_out), bias, noise * rng.uniform(0, 0.3)))
    return wavelets.Draw(convs, [_normal(rng, 3, channels(r)) for r in resolutions(top)])


def _noises(rng: np.random.Generator, top: int, family: str) -> list[torch.Tensor]:
    """A noise map for each convolution: its own, with standard deviation 1, or, for the oriented family, a
    downscaled copy of the image's map."""
    sides = [resolution for resolution, _, _ in convolutions(top)]
    if family != "oriented":
        return [
            torch.from_numpy(wavelets.noise_map(rng, side, rng.uniform(0.5, 1.5), family == "sparse")) for side in sides
        ]
    whole = max(ORIENTED_NOISE, top)
    shared = torch.from_numpy(wavelets.noise_map(rng, whole, rng.uniform(0.5, 1.5), True))[None]
    reduced = {side: functional.avg_pool2d(shared, whole // side)[0] for side in set(sides)}
    return [reduced[side] for side in sides]


def latents(rng: np.random.Generator, top: int) -> torch.Tensor:
    """(n_styles, Z): w = LeakyReLU of slope 0.2 of standard normal numbers, independent for each layer."""
    return functional.leaky_relu(_normal(rng, n_styles(top), Z), 0.2)


def look(rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The standard deviations and means (3, 1, 1) of an image's channels, in 0..1."""
    drawn = [torch.from_numpy(rng.normal(*law.T)).float()[:, None, None] for law in (DEVIATIONS, MEANS)]
    return drawn[0], drawn[1]


def forward(network: AnyNetwork, ws: torch.Tensor, draw: wavelets.Draw) -> torch.Tensor:
    """(3, R, R) RGB of any range; ``draw`` is for wavelet networks."""
    if isinstance(network, Network):
        return synthesise(network, ws)
    return wavelets.synthesise(network, ws, draw)
