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

CLAMP = 256.0
"""Activations and RGB are clipped to +- this, as in training (``conv_clamp`` of StyleGAN2-ADA's train.py)."""
MAPPING_RATE = 0.01
"""The mapping network's weights and biases are stored 100 times larger than they are used (its learning rate is a
hundredth)."""
FETCH = (
    "stylegan-trained needs a trained network: -g path=FILE.safetensors. The authors' generators of shaders are "
    "network-snapshot-025000.pkl of shaders21k-256x256-gamma-5 and of shaders21k-512x512-gamma-40 (below "
    "data.csail.mit.edu/synthetic_training/shaders21k/). Fetch one, then: synthbench convert "
    "network-snapshot-025000.pkl --out shaders21k-256.safetensors"
)


@dataclass(frozen=True)
class Trained:
    """A mapping network, (weight, bias) for each layer, and a synthesis network."""

    mapping: Sequence[tuple[torch.Tensor, torch.Tensor]]
    synthesis: Network
    n_styles: int


def load(path: Path | None) -> Trained:
    """Read a network from a file written by ``synthbench convert``.

    Raises:
        UsageError: missing file, or a pickle, which must be converted first.
        DataError: the file cannot be read, or is not a StyleGAN2 generator, or an unsupported one.
    """
    if path is None:
        raise UsageError(FETCH)
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}. {FETCH}")
    if path.suffix == ".pkl":
        raise UsageError(
            f"{path} is a pickle. Convert it once: synthbench convert {path} --out "
            f"{path.with_suffix('.safetensors').name}"
        )
    try:
        return network(load_file(path))
    except (SafetensorError, OSError, KeyError, DataError) as error:
        raise DataError(f"{path} is not a StyleGAN2 generator as `synthbench convert` writes it: {error}") from error


def network(tensors: Mapping[str, torch.Tensor]) -> Trained:
    """The network from NVIDIA's names (``mapping.fc0.weight``, ``synthesis.b8.conv0.affine.bias``, ...).

    Raises:
        KeyError: a tensor is missing.
        DataError: a network for labelled images, or wrong shapes (the latent vectors z and w have ``Z`` numbers).
    """
    if "mapping.embed.weight" in tensors:
        raise DataError("it is class-conditional; only unconditional generators are supported.")
    parts = {".".join(name.split(".")[:2]) for name in tensors}
    layers = sum(part.startswith("mapping.fc") for part in parts)
    mapping = [_layer(tensors, f"mapping.fc{i}", outputs=Z) for i in range(max(1, layers))]
    top = 4
    while f"synthesis.b{2 * top}" in parts:
        top *= 2
    convs, rgbs, width = [], [], max(1, tensors["synthesis.b4.conv1.affine.bias"].numel())
    constant = _tensor(tensors, "synthesis.b4.const", (width, 4, 4))
    for resolution in resolutions(top):
        block = f"synthesis.b{resolution}"
        for name in ("conv1",) if resolution == 4 else ("conv0", "conv1"):
            convs.append(_conv(tensors, f"{block}.{name}", resolution, width))
            width = len(convs[-1].bias)
        weight, bias = (
            _tensor(tensors, f"{block}.torgb.weight", (3, width, 1, 1)),
            _tensor(tensors, f"{block}.torgb.bias", (3,)),
        )
        rgbs.append(ToRGB(weight[:, :, 0, 0], *_layer(tensors, f"{block}.torgb.affine", outputs=width), bias))
    return Trained(mapping, Network(constant, convs, rgbs, slope=0.2, clamp=CLAMP), n_styles(top))


def _tensor(tensors: Mapping[str, torch.Tensor], name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """The tensor of this name, float32 of this shape."""
    found = tensors[name]
    if found.shape != shape or found.dtype != torch.float32:
        raise DataError(
            f"{name} is {found.dtype} of shape {tuple(found.shape)}; only torch.float32 of shape {shape} is supported."
        )
    return found


def _layer(tensors: Mapping[str, torch.Tensor], name: str, outputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (outputs, Z) and bias (outputs,) of a fully connected layer on z or w."""
    return _tensor(tensors, f"{name}.weight", (outputs, Z)), _tensor(tensors, f"{name}.bias", (outputs,))


def _conv(tensors: Mapping[str, torch.Tensor], name: str, resolution: int, width: int) -> Conv:
    """A convolution of ``width`` channels, whose output has the side ``resolution``."""
    outputs = max(1, tensors[f"{name}.bias"].numel())
    weight, bias = (
        _tensor(tensors, f"{name}.weight", (outputs, width, 3, 3)),
        _tensor(tensors, f"{name}.bias", (outputs,)),
    )
    noise = _tensor(tensors, f"{name}.noise_const", (resolution, resolution)) * _tensor(
        tensors, f"{name}.noise_strength", ()
    )
    return Conv(weight, weight.square().sum((2, 3)), *_layer(tensors, f"{name}.affine", outputs=width), bias, noise)


def mapped(net: Trained, z: torch.Tensor) -> torch.Tensor:
    """w (Z,) of z (Z,): z to unit root mean square, then fully connected layers with leaky ReLU."""
    x = z * torch.rsqrt(z.square().mean() + 1e-8)
    for weight, bias in net.mapping:
        x = torch.mv(weight, x) * (MAPPING_RATE / math.sqrt(weight.shape[1])) + bias * MAPPING_RATE
        x = functional.leaky_relu(x, 0.2) * math.sqrt(2)
    return x
