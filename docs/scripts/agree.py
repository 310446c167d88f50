"""Draw agreement.jpg from the shipped rows: how well each scale orders the entrants as the paper does, and its cost.

    python docs/scripts/agree.py

`make pictures` runs it when rows have changed.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import drawn
from matplotlib.axes import Axes
from PIL import Image

from synthbench.board import agreement, rank
from synthbench.result.canvas import ACCENT, FAINT, INK, canvas, save

SECONDS = {"simclr-resnet18-pocket": 230, "simclr-resnet18-pocket-2": 200, "simclr-resnet18-mini-2": 800}
"""CPU seconds of pretraining on one core (Xeon, AVX-512), without rendering and evaluation."""
SHOWN = ("simclr-resnet18-pocket-2", "simclr-resnet18-mini-2")
PICTURE = drawn.ROOT / "docs" / "pictures" / "agreement.jpg"


def scores(protocol: str) -> dict[str, tuple[float, ...]]:
    """Entrant -> its score of each seed."""
    rows = rank.load_rows([])
    return agreement.scores_of(row for row in rows if row.origin == "shipped" and row.protocol_id == protocol)


def cost(axes: Axes, order: agreement.Order) -> None:
    """The share of correct decisions against the CPU seconds of each protocol."""
    for protocol, seconds in SECONDS.items():
        found = agreement.agreement(scores(protocol), order)
        low, high = found.accuracy_ci
        y = 100 * found.accuracy
        axes.errorbar(seconds, y, yerr=[[y - 100 * low], [100 * high - y]], fmt="o", color=ACCENT, ecolor=FAINT)
        axes.annotate(
            f"{protocol.removeprefix('simclr-resnet18-')}\n{found.right} of {found.decisions}",
            (seconds, y), xytext=(8, -4), textcoords="offset points", fontsize=8, color=INK,
        )  # fmt: skip
    axes.axhline(50, color=FAINT, linewidth=0.8, linestyle=":")
    axes.annotate("by chance", (0.01, 50.5), xycoords=("axes fraction", "data"), fontsize=8, color=INK)
    axes.set(xscale="log", xlim=(100, 2000), ylim=(30, 100))
    axes.set_xlabel("CPU seconds of pretraining")
    axes.set_ylabel("pairs ordered as in the paper, %")


def places(axes: Axes, protocol: str, order: agreement.Order) -> None:
    """The score of each entrant against its place in the paper."""
    held = scores(protocol)
    values = {name: value for name, value in order.values().items() if name in held}
    found = agreement.agreement(held, order)
    for name, place in values.items():
        y = 100 * statistics.fmean(held[name])
        axes.plot(place, y, "o", color=ACCENT, markersize=5)
        axes.annotate(name, (place, y), xytext=(4, 4), textcoords="offset points", fontsize=7, color=INK)
    axes.set_title(f"{protocol}: rank correlation {found.rho:+.2f}", fontsize=9, color=INK, loc="left")
    axes.set_xlim(-0.5, max(values.values()) + 3)
    axes.set_xlabel("place in the paper, from the worst")
    axes.set_ylabel("score, %")


def main() -> None:
    """Draw and record it."""
    order = agreement.orders()[0]
    figure, (left, *others) = canvas(1, 1 + len(SHOWN), 14, 4.4, labels=8)
    cost(left, order)
    for axes, protocol in zip(others, SHOWN, strict=True):
        places(axes, protocol, order)
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "drawn.png"
        save(figure, png)
        Image.open(png).convert("RGB").save(PICTURE, quality=88, optimize=True)
    drawn.record(PICTURE.name)


if __name__ == "__main__":
    main()
