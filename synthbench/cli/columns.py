"""Tables that stay readable at any width: text is wrapped, never cut, and the least important columns are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

WRAPPED = 24
"""A column is wrapped down to this width before another one is left out."""
LEAST = 8
"""The minimum width of a column."""
_GAP = 2


def columns(
    rows: Sequence[Mapping[str, str]],
    width: int,
    *,
    keep: int = 2,
    right: Collection[str] = (),
    title: str = "",
    sections: Collection[int] = (),
) -> Table:
    """Draw rows as a table that is at most ``width`` wide.

    Args:
        rows: all with the same keys, the columns, the most important first; the values are rich markup. The first
            column is not wrapped, so that its names can be copied.
        keep: number of columns that are always shown.
        right: columns whose values are aligned right.
        title: above the table; markup.
        sections: rows below which there is a gap.
    """
    texts = {head: [Text.from_markup(row[head]) for row in rows] for head in rows[0]}
    wanted = {
        head: [max(len(text), *(cell.cell_len for cell in cells)) for text in (head, max(head.split(), key=len))]
        for head, cells in texts.items()
    }
    one_line, wrapped = zip(*wanted.values(), strict=True)
    widths = list(one_line) if _total(one_line) <= width else _fitted(wrapped, width, keep)
    shown, hidden = list(texts)[: len(widths)], list(texts)[len(widths) :]
    table = Table(
        title=title or None, title_justify="left", title_style="bold", caption_justify="left", box=box.SIMPLE_HEAD,
        show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0),
    )  # fmt: skip
    for head, size in zip(shown, widths, strict=True):
        table.add_column(Text(head), width=size, overflow="fold", justify="right" if head in right else "left")
    for i, cells in enumerate(zip(*(texts[head] for head in shown), strict=True)):
        table.add_row(*cells, end_section=i in sections)
    if hidden:
        table.caption = Text(
            f"Left out, because the terminal is {width} columns wide: {', '.join(hidden)}.", style="dim not italic"
        )
    return table


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _fitted(wanted: Sequence[int], width: int, keep: int) -> list[int]:
    """The widths of the columns that are shown."""
    for shown in range(len(wanted), 0, -1):
        least = WRAPPED if shown > keep else LEAST
        widths = list(wanted[:shown])
        while _total(widths) > width and max(widths[1:], default=0) > least:
            widths[1 + widths[1:].index(max(widths[1:]))] -= 1
        if _total(widths) <= width or shown <= keep:
            return widths
    return list(wanted)
