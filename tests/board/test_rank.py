"""Reading, merging and ranking."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hand_made import POCKET, RULES, both, make

from synthbench import registry
from synthbench.board.boards import boards
from synthbench.board.merge import merge
from synthbench.board.rank import FIRST, Rows, load_rows, rank
from synthbench.board.row import Row, TaskScore, shipped_protocol
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.errors import DataError
from synthbench.protocol.protocol import load
from synthbench.result import result as record
from synthbench.result.result import Result, SeedScore, Submitter, mean_score, reseal, wilson

HALF = RULES.evaluate.tasks[: len(RULES.evaluate.tasks) // 2]


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row.entrant: row for row in rows}


def test_shipped_rows_load_without_runs(tmp_path: Path) -> None:
    rows = load_rows([])
    assert rows.warnings == []
    assert sum(row.published for row in rows) == 35
    assert load_rows([tmp_path / "none"], shipped=False).warnings == [f"there is no folder {tmp_path / 'none'}"]


def test_clear_winner_and_a_tie(save) -> None:
    root = save(
        make("winner", both([800, 805, 795])),
        make("left", both([500, 510, 490])),
        make("right", both([498, 505, 491])),
        make("last", both([100, 100, 100])),
    )
    rows = rank(load_rows([root], shipped=False))
    assert [row.entrant for row in rows] == ["winner", "left", "right", "last"]
    assert [row.rank for row in rows] == [1, 2, 3, 4]
    assert [row.rank_interval for row in rows] == [(1, 1), (2, 3), (2, 3), (4, 4)]
    assert [row.tie_group for row in rows] == [0, 1, 1, 2]
    assert rows[0].ci is not None
    assert rows[0].ci[0] < 0.8 < rows[0].ci[1]


def test_ranks_do_not_depend_on_the_order_of_the_rows(save) -> None:
    root = save(*(make(f"e{i}", both([400 + 7 * i, 395 + 7 * i])) for i in range(6)))
    rows = load_rows([root], shipped=False)
    assert rank(rows) == rank(Rows(reversed(rows))) == rank(rank(rows))


def test_interval_is_that_of_the_test_items() -> None:
    """One seed, p = 1/2, n = 100: the bootstrap interval is p +- 1.96 * 0.05."""
    score = TaskScore(task="t", label="t", n_test=100, chance=0.1, per_seed=(0.5,))
    row = Row("a", "A", "", "t", "pocket", "p", "0", (score,), (0,), True, False, "local")
    (ranked,) = rank([row])
    assert ranked.ci == pytest.approx((0.402, 0.598), abs=0.01)


def test_one_seed_borrows_the_spread_of_its_neighbours(save) -> None:
    wild, single = make("wild", both([400, 600, 500])), make("single", both([500]))
    narrow = by_name(rank(load_rows([save(single)], shipped=False)))["single"].ci
    wide = by_name(rank([*load_rows([save(wild)], shipped=False)]))["single"].ci
    assert narrow is not None
    assert wide is not None
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_incomplete_and_overridden_rows_are_shown_not_ranked(save) -> None:
    root = save(
        make("whole", both([500])),
        make("half", both([900]), tasks=HALF),  # says complete, but the protocol has more tasks
        make("honest-half", both([900]), tasks=HALF, complete=False),
        make("cheat", both([990]), overrides={"optimizer.epochs": 400}),
    )
    rows = rank(load_rows([root], shipped=False))
    assert [row.entrant for row in rows if row.rank] == ["whole"]
    found = by_name(rows)
    assert found["half"].value is None
    assert found["honest-half"].value is None
    assert found["half"].unranked.startswith("incomplete")
    assert found["cheat"].value == pytest.approx(0.99)
    assert found["cheat"].unranked == "protocol overridden: optimizer.epochs = 400"
    assert rows[-1].entrant == "cheat"


def test_merge_pools_seeds() -> None:
    parts = [make("a", both([400 + 10 * s]), seeds=[s]) for s in (2, 0, 1)]
    merged = merge(parts)
    assert [run.seed for run in merged.runs] == [0, 1, 2]
    assert [s.n_correct for s in merged.scores[0].per_seed] == [400, 410, 420]
    assert merged.aggregate.value == pytest.approx(0.41)
    assert merged.aggregate.std == pytest.approx(statistics.stdev([0.40, 0.41, 0.42]))
    assert merged.scores[0].std == pytest.approx(0.01)
    assert merged.scores[0].ci[0] < 0.41 < merged.scores[0].ci[1]
    assert merge(reversed(parts)) == merged
    assert merge(parts[:1]) is parts[0]


def test_the_newest_of_a_repeated_seed_counts() -> None:
    merged = merge([make("a", both([500]), day=2), make("a", both([400]), day=1)])
    assert merged.aggregate.value == 0.5


def test_merging_drops_scores_that_are_not_common() -> None:
    merged = merge([make("a", both([500]), seeds=[0]), make("a", both([400]), tasks=HALF, seeds=[1])])
    assert [s.task for s in merged.scores] == list(HALF)
    assert not merged.aggregate.complete


def test_different_entrants_do_not_merge() -> None:
    with pytest.raises(DataError, match="only records of one entrant"):
        merge([make("a", both([500])), make("b", both([500]))])
    with pytest.raises(DataError, match="at least one"):
        merge([])


def test_loading_merges_by_source_and_parameters(save) -> None:
    first, second = make("a", both([500]), seeds=[0]), make("a", both([510]), seeds=[1])
    other = make("a", both([100]), seeds=[0], source_sha256="0" * 64)
    tuned = make("a", both([100]), seeds=[0], params={"n": 3})
    again = make("a", both([520]), seeds=[1], day=2)
    rows = load_rows([save(first, second, other, tuned, again)], shipped=False)
    assert sorted(len(row.seeds) for row in rows) == [1, 1, 2]
    pooled = next(row for row in rows if len(row.seeds) == 2)
    assert pooled.value == pytest.approx(0.51)
    assert {first.submission_id, again.submission_id} <= pooled.submissions
    assert pooled.minutes == 3
    assert rows.warnings == [f"a under {RULES.id}: seed 1 occurs more than once; the newest counts"]


def test_the_same_record_twice_is_one(save) -> None:
    root = save(make("a", both([500])))
    rows = load_rows([root, root], shipped=False)
    assert len(rows) == 1
    assert rows.warnings == []


def shipped(entrant: str) -> Result:
    folder = resources.files("synthbench.leaderboard") / "results" / RULES.id
    return record.parse((folder / f"{entrant}.json").read_bytes(), entrant)


def again(of: Result, seeds: list[int], **changes: Any) -> Result:
    """A run of a shipped entrant on this machine: the same generator, other seeds and given scores."""
    mine = make(of.generator.name, both([700 + 3 * s for s in seeds]), seeds=seeds)
    return reseal(mine, generator=of.generator.model_copy(update=changes))


@pytest.mark.parametrize("changes", [{}, {"source_sha256": "0" * 64}], ids=["the same code", "changed code"])
def test_a_local_run_does_not_touch_the_shipped_row(save, changes) -> None:
    """It is shown below that row with the difference, and the ranks of the board do not change."""
    before, model = rank(load_rows([])), shipped("shaders-open")
    rows = rank(load_rows([save(*(again(model, [s], **changes) for s in (0, 1, 2)))]))
    assert [row for row in rows if row.origin != "local"] == before
    mine = next(row for row in rows if row.origin == "local")
    above = rows[rows.index(mine) - 1]
    assert (above.entrant, above.origin, above.tier) == ("shaders-open", "shipped", "checked")
    assert mine.repeat
    assert mine.versus is not None
    assert mine.versus.origin == "shipped"
    assert mine.versus.difference == pytest.approx(mine.value - above.value)
    low, high = mine.versus.ci
    assert low < mine.versus.difference < high
    assert not mine.versus.within_noise  # about 14 points above
    others = [
        row
        for row in before
        if row.rank and row.protocol_sha256 == mine.protocol_sha256 and row.entrant != "shaders-open"
    ]
    assert mine.rank == 1 + sum(row.value > mine.value for row in others) <= above.rank


def test_a_copy_of_a_shipped_record_does_not_add_a_row(save) -> None:
    assert rank(load_rows([save(shipped("shaders-open"))])) == rank(load_rows([]))


def test_other_parameters_make_a_separate_entrant_with_the_difference_shown(save) -> None:
    model = shipped("shaders-open")
    rows = rank(load_rows([save(again(model, [0], params={**model.generator.params, "n": 3}))]))
    mine = next(row for row in rows if row.origin == "local")
    assert mine.versus is not None
    assert not mine.repeat
    assert len([row for row in rows if row.rank]) == len([row for row in rank(load_rows([])) if row.rank]) + 1


def test_a_new_entrant_is_ranked_among_the_shipped(save) -> None:
    rows = rank(load_rows([save(make("mine", both([300])))]))
    mine = next(row for row in rows if row.origin == "local")
    assert mine.versus is None
    assert mine.rank is not None


@pytest.fixture
def newest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Version 99 of the pocket protocol, treated as shipped."""
    name, file, held = f"{POCKET}-99", tmp_path / "newest.toml", registry.protocols()
    text = held[POCKET].read_text().replace("version = 1", "version = 99", 1).replace(f'"{POCKET}"', f'"{name}"')
    file.write_text(text)
    monkeypatch.setattr(registry, "protocols", lambda: {**held, name: file})
    shipped_protocol.cache_clear()
    yield name
    shipped_protocol.cache_clear()


