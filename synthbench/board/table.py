"""The standings in the terminal: one rich table per board with one line per row and intervals drawn with characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from synthbench.board.boards import Board
from synthbench.board.rank import SORT_KEY
from synthbench.board.row import Row
from synthbench.board.store import TIERS

LEGEND = (
    "● mean   ├─┤ 95 % interval   ┊ chance   a, b, ... rows with one letter tie",
    "◆ real images   † published, not re-run   ▶ yours   ↳ yours, of the row above",
    "– self-reported   ✓ checked   ✓✓ weights-verified   ✓✓✓ reproduced",
)
_TICKS = {"": "", **{tier: "✓" * i or "–" for i, tier in enumerate(TIERS)}}
_LEAST, _NAME, _PLOT, _MOST = 12, 26, 12, 34
"""The minimum width of a name, the width of a long name and its plot before other columns are shown, and the maximum
width of a plot."""
_GAP = 2
"""Width between columns: one of padding, one of the box."""
_SHORT = {"ImageNet-": "IN-", "Natural": "Nat.", "Specialized": "Spec.", "Structured": "Str."}
RECENT = 12
"""Number of own runs listed, the newest first."""


@dataclass(frozen=True)
class _Column:
    """A column that is shown if there is room, those of the lowest ``order`` first."""

    order: int
    head: str
    cells: list[str]
    justify: Any = "right"

    @property
    def width(self) -> int:
        return max(cell_len(line) for line in [*self.head.split("\n"), *self.cells])


def tables(found: Iterable[Board], *, highlight: Collection[str] = (), width: int | None = None) -> list[Table]:
    """Draw standings; ``legend`` goes below them.

    Args:
        found: from ``synthbench.board.boards.boards``.
        highlight: entrants or submission ids whose rows are emphasised.
        width: of the output; the terminal's if None. Values that all rows share are printed once, above. If the width
            is too small for all columns, the licence, the scores of the single tasks, the seeds and the tier are left
            out in this order, and names are shortened.
    """
    width = width or Console().width
    return [_table(board, frozenset(highlight), width) for board in found]


def legend() -> Text:
    """What the signs mean and how the rows are sorted."""
    return Text("\n".join([*LEGEND, SORT_KEY]), style="dim")


def heading(board: Board) -> str:
    """Track, scale and protocol of a board, or the version that superseded it."""
    text = f"{clean(board.track)}, {clean(board.scale)} scale"
    if board.superseded_by:
        return f"{text}, by the older rules of {clean(board.rows[0].protocol_id)} (now {clean(board.superseded_by)})"
    return f"{text} ({clean(board.groups[0][0].protocol_id)})"


def difference(row: Row) -> str:
    """The difference of a local run from the board's row, with the 95 % interval, in points; empty if the board does
    not have the entrant."""
    if row.versus is None:
        return ""
    low, high = (signed(x) for x in row.versus.ci)
    return f"{signed(row.versus.difference)} ({low} to {high})"


def standing(row: Row, rows: Iterable[Row]) -> str:
    """The rank of a row on its board: ``rank 9–15 of 36``."""
    others = sum(r.rank is not None and not r.repeat and r.protocol_sha256 == row.protocol_sha256 for r in rows)
    return "not ranked" if row.rank is None else f"rank {_span(row)} of {others}"


def signed(value: float) -> str:
    """A difference of two scores in points, with its sign."""
    return f"{100 * value:+.1f}".replace("-", "−")


def yours(found: Iterable[Board], *, width: int) -> Table | None:
    """The newest own runs with their ranks, or the difference from the board's row; None if there are none."""
    mine = [(board, row) for board in found for row in board.rows if row.origin == "local" and row.result]
    if not mine:
        return None
    mine.sort(key=lambda pair: pair[1].result.created_at if pair[1].result else 0, reverse=True)
    lines = []
    for board, row in mine[:RECENT]:
        place = standing(row, board.rows).removeprefix("rank ")
        told = difference(row) if row.repeat else f"{place}, {signed(row.versus.difference)}" if row.versus else place
        lines.append((_titled(row), _score(row), told, clean(row.protocol_id)))
    rules = {line[3] for line in lines}
    heads = ["your runs", "score ± sd", "rank, or difference", *(["protocol"] if len(rules) > 1 else [])]
    widths = [max(len(head), *(len(line[i]) for line in lines)) for i, head in enumerate(heads)]
    widths[0] = max(10, min(widths[0], width - sum(widths[1:]) - (len(heads) - 1) * _GAP))
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0), caption_justify="left"
    )
    for head, size in zip(heads, widths, strict=True):
        table.add_column(head, no_wrap=True, overflow="ellipsis", width=size)
    for line, name in zip(lines, _fit([each[0] for each in lines], [widths[0]] * len(lines)), strict=True):
        table.add_row(*[Text(name), line[1], Text(line[2]), Text(line[3])][: len(heads)])
    left = len(mine) - RECENT
    told = (
        "differences: to the board's row of the same entrant, with the 95 % interval"
        if any(row.versus for _, row in mine)
        else ""
    )
    more = [f"under {rules.pop()}" if len(rules) == 1 else "", f"and {left} older" if left > 0 else "", told]
    table.caption = Text("; ".join(filter(None, more)), style="dim not italic")
    return table


