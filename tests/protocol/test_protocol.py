"""Protocols: validated, hashed by content, and never changed once released."""

from __future__ import annotations

from importlib import resources

import pytest
from pydantic import ValidationError

from synthbench import registry
from synthbench.errors import ProtocolError, UnknownNameError
from synthbench.evaluate.registry import tasks
from synthbench.protocol import protocol

# PIN HERE: the sha256 of every released protocol, "id": "hash". A line is added at release and never changes after.
PINNED: dict[str, str] = {
    "simclr-resnet18-mini-2": "98f28013e95e8057528708405f7a663cc21b1c6e98986bdb07f0a19a1726ed59",
    "simclr-resnet18-mini": "8646cbe8a9844cbddf00fef59276faaf0da370116f19b1efe3fa4e4fc96dc34b",
    "simclr-resnet18-pocket-2": "0d7f9705a8469d82125a740fd53ae5da48641a4b3eba9ae3b7078820695b96d0",
    "simclr-resnet18-pocket": "d4d8d2fb86299ef7f53c6b30dc0ebf63818d8c9042a2d44ead8638716f678489",
    "ce-resnet18": "f309482f30adfbbc1fccacb276cab63a71a3dc9a943dca1ba4d61ecfa2441fd3",
    "moco_v2-resnet50": "a6b56a205778dd6f83934472e5acb0ce8fe301acd0a13f8f2b88cc67636f4a04",
    "moco_v2-resnet50-authors": "65eab5409721197b5828d292d165c2a9efcf3b6c59ddef42ae0a6691656e0f89",
    "supcon-resnet18-pocket": "2a0ee90e41c59ea4e06c6fd0b65b20026fbf89b809e8ca2d942bcd9534a27e86",
    "ce-resnet18-pocket": "0a95584186e42dabfa168fa9aea4c513b9f925ecafcc3d42131e18f47a61dc9b",
    "simclr-resnet18": "644da9e15193b29c18b78a0ad057c362409a09531244e4b33b9be69b264a9928",
    "ce-resnet18-small": "f4fc701d023eecba2b8b310c6fdaff80c684d024ca43a99f65b5193c19134bc4",
    "moco_v2-resnet50-small": "f5d3e5ef67a3d3c5af338c63432a2620b6cd3eacf2938f289b1b65700a9e0c9d",
    "simclr-resnet18-small": "394cf5e0514647a1d4528e03d1d2674b851a96e6d98fc488e8774b116d201456",
    "supcon-resnet18-small": "bb33ae29ba076dac4c16bf50def2b9c852540155313b04f1ac426d52c7203609",
    "simclr-resnet18-single": "62b1ca7f13210eeef784fe9069818c0fa0e86a77a3e4b7a6b8eff7d5455d3c5c",
    "simclr-resnet18-single-pocket": "12678d01157a7cf3fa13e7975dcb216d6e5d087d901567403c4c211a76dd65d1",
    "simclr-resnet18-upstream": "31ef26e97546fa681d70838e030d9e508f78ccf79c0e1352f965d1954248cee0",
    "supcon-resnet18": "89920e77682972aceeede17f38068f8eea2d563fe72de719dfd8586ba607d811",
    "supcon-resnet18-upstream": "1bb35392aec1236a5e60df5564e9121bae84ac223b36ec05e40eb4198cb44c43",
}

NAMES = sorted(registry.protocols())


@pytest.mark.parametrize("name", NAMES)
def test_a_released_protocol_never_changes(name):
    assert PINNED.get(name) == protocol.load(name).sha256(), (
        f"{name} is not as pinned: a changed protocol needs a new version and name"
    )


def test_nothing_pinned_is_gone():
    assert set(PINNED) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_protocol_is_whole(name):
    rules = protocol.load(name)
    assert rules.id == name
    assert name.startswith(rules.track)
    assert set(rules.evaluate.tasks) <= set(tasks()), "an unknown task"
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
    ("after", "line", "key"),
    [("[optimizer]\n", "learning_rate = 1.0\n", "optimizer.learning_rate"), ("", "colour = 1\n", "colour")],
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
    with pytest.raises(
        UnknownNameError,
        match=rf"unknown protocol '{pocket.id[:-1]}'. Did you mean {pocket.id}.*synthbench list protocols",
    ):
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
    ("key", "meant"),
    [("optimizer.epoch", "optimizer.epochs"), ("epochs", "optimizer.epochs"), ("data.image", "data.images")],
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
        ("optimizer.batch", 1), ("optimizer.lr", 0), ("optimizer.momentum", 1), ("optimizer.warmup", 1),
        ("optimizer.name", "adam"), ("optimizer.precision", "fp16"), ("data.images", 1), ("data.size", 4),
        ("data.format", "gif"), ("encoder.architecture", "vit"), ("objective.temperature", 0), ("augment.flip", 1.5),
        ("augment.scale", [0.2]), ("evaluate.tasks", []), ("evaluate.probes", ["a probe"]), ("evaluate.k", 0),
        ("evaluate.l2", 0), ("scale", "huge"),
    ],
)  # fmt: skip
def test_an_override_out_of_range_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("augment.scale", [1.0, 0.2]),
        ("augment.scale", [0.0, 1.0]),
        ("augment.scale", [0.2, 1.5]),
        ("augment.ratio", [0.0, 1.0]),
        ("augment.ratio", [2.0, 0.5]),
        ("augment.std", [0.2, 0.0, 0.2]),
        ("augment.jitter", [0.4, 0.4, 0.4, 0.6]),
        ("augment.jitter", [-0.4, 0.4, 0.4, 0.1]),
    ],
)
def test_an_augmentation_that_makes_no_sense_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["optimizer.lr", "optimizer.weight_decay", "objective.temperature", "evaluate.l2"])
def test_a_number_that_is_not_finite_is_refused(pocket, key, value):
    with pytest.raises(ProtocolError, match=key.replace(".", r"\.")):
        pocket.override({key: value})


