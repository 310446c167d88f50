"""The common style of all figures, and writing them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from synthbench.storage.files import whole

INK, ACCENT, FAINT = "#1f2933", "#c2410c", "#9aa5b1"


def canvas(
    rows: int, columns: int, width: float, height: float, *, labels: float | None = None
) -> tuple[Figure, list[Axes]]:
    """A figure with axes, row by row.

    Args:
        width, height: of the figure, in inches.
        labels: size of the ticks' labels in points; matplotlib's default if None.
    """
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    found = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
    for axes in found:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK, **({} if labels is None else {"labelsize": labels}))
    return figure, found


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG file, atomically.

    Raises:
        DataError: the disk is full or the folder cannot be written.
    """
    figure.canvas.draw()
    save_image(Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB"), path)  # type: ignore[attr-defined]


def save_image(image: Image.Image, path: Path) -> None:
    """Write a PNG file atomically.

    Raises:
        DataError: the disk is full or the folder cannot be written.
    """
    with whole(path) as draft:
        image.save(draft, format="PNG")
