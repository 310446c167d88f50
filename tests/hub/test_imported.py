"""An encoder trained elsewhere: its checkpoint is converted, evaluated, submitted, verified and shown as such."""

from __future__ import annotations

import json
import sys

import pytest
import torch
import torchvision

import synthbench
from synthbench import cli
from synthbench.board import document, verify
from synthbench.board.rank import load_rows, rank
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.errors import DataError, UsageError
from synthbench.hub import pull
from synthbench.hub.submit import plan, submit
from synthbench.result import result
from synthbench.run import imported
from synthbench.storage.files import sha256_of


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A ResNet-18 as MoCo saves it: a query encoder with a projection for its fc, a key encoder, a queue."""
    torch.manual_seed(0)
    net = torchvision.models.resnet18()
    net.fc = torch.nn.Identity()
    state = {f"module.encoder_q.{key}": value for key, value in net.state_dict().items()}
    state |= {
        "module.encoder_q.fc.0.weight": torch.zeros(2, 512),
        "module.encoder_k.conv1.weight": torch.zeros(64, 3, 7, 7),
    }
    path = tmp_path_factory.mktemp("moco") / "checkpoint_0199.pth.tar"
    torch.save(
        {
            "epoch": 200,
            "arch": "resnet18",
            "state_dict": state | {"module.queue": torch.zeros(128, 8)},
            "optimizer": {},
        },
        path,
    )
    return path, net.eval()


@pytest.fixture(scope="module")
def run(checkpoint, tiny_tasks, tmp_path_factory):
    """Converted and evaluated from the command line; the folder of the encoder and the run folder."""
    folder, runs = tmp_path_factory.mktemp("converted") / "moco-shaders", tmp_path_factory.mktemp("runs")
    call(
        "convert",
        checkpoint[0],
        "--out",
        folder,
        "--no-real-data",
        "--license",
        "MIT",
        "--title",
        "MoCo v2, shaders",
        "--std",
        "0.2,0.2,0.25",
    )
    call("evaluate", folder, "--out", runs)
    return folder, runs / "moco-shaders" / DEFAULT_PROTOCOL / "seed-0"


def call(*words: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["synthbench", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
    return int(stop.value.code or 0)


def test_it_loads_with_its_preprocessing(checkpoint, run):
    path, net = checkpoint
    encoder = synthbench.load_encoder(run[0])
    assert (encoder.architecture, encoder.size, encoder.mean, encoder.std) == (
        "resnet18",
        224,
        (0.485, 0.456, 0.406),
        (0.2, 0.2, 0.25),
    )
    x = torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (encoder.mean, encoder.std))
    with torch.inference_mode():
        torch.testing.assert_close(encoder(x), net((x - mean) / std), rtol=1e-3, atol=1e-4)
    origin = imported.origin_of(run[0])
    assert (origin.source, origin.prefix, origin.uses_real_data) == (
        "checkpoint_0199.pth.tar",
        "module.encoder_q.",
        False,
    )
    assert origin.source_sha256 == sha256_of(path)


def test_timm_loads_the_folder(run):
    timm = pytest.importorskip("timm")
    model, encoder = timm.create_model(f"local-dir:{run[0]}", pretrained=True).eval(), synthbench.load_encoder(run[0])
    x = torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(model.pretrained_cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.inference_mode():
        torch.testing.assert_close(model((x - mean) / std), encoder(x), rtol=1e-3, atol=1e-4)


def test_its_record_says_what_it_is(run):
    record = result.read(run[1] / "result.json")
    assert record.protocol.overrides == {"trained_elsewhere": True}
    assert (record.data, record.runs[0].samples_seen, record.runs[0].pretrain_s) == (None, 0, 0)
    assert record.generator.params["source"] == "checkpoint_0199.pth.tar"
    (row,) = rank(load_rows([run[1]], shipped=False))
    assert (row.rank, row.minutes, row.costs) == (None, None, {})
    assert "trained elsewhere" in row.unranked
    (shown,) = document.document([row])["boards"][0]["groups"][0]["rows"]
    assert (shown["elsewhere"], shown["timm"], list(shown["cost"])) == (True, True, ["evaluate, s"])
    assert call("evaluate", run[0], "--out", run[1].parents[2]) == 0  # again: it is reused
    assert result.read(run[1] / "result.json") == record


def test_it_is_submitted_verified_and_pulled(hub, board, run, login, tmp_path, capsys):
    plan_ = plan([run[1]], leaderboard=board, user="alice", relationship="third_party")
    assert any("trained elsewhere" in note for note in plan_.notes)
    record = submit(plan_).record
    files = hub.files("model", record.runs[0].encoder.repo)
    card = files["README.md"].decode()
    assert "ResNet-18 that was trained elsewhere" in card
    assert "as declared by the submitter: No real images were used" in card
    assert json.loads(files["origin.json"])["prefix"] == "module.encoder_q."
    path = f"results/{DEFAULT_PROTOCOL}/moco-shaders/{record.submission_id}.json"
    assert verify.review("alice", {path: hub.files("dataset", board, "refs/pr/1")[path]}, [])[1] == []
    hub.merge(hub.repo("dataset", board), 1)
    login("mona")
    assert call("board", "verify", record.submission_id[:12], "--leaderboard", board, "--weights", "--write") == 0
    assert "weights-verified" in capsys.readouterr().out
    call("encoders", "--leaderboard", board, "--json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["rules"], listed["tier"]) == ("trained elsewhere", "weights-verified")
    out, spec = pull.pull(pull.address(record.submission_id[:8], [record]), tmp_path / "pulled")
    assert (spec.size, spec.std) == (224, (0.2, 0.2, 0.25))
    assert imported.origin_of(out).source == "checkpoint_0199.pth.tar"
    timm = pytest.importorskip("timm")
    assert timm.create_model(f"local-dir:{out}", pretrained=True).pretrained_cfg["std"] == [0.2, 0.2, 0.25]


def test_a_lie_about_its_training_is_refused(run):
    tree = json.loads((run[1] / "result.json").read_text()) | {
        "submitter": {"hf_user": "alice", "relationship": "author"}
    }

    def problems(**changes):
        changed = json.loads(json.dumps(tree))
        for key, value in changes.items():
            where, _, last = key.rpartition("__")
            (changed[where] if where else changed)[last] = value
        changed["submission_id"] = result.content_id(changed)
        path = f"results/{DEFAULT_PROTOCOL}/moco-shaders/{changed['submission_id']}.json"
        return verify.review("alice", {path: json.dumps(changed).encode()}, [])[1]

    assert problems() == []
    data = {
        "n_images": 1,
        "n_classes": 1,
        "n_left_out": 0,
        "resolution": 96,
        "seed": 0,
        "fingerprint": "0" * 64,
        "renderer": "x",
        "mode": "live",
    }
    assert any("cannot have images" in p for p in problems(data=data))
    assert any("protocol hash differs" in p for p in problems(protocol__sha256="0" * 64))
    assert any(
        "claims changed rules" in p
        for p in problems(protocol__overrides={"trained_elsewhere": True, "optimizer.epochs": 1})
    )
    runs = [{**tree["runs"][0], "samples_seen": 10}]
    assert any("does not describe the images" in p for p in problems(protocol__overrides={}, runs=runs))


def test_what_cannot_be_converted(checkpoint, run, tmp_path):
    good = {"name": "x", "license": "MIT", "real_data": []}
    with pytest.raises(UsageError, match="there is no file"):
        imported.convert(tmp_path / "absent.pth", tmp_path / "x", **good)
    with pytest.raises(UsageError, match="exists and is not empty"):
        imported.convert(checkpoint[0], run[0], **good)
    with pytest.raises(UsageError, match="is already an encoder of synthbench"):
        imported.convert(run[0] / "encoder.safetensors", tmp_path / "x", **good)
    with pytest.raises(UsageError, match="deviations above 0"):
        imported.convert(checkpoint[0], tmp_path / "x", **good, std=(0.0, 1.0, 1.0))
    with pytest.raises(UsageError, match="Names may contain"):
        imported.convert(checkpoint[0], tmp_path / "x", **good | {"name": "../x"})
    with pytest.raises(UsageError, match="is not a converted encoder"):
        imported.evaluate(tmp_path, None, tmp_path, device=torch.device("cpu"))
    torch.save({"weight": torch.zeros(3)}, tmp_path / "a.pth")
    with pytest.raises(DataError, match="does not hold a ResNet"):
        imported.convert(tmp_path / "a.pth", tmp_path / "x", **good)
    with pytest.raises(DataError, match=r"cannot write .*a\.pth/x: .*Choose another folder"):
        imported.convert(checkpoint[0], tmp_path / "a.pth" / "x", **good)
    broken = torchvision.models.resnet18().state_dict()
    broken["bn1.weight"][0] = float("nan")
    torch.save(broken, tmp_path / "a.pth")
    with pytest.raises(DataError, match="NaN or infinite"):
        imported.convert(tmp_path / "a.pth", tmp_path / "x", **good)
    assert call("convert", checkpoint[0], "--out", tmp_path / "x") == 2  # it must state whether real images were used
    assert call("convert", checkpoint[0], "--out", tmp_path / "x", "--no-real-data", "--real-data", "ImageNet-1k") == 2
    assert call("convert", checkpoint[0], "--out", tmp_path / "x", "--no-real-data", "--mean", "a,b,c") == 2
    assert call("convert", tmp_path / "x.pkl", "--out", tmp_path / "x") == 2
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.pth"]
