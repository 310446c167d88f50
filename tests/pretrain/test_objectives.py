"""The objectives: their losses compared with plain loops and hand-derived numbers, their parts, their parameters."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench.pretrain.batchnorm import split
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.pretrain.objectives.cross_entropy import CrossEntropy
from synthbench.pretrain.objectives.moco import MoCo, enqueue, follow, moco_loss
from synthbench.pretrain.objectives.objective import Batch, Learner, Objective, make
from synthbench.pretrain.objectives.simclr import simclr_loss
from synthbench.pretrain.objectives.supcon import supcon_loss
from synthbench.pretrain.ranks import Ranks
from synthbench.protocol import protocol


def unit(n: int, dim: int, seed: int) -> Tensor:
    return F.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=1)


def naive_supcon(z1: Tensor, z2: Tensor, labels: list[int], tau: float, base: float) -> float:
    """Eq. 2 of Khosla et al. 2020, term by term."""
    z, y = [*z1, *z2], [*labels, *labels]
    total = 0.0
    for i in range(len(z)):
        others = [math.exp(float(z[i] @ z[a]) / tau) for a in range(len(z)) if a != i]
        positives = [p for p in range(len(z)) if p != i and y[p] == y[i]]
        total += sum(-math.log(math.exp(float(z[i] @ z[p]) / tau) / sum(others)) for p in positives) / len(positives)
    return total / len(z) * tau / base


@pytest.mark.parametrize("labels", [[0, 1, 2, 3, 4], [0, 0, 1, 2, 1], [3, 3, 3, 3, 3]])
def test_supcon_is_its_equation(labels):
    z1, z2 = unit(5, 8, 0), unit(5, 8, 1)
    made = supcon_loss(z1, z2, torch.tensor(labels), temperature=0.1, base_temperature=0.07)
    assert float(made) == pytest.approx(naive_supcon(z1, z2, labels, 0.1, 0.07), rel=1e-9)


def test_supcon_of_labels_that_are_all_different_is_simclr():
    z1, z2 = unit(6, 8, 0), unit(6, 8, 1)
    made = supcon_loss(z1, z2, torch.arange(6), temperature=0.3, base_temperature=0.07)
    torch.testing.assert_close(made, simclr_loss(z1, z2, temperature=0.3, base_temperature=0.07))


def at(*degrees: float) -> Tensor:
    return torch.tensor([[math.cos(math.radians(d)), math.sin(math.radians(d))] for d in degrees])


@pytest.mark.parametrize(
    ("z1", "z2", "labels", "tau", "base", "loss"),
    [
        (at(0, 90), at(0, 90), [0, 1], 1.0, 1.0, 0.5514447), (at(0, 90), at(0, 90), [0, 1], 0.5, 0.07, 1.7110340),
        (at(0, 90), at(0, 90), [0, 1], 0.5, 0.5, 0.2395448), (at(0, 90), at(0, 90), [0, 0], 1.0, 1.0, 1.2181114),
        (at(0, 90), at(0, 90), [0, 0], 0.5, 0.5, 1.5728781), (at(0, 90), at(60, 180), [0, 1], 0.5, 0.07, 7.0702541),
        (at(0, 90), at(60, 180), [0, 0], 0.1, 0.07, 8.3046059),
        (torch.ones(256, 1), torch.ones(256, 1), list(range(256)), 0.07, 0.07, math.log(511)),
        (torch.ones(256, 1), torch.ones(256, 1), list(range(256)), 0.5, 0.07, math.log(511) * 0.5 / 0.07),
    ],
)  # fmt: skip
def test_numbers_by_hand(z1, z2, labels, tau, base, loss):
    y = torch.tensor(labels)
    assert float(supcon_loss(z1, z2, y, temperature=tau, base_temperature=base)) == pytest.approx(loss, rel=2e-6)
    if len(set(labels)) == len(labels):
        assert float(simclr_loss(z1, z2, temperature=tau, base_temperature=base)) == pytest.approx(loss, rel=2e-6)


@pytest.mark.parametrize(("k", "loss"), [(4, 0.0265950), (65536, 6.0926169)])
def test_moco_numbers_by_hand(k, loss):
    query, queue = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]).expand(k, 2)
    assert float(moco_loss(query, query, queue, temperature=0.2)) == pytest.approx(loss, rel=2e-5)


def test_moco_of_equal_logits_is_chance():
    one = torch.ones(3, 1)
    assert moco_loss(one, one, torch.ones(65536, 1), temperature=0.2).tolist() == pytest.approx(
        [11.0903701] * 3, rel=1e-6
    )


# The objectives as the loop uses them


class Tiny(nn.Module):
    """A convolution, batch norm and pooling: (n, 3, 8, 8) -> (n, 6)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).mean((2, 3))


