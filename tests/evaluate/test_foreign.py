"""Checkpoints of other code bases are found, renamed, and never run."""

from __future__ import annotations

import argparse
import os

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file

from synthbench.errors import DataError
from synthbench.evaluate.foreign import load_any
from synthbench.pretrain.encoder import initial
from synthbench.pretrain.encoders.resnet import RESNET18_CIFAR

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def prefixed(net: torch.nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in net.state_dict().items()}


def same(encoder, net: torch.nn.Module) -> None:
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(IMAGENET[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.inference_mode():
        torch.testing.assert_close(encoder(x), net.eval()((x - mean) / std))


def test_moco(tmp_path):
    """A query encoder with a projection for its fc, a key encoder, a queue."""
    net = torchvision.models.resnet18()
    state = prefixed(net, "module.encoder_q.") | prefixed(torchvision.models.resnet18(), "module.encoder_k.")
    del state["module.encoder_q.fc.weight"], state["module.encoder_q.fc.bias"]
    state |= {"module.encoder_q.fc.0.weight": torch.zeros(2, 512), "module.queue": torch.zeros(128, 8)}
    torch.save(
        {"epoch": 200, "arch": "resnet18", "state_dict": state, "optimizer": {"state": {}}}, tmp_path / "moco.pth.tar"
    )
    encoder = load_any(tmp_path / "moco.pth.tar")
    net.fc = torch.nn.Identity()
    assert (encoder.architecture, encoder.size, encoder.training) == ("resnet18", 224, False)
    same(encoder, net)


def test_supcontrast(tmp_path):
    """Its blocks call the projection "shortcut", and its options are a Namespace."""
    net = RESNET18_CIFAR.build(64, None, 64)
    state = {f"module.encoder.{k.replace('downsample', 'shortcut')}": v for k, v in net.state_dict().items()}
    state |= {"module.head.0.weight": torch.zeros(512, 512)}
    torch.save(
        {"opt": argparse.Namespace(batch_size=256), "model": state, "optimizer": {}, "epoch": 200},
        tmp_path / "last.pth",
    )
    encoder = load_any(tmp_path / "last.pth")
    assert (encoder.architecture, encoder.size) == ("resnet18-cifar", 64)
    same(encoder, net)


@pytest.mark.parametrize("make", [torchvision.models.resnet18, lambda: timm.create_model("resnet18")])
def test_torchvision_and_timm(tmp_path, make):
    net = make()
    torch.save(net.state_dict(), tmp_path / "a.pth")
    save_file(net.state_dict(), tmp_path / "b.safetensors")
    net.fc = torch.nn.Identity()
    same(load_any(tmp_path / "a.pth"), net)
    same(load_any(tmp_path / "b.safetensors"), net)


def sequential(net: torch.nn.Module, names: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """The tensors of ``nn.Sequential(*children)`` of a ResNet."""
    return torch.nn.Sequential(*(getattr(net, name) for name in names)).state_dict()


@pytest.mark.parametrize(
    "names",
    [
        ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"),
        ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4"),
    ],
    ids=["torchvision", "lightly's own ResNet"],
)
def test_lightly(tmp_path, names):
    """Modules by their position, with a projection head and a momentum copy, in a Lightning checkpoint."""
    net = torchvision.models.resnet18()
    state = {f"backbone.{key}": value for key, value in sequential(net, names).items()}
    state |= {f"backbone_momentum.{key}": value + 1 for key, value in sequential(net, names).items()}
    state |= {"projection_head.layers.0.weight": torch.zeros(512, 512)}
    torch.save({"epoch": 1, "state_dict": state}, tmp_path / "last.ckpt")
    net.fc = torch.nn.Identity()
    same(load_any(tmp_path / "last.ckpt"), net)


@pytest.mark.parametrize(
    ("nest", "prefix", "copy"),
    [
        (("state_dict",), "backbone.", "momentum_backbone."),  # solo-learn
        (("teacher",), "backbone.", ""),  # DINO
        (("model",), "module.backbone.", ""),  # Barlow Twins, VICReg
        (("classy_state_dict", "base_model", "model", "trunk"), "_feature_blocks.", ""),  # VISSL
        (("state_dict",), "online_network.encoder.", "target_network.encoder."),  # BYOL
        (("model_state_dict",), "_orig_mod.", ""),  # compiled
    ],
)
def test_other_code_bases(tmp_path, nest, prefix, copy):
    net = torchvision.models.resnet18()
    held = prefixed(net, prefix) | (prefixed(torchvision.models.resnet18(), copy) if copy else {})
    for key in reversed(nest):
        held = {key: held}
    torch.save(held | {"optimizer": {}}, tmp_path / "a.pth")
    net.fc = torch.nn.Identity()
    same(load_any(tmp_path / "a.pth"), net)


def test_several_networks_are_refused(tmp_path):
    net = torchvision.models.resnet18()
    torch.save(prefixed(net, "left.") | prefixed(net, "right."), tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"holds 2 networks \('left\.', 'right\.'\); save the state_dict"):
        load_any(tmp_path / "a.pth")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    state = torchvision.models.resnet18().state_dict()
    state["layer3.0.bn1.running_var"][5] = value
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(
        DataError, match=r"a\.pth: 1 of 120 tensors contain NaN or infinite values \(layer3\.0\.bn1\.running_var"
    ):
        load_any(tmp_path / "a.pth")
    ours = initial("resnet18", size=48, seed=1, **IMAGENET)
    with torch.no_grad():
        ours.backbone.conv1.weight[0] = value
    ours.save(tmp_path / "encoder.safetensors")
    with pytest.raises(DataError, match="contain NaN or infinite values"):
        load_any(tmp_path)


def test_our_own(tmp_path):
    ours = initial("resnet18", size=48, seed=1, **IMAGENET)
    ours.save(tmp_path / "encoder.safetensors")
    assert load_any(tmp_path).size == load_any(tmp_path / "encoder.safetensors").size == 48
    with pytest.raises(DataError, match="there is no encoder at"):
        load_any(tmp_path / "absent.pth")


def test_an_untrusted_pickle_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "evil"),)

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(DataError, match="Only tensors and plain values are read"):
        load_any(tmp_path / "evil.pth")
    assert not (tmp_path / "evil").exists()


def test_read_errors_do_not_advise_to_run_the_file(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.getcwd, ()

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pth")
    torch.save({"state_dict": {}}, tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:-50])
    (tmp_path / "empty.pth").touch()
    (tmp_path / "text.pth").write_text("hello there\n")
    (tmp_path / "stack.pth").write_bytes(b"\x80\x02N}u.")
    for name, why in {
        "evil": r"it holds posix\.getcwd\. Only tensors",
        "cut": "PytorchStreamReader failed",
        **dict.fromkeys(("empty", "text", "stack"), r"it is cut off, or torch\.save did not write it\. Only tensors"),
    }.items():
        with pytest.raises(DataError, match=rf"{name}\.pth cannot be read as weights: {why}") as caught:
            load_any(tmp_path / f"{name}.pth")
        assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize(
    "odd", [{"conv1.weight": torch.tensor(1.0)}, {"conv1.weight": torch.zeros(64, 3, 7, 7), 1: torch.zeros(1)}]
)
def test_odd_names_and_shapes_do_not_fit(tmp_path, odd):
    torch.save(odd, tmp_path / "a.pth")
    with pytest.raises(DataError, match="does not fit a resnet18: "):
        load_any(tmp_path / "a.pth")


def test_other_networks_are_named(tmp_path):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "a.pth")
    with pytest.raises(
        DataError,
        match=r"conv1.weight is not among its 1 tensors .*Supported layouts: MoCo \(.*lightly \(.*torchvision",
    ):
        load_any(tmp_path / "a.pth")
    state = torchvision.models.resnet18().state_dict()
    del state["layer2.0.bn1.weight"]
    torch.save(state, tmp_path / "b.pth")
    with pytest.raises(DataError, match=r"does not fit a resnet18: Missing key.*layer2.0.bn1.weight"):
        load_any(tmp_path / "b.pth")
    torch.save([1, 2], tmp_path / "c.pth")
    with pytest.raises(DataError, match="holds a list, not a state dict"):
        load_any(tmp_path / "c.pth")
