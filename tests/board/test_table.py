"""The terminal tables."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re

import pytest
from hand_made import RULES, both, make
from rich.console import Console

from synthbench.board.boards import boards
from synthbench.board.rank import load_rows
from synthbench.board.table import legend, tables, yours


def drawn(rows, width: int, **kwargs) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    found = boards(rows)
    for table in [*tables(found, width=width, **kwargs), yours(found, width=width) or ""]:
        console.print(table)
    console.print(legend())
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_fits_the_terminal_and_keeps_the_numbers(save, width: int) -> None:
    rows = load_rows([save(make("alpha", both([500, 520, 510])), make("beta", both([300] * 5), uses_real_data=True))])
    text = drawn(rows, width, highlight={"beta"})
    assert max(map(len, text.splitlines())) <= width
    assert re.search(r"▶ Beta(, 5 seeds)? ◆", " ".join(text.split()))  # shown in a column if the shipped rows differ
    for word in ("Alpha", "51.0 ± 1.0", "30.0", "●", "┊", "◆", "†", "40.3", "real images", "Sorted by the mean"):
        assert word in " ".join(text.split())


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_row_is_a_line(save, width: int) -> None:
    """Names are shortened, not wrapped, and stay distinct; values shared by all rows are printed once."""
    names = [
        "Fractals of somebody and somebody else, several an image",
        "Fractals of somebody and somebody else, one an image",
    ]
    root = save(
        *(make(f"e{i}", both([500 - i])) for i in range(30)),
        *(make(f"x{i}", both([300]), title=name) for i, name in enumerate(names)),
    )
    rows = load_rows([root], shipped=False)
    (board,) = boards(rows)
    head, _, rest = drawn(rows, width).partition("─\n")
    assert head.splitlines()[1].startswith("Tasks: linear probe. Every row: 1 seed, self-reported, licence MIT. Plot")
    table = rest.partition("your runs")[0].strip().splitlines()
    assert len(table) == len(board.rows) == len([line for line in table if "●" in line])
    shown = [line.split("  ")[1:3] for line in table if "Fractals" in line]
    assert len(shown) == len({str(each) for each in shown}) == 2


def test_your_runs_are_listed_last_with_rank_or_difference(save) -> None:
    shipped = next(row.result for row in load_rows([]) if row.entrant == "shaders-open" and row.protocol_id == RULES.id)
    mine = make("shaders-open", both([460, 440]), **(shipped.generator.model_dump(exclude={"name"})))
    text = drawn(load_rows([save(mine, make("alpha", both([300, 320]), day=2))]), 80)
    table, _, below = text.partition("your runs")
    above, line = next(pair for pair in itertools.pairwise(table.splitlines()) if "↳ yours" in pair[1])
    assert "Shaders-open " in above
    difference = line.split("yours, ")[1].split()[0].rstrip(",")
    assert float(difference.replace("−", "-")) == pytest.approx(45 - 100 * shipped.aggregate.value, abs=0.06)
    assert line.split()[0].startswith("(")  # its rank among the others, which it does not change
    first, second = below.splitlines()[2:4]
    assert first.startswith("Alpha ")
    assert " of " in first
    assert second.startswith("Shaders-open ")
    assert f"{difference} (" in second
    assert f"under {RULES.id}" in below


def test_only_the_newest_of_many_runs_are_listed(save) -> None:
    rows = load_rows([save(*(make(f"e{i}", both([300]), day=1 + i) for i in range(14)))], shipped=False)
    below = drawn(rows, 80).partition("your runs")[2]
    assert below.splitlines()[2].startswith("E13 ")
    assert "and 2 older" in below


def test_the_tier_is_shown_where_rows_differ(save, tmp_path) -> None:
    rows = load_rows([save(make("alpha", both([500])))])
    text = drawn(rows, 80)
    assert re.search(r"Every row but yours: (\d seeds?, )?checked", text)
    assert "tier" not in text.splitlines()[2]
    mixed = [dataclasses.replace(row, tier="weights-verified") if row.entrant == "photographs" else row for row in rows]
    lines = {
        name: next(line for line in drawn(mixed, 80).splitlines() if name in line)
        for name in ("Photographs ◆", "White noise")
    }
    assert "✓✓" in lines["Photographs ◆"].split()
    assert "✓" in lines["White noise"].split()


def test_highlight_by_submission_id(save) -> None:
    result = make("alpha", both([500]))
    rows = load_rows([save(result)], shipped=False)
    assert "▶ Alpha" in drawn(rows, 100, highlight={result.submission_id})
    assert "▶ Alpha" not in drawn(rows, 100, highlight={"alph"})


def test_unranked_rows_say_why_and_ties_share_a_letter(save) -> None:
    root = save(
        make("a", both([500])), make("b", both([499])), make("c", both([900]), overrides={"optimizer.epochs": 9})
    )
    text = drawn(load_rows([root], shipped=False), 100)
    assert "not ranked, protocol overridden: optimizer.epochs = 9: C" in text
    assert text.partition("your runs")[0].count("1–2 a") == 2


def test_hostile_titles_cannot_reach_the_terminal(save) -> None:
    rows = load_rows(
        [save(make("a", both([500]), title="[red]x[/]\x1b[2J\nnext", license="\x1b]0;t\x07"))], shipped=False
    )
    text = drawn(rows, 120)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]x[/]?[2J?next" in text


def test_nothing_to_show() -> None:
    assert tables([]) == []
