"""Figures of a run: the loss curve, and the scores next to the shipped reference results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from synthbench.result.canvas import ACCENT, FAINT, INK, canvas, save
from synthbench.result.metric_names import common, titled
from synthbench.result.result import Result, mean_score


def loss(losses: Sequence[float], path: Path, *, title: str, of: str) -> None:
    """The pretraining loss per step, with a running mean; ``of`` is the objective's title."""
    figure, (axes,) = canvas(1, 1, 7, 3.6)
    values = np.asarray(losses)
    steps = np.arange(1, len(values) + 1)
    axes.plot(steps, values, color=FAINT, linewidth=0.8, label="each step")
    width = max(1, len(values) // 40)
    if width > 1:
        smooth = np.convolve(values, np.ones(width) / width, "valid")
        axes.plot(steps[width - 1 :], smooth, color=ACCENT, linewidth=1.8, label=f"mean of {width} steps")
        axes.legend(frameon=False)
    axes.set_xlabel("step")
    axes.set_ylabel(f"{of} loss")
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    save(figure, path)


def scores(result: Result, path: Path, others: Sequence[Result] = ()) -> None:
    """Each task's score with its 95 % interval and chance level; the aggregate of ``others`` (reference
    results) below."""
    metric = common(s.metric for s in result.scores)
    named = [f"{s.task} · {s.probe}" + ("" if s.metric == metric else f", {titled(s.metric)}") for s in result.scores]
    rows = [
        (name, sum(x.value for x in s.per_seed) / len(s.per_seed), s.ci, s.chance)
        for name, s in zip(named, result.scores, strict=True)
    ]
    baselines = sorted(((o.generator.title, mean_score(o.scores)) for o in others), key=lambda x: -x[1])
    labels = [r[0] for r in rows] + ["mean"] + [b[0] for b in baselines]
    figure, (axes,) = canvas(1, 1, 7, 0.9 + 0.32 * len(labels))
    for y, (_, value, (low, high), chance) in enumerate(rows):
        axes.plot([low, high], [y, y], color=ACCENT, linewidth=2, solid_capstyle="butt")
        axes.plot(value, y, "o", color=ACCENT, markersize=6)
        axes.plot(chance, y, "|", color=FAINT, markersize=11, markeredgewidth=2)
        axes.annotate(
            f"{value:.1%}", (high, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )
    y = len(rows)
    axes.axhline(y - 0.5, color=FAINT, linewidth=0.6)
    for name, value in [("mean", result.aggregate.value), *baselines]:
        own = name == "mean"
        axes.plot(
            value,
            y,
            "D" if own else "o",
            color=ACCENT if own else INK,
            markersize=7 if own else 4,
            alpha=1 if own else 0.6,
        )
        axes.annotate(
            f"{value:.1%}", (value, y), xytext=(8, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )
        y += 1
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    axes.set_xlabel(f"{'top-1 accuracy' if metric == 'top1' else titled(metric)} (bar: 95 % interval; tick: chance)")
    seeds = ", ".join(str(r.seed) for r in result.runs)
    axes.set_title(f"{result.generator.title}: {result.protocol.id}, seed {seeds}", loc="left", color=INK, fontsize=10)
    save(figure, path)
