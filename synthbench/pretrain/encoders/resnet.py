"""ResNets as in torchvision, with other widths and stems."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from synthbench.pretrain.encoders.architecture import Architecture, outermost

if TYPE_CHECKING:
    from torch import nn

PATCHES = {"patch2": 2, "patch4": 4, "patch8": 8}
STEMS = ("imagenet", "cifar", *PATCHES)
"""``imagenet``: torchvision's 7x7 convolution of stride 2, and max-pool. ``cifar``: a 3x3 convolution of stride 1, no
max-pool. ``patchK``: a KxK convolution of stride K, no max-pool."""


def _build(layers: int, own: str, width: int, stem: str | None, _size: int) -> nn.Module:
    """A ResNet without its classifier, with ``width / 64`` of the channels in every layer and torchvision's
    initialisation (residual branches do not start at zero)."""
    from torch import nn
    from torchvision.models.resnet import Bottleneck, ResNet

    if layers == 50:
        net: nn.Module = ResNet(Bottleneck, [3, 4, 6, 3])
        net.fc = nn.Identity()
    else:
        net = _resnet18(width)
    stem = stem or own
    if stem != "imagenet":
        side = PATCHES.get(stem)
        if side is None:
            net.conv1 = nn.Conv2d(3, width, 3, stride=1, padding=1, bias=False)
        else:
            net.conv1 = nn.Conv2d(3, width, side, stride=side, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        net.maxpool = nn.Identity()
    return net


def _resnet18(width: int) -> nn.Module:
    from torch import nn
    from torchvision.models.resnet import BasicBlock, ResNet

    net = ResNet(BasicBlock, [2, 2, 2, 2])
    net.fc = nn.Identity()
    if width != 64:
        net.conv1, net.bn1, net.inplanes = (
            nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            width,
        )
        net.layer1 = net._make_layer(BasicBlock, width, 2)
        net.layer2 = net._make_layer(BasicBlock, 2 * width, 2, stride=2)
        net.layer3 = net._make_layer(BasicBlock, 4 * width, 2, stride=2)
        net.layer4 = net._make_layer(BasicBlock, 8 * width, 2, stride=2)
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return net


def _features(net: nn.Module) -> int:
    from torch import nn

    return [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)][-1].num_features


def _resnet(
    title: str,
    layers: int,
    *,
    own: str = "imagenet",
    timm_name: str | None = None,
    own_width: bool,
    stems: tuple[str, ...],
) -> Architecture:
    return Architecture(
        title=title,
        build=functools.partial(_build, layers, own),
        features=_features,
        blocks=functools.partial(outermost, wanted="BasicBlock|Bottleneck"),
        timm_name=timm_name,
        own_width=own_width,
        stems=stems,
        own_stem=own if own in stems else None,
    )


RESNET18 = _resnet("ResNet-18", 18, timm_name="resnet18", own_width=True, stems=STEMS)
RESNET18_CIFAR = _resnet("ResNet-18 with a 3x3 stem", 18, own="cifar", own_width=True, stems=())
"""SupContrast's. ``resnet18`` with the stem ``cifar`` is the same network; released protocols know it by this name."""
RESNET50 = _resnet("ResNet-50", 50, timm_name="resnet50", own_width=False, stems=STEMS)
