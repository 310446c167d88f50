"""Encoders trained elsewhere: read checkpoints of common code bases without running code in them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from synthbench.errors import DataError
from synthbench.pretrain.encoder import Encoder, check_finite, load_encoder

LAYOUTS = (
    "MoCo (module.encoder_q.), SupContrast (module.encoder.), SimSiam and SwAV (module., module.encoder.), DINO "
    "(teacher), Barlow Twins, VICReg, solo-learn and mmpretrain (backbone.), lightly (backbone.0., ...), VISSL, "
    "torchvision and timm (conv1.weight)"
)
"""Supported code bases, for messages."""
PREFIXES = ("module.encoder_q.", "encoder_q.", "module.encoder.", "encoder.", "module.", "backbone.", "model.", "")
"""Prefixes that are preferred if a checkpoint holds several networks; MoCo holds a query and a key encoder."""
COPIES = re.compile(r"(^|[._])(encoder_k|momentum|target|ema|teacher|key)")
"""Prefixes of networks that follow another one; used only if there is no other."""
NESTS = (
    "state_dict", "model_state_dict", "classy_state_dict", "base_model", "model", "net", "trunk", "teacher", "student",
    "backbone", "encoder",
)  # fmt: skip
"""Keys under which a checkpoint holds its tensors, outermost first; DINO evaluates its teacher."""
Renaming = Callable[[str], str]
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def load_any(where: str | Path) -> Encoder:
    """Load an encoder: a run folder, an ``encoder.safetensors``, or the checkpoint of another code base (``.pth``,
    ``.pth.tar``, ``.pt``, ``.ckpt``, ``.safetensors``; ``LAYOUTS``) with a ResNet-18 or ResNet-50 in it. Its input is
    assumed to be normalised with ImageNet's mean and standard deviation.

    Raises:
        DataError: missing, not readable without running code, no known network, or weights that are not finite.
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
        raise DataError(f"{path} cannot be read: {error}") from error


def load_foreign(
    path: Path, *, size: int | None = None, mean: tuple[float, ...] = IMAGENET[0], std: tuple[float, ...] = IMAGENET[1]
) -> tuple[Encoder, str]:
    """The encoder in the checkpoint of another code base, and the prefix of its tensors' names.

    Args:
        size: of its input in pixels; None for 224, or 64 if it has SupContrast's stem.
        mean, std: for normalising its input.

    Raises:
        DataError: as ``load_any``.
    """
    state = _state(path)
    prefix, names = _find(state, path)
    # SupContrast calls the projection of the residual branch "shortcut"; fc is always a head.
    own = {
        names(key.removeprefix(prefix)).replace(".shortcut.", ".downsample."): x
        for key, x in state.items()
        if key.startswith(prefix)
    }
    own = {key: value for key, value in own.items() if key.startswith(("conv1.", "bn1.", "layer"))}
    check_finite(own, path)
    cifar = own["conv1.weight"].shape[-1:] == (3,)
    architecture = "resnet50" if "layer1.0.conv3.weight" in own else "resnet18-cifar" if cifar else "resnet18"
    encoder = Encoder(architecture, size or (64 if cifar else 224), mean, std)
    try:
        encoder.backbone.load_state_dict(own)
    except RuntimeError as error:
        raise DataError(f"{path} does not fit a {architecture}: {str(error).splitlines()[-1].strip()}") from error
    return encoder.eval(), prefix


def _find(state: Mapping[str, Tensor], path: Path) -> tuple[str, Renaming]:
    """The prefix of the network's tensors, and the mapping of the remaining names to torchvision's."""
    known = next((p for p in PREFIXES if f"{p}conv1.weight" in state), None)
    if known is not None:
        return known, str
    found: dict[str, Renaming] = {
        key.removesuffix("conv1.weight"): str for key in state if re.search(r"(^|\.)conv1\.weight$", key)
    }
    found = {prefix: names for prefix, names in found.items() if f"{prefix}layer1.0.conv1.weight" in state}
    found |= dict(_sequential(state))
    first = [prefix for prefix in found if not COPIES.search(prefix)] or list(found)
    if not first:
        raise DataError(
            f"{path} does not hold a ResNet: conv1.weight is not among its {len(state)} tensors "
            f"({', '.join(list(state)[:3])}, "
            f"...). Supported layouts: {LAYOUTS}. For others, save the network's own state_dict()."
        )
    if len(first) > 1:
        raise DataError(
            f"{path} holds {len(first)} networks ({', '.join(map(repr, first))}); save the state_dict() of one of them."
        )
    return first[0], found[first[0]]


def _sequential(state: Mapping[str, Tensor]) -> Iterator[tuple[str, Renaming]]:
    """ResNets as ``nn.Sequential(*resnet.children())``, as in lightly: modules are named by their position.

    The layer at each position follows from the positions that hold blocks; the stem's convolution and batch norm are
    the first two with tensors.
    """
    stems = [key for key, value in state.items() if re.search(r"(^|\.)0\.weight$", key) and value.ndim == 4]
    for stem in stems:
        prefix = stem.removesuffix("0.weight")
        blocks = re.compile(re.escape(prefix) + r"(\d+)\.0\.conv1\.weight")
        places = sorted({int(hit[1]) for key in state if (hit := blocks.fullmatch(key))})
        if len(places) == 4:
            names = {"0": "conv1", "1": "bn1"} | {str(place): f"layer{i + 1}" for i, place in enumerate(places)}
            yield prefix, partial(_renamed, names)


def _renamed(names: Mapping[str, str], key: str) -> str:
    place, dot, rest = key.partition(".")
    return names.get(place, place) + dot + rest


def _state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name; no code in the file is run."""
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, framework="pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        except (SafetensorError, OSError) as error:
            raise DataError(f"{path} cannot be read: {error}") from error
    try:  # SupContrast stores its options in a Namespace, which holds values and runs no code
        with torch.serialization.safe_globals([argparse.Namespace]):
            held = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # a broken pickle can raise any exception
        raise DataError(
            f"{path} cannot be read as weights: {_why(error)}. Only tensors and plain values are read; code is never "
            "run."
        ) from error
    for key in NESTS:
        if isinstance(held, dict) and isinstance(held.get(key), dict):
            held = held[key]
    if not isinstance(held, dict):
        raise DataError(f"{path} holds a {type(held).__name__}, not a state dict.")
    return {key: value for key, value in held.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _why(error: Exception) -> str:
    """The reason why PyTorch cannot read a file, without its advice to run the file's code."""
    if named := re.search(r"GLOBAL ([\w.]+)", str(error)):
        return f"it holds {named[1]}"
    said = str(error).partition("\n")[0].rstrip(".")
    return (
        said
        if isinstance(error, RuntimeError) and said and "weights_only" not in said
        else "it is cut off, or torch.save did not write it"
    )
