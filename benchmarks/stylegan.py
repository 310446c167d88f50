"""Untrained StyleGAN2: the original method compared with ours.

The original method (generate_dataset.py of mbaradad/learning_with_noise) builds a network every 400 images, draws
images of 256 px two by two, and computes the full weight of every convolution for each image. Here it is our
transcription in torch, with the same random numbers.

    python benchmarks/stylegan.py [--batches 2] [--per-network 400] [--size 256] [--threads 1] [--family oriented]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence

import numpy as np
import torch
from synthbench.generators.stylegan import NETWORK_SEED, StyleGAN, families, pixels, resolution, synthesis, wavelets
from synthbench.generators.stylegan.synthesis import Conv, Network, ToRGB
from torch.nn import functional

from synthbench.generator import stream

REBUILT = 400
"""Images per network in the source, and in our data sets of 100,000."""
TOP = 256
BATCH = 2


def dense(network: wavelets.WaveletNetwork, draw: wavelets.Draw, kernels: torch.Tensor) -> Network:
    """The network of one image with all weights computed in full."""
    convs = []
    for affine, layer in zip(network.convs, draw.convs, strict=True):
        weight = layer.factor[:, None, None, None] * kernels[layer.kernel][None]
        convs.append(
            Conv(weight, weight.square().sum((2, 3)), affine, torch.ones(len(affine)), layer.bias, layer.noise)
        )
    rgbs = [
        ToRGB(weight, affine, torch.ones(len(affine)), torch.zeros(3))
        for affine, weight in zip(network.rgbs, draw.rgbs, strict=True)
    ]
    return Network(network.constant, convs, rgbs, 0.0, None)


def modulated(x: torch.Tensor, conv: Conv, w: torch.Tensor, up: bool) -> torch.Tensor:
    """A layer as computed in the source's evaluation: a weight for each image of the batch, convolved in groups: to
    (B, O, R, R)."""
    styles = w @ conv.affine.T / math.sqrt(synthesis.Z) + conv.affine_bias
    weight = conv.weight[None] * styles[:, None, :, None, None]
    weight = weight * (weight.square().sum((2, 3, 4)) + 1e-8).rsqrt()[:, :, None, None, None]
    (n, n_in, h, _), n_out = x.shape, len(conv.weight)
    x = x.reshape(1, n * n_in, h, h)
    if up:
        weight = weight.transpose(1, 2).reshape(n * n_in, n_out, 3, 3)
        x = functional.conv_transpose2d(x, weight, stride=2, groups=n)
        x = functional.conv2d(x, synthesis._binomial(x[0]), padding=1, groups=n * n_out)
    else:
        x = functional.conv2d(x, weight.reshape(n * n_out, n_in, 3, 3), padding=1, groups=n)
    x = x.reshape(n, n_out, *x.shape[2:]) + (0 if conv.noise is None else conv.noise) + conv.bias[:, None, None]
    return functional.relu(x) * math.sqrt(2)


def doubled(rgb: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, H) to (B, 3, 2H, 2H): zeros inserted, then the filter."""
    n, _, h, _ = rgb.shape
    wide = functional.pad(rgb.reshape(n, 3, h, 1, h, 1), [0, 1, 0, 0, 0, 1]).reshape(n, 3, 2 * h, 2 * h)
    return functional.conv2d(functional.pad(wide, [2, 1, 2, 1]), synthesis._binomial(rgb[0]), groups=3)


def original(
    family: str, network: families.AnyNetwork, rngs: Sequence[np.random.Generator], size: int
) -> list[np.ndarray]:
    """The images of a batch, which share all random numbers except w and the colours, as in the source (also the
    noise, which does not matter here)."""
    ws, top = torch.stack([families.latents(rng, TOP) for rng in rngs]), TOP
    draws = [families.draws(rng, top, family) for rng in rngs]
    looks = [families.look(rng) for rng in rngs]
    with torch.inference_mode():
        if not isinstance(network, Network):
            network = dense(network, draws[0], torch.from_numpy(wavelets.kernels(family in families.ORIENTED)))
        x = network.constant.expand(len(ws), -1, -1, -1)
        rgb = torch.zeros(len(ws), 3, 2, 2)
        for i, conv in enumerate(network.convs):
            x = modulated(x, conv, ws[:, i], up=i % 2 == 1)
            if i % 2 == 0:
                layer = network.rgbs[i // 2]
                weight = torch.stack([layer.rows(w) for w in ws[:, i + 1]])
                rgb = doubled(rgb) + torch.einsum("bci,bihw->bchw", weight, x)
        made = []
        for one, (deviation, mean) in zip(rgb, looks, strict=True):
            standard = (one - one.mean((1, 2), keepdim=True)) / one.std((1, 2), keepdim=True)
            made.append(pixels((standard * deviation + mean).clamp(0, 1), size))
        return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=2, help="of two images, made in both ways")
    parser.add_argument(
        "--per-network", type=int, default=REBUILT, help="images of ours that a network draws; 16 in 4,096 images"
    )
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--family", nargs="*", default=families.FAMILIES, choices=families.FAMILIES)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for family in options.family:
        cpu = {"original": 0.0, "rebuilding": 0.0, "synthbench": 0.0}
        generator = StyleGAN(family, networks=1)
        generator.render(0, stream(0, 0), options.size)  # compiles
        generator.close()
        start = time.process_time()
        generator.render(0, stream(0, 0), options.size)
        opening = time.process_time() - start
        off = []
        for k in range(options.batches):  # alternating, so that both have the same load
            start = time.process_time()
            build = families.random_network if family == "random" else families.wavelet_network
            network = build(stream(NETWORK_SEED, 0), TOP, *([] if family == "random" else [family]))
            cpu["rebuilding"] += time.process_time() - start
            start = time.process_time()
            theirs = original(family, network, [stream(0, BATCH * k + i) for i in range(BATCH)], options.size)
            cpu["original"] += (time.process_time() - start) / BATCH
            start = time.process_time()
            ours = [generator.render(0, stream(0, BATCH * k + i), options.size) for i in range(BATCH)]
            cpu["synthbench"] += (time.process_time() - start) / BATCH
            if resolution(options.size) == TOP:  # smaller images are drawn by another network
                off.append(int(np.abs(theirs[0].astype(int) - ours[0]).max()))
        built, slow, fast = (cpu[name] / options.batches for name in ("rebuilding", "original", "synthbench"))
        opening -= fast
        slow, fast = slow + built / REBUILT, fast + opening / options.per_network
        compared = f"; the first of each batch differs by {max(off)} of 255 at most" if off else ""
        print(
            (
                f"{family:9s} original {slow:6.3f} s of CPU an image, synthbench {fast:6.3f} s: {slow / fast:5.1f}x "
                f"(a network: {built:.2f} s and {opening:.2f} s, {options.per_network} images of ours{compared})"
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
