"""The rules: validated, hashed by content, and never changed once released."""

from __future__ import annotations

from importlib import resources

import pytest
from pydantic import ValidationError

from synthbench import protocol, registry
from synthbench.errors import ProtocolError, UnknownNameError
from synthbench.evaluate.tasks import TASKS

# PIN HERE: the sha256 of every released protocol, "id": "hash". A line is added at release and never changes after.
PINNED: dict[str, str] = {
    "simclr-resnet18-pocket": "d4d8d2fb86299ef7f53c6b30dc0ebf63818d8c9042a2d44ead8638716f678489",
}

NAMES = sorted(registry.protocols())


@pytest.mark.parametrize("name", NAMES)
def test_a_released_protocol_never_changes(name):
    assert PINNED.get(name) == protocol.load(name).sha256(), f"{name} is not as pinned: a changed protocol needs a new version and name"


def test_nothing_pinned_is_gone():
    assert set(PINNED) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_protocol_is_whole(name):
    rules = protocol.load(name)
    assert rules.id == name
    assert name.startswith(rules.track)
    assert set(rules.evaluate.tasks) <= set(TASKS), "an unknown task"
    assert rules.data.size >= rules.augment.size, "images smaller than the views"
    assert rules.optimizer.batch <= rules.data.images


@pytest.fixture
def text(pocket):
    return (resources.files("synthbench.protocols") / f"{pocket.id}.toml").read_text()


def load_text(write, text):
    return protocol.load(str(write("mine.toml", text)))


def test_comments_layout_and_order_do_not_count(write, text, pocket):
    head, *tables = text.split("\n[")
    shuffled = "\n[".join([head, *reversed(tables)])
    changed = "# A comment.\n\n" + shuffled.replace(" = ", "   =   ").replace("0.5", "5e-1") + "\n# The end.\n"
    assert changed != text
    assert load_text(write, changed).sha256() == pocket.sha256()


def test_every_constant_counts(pocket):
    hashes = {
        pocket.sha256(),
        pocket.override({"optimizer.epochs": pocket.optimizer.epochs + 1}).sha256(),
        pocket.override({"optimizer.lr": pocket.optimizer.lr * (1 + 1e-12)}).sha256(),
        pocket.override({"augment.scale": [0.21, 1.0]}).sha256(),
        pocket.override({"evaluate.probes": ["knn"]}).sha256(),
        pocket.override({"version": pocket.version + 1}).sha256(),
    }
    assert len(hashes) == 6


def test_the_hash_is_the_same_after_a_round_trip(pocket):
    assert protocol.Protocol.model_validate_json(pocket.model_dump_json()).sha256() == pocket.sha256()


@pytest.mark.parametrize(
    ("after", "line", "key"), [("[optimizer]\n", "learning_rate = 1.0\n", "optimizer.learning_rate"), ("", "colour = 1\n", "colour")]
)
def test_an_unknown_key_is_refused(write, text, after, line, key):
    with pytest.raises(ProtocolError, match=rf"{key}: Extra inputs are not permitted"):
        load_text(write, text.replace(after, after + line, 1))


def test_a_missing_key_is_refused(write, text):
    lines = [line for line in text.splitlines() if not line.startswith("momentum")]
    with pytest.raises(ProtocolError, match=r"optimizer\.momentum: Field required"):
        load_text(write, "\n".join(lines))


def test_a_file_that_is_not_toml_is_refused(write):
    with pytest.raises(ProtocolError, match="is not TOML"):
        load_text(write, "id = [")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProtocolError, match=r"p\.toml"):
        protocol.load(str(tmp_path / "p.toml"))


def test_an_unknown_name_is_suggested(pocket):
    with pytest.raises(UnknownNameError, match=rf"unknown protocol '{pocket.id[:-1]}'. Did you mean {pocket.id}.*synthbench list protocols"):
        protocol.load(pocket.id[:-1])
    with pytest.raises(UnknownNameError, match="unknown protocol 'absent.toml'"):
        protocol.load("absent.toml")


def test_overrides_change_a_copy(pocket):
    changed = pocket.override({"optimizer.epochs": 3, "augment.scale": [0.5, 1.0], "data.format": "jpeg"})
    assert (changed.optimizer.epochs, changed.augment.scale, changed.data.format) == (3, (0.5, 1.0), "jpeg")
    assert pocket.override({}) == pocket
    assert changed.override({"optimizer.epochs": pocket.optimizer.epochs}).optimizer == pocket.optimizer
    with pytest.raises(ValidationError, match="frozen"):
        changed.optimizer.epochs = 4


@pytest.mark.parametrize(
    ("key", "meant"), [("optimizer.epoch", "optimizer.epochs"), ("epochs", "optimizer.epochs"), ("data.image", "data.images")]
)
def test_an_override_of_an_unknown_key_is_suggested(pocket, key, meant):
    with pytest.raises(UnknownNameError, match=rf"unknown protocol key '{key}'. Did you mean .*{meant}"):
        pocket.override({key: 1})


@pytest.mark.parametrize("key", ["optimizer", "optimizer.", "augment.scale.0"])
def test_only_a_constant_can_be_overridden(pocket, key):
    with pytest.raises(UnknownNameError, match="unknown protocol key"):
        pocket.override({key: 1})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("optimizer.epochs", -1), ("optimizer.epochs", 2.5), ("optimizer.epochs", "many"), ("optimizer.epochs", None),
        ("optimizer.batch", 1), ("optimizer.lr", 0), ("optimizer.momentum", 1), ("optimizer.warmup", 1), ("optimizer.name", "adam"),
        ("optimizer.precision", "fp16"), ("data.images", 1), ("data.size", 4), ("data.format", "gif"), ("encoder.architecture", "vit"),
        ("objective.temperature", 0), ("augment.flip", 1.5), ("augment.scale", [0.2]), ("evaluate.tasks", []),
        ("evaluate.probes", ["svm"]), ("evaluate.k", 0), ("evaluate.l2", 0), ("scale", "huge"),
    ],
)  # fmt: skip
def test_an_override_out_of_range_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("augment.scale", [1.0, 0.2]), ("augment.scale", [0.0, 1.0]), ("augment.scale", [0.2, 1.5]), ("augment.ratio", [0.0, 1.0]),
        ("augment.ratio", [2.0, 0.5]), ("augment.std", [0.2, 0.0, 0.2]), ("augment.jitter", [0.4, 0.4, 0.4, 0.6]),
        ("augment.jitter", [-0.4, 0.4, 0.4, 0.1]),
    ],
)  # fmt: skip
def test_an_augmentation_that_makes_no_sense_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["optimizer.lr", "optimizer.weight_decay", "objective.temperature", "evaluate.l2"])
def test_a_number_that_is_not_finite_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})
