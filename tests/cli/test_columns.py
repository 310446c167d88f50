"""Tables of the command line at narrow widths."""

from __future__ import annotations

import pytest
from rich.console import Console

from synthbench.cli.columns import columns

ROWS = [
    {"name": "feature-vis-dead-leaves", "title": "Feature visualisations of an encoder", "licence": "MIT"},
    {"name": "perlin", "title": "Perlin [dim]noise[/]", "licence": "non-commercial research"},
]


def drawn(width: int, **kwargs: object) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(columns(ROWS, width, **kwargs))
    return capture.get()


@pytest.mark.parametrize("width", [40, 60, 80, 1000])
def test_no_text_is_cut_and_no_line_is_too_long(width):
    text = drawn(width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    assert "feature-vis-dead-leaves" in text
    left_out = "columns wide: licence." in " ".join(text.split())
    assert left_out == (width < 80)
    assert all(word in text for word in ("Feature", "visualisations", "encoder", "Perlin", "noise"))


def test_in_a_wide_terminal_a_row_is_a_line():
    assert len(drawn(1000).strip().splitlines()) == 4


def test_columns_that_are_kept_are_wrapped():
    assert "Left out" not in drawn(60, keep=3)
