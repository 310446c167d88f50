"""The config.json with which timm loads an encoder's folder or repo."""

from __future__ import annotations

from typing import Any

from synthbench.result.encoder_file import Spec

FEATURES = {"resnet18": 512, "resnet50": 2048}
"""Features of the architectures whose weights have timm's names and shapes. An encoder with another stem loads through synthbench only."""
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
    """The config.json with which ``timm.create_model("hf-hub:user/repo")`` loads the encoder; None where timm has no such network."""
    features = FEATURES.get(spec.architecture)
    if features is None or shapes.get("conv1.weight") != (64, 3, 7, 7) or "fc.weight" in shapes:
        return None
    side = -(-spec.size // 32)
    return {
        "architecture": spec.architecture, "num_classes": 0, "num_features": features, "global_pool": "avg", "model_args": {"num_classes": 0},
        "pretrained_cfg": {
            "tag": "synthbench", "input_size": [3, spec.size, spec.size], "fixed_input_size": False, "interpolation": "bilinear",
            "crop_pct": 1.0, "mean": list(spec.mean), "std": list(spec.std), "num_classes": 0, "pool_size": [side, side],
            "first_conv": "conv1", "classifier": "fc", "license": license_id(license),
        },
    }  # fmt: skip


def license_id(license: str) -> str:
    """The Hub's name of a licence; ``other`` where it has none."""
    name = license.strip().lower().replace(" ", "-")
    return name if name in LICENSES else "other"
