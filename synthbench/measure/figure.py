"""The figure of a measurement: the distribution of each metric over the images or, measured by program, over the
programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from synthbench.measure.measurement import Measurement, Value, number
from synthbench.result.canvas import ACCENT, FAINT, INK, canvas, save

COLUMNS, WIDTH, HEIGHT = 3, 3.6, 2.3
"""Panels per row, and the size of one in inches."""
NAMED = 2
"""Number of programs named at either end of a panel."""


def draw(measurement: Measurement, path: Path) -> None:
    """Write the figure (PNG).

    Raises:
        DataError: the file cannot be written.
    """
    m, by_program = measurement, bool(measurement.programs)
    metrics = {name: value for name, value in m.metrics.items() if value.value is not None}
    seen = m.programs.values() if by_program else [m.images]
    panels = [name for name in metrics if any(_there(each.get(name)) for each in seen)]
    rest = [f"{_title(name)} {_text(value)}" for name, value in metrics.items() if name not in panels]
    rows = max(1, -(-len(panels) // COLUMNS))
    figure, grid = canvas(rows, COLUMNS, COLUMNS * WIDTH, rows * HEIGHT + 1.1, labels=7)
    for axes, name in zip(grid, panels, strict=False):
        axes.set_title(f"{_title(name)}\n{_text(metrics[name])}", loc="left", fontsize=8, color=INK)
        if by_program:
            _programs(axes, {label: each[name] for label, each in m.programs.items() if name in each}, metrics[name])
        else:
            _histogram(axes, m.images[name], metrics[name])
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    what = (
        f"{m.n_images:,} images at {m.size} px, {m.n_programs:,} "
        f"program{'s' if m.n_programs > 1 else ''}, seed {m.seed}"
    )
    figure.suptitle(
        f"{m.title}: {what}{f', against {m.against}' if m.against else ''}", x=0.01, ha="left", fontsize=11, color=INK
    )
    networks = sorted({name.partition("[")[2].rstrip("]") for name in metrics} - {""})
    lines = [f"[…] = seen by the encoder {name}" for name in networks]
    lines += ["     ".join(rest[i : i + 4]) for i in range(0, len(rest), 4)]
    lines += [
        f"{_title(name)}: no number. {value.gap}"[:150] for name, value in m.metrics.items() if value.value is None
    ]
    if lines:
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=8, color=INK)
    save(figure, path)


def _there(values: Value | np.ndarray | None) -> bool:
    if isinstance(values, Value):
        return values.value is not None
    return values is not None and bool(np.isfinite(values).any())


def _histogram(axes: Axes, values: np.ndarray, value: Value) -> None:
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    # a single value: a bar in the middle
    pad = 0.5 * max(abs(low), 1e-9) if high - low < 1e-9 * max(1.0, abs(high)) else 0.0
    axes.hist(values, bins=np.linspace(low - pad, high + pad, 31).tolist(), color=FAINT)
    axes.axvline(value.value or 0.0, color=ACCENT, linewidth=1.5)
    axes.set_ylabel("images", fontsize=7, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _programs(axes: Axes, values: dict[str, Value], overall: Value) -> None:
    found = sorted(
        ((v.value, v.low, v.high, label) for label, v in values.items() if v.value is not None), key=lambda row: row[0]
    )
    for x, (_, low, high, _) in enumerate(found):
        if low is not None and high is not None:
            axes.plot(
                [x, x], [low, high], color=FAINT, linewidth=max(0.5, min(3.0, 120 / len(found))), solid_capstyle="butt"
            )
    axes.plot([row[0] for row in found], ".", color=INK, markersize=max(1.5, min(5.0, 300 / max(1, len(found)))))
    axes.axhline(overall.value or 0.0, color=ACCENT, linewidth=1.2)
    axes.set_xticks([])
    lacking = len(values) - len(found)
    ends = (found[:NAMED], found[-NAMED:]) if len(found) > 2 * NAMED else (found, [])
    lowest, highest = (", ".join(row[3] for row in end) for end in ends)
    text = f"{lowest} … {highest}" if highest else lowest
    axes.set_xlabel(text[:80] + (f"  ({lacking} without)" if lacking else ""), fontsize=6, color=INK, loc="left")


def _title(name: str) -> str:
    return name.partition("[")[0].replace("_kb", "").replace("_", " ") + ("[…]" if "[" in name else "")


def _text(value: Value) -> str:
    spread = f" ({number(value.low)} to {number(value.high)})" if value.low is not None and value.n > 1 else ""
    return f"{number(value.value)} {value.unit if value.unit != 'share of pixels' else ''}".strip() + spread
