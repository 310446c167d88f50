"""How the pocket scale orders entrants, against the published scores at full scale.

    python benchmarks/scales.py

Reads the rows of leaderboard/ only. Prints Spearman's rank correlation over the entrants that both have, and its p-value by permuting them
(two-sided). ``shaders-open`` stands for Shaders-1k and ``photographs`` for Places365, which are other images; the second line of each leaves
out these and random initialisation, which any protocol tells apart, if more than three others remain.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy import stats

from synthbench import result
from synthbench.board import reference

RESULTS = Path(__file__).resolve().parent.parent / "leaderboard" / "results" / "simclr-resnet18-pocket"
STANDS_FOR = {"places365": "photographs", "shaders-1k": "shaders-open", "shaders-1k-mixup": "shaders-open-mixup"}
EASY = {"random-init", "photographs", "shaders-open", "shaders-open-mixup"}
ALEXNET = (
    "spectrum", "wmm", "fractaldb-1k", "stylegan-random", "dead-leaves-squares", "spectrum-color", "dead-leaves-oriented", "dead-leaves-mixed",
    "spectrum-color-wmm", "dead-leaves-textures", "stylegan-sparse", "stylegan-highfreq", "stylegan-oriented", "photographs",
)  # fmt: skip
"""Learning to See by Looking at Noise: ImageNet-100 by a small AlexNet, rising, from a bar chart without values. Sparse and highfreq tie."""


def published() -> dict[str, dict[str, float]]:
    """Top-1 on ImageNet-100 (ranks for the bar chart) by our entrants' names."""
    ranks = {name: float(i) for i, name in enumerate(ALEXNET)}
    ranks["stylegan-highfreq"] = ranks["stylegan-sparse"]
    found = {"small AlexNet, alignment and uniformity (NeurIPS 2021)": ranks}
    for track in reference.load():
        if track.track in ("simclr-resnet18", "moco_v2-resnet50"):
            column = [c.task for c in track.columns].index("imagenet-100")
            values = {STANDS_FOR.get(row.entrant, row.entrant): row.values[column] for row in track.rows}
            found[f"{track.track} (NeurIPS 2022)"] = {name: value for name, value in values.items() if value is not None}
    return found


def line(names: list[str], pocket: Mapping[str, float], full: Mapping[str, float]) -> str:
    """The correlation over ``names`` in words."""
    a, b = np.array([pocket[n] for n in names]), np.array([full[n] for n in names])
    rho = stats.spearmanr(a, b).statistic
    draws = stats.permutation_test((a,), lambda x: stats.spearmanr(x, b).statistic, permutation_type="pairings", n_resamples=9999, rng=0)
    return f"rho = {rho:+.2f} (p = {draws.pvalue:.3f}) over {len(names)}: {', '.join(names)}\n"


def main() -> None:
    """Read, compare, print."""
    pocket = {path.stem: result.read(path).aggregate.value for path in RESULTS.glob("*.json")}
    for name, full in published().items():
        both = sorted(set(pocket) & set(full), key=full.__getitem__)
        hard = [n for n in both if n not in EASY]
        sys.stdout.write(f"{name}\n  {line(both, pocket, full)}")
        if len(hard) > 3:
            sys.stdout.write(f"  {line(hard, pocket, full)}")


if __name__ == "__main__":
    main()
