"""The learning rate of every step: the values of the papers' code."""

from __future__ import annotations

import math

import pytest

from synthbench.pretrain.schedule import learning_rate
from synthbench.protocol import protocol


def one_cycle(pocket, lr: float, warmup: float):
    return pocket.override({"optimizer.lr": lr, "optimizer.warmup": warmup}).optimizer


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0.12 / 11),
        (9, 0.12 * 10 / 11),  # up
        (10, 0.12),
        (55, 0.06),
        (40, 0.09),
        (70, 0.03),  # half a cosine over 90 steps: cos 60 degrees at a third
        (99, 0.06 * (1 + math.cos(math.pi * 89 / 90))),
    ],
)
def test_one_cycle(pocket, step, rate):
    assert learning_rate(one_cycle(pocket, 0.12, 0.1), step, 100) == pytest.approx(rate, rel=1e-12)


def test_one_cycle_without_warm_up(pocket):
    rates = [learning_rate(one_cycle(pocket, 1.0, 0.0), step, 4) for step in range(4)]
    assert rates == pytest.approx([1.0, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125)])


@pytest.mark.parametrize("steps", [1, 2, 7, 192])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5, 0.99])
def test_one_cycle_rises_then_falls_and_is_never_zero(pocket, steps, warmup):
    rates = [learning_rate(one_cycle(pocket, 2.0, warmup), step, steps) for step in range(steps)]
    assert all(0 < rate <= 2 for rate in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


PER_EPOCH = 391
"""Steps per epoch; no constant of the epoch schedules depends on it."""


@pytest.mark.parametrize(
    ("name", "changes", "completed", "rate"),
    [
        ("simclr-resnet18", {}, 0, 0.015),
        ("simclr-resnet18", {}, 119, 0.015),  # epochs 1 and 120, counted from 1
        ("simclr-resnet18", {}, 120, 0.0015),
        ("simclr-resnet18", {}, 160, 0.00015),
        ("simclr-resnet18", {}, 199, 0.00015),
        ("simclr-resnet18-upstream", {"optimizer.lr": 0.015}, 99, 0.0075075),
        ("simclr-resnet18-upstream", {"optimizer.lr": 0.015}, 199, 1.5e-5),
        ("moco_v2-resnet50", {}, 0, 0.03),
        ("moco_v2-resnet50", {}, 50, 0.0256066),
        ("moco_v2-resnet50", {}, 100, 0.015),
        ("moco_v2-resnet50", {}, 199, 1.85e-6),
    ],
)
def test_schedules_by_epochs(name, changes, completed, rate):
    rules = protocol.load(name).override(changes).optimizer
    for step in (completed * PER_EPOCH, (completed + 1) * PER_EPOCH - 1):  # its first and its last step
        assert learning_rate(rules, step, 200 * PER_EPOCH) == pytest.approx(rate, rel=1e-3 if rate == 1.85e-6 else 1e-6)
