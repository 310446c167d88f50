"""Encoders by name: stems, networks of timm, refused names, and loading a saved file."""

from __future__ import annotations

import pytest
import torch
from training import LABELS, go, same, short

from synthbench import registry
from synthbench.errors import ProtocolError, UsageError
from synthbench.pretrain.encoder import initial, load_encoder
from synthbench.pretrain.encoders.architecture import GROUP, architecture
from synthbench.pretrain.loop import check

NORM = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


@pytest.mark.parametrize(
    ("stem", "map_"), [(None, 8), ("imagenet", 8), ("cifar", 32), ("patch2", 16), ("patch4", 8), ("patch8", 4)]
)
def test_the_stems_of_a_resnet(stem, map_):
    """Height of the maps of the first stage for images of 32 px; the max-pool halves once more."""
    net = architecture("resnet18").build(8, stem, 32)
    seen = []
    net.layer1.register_forward_hook(lambda _module, given, _out: seen.append(given[0].shape))
    assert net(torch.rand(2, 3, 32, 32)).shape == (2, 64)
    assert seen == [(2, 8, map_, map_)]


def test_the_stem_cifar_is_the_older_name():
    a, b = (
        initial(name, size=32, seed=0, width=8, stem=stem, **NORM)
        for name, stem in (("resnet18", "cifar"), ("resnet18-cifar", None))
    )
    assert same(a, b)


@pytest.mark.parametrize("name", sorted(registry.plugins(GROUP, "encoder")))
def test_every_registered_encoder_says_what_it_has(name):
    known = architecture(name)
    with torch.device("meta"):
        net = known.build(64, None, 64)
        assert net(torch.empty(2, 3, 64, 64)).shape == (2, known.features(net))
    assert list(known.blocks(net))


@pytest.mark.parametrize(("name", "stem"), [("resnet18", "patch4"), ("timm:resnet10t", None)])
def test_an_encoders_file_loads_again(tmp_path, name, stem):
    made = initial(name, size=32, seed=0, width=64, stem=stem, **NORM).eval()
    made.save(tmp_path / "encoder.safetensors")
    again = load_encoder(tmp_path)
    assert (again.architecture, again.stem, again.features) == (name, stem, made.features)
    assert same(made, again)


@pytest.mark.parametrize("name", ["timm:vit_tiny_patch16_224", "timm:convnext_atto"])
def test_a_network_of_timm_trains_and_recomputes_to_the_same_bits(images, tmp_path, name):
    ends = []
    for again in (False, True):
        (tmp_path / f"{again}").mkdir()
        rules = short("simclr-resnet18").override(
            {"encoder.architecture": name, "optimizer.epochs": 1, "optimizer.batch": 32}
        )
        ends.append(go(images, rules, tmp_path / f"{again}", labels=LABELS, recompute=again))
    assert ends[0].losses == ends[1].losses
    assert same(ends[0].encoder, ends[1].encoder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"encoder.stem": "patch16"},
            r"encoder\.stem 'patch16': for resnet18, one of imagenet, cifar, patch2, patch4, patch8",
        ),
        (
            {"encoder.architecture": "resnet18-cifar", "encoder.stem": "cifar"},
            r"encoder\.stem 'cifar': for resnet18-cifar, leave it out",
        ),
        (
            {"encoder.architecture": "resnet81"},
            r"encoder\.architecture: .*unknown encoder 'resnet81'. Did you mean resnet18",
        ),
        ({"encoder.architecture": "timm:hf-hub:someone/net"}, r"encoder\.architecture"),
        (
            {"encoder.architecture": "timm:resnet10t", "encoder.width": 32},
            "timm:resnet10t only supports its standard width, 64",
        ),
    ],
)
def test_unknown_stems_widths_and_names_are_refused(pocket, changes, said):
    with pytest.raises(ProtocolError, match=said):
        pocket.override({"encoder.width": 64} | changes)


def test_a_name_that_timm_does_not_have_is_seen_before_rendering(pocket):
    rules = pocket.override({"encoder.architecture": "timm:vit_tiny_patch16_225", "encoder.width": 64})
    with pytest.raises(
        UsageError, match="unknown encoder 'timm:vit_tiny_patch16_225'. Did you mean timm:vit_tiny_patch16_224"
    ):
        check(rules)


def test_a_size_that_a_network_cannot_take_is_seen_before_rendering(pocket):
    rules = pocket.override(
        {"encoder.architecture": "timm:vit_tiny_patch16_224", "encoder.width": 64, "augment.size": 40, "data.size": 40}
    )
    with pytest.raises(UsageError, match="does not take images of 40 px"):
        check(rules)