def _table(board: Board, highlight: frozenset[str], width: int) -> Table:
    rows = board.rows
    chosen = [row.entrant in highlight or bool(row.submissions & highlight) for row in rows]
    shared = _shared(rows)
    names = [_name(row, mine, shared) for row, mine in zip(rows, chosen, strict=True)]
    marks = [_marks(row) for row in rows]
    ranks, scores = [_rank(row) for row in rows], [_score(row) for row in rows]
    score_head = "score ± sd" if any(row.std is not None for row in rows) else "score"
    fixed = sum(
        max(len(head), *(cell.cell_len for cell in cells)) + _GAP
        for head, cells in (("rank", ranks), (score_head, scores))
    )
    wanted = max(cell_len(name) + cell_len(mark) for name, mark in zip(names, marks, strict=True))
    columns, name_width, plot_width = _fitting(_columns(board, shared), width - fixed - _GAP, wanted)
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        title_justify="left",
        caption_justify="left",
        padding=(0, _GAP - 1, 0, 0),
        pad_edge=False,
    )
    table.title = Text.assemble((heading(board), "bold"), "\n", (_about(board, shared), "dim"), style="not italic")
    table.caption = Text(_unranked(rows), style="dim not italic")
    table.add_column("rank", no_wrap=True)
    table.add_column("entrant", width=name_width, no_wrap=True)
    table.add_column(score_head, no_wrap=True)
    table.add_column("", width=plot_width, no_wrap=True)
    for column in columns:
        table.add_column(column.head, justify=column.justify, width=column.width, no_wrap=True)
    short = _fit(names, [name_width - cell_len(mark) for mark in marks])
    at = iter(range(len(rows)))
    for group in board.groups:
        for row, i in zip(group, at, strict=False):
            style = _style(row, chosen[i])
            table.add_row(
                ranks[i],
                Text.assemble((short[i], style if chosen[i] or row.uses_real_data else ""), (marks[i], "yellow")),
                scores[i],
                _plot(board, row, plot_width, style),
                *(Text(column.cells[i]) for column in columns),
                style="bold" if chosen[i] else "dim" if row.unranked else "",
            )
        table.add_section()
    return table


def _fitting(columns: list[_Column], width: int, name: int) -> tuple[list[_Column], int, int]:
    """The columns that fit beside the names and plots, and the widths of these.

    Args:
        columns: all of them.
        width: of names, plots and columns together.
        name: width of the longest name.
    """

    def room() -> int:
        return width - sum(column.width + _GAP for column in columns)

    while columns and room() < max(_LEAST, min(name, _NAME)) + _PLOT:
        last = max(column.order for column in columns)
        columns = [column for column in columns if column.order < last]
    name_width = max(_LEAST, min(name, room() - _PLOT))
    return columns, name_width, max(8, min(_MOST, room() - name_width))


