"""Evaluation: every task of the protocol with every probe, on frozen features of the last epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

from synthbench.evaluate import cache, registry
from synthbench.evaluate.cache import Cache
from synthbench.evaluate.metrics import Measured
from synthbench.evaluate.outcome import Outcome
from synthbench.evaluate.task import Task
from synthbench.evaluate.work import Work
from synthbench.pretrain.encoder import Encoder
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Evaluate
from synthbench.result.result import Score, SeedScore


def evaluate(encoder: Encoder, rules: Evaluate, report: Reporter | None = None) -> list[Outcome]:
    """Score an encoder on the tasks of a protocol.

    Deterministic: the tasks' images are fixed and the probes are convex, exact or seeded.

    Raises:
        UnknownNameError: unknown task or probe.
        DataError: a task's images are missing or incomplete.
    """
    report = report or Reporter()
    registry.check(rules)
    tasks = [registry.task(name) for name in rules.tasks]
    with cache.opened(encoder, rules) if any(task.place() is not None for task in tasks) else nullcontext() as kept:
        outcomes = []
        for i, task in enumerate(tasks):
            report.progress(i, len(tasks), task.about.name)
            if kept is None or task.place() is None:
                outcomes += score(encoder, task, rules)
                continue
            done = kept.scores(task.about.name)
            if done is None:
                done = score(encoder, task, rules, report.progress, kept)
                kept.write(task.about.name, done)
            else:
                report.note(f"{task.about.name}: scored before the interruption")
            outcomes += done
        report.progress(len(tasks), len(tasks))
        return outcomes


def score(
    encoder: Encoder,
    task: Task,
    rules: Evaluate,
    progress: Callable[[int, int, str], None] | None = None,
    cache: Cache | None = None,
) -> list[Outcome]:
    """Score one task with every probe of the protocol.

    Args:
        progress: called with (done, in all, of what).
        cache: keeps the features, and the state of a probe's training, until the scores are computed.

    Raises:
        DataError: the images are missing or incomplete.
        UsageError: the protocol lacks what a probe needs.
    """
    work, outcomes = Work(encoder, task, rules, progress, cache), []
    for name in rules.probes:
        predicted = registry.probe(name).predict(work)
        _, truth = work.features("test")
        measured: Measured = task.metric.measure(predicted, truth, task.about.classes)
        outcomes.append(
            Outcome(
                task=task.about.name, probe=name, metric=task.metric.name, n_test=len(truth), value=measured.value,
                ci=measured.ci, n_correct=measured.n_correct,
                best=max(predicted.epochs) / len(truth) if predicted.epochs else None, beside=measured.beside,
            )
        )  # fmt: skip
    return outcomes


def scores(outcomes: Sequence[Outcome], seed: int) -> list[Score]:
    """The outcomes of one seed in the record's form: with chance level, source and 95 % interval."""
    out = []
    for outcome in outcomes:
        task = registry.task(outcome.task)
        source, revision = task.origin()
        out.append(
            Score(
                task=outcome.task,
                probe=outcome.probe,
                dataset_id=source,
                dataset_revision=revision,
                split=task.about.scored,
                n_test=outcome.n_test,
                metric=outcome.metric,
                higher_is_better=True,
                chance=task.about.chance,
                per_seed=[
                    SeedScore(
                        seed=seed, value=outcome.value, n_correct=outcome.n_correct, beside=outcome.beside or None
                    )
                ],
                std=None,
                ci=outcome.ci,
                best=outcome.best,
            )
        )
    return out
