"""The terminal tables."""

from __future__ import annotations

import io

import pytest
from hand_made import both, make
from rich.console import Console

from synthbench.board.rank import load_rows
from synthbench.board.table import legend, tables


def drawn(rows, width: int, **kwargs) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    for table in tables(rows, width=width, **kwargs):
        console.print(table)
    console.print(legend())
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_fits_the_terminal_and_keeps_the_numbers(save, width: int) -> None:
    rows = load_rows([save(make("alpha", both([500, 520, 510])), make("beta", both([300]), uses_real_data=True))])
    text = drawn(rows, width, highlight={"beta"})
    assert max(map(len, text.splitlines())) <= width
    for word in ("Alpha", "51.0 ± 1.0", "▶ Beta", "30.0", "●", "┊", "◆", "†", "40.3", "real images", "Sorted by the mean"):
        assert word in " ".join(text.split())
    assert ("MIT" in text) == (width >= 100)


def test_the_tier_is_a_word_or_a_sign(save) -> None:
    shipped = load_rows([save(make("alpha", both([500])))])
    wide, narrow = drawn(shipped, 200), drawn(shipped, 80)
    for text, checked, unchecked in ((wide, "checked", "self-reported"), (narrow, "✓", "–")):
        lines = {name: next(line for line in text.splitlines() if name in line) for name in ("Photographs ◆", "Alpha")}
        assert checked in lines["Photographs ◆"].split()
        assert unchecked in lines["Alpha"].split()
    assert "✓✓ weights-verified" in narrow


def test_highlight_by_submission_id(save) -> None:
    result = make("alpha", both([500]))
    rows = load_rows([save(result)], shipped=False)
    assert "▶" in drawn(rows, 100, highlight={result.submission_id})
    assert "▶" not in drawn(rows, 100, highlight={"alph"})


def test_unranked_rows_say_why_and_ties_share_a_letter(save) -> None:
    root = save(make("a", both([500])), make("b", both([499])), make("c", both([900]), overrides={"optimizer.epochs": 9}))
    text = drawn(load_rows([root], shipped=False), 100)
    assert "not ranked, protocol overridden: optimizer.epochs = 9: C" in text
    assert text.count("1–2 a") == 2


def test_hostile_titles_cannot_reach_the_terminal(save) -> None:
    rows = load_rows([save(make("a", both([500]), title="[red]x[/]\x1b[2J\nnext", license="\x1b]0;t\x07"))], shipped=False)
    text = drawn(rows, 120)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]x[/]?[2J?next" in text


def test_nothing_to_show() -> None:
    assert tables([]) == []
