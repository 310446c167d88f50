"""The protocols except the pocket scale's, shrunk by a factor; and those that have every choice of them, end to end."""

from __future__ import annotations

import pytest
import tiny_data
import torch

from synthbench import registry
from synthbench.errors import UsageError
from synthbench.pretrain.execution import Execution
from synthbench.protocol import protocol
from synthbench.protocol.shrink import shrink
from synthbench.run import run as runs

FACTOR = 20_000
VTAB = ["vtab-natural/dtd", "vtab-specialized/pcam", "vtab-structured/dsprites-location"]
HERE = {"imagenet-1k", "imagenet-100", "cifar10", "eurosat", *VTAB}
"""One task of each group of VTAB and two of torchvision's, to save time."""
SHRUNK = [name for name in sorted(registry.protocols()) if protocol.load(name).scale in ("paper", "small")]
WHOLE = ["simclr-resnet18-single", "supcon-resnet18-upstream", "ce-resnet18-small", "moco_v2-resnet50"]
"""Run end to end: the others differ from them in numbers only."""


@pytest.mark.parametrize("name", SHRUNK)
@pytest.mark.parametrize("factor", [2, 30, 1000, 1e6])
def test_a_shrunk_protocol_is_a_protocol(name, factor):
    rules = protocol.load(name)
    small = rules.override(shrink(rules, factor))
    assert small.data.images <= rules.data.images / factor + 1 or small.data.images == 2 * small.optimizer.batch
    assert small.optimizer.epochs == max(1, round(rules.optimizer.epochs / factor))
    assert small.data.size >= small.augment.size >= 32
    assert (small.evaluate.resize > small.evaluate.size) == (rules.evaluate.resize > rules.evaluate.size)
    if small.objective.name == "moco_v2":
        assert small.optimizer.batch // small.objective.groups >= 4
    kept = {"objective.name", "encoder.architecture", "optimizer.lr", "evaluate.tasks", "augment.scale"}
    assert all(small.flat().get(key) == rules.flat().get(key) for key in kept)


def test_factors():
    rules = protocol.load("simclr-resnet18")
    assert shrink(rules, 1) == {}
    with pytest.raises(UsageError, match="--shrink 0.5: a number of at least 1"):
        shrink(rules, 0.5)


@pytest.fixture(scope="module")
def real_images(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHBENCH_DATA", str(root))
        patch.setenv("SYNTHBENCH_HOME", str(root / "home"))
        tiny_data.imagenet(root, patch, train=1)
        for name in VTAB:
            tiny_data.vtab(root, patch, name, train=10, test=5)
        tiny_data.cifar10(root / "torchvision")
        tiny_data.cifar10_is_whole(patch)
        tiny_data.eurosat(root / "torchvision", patch)
        yield root
    tiny_data.forget()


def choices(name):
    """The sections and keys of a protocol, with their values where they are not numbers."""
    found = set()
    for key, value in protocol.load(name).flat().items():
        values = value if isinstance(value, list | tuple) else [value]
        words = frozenset(x for x in values if isinstance(x, str | bool) and (key != "evaluate.tasks" or x in HERE))
        found.add((key, value is None, words))
    return {choice for choice in found if choice[0] not in ("id", "track")}


def test_every_choice_of_a_protocol_is_in_one_that_is_run():
    run = set().union(*map(choices, WHOLE))
    assert {name: missing for name in SHRUNK if (missing := choices(name) - run)} == {}


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_path(stripes, real_images, tmp_path, name):
    rules = protocol.load(name)
    changes = {"shrink": FACTOR, **shrink(rules, FACTOR)}
    tasks = [task for task in rules.evaluate.tasks if task in HERE]
    changes["evaluate.tasks"] = tasks
    if rules.encoder.architecture != "resnet50":  # which has one width
        changes["encoder.width"] = 8
    if rules.evaluate.l2_grid is not None:
        changes["evaluate.l2_grid"] = [1e-3, 1e-1]  # two of seven penalties, likewise
    small = rules.override({key: value for key, value in changes.items() if key != "shrink"})
    done = runs.run(
        runs.Job(stripes, small, out=tmp_path, execution=Execution(torch.device("cpu"), 1)), overrides=changes
    )
    record = done.result
    assert record.protocol.overrides["shrink"] == FACTOR, "the record says that the run is unranked, and why"
    assert record.protocol.overrides["data.images"] == small.data.images
    assert {score.task for score in record.scores} == set(tasks)
    by_sgd = [score for score in record.scores if rules.evaluate.sgd and score.task in rules.evaluate.sgd.tasks]
    assert all(score.best is not None and score.best >= score.per_seed[0].value for score in by_sgd)
    assert record.runs[0].final_loss is not None
    grouped = any("/" in task for task in tasks)
    assert record.aggregate.complete != grouped, "a part of a group has no mean of the group"
    if grouped:
        groups = {}
        for score in record.scores:
            groups.setdefault(score.task.partition("/")[0], []).append(score.per_seed[0].value)
        assert len(groups) == 5
        assert record.aggregate.value == pytest.approx(sum(sum(g) / len(g) for g in groups.values()) / 5)
