"""The networks of the metrics: AlexNet for LPIPS, Inception for FID, or the encoder of a finished run instead of both.

synthbench does not download AlexNet and Inception by itself: if they are missing, the error says what to fetch and
where to put it. With an encoder every metric carries its name, so that its values cannot be mistaken for LPIPS or FID.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from synthbench.errors import DataError
from synthbench.evaluate.photos import packaged
from synthbench.home import home
from synthbench.pretrain.encoder import Encoder
from synthbench.storage.files import sha256_of
from synthbench.storage.mirror import here

STANDARD = "inception"
"""The value of ``--features`` for the usual networks."""
LONGEST_NAME = 80
STEM, STAGES = ("conv1", "bn1", "relu", "maxpool"), ("layer1", "layer2", "layer3", "layer4")
"""Names of a ResNet's first layers and of its stages."""
CHANNELS = (64, 192, 384, 256, 256)
"""Channels of AlexNet's five stages, and of LPIPS's weights for them."""


@dataclass(frozen=True)
class Stages:
    """The network of LPIPS: the feature maps of its stages, and a weight for each channel.

    Attributes:
        name: in the metrics' names; empty for LPIPS itself.
        identity: hash of the weights and of the preprocessing.
        maps: (N, 3, S, S) uint8 -> the stages' maps, (N, C, H, W) float32 each.
        weights: (C,) for each stage, not negative; None weights every channel with 1.
    """

    name: str
    identity: str
    maps: Callable[[Tensor], list[Tensor]]
    weights: list[Tensor] | None

    def metric(self, what: str) -> str:
        """``lpips_<what>``, or ``perceptual_<what>[name]`` for another network's."""
        return f"perceptual_{what}[{self.name}]" if self.name else f"lpips_{what}"


@dataclass(frozen=True)
class Pooled:
    """The network of FID: one vector per image.

    Attributes:
        name: in the metrics' names; empty for FID's own Inception.
        identity: hash of the weights and of the preprocessing.
        features: (N, 3, S, S) uint8 -> (N, F) float32.
    """

    name: str
    identity: str
    features: Callable[[Tensor], Tensor]

    def metric(self, own: str, other: str) -> str:
        """``own``, the usual name, or ``other[name]`` for another network."""
        return f"{other}[{self.name}]" if self.name else own


def weight_file(file: str, url: str, use: str) -> Path:
    """The path of a downloaded network: in ``$SYNTHBENCH_HOME/weights`` or in torch's own cache.

    The last 8 digits of its name are the beginning of its hash.

    Raises:
        DataError: it is missing or incomplete.
    """
    own = home() / "weights" / file
    for path in (own, Path(torch.hub.get_dir()) / "checkpoints" / file):
        if path.is_file():
            digest = sha256_of(path)
            if not digest.startswith(path.stem.rpartition("-")[2]):
                raise DataError(
                    f"{path} is not the file at {url} (its SHA-256 begins with {digest[:8]}). Delete it and fetch it "
                    "again."
                )
            return path
    raise DataError(
        f"{use} needs a network that is not installed: fetch {url} and put it "
        f"at {own}. Or use the encoder of a finished run: --features RUN."
    )


def alexnet(device: torch.device) -> Stages:
    """LPIPS v0.1 with AlexNet (Zhang et al. 2018): torchvision's weights, and the ``lpips`` package's for the channels.

    Raises:
        DataError: AlexNet's weights are missing.
    """
    from torchvision.models import AlexNet_Weights

    url = AlexNet_Weights.IMAGENET1K_V1.url
    path = weight_file(url.rpartition("/")[2], url, "LPIPS")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return alexnet_stages(
        {key.removeprefix("features."): value for key, value in state.items() if key.startswith("features.")}, device
    )


def alexnet_stages(state: dict[str, Tensor], device: torch.device) -> Stages:
    """LPIPS with these weights of AlexNet's ``features``; the rectified outputs of its five convolutions are
    the stages."""
    from torchvision.models import alexnet as build

    net = build(weights=None).features[:12]
    net.load_state_dict({key: value for key, value in state.items() if int(key.partition(".")[0]) < 12})
    net.eval().requires_grad_(False).to(device)
    # LPIPS's own constants (its ScalingLayer), on pixels in [-1, 1]
    shift, scale = (
        torch.tensor(v, device=device).view(3, 1, 1) for v in ([-0.030, -0.088, -0.188], [0.458, 0.448, 0.450])
    )
    ends = {1, 4, 7, 9, 11}

    def maps(pixels: Tensor) -> list[Tensor]:
        x, found = (pixels.to(device).float() / 127.5 - 1 - shift) / scale, []
        for i, layer in enumerate(net):
            x = layer(x)
            if i in ends:
                found.append(x)
        return found

    weights = channel_weights()
    return Stages("", f"lpips {_digest([*net.state_dict().values(), *weights])}", maps, weights)


