"""One evaluator for tasks in memory and on disk: every task with every probe, the task's own metric, and the
released scores bit for bit."""

from __future__ import annotations

import pytest
import torch

from synthbench.errors import UnknownNameError
from synthbench.evaluate import evaluate as evaluation
from synthbench.evaluate import registry
from synthbench.evaluate.outcome import Outcome
from synthbench.pretrain.encoder import initial
from synthbench.result.result import wilson


def test_an_encoder_is_scored_on_every_task_under_every_probe(tiny, tiny_task):
    encoder = initial("resnet18", size=16, mean=(0.5,) * 3, std=(0.25,) * 3, seed=0)
    counts = evaluation.evaluate(encoder, tiny.evaluate)
    assert [(c.task, c.probe, c.n_test) for c in counts] == [
        (task, probe, 9) for task in tiny.evaluate.tasks for probe in tiny.evaluate.probes
    ]
    assert all(c.n_correct == 9 for c in counts), "three shades: even a random encoder tells them apart"
    torch.manual_seed(1)
    assert evaluation.evaluate(encoder, tiny.evaluate) == counts


@pytest.mark.parametrize("name", ["photos-gray", "photos-tinted"])
def test_scores_are_counts_with_their_chance_and_interval(name):
    (score,) = evaluation.scores([Outcome(name, "knn", "top1", 120, 0.25, wilson(30, 120), 30)], seed=4)
    assert (score.task, score.probe, score.n_test) == (name, "knn", 120)
    assert [(s.seed, s.value, s.n_correct) for s in score.per_seed] == [(4, 0.25, 30)]
    assert score.ci == wilson(30, 120)
    assert score.chance == registry.task(name).about.chance


def test_an_unknown_task_or_probe_is_named(tiny):
    with pytest.raises(UnknownNameError, match=r"unknown task 'photo-gray'. Did you mean photos-gray"):
        registry.check(tiny.evaluate.model_copy(update={"tasks": ("photo-gray",)}))
    with pytest.raises(UnknownNameError, match=r"unknown probe 'kmm'.*knn"):
        registry.check(tiny.evaluate.model_copy(update={"probes": ("kmm",)}))
