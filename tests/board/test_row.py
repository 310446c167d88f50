"""A metric other than top-1, from the record to the board, the card and the figures."""

from __future__ import annotations

import numpy as np
import pytest
from hand_made import both, make

from synthbench.board.rank import DRAWS, _draws
from synthbench.board.row import Row, from_result
from synthbench.hub.card import encoder_card
from synthbench.result import figures
from synthbench.result.encoder_file import Spec
from synthbench.result.metric_names import common, titled
from synthbench.result.result import Result, wilson

INTERVAL = (0.2, 0.4)
SPEC = Spec(architecture="resnet18", size=64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def other(metric: str) -> Result:
    """A record whose first score has that metric; not sealed again."""
    made = make("mine", both([300]))
    first, *rest = made.scores
    changed = first.model_copy(update={"metric": metric, "ci": INTERVAL})
    return made.model_copy(update={"scores": [changed, *rest]})


def row_of(record: Result) -> Row:
    return from_result(record, origin="local", submissions=frozenset())


def test_the_names_of_metrics():
    assert [titled(name) for name in ("top1", "mean_per_class", "r2", "score")] == [
        "top-1",
        "mean per class",
        "R²",
        "score",
    ]
    assert (common(["top1", "top1"]), common(["top1", "r2"])) == ("top1", "score")


@pytest.mark.parametrize(("metric", "suffix"), [("r2", ", R²"), ("mean_per_class", ", mean per class")])
def test_a_row_uses_the_records_interval_for_other_metrics(metric, suffix):
    first, second, *_ = row_of(other(metric)).scores
    assert first.label.endswith(suffix) and first.ci == INTERVAL
    assert not second.label.endswith(suffix) and second.ci == wilson(300, 1000)


def test_ranks_use_that_interval_for_the_noise_of_the_test_items():
    """A single score: an interval of 0.2 is a standard deviation of 0.2 / (2 * 1.96)."""
    row = row_of(other("r2"))
    alone = Row(**{name: getattr(row, name) for name in row.__dataclass_fields__} | {"scores": row.scores[:1]})
    draws = _draws(alone, np.random.default_rng(0), 0.0)
    assert draws.shape == (DRAWS,)
    assert draws.std() == pytest.approx(0.2 / (2 * 1.96), rel=0.1)


def test_a_card_says_which_metric():
    plain = encoder_card(make("mine", both([300])), SPEC, "user/mine", "", timm=False, sheet=False)
    assert "Top-1 in percent" in plain and "type: accuracy" in plain and "ResNet-18 pretrained" in plain
    mixed = encoder_card(other("r2"), SPEC, "user/mine", "", timm=False, sheet=False)
    assert "Score in percent" in mixed and "(R²) | linear" in mixed and "type: r2" in mixed


def test_the_figure_of_scores_says_which_metric(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(figures, "save", lambda figure, _: seen.append(figure.axes[0]))
    for record in (make("mine", both([300])), other("r2")):
        figures.scores(record, tmp_path / "scores.png")
    assert [axes.get_xlabel().partition(" (")[0] for axes in seen] == ["top-1 accuracy", "score"]
    assert seen[1].get_yticklabels()[0].get_text().endswith(", R²")


def test_the_figure_of_losses_names_the_objective(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(figures, "save", lambda figure, _: seen.append(figure.axes[0].get_ylabel()))
    figures.loss([1.0, 0.5], tmp_path / "loss.png", title="", of="MoCo v2")
    assert seen == ["MoCo v2 loss"]