MOCO = MoCo(name="moco_v2", temperature=0.2, hidden=5, dim=4, queue=32, momentum=0.9, groups=4)


def moco(passes: int = 1) -> Learner:
    torch.manual_seed(0)
    backbone = Tiny()
    return Learner(backbone, make(MOCO, backbone, features=6, classes=0, seed=1), Ranks(), passes)


def batch(goal: Objective, n: int = 16, step: int = 0) -> Batch:
    rng = torch.Generator().manual_seed(step)
    views = [torch.randn(n, 3, 8, 8, generator=rng) for _ in range(2)]
    rows = goal.rows(n, np.random.default_rng(step), Ranks())
    return Batch(step, n, rows, (views[0][rows[0]], views[1][rows[1]]), torch.arange(n) % 3)


def test_a_moco_step_by_hand():
    """In the order of the official code, one group of samples after another."""
    learner = moco()
    backbone, own, key_head = learner.backbone, learner.own, learner.own["key"]["head"]
    one = batch(MOCO)
    with torch.no_grad():
        for p in backbone.parameters():
            p.add_(0.1)
    key, old = copy.deepcopy(own["key"]["backbone"]), own.queue.clone()
    with torch.no_grad():
        for k, q in zip(key.parameters(), backbone.parameters(), strict=True):
            k.mul_(0.9).add_(q, alpha=0.1)
    fresh = copy.deepcopy(backbone)
    queries = torch.cat([own["head"](fresh(x)) for x in one.views[0].chunk(4)])
    shuffled = torch.cat([key_head(key(x)) for x in one.views[1].chunk(4)])
    keys = torch.empty_like(shuffled)
    keys[one.rows[1]] = shuffled
    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ old.T], 1) / 0.2
    expected = F.cross_entropy(logits, torch.zeros(16, dtype=torch.long))
    (made,) = MOCO.losses(learner, one)
    torch.testing.assert_close(made, expected)
    torch.testing.assert_close(own.queue[:16], keys)
    assert torch.equal(own.queue[16:], old[16:])
    for ours, theirs in zip(own["key"]["backbone"].parameters(), key.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_first_ema_does_nothing():
    learner = moco()
    key = learner.own["key"]["backbone"]
    before = [p.clone() for p in key.parameters()]
    follow(key, learner.backbone, 0.999)
    assert all(torch.equal(a, b) for a, b in zip(before, key.parameters(), strict=True))


def test_the_key_encoder_is_not_trained():
    learner = moco()
    for part in MOCO.losses(learner, batch(MOCO)):
        part.backward()
    assert all(p.grad is not None for p in [*learner.backbone.parameters(), *learner.own["head"].parameters()])
    assert not any(p.requires_grad for p in learner.own["key"].parameters())


def test_where_keys_go_in_the_real_queue():
    """65,536 keys, 256 per step: a turn is 256 steps."""
    queue = torch.zeros(65536, 1)
    for step in range(257):
        enqueue(queue, torch.full((256, 1), step + 1.0), step)
    assert queue.view(256, 256).mean(1).tolist() == [257.0, *(n + 1.0 for n in range(1, 256))]


@pytest.mark.parametrize("passes", [2, 4])
def test_passes_change_a_moco_step_by_rounding_only(passes):
    ends = []
    for n in (1, passes):
        learner = moco(n)
        own = learner.own
        total = 0.0
        for step in range(2):
            for part in MOCO.losses(learner, batch(MOCO, step=step)):
                part.backward()
                total += float(part.detach())
        grads = [p.grad for p in [*learner.backbone.parameters(), *own["head"].parameters()]]
        statistics = [*learner.backbone.buffers(), *own["key"].buffers()]
        ends.append(([torch.tensor(total), *grads], [x for x in statistics if x.is_floating_point()], own.queue))
    for a, b in zip(*(end[0] + end[1] + [end[2]] for end in ends), strict=True):
        torch.testing.assert_close(a, b)


def test_the_keys_are_in_other_groups_than_the_queries():
    queries, keys = MOCO.rows(256, np.random.default_rng(0), Ranks())
    assert sorted(keys) == list(queries) == list(range(256))
    same = np.mean(keys // 64 == queries // 64)
    assert 0.1 < same < 0.4, "a random order: a quarter stays by chance"


def test_split_batch_norm_is_that_of_each_group():
    torch.manual_seed(0)
    layer, plain = nn.BatchNorm2d(3), [nn.BatchNorm2d(3) for _ in range(4)]
    x = torch.randn(8, 3, 4, 4)
    split(layer, 4)
    made = layer(x)
    torch.testing.assert_close(made, torch.cat([one(part) for one, part in zip(plain, x.chunk(4), strict=True)]))
    torch.testing.assert_close(layer.running_mean, torch.stack([one.running_mean for one in plain]).mean(0))
    torch.testing.assert_close(layer.running_var, torch.stack([one.running_var for one in plain]).mean(0))
    layer.eval()
    torch.testing.assert_close(layer(x), F.batch_norm(x, layer.running_mean, layer.running_var))
    with pytest.raises(ValueError, match="7 samples cannot be split into 4 equal groups"):
        layer.train()(x[:7])


def test_cross_entropy_takes_both_views():
    torch.manual_seed(0)
    backbone = Tiny()
    goal = CrossEntropy(name="cross_entropy")
    learner = Learner(backbone, make(goal, backbone, features=6, classes=3, seed=1), Ranks())
    one = batch(goal)
    (made,) = goal.losses(learner, one)
    logits = learner.own(backbone(torch.cat(one.views))).detach()
    by_hand = -sum(float(logits[i].log_softmax(0)[int(one.labels[i % 16])]) for i in range(32)) / 32
    assert float(made) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "parameters", "features", "size", "map_"),
    [
        ("resnet18", 11_689_512 - 513_000, 512, 224, 7),
        ("resnet18-cifar", 11_168_832, 512, 64, 8),
        ("resnet50", 23_508_032, 2048, 224, 7),
    ],
)
def test_trunks(name, parameters, features, size, map_):
    with torch.device("meta"):
        net = architecture(name).build(64, None, size)
        assert sum(p.numel() for p in net.parameters()) == parameters
        assert architecture(name).features(net) == features
        seen = []
        net.layer4.register_forward_hook(lambda _module, _given, out: seen.append(out.shape[2:]))
        assert net(torch.empty(1, 3, size, size)).shape == (1, features)
        assert seen == [(map_, map_)]


@pytest.mark.parametrize(("name", "parameters"), [("simclr-resnet18", 11_497_152), ("moco_v2-resnet50", 27_966_656)])
def test_what_is_trained(name, parameters):
    rules = protocol.load(name)
    with torch.device("meta"):
        net = architecture(rules.encoder.architecture).build(64, None, 224)
    goal = make(
        rules.objective, net, features=architecture(rules.encoder.architecture).features(net), classes=0, seed=0
    )
    assert sum(p.numel() for p in [*net.parameters(), *goal.parameters()] if p.requires_grad) == parameters


def test_the_stem_starts_as_the_other_convolutions():
    """Kaiming, fan out: standard deviation sqrt(2 / (9 * 64))."""
    torch.manual_seed(0)
    assert float(architecture("resnet18-cifar").build(64, None, 32).conv1.weight.detach().std()) == pytest.approx(
        math.sqrt(2 / 576), rel=0.05
    )
