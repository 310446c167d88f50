"""The standings in the terminal: one rich table per track and scale, intervals drawn with characters."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from synthbench.board.rank import SORT_KEY, Board, Row, boards
from synthbench.board.store import TIERS

LEGEND = (
    "● mean   ├─┤ 95 % interval   ┊ chance   a, b, ... rows with one letter tie",
    "◆ real images   † published, not re-run",
    "– self-reported   ✓ checked   ✓✓ weights-verified   ✓✓✓ reproduced",
)
_TICKS = {"": "", **{tier: "✓" * i or "–" for i, tier in enumerate(TIERS)}}
NAME_AND_PLOT = 40
"""Fewest columns for a name and its plot; below, other columns give way."""
_SHORT = {"ImageNet-": "IN-", "Natural": "Nat.", "Specialized": "Spec.", "Structured": "Str."}


def tables(rows: Iterable[Row], *, highlight: Collection[str] = (), width: int | None = None) -> list[Table]:
    """Draw the standings, the pocket scale first; ``legend`` goes under them.

    Args:
        rows: as read by ``load_rows``, ranked or not.
        highlight: entrants or submission ids whose rows stand out.
        width: to draw for, that of the terminal when None. Where it is too small for all columns, the scores of the single tasks
            give way first, then the licence, and the tier is a sign instead of a word.
    """
    width = width or Console().width
    return [_table(board, frozenset(highlight), width) for board in boards(rows)]


def legend() -> Text:
    """What the signs mean and what the rows are sorted by."""
    return Text("\n".join([*LEGEND, SORT_KEY]), style="dim")


def _table(board: Board, highlight: frozenset[str], width: int) -> Table:
    rows = board.rows
    body = [_cells(board, row, row.entrant in highlight or bool(row.submissions & highlight)) for row in rows]
    heads = [
        "rank",
        "entrant",
        "score ± sd",
        _axis(board),
        *(_short(t.label) for t in board.tasks),
        "tier",
        "tier",
        "seeds",
        "licence",
        "cost\nmin",
    ]
    ours = any(not row.published for row in rows)
    tasks = list(range(4, 4 + len(board.tasks)))
    last = len(heads) - 1
    words, ticks = last - 4, last - 3  # the tier, spelt out where there is room
    # what the fixed columns leave is shared by the name and the plot
    fixed = [max(cell_len(line) for line in str(head).split("\n")) for head in heads]
    fixed = [max(w, *(cell_len(str(cells[i])) for cells in body)) for i, w in enumerate(fixed)]
    always = [0, 1, 2, 3, *([last - 2, last] if ours else [])]
    for extra in ([*tasks, words, last - 1], [*tasks, ticks, last - 1], [*tasks, ticks], [words, last - 1], [ticks, last - 1], [ticks]):
        shown = sorted({*always, *(i for i in extra if ours or i in tasks)})
        rest = width - sum(fixed[i] + 2 for i in shown if i not in {1, 3}) - 6
        if rest >= NAME_AND_PLOT:
            break
    name_width = max(12, min(fixed[1], max(rest - 34, round(rest * 0.57))))
    plot_width = max(10, min(34, rest - name_width))

    table = Table(box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left", padding=(0, 1, 0, 0))
    table.title = Text.assemble(
        (clean(board.track), "bold"),
        f", {clean(board.scale)} scale" + (": for trying a generator, not for judging it" if board.scale == "pocket" else ""),
        style="not italic",
    )
    for i in shown:
        head = heads[i]
        right = i == 2 or (i >= 4 and head not in ("licence", "tier"))
        size = {1: name_width, 3: plot_width}.get(i, fixed[i])
        table.add_column(head, justify="right" if right else "left", width=size, overflow="fold", no_wrap=i != 1)
    for group in board.groups:
        for row in group:
            cells = body[rows.index(row)]
            chosen = row.entrant in highlight or bool(row.submissions & highlight)
            cells[3] = _plot(board, row, plot_width, _style(row, chosen))
            table.add_row(*(cells[i] for i in shown), style="bold" if chosen else "dim" if row.unranked else "")
        table.add_section()
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row.unranked:
            notes.setdefault(row.unranked, []).append(clean(row.title))
    text = "\n".join(f"not ranked, {clean(why)}: {', '.join(who)}" for why, who in notes.items())
    table.caption = Text(text, style="dim not italic")
    return table


def _style(row: Row, chosen: bool) -> str:
    return "bold green" if chosen else "yellow" if row.uses_real_data else "cyan"


def _cells(board: Board, row: Row, chosen: bool) -> list[Text]:
    name = Text("▶ " if chosen else "", style="bold green" if chosen else "")
    name.append(clean(row.title), style="" if chosen or not row.uses_real_data else "yellow")
    name.append((" ◆" if row.uses_real_data else "") + (" †" if row.published else ""), style="yellow")
    name.append(" (pretrained parts)" if row.uses_pretrained else "", style="yellow")
    score = Text("-" if row.value is None else f"{100 * row.value:.1f}", style="bold")
    if row.value is not None and not row.published:
        score.append("      " if row.std is None else f" ± {100 * row.std:.1f}".ljust(6), style="not bold dim")
    scores = {s.label: s for s in row.scores}
    minutes = "" if row.minutes is None else f"{row.minutes:.1f}" if row.minutes < 99.95 else f"{row.minutes:.0f}"
    return [
        _rank(row),
        name,
        score,
        Text(""),
        *(Text(f"{100 * scores[t.label].value:.1f}" if t.label in scores else "-") for t in board.tasks),
        Text(row.tier),
        Text(_TICKS[row.tier]),
        Text(str(len(row.seeds)) if row.seeds else ""),
        Text(_clip(clean(row.license), 12)),
        Text(minutes),
    ]


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
    if row.rank is None or row.rank_interval is None or row.tie_group is None:
        return Text("-")
    low, high = row.rank_interval
    return Text.assemble(str(low) if low == high else f"{low}–{high}", (" " + _letter(row.tie_group), "dim"))


def _letter(group: int) -> str:
    out, group = "", group + 1
    while group:
        group, digit = divmod(group - 1, 26)
        out = chr(ord("a") + digit) + out
    return out


def _axis(board: Board) -> str:
    low, high = board.axis
    return f"{100 * low:.0f} to {100 * high:.0f} %\nchance {100 * board.chance:.1f}"


def _short(label: str) -> str:
    """A column heading of at most two short lines."""
    for long, short in _SHORT.items():
        label = label.replace(long, short)
    return clean(label)[:24].replace(" ", "\n", 1)


def _clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def clean(text: str) -> str:
    """Text of a stranger on one line, its control characters (terminal escapes) shown as ``?``."""
    return "".join(c if c.isprintable() else "?" for c in text)