# The paper's protocols


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("simclr-resnet18", {"objective.temperature": 0.07, "optimizer.lr": 0.015, "augment.scale": [0.02, 1.0],
            "data.size": 256}),
        ("supcon-resnet18", {"objective.name": "supcon", "objective.temperature": 0.07,
            "optimizer.schedule.milestones": [120, 160]}),
        ("ce-resnet18", {"objective.name": "cross_entropy", "encoder.architecture": "resnet18-cifar",
            "optimizer.epochs": 200}),
        ("simclr-resnet18-upstream", {"objective.temperature": 0.5, "optimizer.lr": 0.5 * 256 / 1024,
            "augment.scale": [0.2, 1.0]}),
        ("supcon-resnet18-upstream", {"objective.temperature": 0.1, "optimizer.schedule.floor": 1e-3}),
        ("simclr-resnet18-single", {"data.images": 10_000, "optimizer.epochs": 100, "evaluate.subset": 10_000,
            "evaluate.sgd.epochs": 100}),
        ("moco_v2-resnet50", {"objective.queue": 65536, "optimizer.lr": 0.03, "augment.blur_radius": [0.1, 2.0],
            "data.size": 384}),
        ("moco_v2-resnet50-authors", {"optimizer.lr": 0.015, "objective.momentum": 0.999, "objective.groups": 8}),
    ],
)  # fmt: skip
def test_constants_of_the_papers(name, constants):
    flat = protocol.load(name).flat()
    assert {key: flat[key] for key in constants} == constants


@pytest.mark.parametrize(
    ("name", "steps"), [("simclr-resnet18", 391), ("simclr-resnet18-single", 40), ("moco_v2-resnet50", 5078)]
)
def test_steps_of_an_epoch(name, steps):
    rules = protocol.load(name)
    assert rules.optimizer.steps_per_epoch(rules.data.images) == steps


def test_the_authors_preset_differs_in_the_rate_only():
    official, authors = (protocol.load(name).flat() for name in ("moco_v2-resnet50", "moco_v2-resnet50-authors"))
    assert {key for key in official if official[key] != authors[key]} == {"id", "optimizer.lr"}


def test_an_absent_constant_is_not_hashed(pocket):
    """So a new key that is absent from older protocols does not change their hashes."""
    assert pocket.evaluate.sgd is None
    assert not [key for key in pocket.flat() if key.startswith(("evaluate.sgd", "optimizer.schedule", "augment.blur"))]
    assert pocket.override({"augment.blur_p": 0.5, "augment.blur_radius": [0.1, 2.0]}).sha256() != pocket.sha256()


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("moco_v2-resnet50", {"optimizer.batch": 250}, "objective.queue that optimizer.batch divides"),
        ("moco_v2-resnet50", {"optimizer.drop_last": False}, "needs optimizer.drop_last"),
        ("moco_v2-resnet50", {"objective.groups": 7}, "objective.groups 7 must divide optimizer.batch 256"),
        ("moco_v2-resnet50", {"objective.momentum": 1.0}, "objective.momentum: Input should be less than 1"),
        ("moco_v2-resnet50", {"augment.blur_p": None}, "augment.blur_p and augment.blur_radius go together"),
        ("moco_v2-resnet50", {"augment.blur_radius": [2.0, 0.1]}, "two radii in pixels, 0 <= low <= high"),
        ("simclr-resnet18", {"optimizer.warmup": 0.1}, "either warmup \\(one-cycle\\) or a schedule"),
        (
            "simclr-resnet18",
            {"evaluate.tasks": ["imagenet-1k"]},
            "evaluate.sgd.tasks \\['imagenet-100'\\]: not among evaluate.tasks",
        ),
        ("simclr-resnet18", {"evaluate.probes": ["linear", "knn"]}, "evaluate.k: the knn probe needs it"),
        ("simclr-resnet18", {"evaluate.tasks": ["imagenet-100", "imagenet-1k"]}, "evaluate.l2 or evaluate.l2_grid"),
        ("simclr-resnet18", {"optimizer.schedule.factor": 2.0}, "optimizer.schedule.factor: Input should be less"),
    ],
)
def test_rules_that_do_not_fit_together_are_refused(name, changes, said):
    with pytest.raises(ProtocolError, match=said):
        protocol.load(name).override(changes)


def test_which_version_supersedes_which(monkeypatch):
    """Version n of NAME is NAME-n; a protocol whose name only starts the same is another one."""
    names = ["a", "a-2", "a-10", "a-single", "b-resnet18", "c-7"]
    monkeypatch.setattr(registry, "protocols", lambda: dict.fromkeys(names))
    assert {name: protocol.successor(name) for name in [*names, "mine", "a-3"]} == {
        "a": "a-10", "a-2": "a-10", "a-10": "", "a-single": "", "b-resnet18": "", "c-7": "", "mine": "", "a-3": "",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(registry.protocols()))
def test_the_name_says_the_version(name):
    version = protocol.load(name).version
    assert version == 1 or name.endswith(f"-{version}")