def test_the_newest_version_of_a_protocol_comes_first_and_the_older_ones_last(save, newest) -> None:
    old, changed = (
        make("old", both([300]), protocol_id=POCKET),
        make("changed", both([300]), protocol_id=POCKET, overrides={"optimizer.epochs": 9}),
    )
    new = make("new", both([400]), protocol_id=newest)
    single = make("single", both([200]), protocol_id="simclr-resnet18-single-pocket")
    found = {board.id: board for board in boards(load_rows([save(old, new, changed, single)]))}
    first, *others = found.values()
    assert first.id == "simclr-resnet18-pocket"
    # another protocol of the track and scale is not superseded
    assert {row.entrant for row in first.rows} == {"new", "single"}
    before = found["simclr-resnet18-pocket-v1"]
    assert before.superseded_by == newest
    assert (first.name, before.name) == (newest, POCKET)  # as typed after --protocol
    assert {"old", "changed", "shaders-open"} <= {row.entrant for row in before.rows}
    # the older ones last
    assert [bool(board.superseded_by) for board in others] == sorted(bool(board.superseded_by) for board in others)


@pytest.mark.parametrize("how", ["not json", "bytes", "changed", "no test items"])
def test_a_broken_file_is_reported_and_skipped(save, how: str) -> None:
    good, bad = make("good", both([500])), make("bad", both([400]))
    root = save(good, bad)
    path = next(root.glob(f"{bad.submission_id[:8]}/**/result.json"))
    record = json.loads(path.read_text())
    record["generator"]["title"] = "changed after sealing"
    if how == "no test items":
        record["scores"][0]["n_test"] = 0
    path.write_bytes({"not json": b"{", "bytes": b"\xff\xfe\x00"}.get(how, json.dumps(record).encode()))
    rows = load_rows([root], shipped=False)
    assert [row.entrant for row in rows] == ["good"]
    (warning,) = rows.warnings
    assert warning.startswith("skipped: ")
    assert str(path) in warning


