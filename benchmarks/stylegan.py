"""Untrained StyleGAN2: the original way against ours.

The original way builds a new network every 400 images, takes images one by one, and for the wavelet families writes out every convolution's
full weight for each image. Its part here is our transcription of that in torch, with the same draws.

    python benchmarks/stylegan.py [--images 2] [--size 256] [--threads 1] [--family oriented]
"""

from __future__ import annotations

import argparse
import math
import time
from unittest import mock

import numpy as np
import torch
from synthbench.generators.stylegan import StyleGAN, families, pixels, synthesis, wavelets
from synthbench.generators.stylegan.synthesis import Conv, Network, ToRGB, synthesise

from synthbench.generator import Generator, stream

REBUILT = 400


def dense(network: wavelets.WaveletNetwork, draw: wavelets.Draw, kernels: torch.Tensor) -> Network:
    """The network of one image with every weight written out."""
    convs = []
    for affine, layer in zip(network.convs, draw.convs, strict=True):
        weight = layer.factor[:, None, None, None] * kernels[layer.kernel][None]
        convs.append(Conv(weight, weight.square().sum((2, 3)), affine, torch.ones(len(affine)), layer.bias, layer.noise))
    rgbs = [ToRGB(weight, affine, torch.ones(len(affine)), torch.zeros(3)) for affine, weight in zip(network.rgbs, draw.rgbs, strict=True)]
    return Network(network.constant, convs, rgbs, 0.0, None)


def original(family: str, network: families.AnyNetwork, rng: np.random.Generator, top: int, size: int) -> np.ndarray:
    """One image by dense convolutions."""
    ws, draw = families.latents(rng, top), families.draws(rng, top, family)
    deviation, mean = families.look(rng)
    with torch.inference_mode(), mock.patch.object(synthesis, "WIDE", math.inf):  # PyTorch's own convolutions
        if not isinstance(network, Network):
            network = dense(network, draw, torch.from_numpy(wavelets.kernels(family in families.ORIENTED)))
        rgb = synthesise(network, ws)
        rgb = (rgb - rgb.mean((1, 2), keepdim=True)) / rgb.std((1, 2), keepdim=True) * deviation + mean
        return pixels(rgb.clamp(0, 1), size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2, help="of the original way; ours makes five times as many")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--family", nargs="*", default=families.FAMILIES, choices=families.FAMILIES)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for family in options.family:
        cpu = {"original": 0.0, "rebuilding": 0.0, "synthbench": 0.0}
        generator: Generator = StyleGAN(family, networks=1)
        generator.render(0, stream(0, 0), options.size)
        for k in range(options.images):  # turn by turn, so that both meet the same load
            start = time.process_time()
            build = families.random_network if family == "random" else families.wavelet_network
            network = build(stream(1, k), 256, *([] if family == "random" else [family]))
            cpu["rebuilding"] += time.process_time() - start
            start = time.process_time()
            original(family, network, stream(0, k), 256, options.size)
            cpu["original"] += time.process_time() - start
            start = time.process_time()
            for i in range(5):
                generator.render(0, stream(0, 5 * k + i), options.size)
            cpu["synthbench"] += (time.process_time() - start) / 5
        built, theirs, ours = (cpu[name] / options.images for name in ("rebuilding", "original", "synthbench"))
        theirs, ours = theirs + built / REBUILT, ours + built / REBUILT
        print(
            f"{family:9s} original {1 / theirs:6.2f} images/s, synthbench {1 / ours:6.2f} images/s a CPU second: {theirs / ours:5.1f}x "
            f"(a network takes {built:.2f} s to build)",
            flush=True,
        )


if __name__ == "__main__":
    main()
