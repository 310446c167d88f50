"""Encoders that others trained: checkpoints of MoCo, SupContrast, torchvision and timm, read without running what is in them."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from synthbench.errors import DataError
from synthbench.pretrain.encoder import Encoder, load_encoder

PREFIXES = ("module.encoder_q.", "encoder_q.", "module.encoder.", "encoder.", "module.", "backbone.", "model.", "")
"""MoCo's query encoder, SupContrast's encoder, wrapped models, and bare ones; the first that holds a ``conv1.weight`` is taken."""
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def load_any(where: str | Path) -> Encoder:
    """Load an encoder: a run folder, an ``encoder.safetensors``, or the checkpoint of another code base (``.pth``, ``.pth.tar``, ``.pt``,
    ``.safetensors``) with a ResNet-18 or ResNet-50 in it, which is taken to want ImageNet's mean and deviation.

    Raises:
        DataError: not there, not readable without running code from it, or no network that we know.
    """
    path = Path(where)
    if path.is_dir() or not path.is_file() or is_ours(path):
        return load_encoder(path)
    return load_foreign(path)[0]


def is_ours(path: Path) -> bool:
    """Whether a file is an encoder that synthbench wrote."""
    if path.suffix != ".safetensors":
        return False
    try:
        with safe_open(path, framework="pt") as file:
            return "synthbench" in (file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path} does not read: {error}") from error


def load_foreign(
    path: Path, *, size: int | None = None, mean: tuple[float, ...] = IMAGENET[0], std: tuple[float, ...] = IMAGENET[1]
) -> tuple[Encoder, str]:  # fmt: skip
    """The encoder in the checkpoint of another code base, and the prefix that its tensors had there.

    Args:
        size: of its input in pixels; None for 224, or 64 where the stem is SupContrast's.
        mean, std: by which its input is normalised.

    Raises:
        DataError: as ``load_any``.
    """
    state = _state(path)
    prefix = next((p for p in PREFIXES if f"{p}conv1.weight" in state), None)
    if prefix is None:
        raise DataError(f"{path} holds no ResNet: no conv1.weight among its {len(state)} tensors ({', '.join(list(state)[:3])}, ...).")
    # SupContrast calls the projection of the residual branch "shortcut"; whatever is called fc is a head.
    own = {key.removeprefix(prefix).replace(".shortcut.", ".downsample."): value for key, value in state.items() if key.startswith(prefix)}
    own = {key: value for key, value in own.items() if key.startswith(("conv1.", "bn1.", "layer"))}
    cifar = own["conv1.weight"].shape[-1:] == (3,)
    architecture = "resnet50" if "layer1.0.conv3.weight" in own else "resnet18-cifar" if cifar else "resnet18"
    encoder = Encoder(architecture, size or (64 if cifar else 224), mean, std)
    try:
        encoder.backbone.load_state_dict(own)
    except RuntimeError as error:
        raise DataError(f"{path} does not fit a {architecture}: {str(error).splitlines()[-1].strip()}") from error
    return encoder.eval(), prefix


def _state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name; nothing of the file is run."""
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, framework="pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        except (SafetensorError, OSError) as error:
            raise DataError(f"{path} does not read: {error}") from error
    try:  # SupContrast keeps its options in a Namespace, which holds values and runs nothing
        with torch.serialization.safe_globals([argparse.Namespace]):
            held = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # a broken pickle raises anything
        raise DataError(
            f"{path} does not read as weights: {_why(error)}. Only tensors and plain values are read; code is never run."
        ) from error
    for key in ("state_dict", "model", "net"):
        if isinstance(held, dict) and isinstance(held.get(key), dict):
            held = held[key]
    if not isinstance(held, dict):
        raise DataError(f"{path} holds a {type(held).__name__}, not a state dict.")
    return {key: value for key, value in held.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _why(error: Exception) -> str:
    """Why PyTorch does not read a file, without its advice to run the file's code."""
    if named := re.search(r"GLOBAL ([\w.]+)", str(error)):
        return f"it holds {named[1]}"
    said = str(error).partition("\n")[0].rstrip(".")
    return said if isinstance(error, RuntimeError) and said and "weights_only" not in said else "it is cut off, or torch.save did not write it"
