"""The config.json that timm needs to load an encoder from a folder or repo."""

from __future__ import annotations

from typing import Any

from synthbench.errors import SynthbenchError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.result.encoder_file import Spec

LICENSES = {
    "mit",
    "apache-2.0",
    "cc0-1.0",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-sa-4.0",
    "bsd-3-clause",
    "bsd-2-clause",
    "gpl-3.0",
}
"""Licences that the Hub knows by these names; others are named in the card."""


def timm_config(spec: Spec, shapes: dict[str, tuple[int, ...]], license: str) -> dict[str, Any] | None:
    """The config.json with which ``timm.create_model("hf-hub:user/repo")`` loads the encoder; None if timm does not
    have the network."""
    try:
        name = architecture(spec.architecture).in_timm(spec.width, spec.stem)
    except SynthbenchError:  # the package that declares it is not installed
        return None
    made = None if name is None else _timms(name, spec.size, shapes)
    if made is None:
        return None
    net, options = made
    about, side = net.pretrained_cfg, -(-spec.size // 32)
    pool = net.global_pool if isinstance(net.global_pool, str) else "avg"
    return {
        "architecture": name, "num_classes": 0, "num_features": net.num_features, "global_pool": pool,
        "model_args": {"num_classes": 0, **options},
        "pretrained_cfg": {
            "tag": "synthbench", "input_size": [3, spec.size, spec.size], "fixed_input_size": bool(options),
            "interpolation": "bilinear", "crop_pct": 1.0, "mean": list(spec.mean), "std": list(spec.std),
            "num_classes": 0, "pool_size": [side, side] if about.get("pool_size") else None,
            "first_conv": about["first_conv"], "classifier": about["classifier"], "license": license_id(license),
        },
    }  # fmt: skip


def _timms(name: str, size: int, shapes: dict[str, tuple[int, ...]]) -> tuple[Any, dict[str, Any]] | None:
    """timm's network of that name with tensors of these names and shapes, without weights, and the options to create
    it."""
    import timm
    import torch

    tried: list[dict[str, Any]] = [{}, {"img_size": size}]
    for options in tried:
        try:
            with torch.device("meta"):
                net = timm.create_model(name, num_classes=0, **options)
        except (RuntimeError, TypeError, AssertionError):
            # unknown network, or it does not support the option or the size
            continue
        if {key: tuple(tensor.shape) for key, tensor in net.state_dict().items()} == shapes:
            return net, options
    return None


def license_id(license: str) -> str:
    """The Hub's name of a licence; ``other`` if it does not have one."""
    name = license.strip().lower().replace(" ", "-")
    return name if name in LICENSES else "other"
