"""Loading encoders in timm."""

from __future__ import annotations

import json

import pytest
import timm
import torch

from synthbench.pretrain.encoder import initial
from synthbench.pretrain.timm_config import timm_config
from synthbench.result.encoder_file import MODEL, WEIGHTS, inspect

NORM = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("resnet18", None), ("resnet18", "imagenet"), ("timm:resnet10t", None), ("timm:vit_tiny_patch16_224", None)],
)
def test_timm_gives_the_same_features(tmp_path, name, stem):
    encoder = initial(name, size=32, seed=0, stem=stem, **NORM).eval()
    encoder.save(tmp_path / WEIGHTS)
    config = timm_config(*inspect(tmp_path / WEIGHTS), "MIT")
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / WEIGHTS).rename(tmp_path / MODEL)
    theirs = timm.create_model(f"local-dir:{tmp_path}", pretrained=True).eval()
    x = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(theirs((x - 0.5) / 0.5), encoder(x), atol=1e-5)
    assert (config["num_features"], config["pretrained_cfg"]["license"]) == (encoder.features, "mit")


@pytest.mark.parametrize(
    ("name", "width", "stem"),
    [("resnet18", 64, "patch8"), ("resnet18", 64, "cifar"), ("resnet18", 8, None), ("resnet18-cifar", 64, None)],
)
def test_another_stem_or_width_is_no_network_of_timms(tmp_path, name, width, stem):
    initial(name, size=32, seed=0, width=width, stem=stem, **NORM).save(tmp_path / WEIGHTS)
    assert timm_config(*inspect(tmp_path / WEIGHTS), "MIT") is None
