"""Evaluation: every task of the protocol under every probe, on frozen features of the last epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from synthbench.evaluate import tasks
from synthbench.evaluate.features import features
from synthbench.evaluate.knn import knn_probe
from synthbench.evaluate.linear import linear_probe
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol import Evaluate
from synthbench.report import Reporter
from synthbench.result import Score, SeedScore, wilson


@dataclass(frozen=True)
class Count:
    """One probe's outcome on one task."""

    task: str
    probe: Literal["linear", "knn"]
    n_correct: int
    n_test: int


def evaluate(encoder: Encoder, rules: Evaluate, report: Reporter | None = None) -> list[Count]:
    """Score an encoder on the tasks of a protocol. Deterministic: the tasks' crops are fixed and the probes are convex or exact."""
    report = report or Reporter()
    device = next(encoder.parameters()).device
    counts = []
    for i, name in enumerate(rules.tasks):
        report.progress(i, len(rules.tasks), name)
        data = tasks.load(name, rules.size)
        train_x, test_x = features(encoder, data.train_x), features(encoder, data.test_x)
        train_y, test_y = torch.from_numpy(data.train_y).to(device), torch.from_numpy(data.test_y).to(device)
        for probe in rules.probes:
            if probe == "linear":
                predicted = linear_probe(train_x, train_y, test_x, l2=rules.l2)
            else:
                predicted = knn_probe(train_x, train_y, test_x, k=rules.k)
            counts.append(Count(name, probe, int((predicted == test_y).sum()), len(test_y)))
    report.progress(len(rules.tasks), len(rules.tasks))
    return counts


def scores(counts: Sequence[Count], seed: int) -> list[Score]:
    """The counts of one seed as the record keeps them: with chance level, source and 95 % interval."""
    out = []
    for count in counts:
        task = tasks.TASKS[count.task]
        value = count.n_correct / count.n_test
        out.append(
            Score(
                task=count.task,
                probe=count.probe,
                dataset_id=task.dataset_id,
                dataset_revision=task.revision,
                split="test",
                n_test=count.n_test,
                metric="top1",
                higher_is_better=True,
                chance=task.chance,
                per_seed=[SeedScore(seed=seed, value=value, n_correct=count.n_correct)],
                std=None,
                ci=wilson(count.n_correct, count.n_test),
            )
        )
    return out
