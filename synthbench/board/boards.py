"""The standings for display: the rows of each track and scale, grouped by protocol."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from synthbench.board.rank import grouped, rank
from synthbench.board.row import Row, TaskScore, shipped_protocol


class Board(NamedTuple):
    """The standings of one track at one scale, ranked and in display order; ``axis`` is the common scale of
    the plots."""

    track: str
    scale: str
    groups: list[list[Row]]
    """One list per protocol hash; rows with overrides in a separate list, published rows last."""
    tasks: list[TaskScore]
    """The columns: one score of each (task, probe) that occurs."""
    axis: tuple[float, float]
    chance: float
    superseded_by: str
    """The newest version of the protocol, if this is the board of an older one."""

    @property
    def id(self) -> str:
        """The board in a link.

        The board of an older version has its own name: links by track and scale lead to the newest.
        """
        name = self.groups[0][0].protocol_id
        rules = shipped_protocol(name) if self.superseded_by else None
        if rules is None:
            return f"{self.track}-{self.scale}"
        return name if name.endswith(f"-{rules.version}") else f"{name}-v{rules.version}"

    @property
    def name(self) -> str:
        """The protocol's id, as ``--protocol`` takes it; track and scale if all rows are published ones."""
        return self.groups[0][0].protocol_id or self.id

    @property
    def rows(self) -> list[Row]:
        """All rows, in display order."""
        return [row for group in self.groups for row in group]


def boards(rows: Iterable[Row]) -> list[Board]:
    """Rank the rows and group them by track and scale, in the order of ``rank``.

    An older version of a protocol has its own board.
    """
    out = []
    for board in grouped(rank(rows), lambda r: (r.track, r.scale, r.protocol_id if r.superseded_by else "")):
        tasks = {s.label: s for row in board for s in row.scores}
        full = next((row for row in board if row.complete), board[0])
        seen = [
            full.chance,
            *(v for row in board for v in (*(row.ci or ()), *(() if row.value is None else (row.value,)))),
        ]
        low = max(0.0, math.floor(min(seen) * 20 - 0.2) / 20)
        high = min(1.0, math.ceil(max(seen) * 20 + 0.2) / 20)
        groups = grouped(board, lambda r: (r.published, bool(r.overrides), "" if r.overrides else r.protocol_sha256))
        first = board[0]
        out.append(
            Board(first.track, first.scale, groups, list(tasks.values()), (low, high), full.chance, first.superseded_by)
        )
    return out
