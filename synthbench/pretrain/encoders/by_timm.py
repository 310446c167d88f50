"""Any network of timm as an encoder, by its name, with random initial weights."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from synthbench.errors import UnknownNameError, UsageError
from synthbench.pretrain.encoders.architecture import TIMM, Architecture, outermost

if TYPE_CHECKING:
    from torch import nn


def by_timm(name: str) -> Architecture:
    """``vit_small_patch16_224``, ...; whether timm has it is checked when it is built. Stems and widths are timm's
    own."""
    return Architecture(
        title=name,
        build=functools.partial(_build, name),
        features=lambda net: int(getattr(net, "head_hidden_size", None) or net.num_features),  # type: ignore[arg-type]
        blocks=functools.partial(outermost, wanted="Block|Bottleneck"),
        timm_name=name,
    )


def _build(name: str, _width: int, _stem: str | None, size: int) -> nn.Module:
    """The network with pooled output, without its classifier.

    Networks for a fixed image size are built for ``size``, and take other sizes if timm supports it (vision
    transformers resample their position embeddings).

    Raises:
        UnknownNameError: timm does not have this network.
        UsageError: it cannot take images of this size.
    """
    import timm

    if not timm.is_model(name):  # before it is built: timm would read "hf-hub:..." as a network to download
        raise UnknownNameError(
            "encoder",
            f"{TIMM}{name}",
            (TIMM + known for known in timm.list_models()),
            hint="timm.list_models() lists them.",
        )
    try:
        tried: list[dict[str, Any]] = [{"img_size": size, "dynamic_img_size": True}, {"img_size": size}, {}]
        for options in tried:
            try:
                net: nn.Module = timm.create_model(name, pretrained=False, num_classes=0, **options)
            except TypeError:  # the network does not know the option
                continue
            return net
    except (AssertionError, RuntimeError) as error:
        raise UsageError(f"{TIMM}{name} does not take images of {size} px: {error}") from error
    raise UsageError(f"{TIMM}{name} cannot be built without a classifier")
