"""Figures of a study."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.ticker import MaxNLocator
from PIL import Image

from synthbench.result.canvas import ACCENT, FAINT, INK, canvas, save
from synthbench.study.statistics import Correlation, LogFit

SHOWN = 12
"""Thumbnails along the ranked curve."""
TITLES = {
    "jpeg_kb": "JPEG, kB",
    "gzip_kb": "gzip, kB",
    "gzip_jpeg_kb": "gzip of the JPEG, kB",
    "render_rate": "images rendered a second",
    "spectrum_slope": "slope of the spectrum",
}


def ranked(table: pd.DataFrame, thumbnails: Mapping[str, str], path: Path, *, title: str) -> None:
    """Fig. 5: the programs in the order of their score, with frames of evenly spaced ones.

    Args:
        table: the programs that have a score, the best first.
        thumbnails: PNG in base64, by program.
    """
    figure, (axes,) = canvas(1, 1, 11, 5.6, labels=8)
    score, noise, n = 100 * table["score"].to_numpy(), 100 * table["noise"].to_numpy(), len(table)
    place = np.arange(1, n + 1)
    axes.errorbar(
        place,
        score,
        yerr=np.nan_to_num(noise),
        color=ACCENT,
        ecolor=FAINT,
        elinewidth=1,
        fmt="o-",
        markersize=3.5,
        linewidth=1.2,
    )
    span = max(score.max() - score.min(), 1.0)
    axes.set_ylim(score.min() - 0.75 * span, score.max() + 0.75 * span)
    axes.set_xlim(0.2 - 0.03 * n, n + 0.8 + 0.03 * n)
    picks = np.unique(np.linspace(0, n - 1, min(SHOWN, n)).round().astype(int))
    for turn, i in enumerate(picks):
        # there is room below a falling curve
        name, above = table["program"].iloc[i], turn % 2 == 1 or turn == len(picks) - 1
        if name not in thumbnails:
            continue
        picture = OffsetImage(
            np.asarray(Image.open(io.BytesIO(base64.b64decode(thumbnails[name])))), zoom=0.85, interpolation="bilinear"
        )
        box = AnnotationBbox(
            picture,
            (place[i], score[i]),
            xybox=(0, 72 if above else -72),
            boxcoords="offset points",
            pad=0.1,
            bboxprops={"edgecolor": FAINT},
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.8},
        )
        axes.add_artist(box)
        away = (0, 102 if above else -107)
        axes.annotate(
            _short(name),
            (place[i], score[i]),
            xytext=away,
            textcoords="offset points",
            ha="center",
            fontsize=6.5,
            color=INK,
        )
    axes.set_xlabel(
        "program, the best first" + ("" if np.isnan(noise).all() else " (bar: standard deviation over seeds)")
    )
    axes.set_ylabel("mean score, %")
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    save(figure, path)


def scatter(table: pd.DataFrame, correlations: Mapping[str, Correlation], path: Path, *, title: str) -> None:
    """Fig. 6: the score against each property, with Pearson's r, its 95 % interval, and the rank correlation.

    A property that no program has is named at the bottom.
    """
    names = [name for name in correlations if np.isfinite(table[name].to_numpy(float)).any()]
    networks = sorted({name.partition("[")[2].rstrip("]") for name in names if "[" in name})
    foot = [f"[…] = seen by the encoder {network}" for network in networks]
    if absent := sorted({name.partition("[")[0].replace("_", " ") for name in correlations if name not in names}):
        foot.append(f"no program has: {', '.join(absent)}")
    columns = min(4, max(1, len(names)))
    rows = max(1, -(-len(names) // columns))
    figure, axes = canvas(rows, columns, 3.1 * columns, 2.75 * rows + 0.35 + 0.2 * len(foot), labels=8)
    for box in axes[len(names) :]:
        box.set_visible(False)
    for i, (name, box) in enumerate(zip(names, axes, strict=False)):
        x, y = table[name].to_numpy(float), 100 * table["score"].to_numpy(float)
        box.plot(x, y, "o", color=ACCENT, markersize=4, alpha=0.75, markeredgewidth=0)
        found = correlations[name]
        if found.gap:
            box.set_title(f"no r: {found.gap}", fontsize=8, color=INK)
        else:
            seen = np.isfinite(x)
            slope, start = np.polyfit(x[seen], y[seen], 1)
            ends = np.array([x[seen].min(), x[seen].max()])
            box.plot(ends, start + slope * ends, color=INK, linewidth=1, alpha=0.6)
            box.set_title(
                f"r = {found.r:.2f}  [{found.low:.2f}, {found.high:.2f}]   rank {found.rank:.2f}",
                fontsize=8.5,
                color=INK,
            )
        margin = 0.06 * max(float(np.ptp(y)), 0.5)
        box.set_ylim(y.min() - margin, y.max() + margin)
        box.xaxis.set_major_locator(MaxNLocator(5))
        box.set_xlabel(
            TITLES.get(name, name.partition("[")[0].replace("_", " ") + ("[…]" if "[" in name else "")), fontsize=8
        )
        if i % columns == 0:
            box.set_ylabel("mean score, %", fontsize=8)
    if foot:
        figure.supxlabel("\n".join(foot), x=0.01, ha="left", color=INK, fontsize=8)
    figure.suptitle(
        f"{title} (r, its 95 % interval, and the rank correlation)", x=0.01, ha="left", color=INK, fontsize=10
    )
    save(figure, path)


def scaling(points: pd.DataFrame, fits: Mapping[str, LogFit | None], path: Path, *, title: str) -> None:
    """Fig. 3: score against the number of programs, a line with its 95 % band for each curve.

    Args:
        points: ``curve``, ``programs``, ``score`` of each run that has one.
    """
    figure, (axes,) = canvas(1, 1, 7.5, 4.4, labels=8)
    colours = [ACCENT, "#0f766e", "#4338ca", "#a16207", "#be185d"]
    for i, (curve, fit) in enumerate(fits.items()):
        colour, own, label = colours[i % len(colours)], points[points["curve"] == curve], curve
        if fit is not None:
            along = np.geomspace(own["programs"].min(), own["programs"].max(), 60)
            line, half = fit.at(along)
            axes.plot(along, 100 * line, color=colour, linewidth=1.5)
            axes.fill_between(along, 100 * (line - half), 100 * (line + half), color=colour, alpha=0.12, linewidth=0)
            label = (
                f"{curve}: {100 * fit.slope:+.1f} points for ten times "
                f"the programs [{100 * fit.low:.1f}, {100 * fit.high:.1f}]"
            )
        axes.plot(own["programs"], 100 * own["score"], "o", color=colour, markersize=5, alpha=0.8, label=label)
    axes.set_xscale("log")
    counts = sorted(set(points["programs"]))
    axes.set_xticks(counts, [str(n) for n in counts])
    axes.minorticks_off()
    axes.set_xlabel("programs (the number of images is the same)")
    axes.set_ylabel("mean score, %")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    save(figure, path)


def trajectories(rows: Sequence[tuple[str, Sequence[tuple[np.ndarray, float]]]], path: Path, *, title: str) -> None:
    """Fig. 8: rows of images with the predicted score of each.

    Args:
        rows: a name, and (image (S, S, 3) uint8, predicted score) from left to right.
    """
    columns = max(len(row) for _, row in rows)
    figure, axes = canvas(len(rows), columns, 1.35 * columns, 1.62 * len(rows) + 0.4, labels=8)
    for box in axes:
        box.set_axis_off()
    for r, (name, row) in enumerate(rows):
        for c, (pixels, predicted) in enumerate(row):
            box = axes[r * columns + c]
            box.imshow(pixels, interpolation="lanczos")
            head = f"{name}\n" if c == 0 else "\n"
            box.set_title(f"{head}{100 * predicted:.1f}", fontsize=8, color=INK, loc="left" if c == 0 else "center")
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=10)
    save(figure, path)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:18] + "…"
