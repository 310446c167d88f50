"""Draw agreement.jpg from the shipped rows: the scores of entrants under two scales, in the order of the paper.

    python docs/scripts/agree.py

`make pictures` runs it when rows have changed.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import drawn
import standings
from PIL import Image

from synthbench.board import agreement
from synthbench.cli.options import DEFAULT_PROTOCOL
from synthbench.result.canvas import ACCENT, FAINT, INK, canvas, save

SECONDS = {DEFAULT_PROTOCOL: 200, standings.LONGER: 800}
"""CPU seconds of pretraining on one core (Xeon, AVX-512), without rendering and evaluation."""
PICTURE = drawn.ROOT / "docs" / "pictures" / "agreement.jpg"


def main() -> None:
    """Draw and record it."""
    order = agreement.orders()[0]
    held = {name: agreement.scores_of(standings.rows(name)) for name in SECONDS}
    places = {name: place for name, place in order.values().items() if name in held[DEFAULT_PROTOCOL]}
    shown = sorted(places, key=lambda name: (places[name], name))
    figure, (axes,) = canvas(1, 1, 9, 4.6, labels=9)
    for protocol, colour in zip(SECONDS, (FAINT, ACCENT), strict=True):
        found = agreement.agreement(held[protocol], order)
        points = [(y, 100 * statistics.fmean(held[protocol][n])) for y, n in enumerate(shown) if n in held[protocol]]
        label = (
            f"{protocol} ({SECONDS[protocol]} CPU seconds): {found.right} of {found.decisions} pairs as in the paper, "
            f"rank correlation {found.rho:+.2f}"
        )
        axes.plot([x for _, x in points], [y for y, _ in points], "o-", color=colour, linewidth=0.8, label=label)
    axes.set_yticks(range(len(shown)), shown)
    axes.set_xlabel("score, %", color=INK)
    axes.set_ylabel("better in the paper \N{RIGHTWARDS ARROW}", color=INK)
    axes.grid(axis="y", color=FAINT, linewidth=0.3)
    figure.legend(loc="outside upper left", fontsize=8, frameon=False)
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "drawn.png"
        save(figure, png)
        Image.open(png).convert("RGB").save(PICTURE, quality=88, optimize=True)
    drawn.record(PICTURE.name)


if __name__ == "__main__":
    main()