def test_boards_come_pocket_first_and_share_an_axis(save) -> None:
    root = save(make("a", both([500])), make("b", both([300])), make("c", both([300]), protocol_id="mine"))
    found = boards(load_rows([root]))
    assert [board.id for board in found][:2] == ["simclr-resnet18-pocket", "simclr-resnet18-mini"]
    assert (load(DEFAULT_PROTOCOL).track, load(DEFAULT_PROTOCOL).scale) == FIRST
    assert found[-2].id == "mine-other"
    assert found[-1].superseded_by == RULES.id
    low, high = found[0].axis
    assert low <= 0.1
    assert high >= 0.5
    assert [task.label for task in found[0].tasks][:2] == ["photos-gray linear", "photos-tinted linear"]


def test_the_sources_of_a_large_protocols_scores_are_checked() -> None:
    """Its data sets are checked like the packaged tasks: source, number of test images, chance."""
    from synthbench.board.checks import problems
    from synthbench.evaluate.registry import tasks
    from synthbench.protocol import protocol

    rules = protocol.load("moco_v2-resnet50")
    base = make("a", both([1]), n_test=10)
    assert not set(rules.evaluate.tasks) - set(tasks())

    def wrong(**changes: Any) -> list[str]:
        scores = []
        for task, probe in itertools.product(rules.evaluate.tasks, rules.evaluate.probes):
            data = tasks()[task].about
            n = min(data.counts[2], rules.evaluate.limit or data.counts[2])
            about = {"dataset_id": data.source, "n_test": n, "chance": data.chance} | changes
            per_seed = [SeedScore(seed=0, value=1 / about["n_test"], n_correct=1)]
            ci = wilson(1, about["n_test"])
            scores.append(
                base.scores[0].model_copy(
                    update={"task": task, "probe": probe, "per_seed": per_seed, "ci": ci, **about}
                )
            )
        record = reseal(
            base,
            scores=scores,
            aggregate=base.aggregate.model_copy(update={"value": mean_score(scores)}),
            runs=[base.runs[0].model_copy(update={"samples_seen": 0})],
            protocol=base.protocol.model_copy(update={"id": rules.id, "sha256": rules.sha256()}),
            submitter=Submitter(hf_user="me", relationship="author"),
        )
        return problems(record)

    assert wrong() == []
    assert any("was scored on my-copy, not on" in p for p in wrong(dataset_id="my-copy"))
    assert any("was scored on 50 test images" in p for p in wrong(n_test=50))
    assert any("chance is" in p for p in wrong(chance=0.5))
