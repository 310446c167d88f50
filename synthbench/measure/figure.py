"""The picture of a measurement: how each metric spreads over the images, or, measured by program, over the programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from synthbench.figures import ACCENT, FAINT, INK, save_image
from synthbench.measure.measurement import Measurement, Value, number

COLUMNS, WIDTH, HEIGHT = 3, 3.6, 2.3
"""Panels in a row, and inches of one."""
NAMED = 2
"""Programs at either end of a panel that are named."""


def figure(measurement: Measurement, path: Path) -> None:
    """Write the picture (PNG).

    Raises:
        DataError: the file cannot be written.
    """
    by_program = bool(measurement.programs)
    metrics = {name: value for name, value in measurement.metrics.items() if value.value is not None}
    panels = [name for name in metrics if by_program or name in measurement.images]
    rest = [f"{_title(name)} {_text(value)}" for name, value in metrics.items() if name not in panels]
    rows = max(1, -(-len(panels) // COLUMNS))
    canvas = Figure(figsize=(COLUMNS * WIDTH, rows * HEIGHT + 0.9), dpi=150, layout="constrained", facecolor="white")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes, name in zip(grid, panels, strict=False):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK, labelsize=7)
        axes.set_title(f"{_title(name)}\n{_text(metrics[name])}", loc="left", fontsize=8, color=INK)
        if by_program:
            _programs(axes, {label: each[name] for label, each in measurement.programs.items() if name in each}, metrics[name])
        else:
            _histogram(axes, measurement.images[name], metrics[name])
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    m = measurement
    what = f"{m.n_images:,} images at {m.size} px, {m.n_programs:,} program{'s' if m.n_programs > 1 else ''}, seed {m.seed}"
    against = f", against {m.against}" if m.against else ""
    canvas.suptitle(f"{m.title}: {what}{against}", x=0.01, ha="left", fontsize=11, color=INK)
    if rest:
        canvas.supxlabel("   ".join(rest), x=0.01, ha="left", fontsize=8, color=INK)
    canvas.canvas.draw()
    save_image(Image.fromarray(np.asarray(canvas.canvas.buffer_rgba())).convert("RGB"), path)  # type: ignore[attr-defined]


def _histogram(axes: Axes, values: np.ndarray, value: Value) -> None:
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    pad = 0.5 * max(abs(low), 1e-9) if high - low < 1e-9 * max(1.0, abs(high)) else 0.0  # one value: a bar in the middle
    axes.hist(values, bins=np.linspace(low - pad, high + pad, 31).tolist(), color=FAINT)
    axes.axvline(value.value or 0.0, color=ACCENT, linewidth=1.5)
    axes.set_ylabel("images", fontsize=7, color=INK)


def _programs(axes: Axes, values: dict[str, Value], overall: Value) -> None:
    found = sorted(((v.value, v.low, v.high, label) for label, v in values.items() if v.value is not None), key=lambda row: row[0])
    for x, (_, low, high, _) in enumerate(found):
        if low is not None and high is not None:
            axes.plot([x, x], [low, high], color=FAINT, linewidth=max(0.5, min(3.0, 120 / len(found))), solid_capstyle="butt")
    axes.plot([row[0] for row in found], ".", color=INK, markersize=max(1.5, min(5.0, 300 / max(1, len(found)))))
    axes.axhline(overall.value or 0.0, color=ACCENT, linewidth=1.2)
    axes.set_xticks([])
    lacking = len(values) - len(found)
    ends = (found[:NAMED], found[-NAMED:]) if len(found) > 2 * NAMED else (found, [])
    lowest, highest = (", ".join(row[3] for row in end) for end in ends)
    text = f"{lowest} … {highest}" if highest else lowest
    axes.set_xlabel(text[:80] + (f"  ({lacking} without)" if lacking else ""), fontsize=6, color=INK, loc="left")


def _title(name: str) -> str:
    title = name.replace("_kb", "").replace("_", " ")
    return title if len(title) <= 48 else f"{title[:30]}…{title[-16:]}"


def _text(value: Value) -> str:
    spread = f" ({number(value.low)} to {number(value.high)})" if value.low is not None and value.n > 1 else ""
    return f"{number(value.value)} {value.unit if value.unit != 'share of pixels' else ''}".strip() + spread