def _unranked(rows: Iterable[Row]) -> str:
    """A line for each reason not to rank a row."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.unranked:
            found.setdefault(row.unranked, []).append(clean(row.title))
    return "\n".join(f"not ranked, {clean(why)}: {', '.join(who)}" for why, who in found.items())


def _shared(rows: Sequence[Row]) -> dict[str, Any]:
    """The values shared by all measured rows except own runs, which print their own."""
    measured = [row for row in rows if not row.published]
    measured = [row for row in measured if row.origin != "local"] or measured
    values: dict[str, list[Any]] = {
        "seeds": [len(r.seeds) for r in measured],
        "tier": [r.tier for r in measured],
        "licence": [r.license for r in measured],
    }
    return {name: found[0] for name, found in values.items() if len(found) > 1 and len(set(found)) == 1}


def _about(board: Board, shared: dict[str, Any]) -> str:
    said = {"seeds": "{} seeds", "tier": "{}", "licence": "licence {}"}
    same = ", ".join(text.format(clean(str(shared[name]))) for name, text in said.items() if name in shared).replace(
        "1 seeds", "1 seed"
    )
    origins = {row.origin for row in board.rows}
    whose = "Every row but yours" if "local" in origins and origins & {"shipped", "submitted"} else "Every row"
    low, high = board.axis
    score = f"Score: {clean(board.tasks[0].label)}. " if len(board.tasks) == 1 else ""
    if probe := _probe(board):
        score = f"Tasks:{clean(probe)} probe. "
    return (
        score
        + (f"{whose}: {same}. " if same else "")
        + f"Plot {100 * low:.0f} to {100 * high:.0f} %, chance {100 * board.chance:.1f}."
    )


def _columns(board: Board, shared: dict[str, Any]) -> list[_Column]:
    rows = board.rows
    found = []
    if len(board.tasks) > 1:
        scores = [{s.label: s.value for s in row.scores} for row in rows]
        probe = _probe(board)
        for task in board.tasks:
            found.append(
                _Column(
                    3,
                    _short(task.label.removesuffix(probe)),
                    [f"{100 * s[task.label]:.1f}" if task.label in s else "-" for s in scores],
                )
            )
    if all(row.published for row in rows):
        return found
    if "tier" not in shared:
        found.append(_Column(1, "tier", [_TICKS[row.tier] for row in rows], "left"))
    if "seeds" not in shared:
        found.append(_Column(2, "seeds", [str(len(row.seeds) or "") for row in rows]))
    if "licence" not in shared:
        found.append(_Column(4, "licence", [_clip(clean(row.license), 12) for row in rows], "left"))
    minutes = [None if row.minutes is None else row.minutes for row in rows]
    return [*found, _Column(0, "min", ["" if m is None else f"{m:.1f}" if m < 99.95 else f"{m:.0f}" for m in minutes])]


def _probe(board: Board) -> str:
    """`` linear``, the common ending of the labels of several tasks with one probe; empty if they differ."""
    ends = {label[len(task) :] for task, label in ((task.task, task.label) for task in board.tasks)}
    return ends.pop() if len(board.tasks) > 1 and len(ends) == 1 else ""


def _name(row: Row, chosen: bool, shared: dict[str, Any]) -> str:
    n = len(row.seeds)
    seeds = f", {n} seed{'s' if n > 1 else ''}" if row.origin == "local" and shared.get("seeds", n) != n else ""
    if row.versus is not None and row.versus.repeat:
        return f"↳ yours, {signed(row.versus.difference)}{seeds}"
    versus = f" ({signed(row.versus.difference)})" if row.versus else ""
    return ("▶ " if chosen else "") + _titled(row) + versus + seeds


def _titled(row: Row) -> str:
    """The title, with the parameters in which a local run differs from the board's entrant."""
    return clean(", ".join([row.title, *(row.versus.changed if row.versus else ())]))


def _marks(row: Row) -> str:
    return (
        (" ◆" if row.uses_real_data else "")
        + (" †" if row.published else "")
        + (" (pretrained parts)" if row.uses_pretrained else "")
    )


def _fit(names: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Names shortened to widths with an ellipsis: at the end, or in the middle if two would look the same."""
    short = [_clip(name, width) for name, width in zip(names, widths, strict=True)]
    alike = Counter(short)
    return [
        f"{name[: (width - 1) // 2].rstrip()}…{name[-(width // 2) :].lstrip()}" if s != name and alike[s] > 1 else s
        for s, name, width in zip(short, names, widths, strict=True)
    ]


def _style(row: Row, chosen: bool) -> str:
    return "bold green" if chosen else "yellow" if row.uses_real_data else "cyan"


def _score(row: Row) -> Text:
    score = Text(f"{'-' if row.value is None else f'{100 * row.value:.1f}':>4}", style="bold")
    if row.std is not None:
        score.append(f" ± {100 * row.std:.1f}", style="not bold dim")
    return score


def _plot(board: Board, row: Row, width: int, style: str) -> Text:
    """The mean as a dot, the interval as whiskers (drawn symmetric), chance as a dotted line, on the board's axis."""
    low, high = board.axis

    def at(value: float) -> int:
        return min(width - 1, max(0, round((value - low) / (high - low) * (width - 1))))

    cells: list[tuple[str, str]] = [(" ", "")] * width
    cells[at(board.chance)] = ("┊", "dim")
    if row.value is not None:
        dot = at(row.value)
        reach = max(row.value - row.ci[0], row.ci[1] - row.value) if row.ci else 0.0
        half = round(reach / (high - low) * (width - 1))
        for i in range(max(0, dot - half), min(width, dot + half + 1)):
            cells[i] = ("├" if i == dot - half else "┤" if i == dot + half else "─", style)
        cells[dot] = ("○" if row.published else "●", style)
    return Text.assemble(*cells)


def _rank(row: Row) -> Text:
    if row.rank_interval is None:
        return Text("-")
    if row.tie_group is None:
        return Text(f"({_span(row)})", style="dim")  # a repeat, which is not counted
    return Text.assemble(_span(row), (" " + _letter(row.tie_group), "dim"))


def _span(row: Row) -> str:
    low, high = row.rank_interval or (0, 0)
    return str(low) if low == high else f"{low}–{high}"


def _letter(group: int) -> str:
    out, group = "", group + 1
    while group:
        group, digit = divmod(group - 1, 26)
        out = chr(ord("a") + digit) + out
    return out


def _short(label: str) -> str:
    """A column heading of at most two short lines."""
    for long, short in _SHORT.items():
        label = label.replace(long, short)
    return clean(label)[:24].replace(" ", "\n", 1)


def _clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def clean(text: str) -> str:
    """Untrusted text on one line, with control characters (terminal escapes) shown as ``?``."""
    return "".join(c if c.isprintable() else "?" for c in text)
