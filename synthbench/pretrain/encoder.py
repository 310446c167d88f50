"""Encoders, and the projection head of the contrastive objectives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from synthbench.errors import DataError

WEIGHTS = "encoder.safetensors"
ARCHITECTURES = ("resnet18", "resnet18-cifar", "resnet50")


class Encoder(nn.Module):
    """A backbone that knows its input: it takes pixels in [0, 1] and normalises them itself, so wrong normalisation cannot happen.

    ``encoder(x)`` maps (N, 3, S, S) float32 pixels in [0, 1] to (N, features) float32; ``size`` is the S of its training views.
    ``backbone`` takes normalised images. ``width`` is the number of channels of the stem and the first stage; 64 is torchvision's network.
    """

    _mean: Tensor
    _std: Tensor

    def __init__(self, architecture: str, size: int, mean: tuple[float, ...], std: tuple[float, ...], width: int = 64) -> None:
        super().__init__()
        self.architecture, self.width, self.size, self.mean, self.std = architecture, width, size, tuple(mean), tuple(std)
        self.backbone = trunk(architecture, width)
        self.features = features_of(self.backbone)
        self.register_buffer("_mean", torch.tensor(self.mean).view(3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(self.std).view(3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.backbone((x - self._mean) / self._std)
        return out

    def save(self, path: Path, **about: str) -> None:
        """Write the weights as safetensors, atomically; ``about`` goes into the file's metadata beside what ``load`` needs."""
        spec = {"architecture": self.architecture, "width": self.width, "size": self.size, "mean": self.mean, "std": self.std, **about}
        state = {k: v.detach().cpu().contiguous() for k, v in self.backbone.state_dict().items()}
        draft = path.with_suffix(".tmp")
        try:  # one metadata key: safetensors writes several in no fixed order
            save_file(state, draft, metadata={"synthbench": json.dumps(spec, sort_keys=True)})
            draft.replace(path)
        except (OSError, SafetensorError) as error:
            draft.unlink(missing_ok=True)
            raise DataError(f"cannot write {path}: {error}") from error


def trunk(architecture: str, width: int = 64) -> nn.Module:
    """A ResNet without its classifier: ``resnet18`` and ``resnet50`` as torchvision has them; ``resnet18-cifar`` with SupContrast's stem, a 3x3
    convolution of stride 1 and no max-pool (its residual branches do not start at zero, in either).

    Raises:
        ValueError: no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
    if architecture == "resnet50":
        net: nn.Module = ResNet(Bottleneck, [3, 4, 6, 3])
        net.fc = nn.Identity()
        return net
    net = _resnet18(width)
    if architecture.endswith("-cifar"):
        net.conv1 = nn.Conv2d(3, width, 3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        net.maxpool = nn.Identity()
    return net


def features_of(net: nn.Module) -> int:
    """Width of a ResNet's pooled output."""
    last = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)][-1]
    return last.num_features


def _resnet18(width: int) -> nn.Module:
    """torchvision's ResNet-18 without its classifier, every layer scaled to ``width / 64`` of its channels; same initialisation."""
    net = ResNet(BasicBlock, [2, 2, 2, 2])
    net.fc = nn.Identity()
    if width != 64:
        net.conv1, net.bn1, net.inplanes = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(width), width
        net.layer1 = net._make_layer(BasicBlock, width, 2)
        net.layer2 = net._make_layer(BasicBlock, 2 * width, 2, stride=2)
        net.layer3 = net._make_layer(BasicBlock, 4 * width, 2, stride=2)
        net.layer4 = net._make_layer(BasicBlock, 8 * width, 2, stride=2)
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return net


def initial(architecture: str, *, size: int, mean: tuple[float, ...], std: tuple[float, ...], seed: int, width: int = 64) -> Encoder:
    """The encoder at its random start (torchvision's initialisation), determined by ``seed``; the caller's random state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Encoder(architecture, size, mean, std, width)


def load_encoder(where: str | Path) -> Encoder:
    """Load a pretrained encoder, in eval mode on the CPU.

    Args:
        where: a run folder, or an ``encoder.safetensors`` file.

    Raises:
        DataError: not there, not an encoder file of synthbench, or its weights do not fit its architecture or are not finite.
    """
    path = Path(where)
    path = path / WEIGHTS if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"there is no encoder at {str(where)!r}: give a run folder or an {WEIGHTS} file.")
    try:
        with safe_open(path, framework="pt") as file:
            spec = json.loads((file.metadata() or {})["synthbench"])
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        encoder = Encoder(spec["architecture"], spec["size"], tuple(spec["mean"]), tuple(spec["std"]), spec.get("width", 64))
        encoder.backbone.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
        raise DataError(f"{path} is not an encoder written by synthbench: {error}") from error
    check_finite(state, path)
    return encoder.eval()


def check_finite(state: Mapping[str, Tensor], path: Path) -> None:
    """Refuse weights with which nothing can be computed.

    Raises:
        DataError: a tensor holds NaN or an infinite number.
    """
    if broken := [key for key, value in state.items() if value.is_floating_point() and not bool(value.isfinite().all())]:
        raise DataError(
            f"{path}: {len(broken)} of {len(state)} tensors hold NaN or infinite numbers ({broken[0]}, ...): the training diverged, or the "
            "file is damaged. Take an earlier checkpoint."
        )


class Projector(nn.Module):
    """Linear-ReLU-Linear, then L2 normalisation (SupContrast's ``mlp`` head; no batch norm)."""

    def __init__(self, features: int, hidden: int, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.layers(x).float(), dim=1)
