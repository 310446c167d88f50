"""Trained StyleGAN2-ADA generators: the tensors of NVIDIA's checkpoints in our own network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from synthbench.generators.stylegan.synthesis import Conv, Network, ToRGB, Z, n_styles, resolutions, synthesise
from torch.nn import functional

from synthbench.errors import DataError, UsageError

__all__ = ["Trained", "Z", "load", "mapped", "network", "synthesise"]

MAPPING_RATE = 0.01
"""The mapping network's weights and biases are stored 100 times as large as they act (its learning rate is a hundredth)."""
FETCH = (
    "stylegan-trained needs a trained network: -g path=FILE.safetensors. The authors' generators of shaders are network-snapshot-025000.pkl of "
    "shaders21k-256x256-gamma-5 and of shaders21k-512x512-gamma-40 (below data.csail.mit.edu/synthetic_training/shaders21k/). Fetch one, then: "
    "synthbench convert network-snapshot-025000.pkl --out shaders21k-256.safetensors"
)


@dataclass(frozen=True)
class Trained:
    """A mapping network, (weight, bias) for each layer, and a synthesis network."""

    mapping: Sequence[tuple[torch.Tensor, torch.Tensor]]
    synthesis: Network
    n_styles: int


def load(path: Path | None) -> Trained:
    """Read a network from the file that ``synthbench convert`` wrote.

    Raises:
        UsageError: no file, or a pickle, which has to be converted first.
        DataError: the file is no StyleGAN2 generator, or a class-conditional one.
    """
    if path is None:
        raise UsageError(FETCH)
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}. {FETCH}")
    if path.suffix == ".pkl":
        raise UsageError(f"{path} is a pickle. Convert it once: synthbench convert {path} --out {path.with_suffix('.safetensors').name}")
    try:
        return network(load_file(path))
    except (SafetensorError, KeyError) as error:
        raise DataError(f"{path} is not a StyleGAN2 generator as `synthbench convert` writes it: {error}") from error


def network(tensors: Mapping[str, torch.Tensor]) -> Trained:
    """The network from NVIDIA's names (``mapping.fc0.weight``, ``synthesis.b8.conv0.affine.bias``, ...).

    Raises:
        KeyError: a tensor is missing.
        DataError: a network for labelled images, or shapes of another network.
    """
    if "mapping.embed.weight" in tensors:
        raise DataError("this generator is class-conditional; only unconditional ones are supported.")
    layers = sum(1 for name in tensors if name.startswith("mapping.fc") and name.endswith(".weight"))
    mapping = [(tensors[f"mapping.fc{i}.weight"], tensors[f"mapping.fc{i}.bias"]) for i in range(layers)]
    top = 4
    while f"synthesis.b{2 * top}.conv0.weight" in tensors:
        top *= 2
    convs, rgbs = [], []
    for resolution in resolutions(top):
        block = f"synthesis.b{resolution}"
        convs += [_conv(tensors, f"{block}.{name}") for name in (("conv1",) if resolution == 4 else ("conv0", "conv1"))]
        rgb = f"{block}.torgb"
        weight = tensors[f"{rgb}.weight"]
        rgbs.append(
            ToRGB(weight.reshape(weight.shape[:2]), tensors[f"{rgb}.affine.weight"], tensors[f"{rgb}.affine.bias"], tensors[f"{rgb}.bias"])
        )
    if not mapping or mapping[-1][0].shape != (Z, Z) or convs[0].affine.shape[1] != Z:
        raise DataError(f"this generator's latent vectors do not have {Z} numbers; only such networks are supported.")
    return Trained(mapping, Network(tensors["synthesis.b4.const"], convs, rgbs, slope=0.2), n_styles(top))


def _conv(tensors: Mapping[str, torch.Tensor], name: str) -> Conv:
    weight = tensors[f"{name}.weight"]
    return Conv(
        weight, weight.square().sum((2, 3)), tensors[f"{name}.affine.weight"], tensors[f"{name}.affine.bias"],
        tensors[f"{name}.bias"], tensors[f"{name}.noise_const"] * tensors[f"{name}.noise_strength"],
    )  # fmt: skip


def mapped(net: Trained, z: torch.Tensor) -> torch.Tensor:
    """w (Z,) of z (Z,): z to unit root mean square, then fully connected layers with leaky ReLU."""
    x = z * torch.rsqrt(z.square().mean() + 1e-8)
    for weight, bias in net.mapping:
        x = torch.mv(weight, x) * (MAPPING_RATE / math.sqrt(weight.shape[1])) + bias * MAPPING_RATE
        x = functional.leaky_relu(x, 0.2) * math.sqrt(2)
    return x
