"""Evaluation: every task of the protocol under every probe, on frozen features of the last epoch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import torch

from synthbench.evaluate import cache, datasets, external, tasks
from synthbench.evaluate.cache import Cache
from synthbench.evaluate.datasets import DATASETS
from synthbench.evaluate.features import features
from synthbench.evaluate.knn import knn_probe
from synthbench.evaluate.linear import linear_probe
from synthbench.evaluate.tasks import Count
from synthbench.pretrain.encoder import Encoder
from synthbench.protocol import Evaluate
from synthbench.report import Reporter
from synthbench.result import Score, SeedScore, wilson


def evaluate(encoder: Encoder, rules: Evaluate, report: Reporter | None = None) -> list[Count]:
    """Score an encoder on the tasks of a protocol. Deterministic: the tasks' crops are fixed and the probes are convex or exact."""
    report = report or Reporter()
    with cache.opened(encoder, rules) if any(name in DATASETS for name in rules.tasks) else nullcontext() as kept:
        counts = []
        for i, name in enumerate(rules.tasks):
            report.progress(i, len(rules.tasks), name)
            counts += _packaged(encoder, name, rules) if kept is None or name not in DATASETS else _external(encoder, name, rules, report, kept)
        report.progress(len(rules.tasks), len(rules.tasks))
        return counts


def _packaged(encoder: Encoder, name: str, rules: Evaluate) -> list[Count]:
    device = next(encoder.parameters()).device
    data, counts = tasks.load(name, rules.size), []
    train_x, test_x = features(encoder, data.train_x), features(encoder, data.test_x)
    train_y, test_y = torch.from_numpy(data.train_y).to(device), torch.from_numpy(data.test_y).to(device)
    for probe in rules.probes:
        if probe == "linear":
            assert rules.l2 is not None  # the protocol's rule
            predicted = linear_probe(train_x, train_y, test_x, l2=rules.l2)
        else:
            assert rules.k is not None
            predicted = knn_probe(train_x, train_y, test_x, k=rules.k)
        counts.append(Count(name, probe, int((predicted == test_y).sum()), len(test_y)))
    return counts


def _external(encoder: Encoder, name: str, rules: Evaluate, report: Reporter, kept: Cache) -> list[Count]:
    done = kept.scores(name)
    if done is None:
        done = external.score(encoder, name, rules, report.progress, kept)
        kept.write(name, done)
    else:
        report.note(f"{name}: scored before the interruption")
    return done


def scores(counts: Sequence[Count], seed: int) -> list[Score]:
    """The counts of one seed as the record keeps them: with chance level, source and 95 % interval."""
    out = []
    for count in counts:
        dataset_id, revision, split, chance = _about(count.task)
        value = count.n_correct / count.n_test
        out.append(
            Score(
                task=count.task,
                probe=count.probe,
                dataset_id=dataset_id,
                dataset_revision=revision,
                split=split,
                n_test=count.n_test,
                metric="top1",
                higher_is_better=True,
                chance=chance,
                per_seed=[SeedScore(seed=seed, value=value, n_correct=count.n_correct)],
                std=None,
                ci=wilson(count.n_correct, count.n_test),
                best=None if count.best is None else count.best / count.n_test,
            )
        )
    return out


def _about(name: str) -> tuple[str, str, str, float]:
    """A task's data set, its revision, the split that is scored, and the chance level."""
    if name in DATASETS:
        source, revision = datasets.origin(name)
        return source, revision, "val" if name.startswith("imagenet") else "test", DATASETS[name].chance
    task = tasks.TASKS[name]
    return task.dataset_id, task.revision, "test", task.chance
