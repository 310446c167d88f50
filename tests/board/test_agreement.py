"""Agreement with published rankings: decisions, rank correlation, and the reliability of a lead."""

import math

import pytest

from synthbench.board import agreement
from synthbench.board.agreement import Order

RANKS = Order(name="r", title="ranks", url="https://example.org", ranks=(("a",), ("b", "c"), ("d",), ("random-init",)))


def test_an_order_of_ranks_leaves_out_baselines_and_ties() -> None:
    values = RANKS.values()
    assert values == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert set(agreement.pairs(values, 0)) == {("b", "a"), ("c", "a"), ("d", "a"), ("d", "b"), ("d", "c")}


def test_differences_within_the_noise_are_no_decisions() -> None:
    assert agreement.pairs({"a": 0.30, "b": 0.31, "c": 0.35}, 0.02) == [("c", "a"), ("c", "b")]


def test_agreement_counts_right_decisions() -> None:
    found = agreement.agreement({"a": [0.1, 0.3], "b": [0.5], "c": [0.1], "d": [0.4], "stranger": [0.9]}, RANKS)
    assert found.entrants == ("a", "b", "c", "d")
    # wrong: c above a (0.1 against 0.2), d above b (0.4 against 0.5)
    assert (found.right, found.decisions) == (3, 5)
    assert found.accuracy_ci[0] <= found.accuracy <= found.accuracy_ci[1]


def test_spearman_of_the_same_and_of_the_reverse_order() -> None:
    assert agreement.agreement({"a": [0.1], "b": [0.2], "d": [0.3]}, RANKS).rho == pytest.approx(1)
    assert agreement.agreement({"a": [0.3], "b": [0.2], "d": [0.1]}, RANKS).rho == pytest.approx(-1)
    assert math.isnan(agreement.agreement({"a": [0.3]}, RANKS).rho)


def test_only_the_named_entrants_are_compared() -> None:
    found = agreement.agreement({"a": [0.1], "b": [0.2], "d": [0.3]}, RANKS, ["a", "d"])
    assert (found.entrants, found.decisions) == (("a", "d"), 1)


def chain(n: int) -> Order:
    """e0 < e1 < ... < e(n-1)."""
    return Order(name="c", title="chain", url="https://example.org", ranks=tuple((f"e{i}",) for i in range(n)))


def test_the_lead_needed_is_the_smallest_that_was_right_often_enough() -> None:
    scores = {f"e{i}": [0.1 * i] for i in range(9)}
    scores["e0"], scores["e1"] = scores["e1"], scores["e0"]  # one neighbour pair is wrong: 35 of 36 right at any lead
    found = agreement.lead_needed(scores, [chain(9)])
    assert found is not None
    assert (found.right, found.comparisons) == (35, 36)
    assert found.points == pytest.approx(0.1)


def test_no_lead_is_enough_for_a_reversed_order() -> None:
    scores = {f"e{i}": [-0.1 * i] for i in range(9)}
    assert agreement.lead_needed(scores, [chain(9)]) is None


def test_a_statement_needs_enough_comparisons() -> None:
    assert agreement.lead_needed({f"e{i}": [0.1 * i] for i in range(4)}, [chain(4)]) is None  # 6 comparisons


def test_shipped_orders_name_known_entrants() -> None:
    from synthbench import registry

    found = {order.name: order for order in agreement.orders()}
    assert len(found["alexnet"].values()) == 13
    assert set(found["alexnet"].values()) <= set(registry.recipes())
    assert found["simclr-resnet18"].values()["stylegan-oriented"] == 0.446
    assert found["moco_v2-resnet50"].values()["shaders-synth-1k"] == 0.3456  # Shaders-1k's


def test_published_orders_disagree_among_themselves() -> None:
    found = {order.name: order for order in agreement.orders()}
    both = agreement.between(found["alexnet"], found["moco_v2-resnet50"])
    assert len(both.entrants) == 4
    assert (both.right, both.decisions) == (5, 6)  # FractalDB is below mixed dead leaves in one, above in the other


def test_an_order_has_one_source() -> None:
    with pytest.raises(ValueError, match="either ranks, or a track and a task"):
        Order(name="x", title="x", url="https://example.org")


def test_the_statement_names_the_lead_that_was_right_often_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "orders", lambda: [chain(9)])
    scores = {f"e{i}": [0.1 * i] for i in range(9)}
    said = agreement.statement(scores)
    assert "order 36 of 36 published pairs" in said
    assert "A lead of 10 points or more was right in 36 of 36" in said


def test_the_statement_warns_of_a_scale_that_no_lead_makes_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "orders", lambda: [chain(9)])
    assert "No lead at this scale was right in 90 %" in agreement.statement({f"e{i}": [-0.1 * i] for i in range(9)})


def test_few_comparisons_are_too_few() -> None:
    assert agreement.statement({"spectrum": [0.1], "wmm": [0.2]}).startswith("Only 1 pair ")
    assert agreement.statement({"mine": [0.1], "yours": [0.2]}) == ""


def test_the_page_has_the_agreement_of_its_board() -> None:
    from synthbench.board import document, rank

    old = next(b for b in document.document(rank.load_rows([]))["boards"] if b["scale"] == "pocket")
    first = old["agreement"][0]
    assert first["entrants"] > 2
    assert 0 <= first["right"] <= first["decisions"]
    assert old["trust"].startswith(("These scores order", "Only"))
