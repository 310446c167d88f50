"""Features on disk: an interrupted evaluation of several data sets resumes where it stopped, and cleans up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_data
import torch

from synthbench.errors import DataError
from synthbench.evaluate import cache, features, work
from synthbench.evaluate.evaluate import evaluate
from synthbench.evaluate.frozen import folded, frozen
from synthbench.evaluate.probes import linear
from synthbench.home import home
from synthbench.pretrain import device
from synthbench.pretrain.encoder import initial
from synthbench.progress import Reporter
from synthbench.protocol import protocol

CPU = torch.device("cpu")
TASKS = ("vtab-natural/dtd", "vtab-specialized/pcam")


@pytest.fixture
def encoder():
    return initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=0, width=8)


@pytest.fixture
def rules(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path / "data"))
    for name in TASKS:
        tiny_data.vtab(tmp_path / "data", monkeypatch, name)
    yield protocol.load("moco_v2-resnet50").evaluate.model_copy(
        update={"tasks": TASKS, "sgd": None, "size": 32, "resize": 36, "l2_grid": (1e-3, 1e-1)}
    )
    tiny_data.forget()


class Notes(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_an_interrupted_evaluation_resumes_where_it_stopped(rules, encoder, monkeypatch):
    whole = evaluate(encoder, rules)
    assert list((home() / "evaluations").iterdir()) == [], "nothing is left of an evaluation that ended"
    real, seen = work.streamed, []

    def streamed(forward, images, **words):
        seen.append(words["keep"].parent.name + "/" + words["keep"].name)
        if len(seen) == 5:  # the second data set's training images
            raise KeyboardInterrupt
        return real(forward, images, **words)

    monkeypatch.setattr(work, "streamed", streamed)
    with pytest.raises(KeyboardInterrupt):
        evaluate(encoder, rules)
    (left,) = (home() / "evaluations").iterdir()
    assert sorted(f.name for f in (left / "vtab-natural--dtd").iterdir()) == ["scores.json"]
    assert [f.name for f in (left / "vtab-specialized--pcam").iterdir()] == ["test-8.npy"]
    forwards, real_central = [], features.central
    monkeypatch.setattr(features, "central", lambda *a, **w: (forwards.append(1), real_central(*a, **w))[1])
    notes = Notes()
    assert evaluate(encoder, rules, notes) == whole
    assert notes.notes == ["vtab-natural/dtd: scored before the interruption"]
    assert len(forwards) == 24, "training and validation images of the second data set; its test features were there"
    assert list((home() / "evaluations").iterdir()) == []


def test_features_go_on_in_the_middle_of_a_split(rules, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "SAVE_S", 0.0)
    monkeypatch.setattr(features, "BATCH", 4)
    images, forward, keep = tiny_data.load(TASKS[0]).train, frozen(encoder), tmp_path / "x.npy"
    words = {"width": encoder.features, "device": CPU, "resize": 36, "size": 32}
    whole = features.streamed(forward, images, **words)

    def stop(done: int, _total: int) -> None:
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        features.streamed(forward, images, keep=keep, progress=stop, **words)
    assert not keep.exists()
    told = []
    made = features.streamed(
        forward, images, keep=keep, progress=lambda done, total: told.append((done, total)), **words
    )
    assert told == [(16, 19), (19, 19)]
    assert torch.equal(made, whole)
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith("x")] == ["x.npy"]
    assert torch.equal(features.streamed(None, images, keep=keep, **words), whole), (
        "there already: the encoder is not asked"
    )


def test_an_interruption_within_the_count_of_features_does_no_harm(rules, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "SAVE_S", 0.0)
    images, forward, keep, real = tiny_data.load(TASKS[0]).train, frozen(encoder), tmp_path / "x.npy", Path.write_text
    monkeypatch.setattr(features, "BATCH", 4)
    words = {"width": encoder.features, "device": CPU, "resize": 36, "size": 32}

    def cut(self: Path, text: str, **more: str) -> int:
        if "rows" in self.name and text == "12":
            real(self, "", **more)
            raise KeyboardInterrupt
        return real(self, text, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", cut)
        with pytest.raises(KeyboardInterrupt):
            features.streamed(forward, images, keep=keep, **words)
    told = []
    made = features.streamed(forward, images, keep=keep, progress=lambda done, total: told.append(done), **words)
    assert told == [12, 16, 19]
    assert torch.equal(made, features.streamed(forward, images, **words))


def test_other_weights_and_other_rules_have_a_folder_of_their_own(rules, encoder):
    found = set()
    other = initial("resnet18", size=32, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2), seed=1, width=8)
    for one, its_rules in ((encoder, rules), (other, rules), (encoder, rules.model_copy(update={"resize": 40}))):
        with cache.opened(one, its_rules) as kept:
            found.add(kept.file("a", "b").parents[1].name)
    assert len(found) == 3


def test_two_processes_that_evaluate_the_same_encoder_do_not_conflict(rules, encoder):
    with cache.opened(encoder, rules) as first, cache.opened(encoder, rules) as second:
        assert first.file("a", "b") != second.file("a", "b")
    assert list((home() / "evaluations").iterdir()) == []


def test_features_in_chunks_give_the_same_probe(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    x, test = (
        torch.randn(300, 12, generator=rng) * torch.arange(1, 13) + 5,
        torch.randn(90, 12, generator=rng) * torch.arange(1, 13) + 5,
    )
    y = (x[:, :4] / torch.arange(1, 5)).argmax(1)
    train, val = (x[:200], y[:200]), (x[200:], y[200:])
    whole, first = linear.chosen_logits(train, val, test, classes=4, grid=(1e-3, 1e-1))
    monkeypatch.setattr(linear, "CHUNK", 37)
    parts, second = linear.chosen_logits(train, val, test, classes=4, grid=(1e-3, 1e-1))
    assert first == second
    assert (parts.argmax(1) == whole.argmax(1)).float().mean() > 0.97
    scaled = linear._Standardised([train, val])
    both = torch.cat([part for part, _ in scaled.chunks()])
    torch.testing.assert_close(both, (x - x.mean(0)) / x.std(0), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("architecture", ["resnet18", "resnet18-cifar", "resnet50"])
def test_folding_batch_norm_changes_rounding_only(architecture, monkeypatch):
    monkeypatch.setattr(device, "cpu_has_bf16", lambda: False)
    encoder = initial(
        architecture,
        size=32,
        mean=(0.5, 0.5, 0.5),
        std=(0.2, 0.2, 0.2),
        seed=0,
        width=64 if architecture == "resnet50" else 8,
    )
    pixels = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        encoder.train()(pixels)
        expected = encoder.eval()(pixels)
    before = {key: value.clone() for key, value in encoder.state_dict().items()}
    torch.testing.assert_close(frozen(encoder)(pixels), expected, atol=1e-3, rtol=1e-3)
    assert all(torch.equal(before[key], value) for key, value in encoder.state_dict().items())
    assert not [layer for layer in folded(encoder).modules() if isinstance(layer, torch.nn.BatchNorm2d)]


@pytest.mark.parametrize("where", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_bf16_features_stay_near(where, encoder, monkeypatch):
    pixels = torch.rand(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(device, "cpu_has_bf16", lambda: False)
    expected = frozen(encoder)(pixels)
    monkeypatch.setattr(device, "cpu_has_bf16", lambda: True)
    made = frozen(encoder.to(where))(pixels.to(where)).cpu()
    assert not torch.equal(made, expected)
    assert torch.nn.functional.cosine_similarity(made, expected).min() > 0.99


def test_a_home_that_cannot_be_written_is_named(rules, encoder, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot write .*file/evaluations: Not a directory.*set SYNTHBENCH_HOME"):
        evaluate(encoder, rules)


def test_a_full_disk_is_named(rules, encoder, monkeypatch):
    def full(*_: object, **__: object) -> np.ndarray:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "open_memmap", full)
    with pytest.raises(
        DataError, match=r"cannot write .*test-8\.npy: No space left.*Free some space, or set SYNTHBENCH_HOME"
    ):
        evaluate(encoder, rules)
