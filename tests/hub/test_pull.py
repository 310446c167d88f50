"""Pull by id, by repo and from the cache; files that are not encoders are refused before they are loaded."""

from __future__ import annotations

import json
import struct

import pytest
import torch

import synthbench
from synthbench.errors import DataError, HubError, UnknownNameError, UsageError
from synthbench.hub import board as hub_board
from synthbench.hub import pull
from synthbench.hub.pull import Address, address
from synthbench.hub.submit import plan, submit
from synthbench.result.encoder_file import inspect


@pytest.fixture
def sent(hub, board, runs):
    record = submit(plan(runs, leaderboard=board, user="alice")).record
    hub.merge(hub.repo("dataset", board), 1)
    return record


def test_by_id_and_by_repo(hub, sent, login, tmp_path, runs, monkeypatch):
    login(None)
    where = address(sent.submission_id[:8], [sent], seed=1)
    out, spec = pull.pull(where, tmp_path / "encoder")
    assert {"model.safetensors", "encoder.safetensors", "contact-sheet.png"} <= {f.name for f in out.iterdir()}
    ours, theirs = synthbench.load_encoder(runs[1]), synthbench.load_encoder(out)
    assert (
        (theirs.size, theirs.mean, theirs.std) == (spec.size, spec.mean, spec.std) == (ours.size, ours.mean, ours.std)
    )
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))
        repo = sent.runs[0].encoder.repo
        assert torch.equal(synthbench.load_encoder(repo)(x), synthbench.load_encoder(runs[0])(x))
        assert torch.equal(synthbench.load_encoder(f"{repo}@seed-1")(x), ours(x))
        assert torch.equal(synthbench.load_encoder(f"{repo}@{sent.runs[1].encoder.revision}")(x), ours(x))
    assert pull.pull(where, out)[0] == out  # once more: it is there
    with pytest.raises(UsageError, match="exists and has other content"):
        pull.pull(address(sent.submission_id, [sent], seed=0), out)


@pytest.mark.parametrize("width", [80, 200])
def test_encoders_are_listed_without_folding(hub, board, sent, call, monkeypatch, width):
    from synthbench.cli import console

    monkeypatch.setattr(console.out, "width", width)  # after ``call`` made it wide
    lines = call("encoders", "--leaderboard", board).out.splitlines()
    repo = sent.runs[0].encoder.repo
    assert lines[0].startswith(f"{sent.protocol.id}: all with ")
    assert "tier self-reported" in lines[0]
    (at,) = [i for i, line in enumerate(lines) if sent.submission_id[:12] in line]
    assert (repo in lines[at]) == (width == 200)
    assert repo in lines[at + (width == 80)]
    assert all(len(line) <= width for line in lines[1:])


def test_timm_loads_it(hub, board, wide, tmp_path):
    timm = pytest.importorskip("timm")
    sent = submit(plan([wide], leaderboard=board, user="alice")).record
    out, spec = pull.pull(address(sent.submission_id, [sent]), tmp_path / "encoder")
    assert (out / "config.json").is_file()
    encoder = synthbench.load_encoder(out)
    model = timm.create_model(f"local-dir:{out}", pretrained=True).eval()
    assert tuple(model.pretrained_cfg["mean"]) == spec.mean == encoder.mean
    assert tuple(model.pretrained_cfg["input_size"]) == (3, spec.size, spec.size)
    x = torch.rand(2, 3, spec.size, spec.size)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (spec.mean, spec.std))
    with torch.no_grad():
        assert torch.allclose(model((x - mean) / std), encoder(x), atol=1e-5)
        assert timm.create_model(f"local-dir:{out}", pretrained=True, num_classes=10)(x).shape == (2, 10)


def test_unknown_names(sent):
    with pytest.raises(UnknownNameError, match="unknown submission 'abcdef'"):
        address("abcdef", [sent])
    with pytest.raises(UsageError, match="does not have seed 5; it has 0, 1"):
        address(sent.submission_id[:10], [sent], seed=5)
    assert address("alice/net@main", []) == Address("alice/net", "main", None, None)
    with pytest.raises(DataError, match="no encoder at 'alice'"):
        synthbench.load_encoder("alice")


def test_a_repo_without_safetensors(hub, login):
    login("alice")
    repo = hub.create("model", "alice/pickle")
    hub.commit(repo, "refs/heads/main", {"pytorch_model.bin": b"\x80\x04cos\nsystem\n"})
    with pytest.raises(HubError, match="safetensors only, because a pickle can run code"):
        synthbench.load_encoder("alice/pickle")
    with pytest.raises(HubError, match="there is no alice/nothing that you may read"):
        synthbench.load_encoder("alice/nothing")


def test_other_weights_than_the_submissions(hub, sent):
    held = sent.runs[0].encoder
    with pytest.raises(DataError, match="they differ"):
        pull.fetch(Address(held.repo, held.revision, "0" * 64))


def test_without_a_network_the_cache_serves(hub, board, sent, monkeypatch, tmp_path):
    from huggingface_hub import constants

    held = sent.runs[0].encoder
    pull.pull(address(sent.submission_id, [sent]), tmp_path / "first")
    folder = hub_board.fetch(board)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert pull.fetch(Address(held.repo, held.revision))[0].is_file()
    assert hub_board.fetch(board) == folder
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set|not in the cache"):
        pull.fetch(Address(held.repo, "0" * 40))
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        hub_board.create("alice/board")


def forged(header: dict | bytes, body: bytes = b"", length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + body


SPEC = {"architecture": "resnet18", "size": 32, "mean": [0.5] * 3, "std": [0.5] * 3}


def about(**changes):
    return {"__metadata__": {"synthbench": json.dumps(SPEC | changes)}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an encoder"),
        (b"\x80\x04cos\nsystem\n", "never pickles"),
        (forged(b"{}", length=2**40), "its header claims 1,099,511,627,776 bytes"),
        (
            forged({**about(), "w": {"dtype": "F32", "shape": [25_000_000_000], "data_offsets": [0, 100_000_000_000]}}),
            "which the file does not hold",
        ),
        (
            forged({**about(), "w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"1234"),
            "not a non-negative integer",
        ),
        (forged({**about(), "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"1234"), "claims 2 numbers"),
        (
            forged({**about(), "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"12345678"),
            "do not belong to any tensor",
        ),
        (forged(b'{"__metadata__": {}, "__metadata__": {}}'), "appears twice"),
        (forged(b"[" * 5000), "nested too deeply"),
        (forged({"__metadata__": {"format": "pt"}}), "not an encoder"),
        (forged(about(size=10**9)), "size"),
        (forged(about(std=[0, 1, 1])), "std"),
        (forged(about(mean=["nan", 0, 0])), "mean"),
        (forged(about(architecture="../../x")), "architecture"),
    ],
)
def test_a_forged_file_is_refused_before_it_is_loaded(tmp_path, data, message):
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf"(?s)is not an encoder of synthbench.*{message}|{message}"):
        inspect(path)


def test_wrong_shapes_do_not_load(tmp_path):
    path = tmp_path / "encoder.safetensors"
    path.write_bytes(
        forged({**about(), "conv1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"1234")
    )
    assert inspect(path)[1] == {"conv1.weight": (1,)}
    with pytest.raises(DataError, match="not an encoder written by synthbench"):
        synthbench.load_encoder(path)
