"""Encoders, and the projection head of the contrastive objectives."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torchvision
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench.errors import DataError

WEIGHTS = "encoder.safetensors"
ARCHITECTURES = ("resnet18", "resnet18-cifar", "resnet50")


class Encoder(nn.Module):
    """A backbone that knows its input: it takes pixels in [0, 1] and normalises them itself, so wrong normalisation cannot happen.

    ``encoder(x)`` maps (N, 3, S, S) float32 pixels in [0, 1] to (N, features) float32; ``size`` is the S of its training views.
    ``backbone`` takes normalised images.
    """

    _mean: Tensor
    _std: Tensor

    def __init__(self, architecture: str, size: int, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.architecture, self.size, self.mean, self.std = architecture, size, tuple(mean), tuple(std)
        self.backbone = trunk(architecture)
        self.features = features_of(self.backbone)
        self.register_buffer("_mean", torch.tensor(self.mean).view(3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(self.std).view(3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.backbone((x - self._mean) / self._std)
        return out

    def save(self, path: Path, **about: str) -> None:
        """Write the weights as safetensors, atomically; ``about`` goes into the file's metadata beside what ``load`` needs."""
        spec = {"architecture": self.architecture, "size": self.size, "mean": self.mean, "std": self.std, **about}
        state = {k: v.detach().cpu().contiguous() for k, v in self.backbone.state_dict().items()}
        draft = path.with_suffix(".tmp")
        try:  # one metadata key: safetensors writes several in no fixed order
            save_file(state, draft, metadata={"synthbench": json.dumps(spec, sort_keys=True)})
            draft.replace(path)
        except (OSError, SafetensorError) as error:
            draft.unlink(missing_ok=True)
            raise DataError(f"cannot write {path}: {error}") from error


def trunk(architecture: str) -> nn.Module:
    """A ResNet without its classifier: ``resnet18`` and ``resnet50`` as torchvision has them; ``resnet18-cifar`` with SupContrast's stem, a 3x3
    convolution of stride 1 and no max-pool (its residual branches do not start at zero, in either).

    Raises:
        ValueError: no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
    net: nn.Module = getattr(torchvision.models, architecture.removesuffix("-cifar"))(weights=None)
    net.fc = nn.Identity()
    if architecture.endswith("-cifar"):
        net.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        net.maxpool = nn.Identity()
    return net


def features_of(net: nn.Module) -> int:
    """Width of a ResNet's pooled output."""
    last = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)][-1]
    return last.num_features


def initial(architecture: str, *, size: int, mean: tuple[float, ...], std: tuple[float, ...], seed: int) -> Encoder:
    """The encoder at its random start (torchvision's initialisation), determined by ``seed``; the caller's random state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Encoder(architecture, size, mean, std)


def load_encoder(where: str | Path) -> Encoder:
    """Load a pretrained encoder, in eval mode on the CPU.

    Args:
        where: a run folder, or an ``encoder.safetensors`` file.

    Raises:
        DataError: not there, not an encoder file of synthbench, or its weights do not fit its architecture.
    """
    path = Path(where)
    path = path / WEIGHTS if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"there is no encoder at {str(where)!r}: give a run folder or an {WEIGHTS} file.")
    try:
        with safe_open(path, framework="pt") as file:
            spec = json.loads((file.metadata() or {})["synthbench"])
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        encoder = Encoder(spec["architecture"], spec["size"], tuple(spec["mean"]), tuple(spec["std"]))
        encoder.backbone.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
        raise DataError(f"{path} is not an encoder written by synthbench: {error}") from error
    return encoder.eval()


class Projector(nn.Module):
    """Linear-ReLU-Linear, then L2 normalisation (SupContrast's ``mlp`` head; no batch norm)."""

    def __init__(self, features: int, hidden: int, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.layers(x).float(), dim=1)