def channel_weights() -> list[Tensor]:
    """LPIPS v0.1's weights of AlexNet's channels, (C,) for each stage, from a file of the ``lpips`` package, which is
    not imported.

    Raises:
        DataError: the package is incomplete.
    """
    state = torch.load(packaged("lpips", "weights/v0.1/alex.pth"), map_location="cpu", weights_only=True)
    return [state[f"lin{i}.model.1.weight"].reshape(c) for i, c in enumerate(CHANNELS)]


def inception(device: torch.device) -> Pooled:
    """FID's Inception v3 (2015), through torch-fidelity: its 2,048 pooled features; it resizes images to 299 px itself.

    Raises:
        DataError: the weights are missing.
    """
    from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3, FeatureExtractorInceptionV3

    path = weight_file(URL_INCEPTION_V3.rpartition("/")[2], URL_INCEPTION_V3, "FID")
    # torch-fidelity unpickles any object: restrict it to tensors
    torch.load(path, map_location="cpu", weights_only=True)
    net = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path)).to(
        device
    )
    return Pooled("", f"inception {path.stem}", lambda pixels: net(pixels.to(device))[0])


def of_encoder(encoder: Encoder, name: str) -> tuple[Stages | None, Pooled]:
    """An encoder instead of both: the maps of a ResNet's four stages, every channel weighted with 1 (None for another
    network), and its pooled features.

    Images and crops are resized to ``encoder.size``, the size of its training views.
    """
    device = next(encoder.parameters()).device
    encoder = encoder.eval().requires_grad_(False)
    net: Any = encoder.backbone

    def shown(pixels: Tensor) -> Tensor:
        x = pixels.to(device).float() / 255
        if x.shape[-1] != encoder.size:
            x = F.interpolate(x, (encoder.size, encoder.size), mode="bilinear", antialias=True, align_corners=False)
        return x.contiguous(memory_format=torch.channels_last)

    def maps(pixels: Tensor) -> list[Tensor]:
        x = (shown(pixels) - encoder._mean) / encoder._std
        for layer in STEM:
            x = getattr(net, layer)(x)
        found = []
        for stage in STAGES:
            x = getattr(net, stage)(x)
            found.append(x)
        return found

    identity = f"encoder {encoder.size} {encoder.mean} {encoder.std} {_digest(net.state_dict().values())}"
    staged = all(hasattr(net, layer) for layer in (*STEM, *STAGES))
    return (
        Stages(name, identity, maps, None) if staged else None,
        Pooled(name, identity, lambda pixels: encoder(shown(pixels))),
    )


def _digest(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def any_encoder(where: str) -> Encoder:
    """The encoder of a run folder (or its address), a file (also of other code bases) or a repo on the Hub.

    Raises:
        DataError: it is missing or not an encoder.
    """
    from synthbench import load_encoder
    from synthbench.evaluate.foreign import load_any

    return load_any(where) if Path(where).exists() else load_encoder(where)


def run_name(where: str) -> str:
    """The name of an encoder in the metrics' names: ``entrant/protocol/seed``, from its file, or the given address,
    with ``_`` for characters that a record's keys may not have."""
    from safetensors import SafetensorError, safe_open

    from synthbench.result.encoder_file import WEIGHTS

    place = here(where)
    path = place / WEIGHTS if place.is_dir() else place
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["synthbench"])
            name = f"{about['recipe']}/{about['protocol']}/seed-{about['seed']}"
    except (OSError, SafetensorError, KeyError, ValueError):
        name = where
    return re.sub(r"[^A-Za-z0-9._/-]", "_", name)[-LONGEST_NAME:]


@dataclass(frozen=True)
class Networks:
    """The two networks and, for a missing one, the reason."""

    stages: Stages | None = None
    pooled: Pooled | None = None
    missing: str = ""
    """Why there is no LPIPS."""


def networks(features: str | None, *, distances: bool, device: torch.device) -> Networks:
    """The networks for ``--features``.

    Args:
        features: a run folder, an encoder file or ``user/repo``; ``inception`` or None for AlexNet and Inception.
        distances: whether pooled features are needed.

    Raises:
        DataError: the encoder does not exist; or Inception is needed (for distances, or because it was named) and
            missing.
    """
    if features is not None and features != STANDARD:
        encoder = any_encoder(features).to(device)
        stages, own = of_encoder(encoder, run_name(features))
        lacks = f"{encoder.architecture} does not have the four stages of a ResNet, which perceptual distances need"
        return Networks(stages, own, lacks if stages is None else "")
    pooled = inception(device) if distances else None
    try:
        return Networks(alexnet(device), pooled)
    except DataError as error:
        return Networks(None, pooled, str(error))


def as_tensor(images: np.ndarray) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) uint8."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
