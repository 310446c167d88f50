"""The encoder, torchvision's ResNet-18 trunk with input normalisation, and its file."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

import synthbench
from synthbench.errors import DataError, UsageError
from synthbench.pretrain.encoder import Encoder, initial, load_encoder
from synthbench.pretrain.projector import Projector
from synthbench.result.encoder_file import WEIGHTS

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def make(seed: int = 0) -> Encoder:
    return initial("resnet18", size=32, mean=MEAN, std=STD, seed=seed)


@pytest.fixture(scope="module")
def encoder():
    return make().eval()


def equal(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_the_trunk_is_torchvisions(encoder):
    assert sum(p.numel() for p in encoder.parameters()) == 11_176_512  # 11,689,512 without the classifier's 513,000
    assert encoder.backbone.conv1.weight.shape == (64, 3, 7, 7)
    assert encoder.features == 512
    with torch.inference_mode():
        assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, 512)


def test_it_normalises_its_input(encoder):
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    by_hand = torch.stack([(x[:, c] - MEAN[c]) / STD[c] for c in range(3)], 1)
    with torch.inference_mode():
        torch.testing.assert_close(encoder(x), encoder.backbone(by_hand), atol=1e-5, rtol=1e-5)


def test_the_seed_determines_the_start(encoder):
    assert equal(make(0), encoder)
    assert not equal(make(1), encoder)


def test_the_callers_random_state_is_left_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    make(3)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_round_trip(encoder, tmp_path):
    file = tmp_path / WEIGHTS
    encoder.save(file, recipe="mine", seed="3")
    assert [f.name for f in tmp_path.iterdir()] == [WEIGHTS]
    x = torch.rand(2, 3, 32, 32)
    for where in (file, str(file), tmp_path):
        loaded = load_encoder(where)
        assert not loaded.training
        assert (loaded.architecture, loaded.size, loaded.mean, loaded.std) == ("resnet18", 32, MEAN, STD)
        assert equal(loaded, encoder)
    with torch.inference_mode():
        assert torch.equal(synthbench.load_encoder(tmp_path)(x), encoder(x))
    with safe_open(file, "pt") as opened:
        about = json.loads(opened.metadata()["synthbench"])
        assert (about["recipe"], about["seed"]) == ("mine", "3")


def test_equal_encoders_are_equal_files(encoder, tmp_path):
    """The record stores the file's sha256, so the file must be deterministic."""
    about = {"recipe": "mine", "protocol": "p", "protocol_sha256": "0" * 64, "seed": "3"}
    files = [tmp_path / f"{i}.safetensors" for i in range(6)]
    for file in files:
        encoder.save(file, **about)
    assert len({file.read_bytes() for file in files}) == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        DataError, match=rf"there is no encoder at .*{tmp_path.name}.*: give a run folder or an {WEIGHTS} file"
    ):
        load_encoder(tmp_path)


def broken(encoder: Encoder, tmp_path, kind: str) -> None:
    file = tmp_path / WEIGHTS
    state = {k: v.contiguous() for k, v in encoder.backbone.state_dict().items()}
    spec = {"architecture": "resnet18", "size": 32, "mean": MEAN, "std": STD}
    if kind == "empty":
        file.write_bytes(b"")
    elif kind == "not safetensors":
        file.write_bytes(bytes(range(256)) * 8)
    elif kind == "truncated":
        encoder.save(file)
        file.write_bytes(file.read_bytes()[:-1000])
    elif kind == "another library's":
        save_file(state, file)
    elif kind == "no JSON":
        save_file(state, file, metadata={"synthbench": "{"})
    elif kind == "no object":
        save_file(state, file, metadata={"synthbench": "[1]"})
    elif kind == "no size":
        save_file(state, file, metadata={"synthbench": json.dumps({**spec, "size": None, "mean": 3})})
    elif kind == "other weights":
        del state["conv1.weight"]
        save_file(state, file, metadata={"synthbench": json.dumps(spec)})


@pytest.mark.parametrize(
    "kind",
    ["empty", "not safetensors", "truncated", "another library's", "no JSON", "no object", "no size", "other weights"],
)
def test_a_broken_file_is_named(encoder, tmp_path, kind):
    broken(encoder, tmp_path, kind)
    with pytest.raises(DataError, match=rf"{WEIGHTS} is not an encoder written by synthbench"):
        load_encoder(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(encoder, tmp_path):
    with pytest.raises(DataError, match="cannot write"):
        encoder.save(tmp_path / "absent" / WEIGHTS)


def test_the_projection_is_a_unit_vector():
    head = Projector(512, 256, 128)
    assert sum(p.numel() for p in head.parameters()) == 512 * 256 + 256 + 256 * 128 + 128
    z = head(torch.randn(5, 512))
    assert z.shape == (5, 128)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(5))


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (torch.zeros(2, 3, 32, 32, dtype=torch.uint8), "dtype torch.uint8; expected a float.*Use x.float\\(\\) / 255"),
        (torch.zeros(2, 3, 32, 32, dtype=torch.float64), "dtype torch.float64; .*Use x.to\\(torch.float32\\)"),
        (torch.zeros(3, 32, 32), "shape \\(3, 32, 32\\); .*Use x\\[None\\]"),
        (torch.zeros(32, 32, 3), "shape \\(32, 32, 3\\); .*Use x.permute\\(2, 0, 1\\)\\[None\\]"),
        (torch.zeros(2, 32, 32, 3), "Use x.permute\\(0, 3, 1, 2\\)"),
        (torch.zeros(2, 1, 32, 32), "Use x.expand"),
        (torch.zeros(2, 4, 32, 32), "Use x\\[:, :3\\]"),
        (torch.zeros(2, 3), "shape \\(2, 3\\); expected"),
        (np.zeros((2, 3, 32, 32), np.float32), "x is a ndarray; .*torch.from_numpy"),
        (Image.new("RGB", (32, 32)), "x is a Image; .*to_tensor"),
        (torch.full((2, 3, 32, 32), 255.0), "pixels are in \\[255, 255\\]; .*divide by 255"),
        (torch.full((2, 3, 32, 32), -2.1), "pixels are in \\[-2.1, -2.1\\]; .*leave out Normalize"),
    ],
)
def test_what_is_not_a_batch_of_images_is_refused_with_the_fix(encoder, x, said):
    with pytest.raises(UsageError, match=said):
        encoder(x)


def test_pixels_that_resizing_overshot_pass(encoder):
    with torch.inference_mode():
        assert encoder(torch.full((1, 3, 32, 32), 1.2)).shape == (1, 512)
        assert encoder(torch.zeros(1, 3, 32, 32, dtype=torch.bfloat16)).dtype == torch.float32
        assert encoder(torch.zeros(0, 3, 32, 32)).shape == (0, 512)
