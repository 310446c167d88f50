"""ExFractalDB: systems in space, the rule for keeping them, and the camera's view of their points.

Source: Kataoka et al. 2022 and masora1030/CVPR2022-Pretrained-ViT-PyTorch (exfractaldb_render: category_search.py with
the options of ExFractalDB_render.sh, instance.py, render.py, weights_ins145.csv).
"""

from __future__ import annotations

import math

import numba
import numpy as np
from synthbench.generators.fractals import ifs

REFERENCE, POINTS, VIEWS = 224, 10_000, 12
VARIANCE = 0.05
DISTANCE, NEAR, FIELD = 4.0, 1.0, math.radians(45)
"""Distance of the camera from the origin, distance of its near plane, and its field of view."""

WEIGHTS = np.ones((145, 12))
"""Rows of weights of the twelve parameters: none, then each of the twelve times 0.4, 0.5, ... 1.6 without 1. (The
source's file has one misprint: 0.6 instead of 1.6 for the ninth.)"""
for _row in range(144):
    WEIGHTS[1 + _row, _row // 12] = [n / 10 for n in range(4, 17) if n != 10][_row % 12]


def cloud(maps: np.ndarray, p: np.ndarray, n: int) -> np.ndarray | None:
    """The first n points (3, n), all three axes scaled equally so that their smallest and largest coordinates are -1
    and 1, then centred on their mean; None if the orbit diverges."""
    points = ifs.orbit(maps, p, ifs.choices(n))
    if points is None or not np.ptp(points) > 0:
        return None
    points = 2 * (points - points.min()) / np.ptp(points) - 1
    return np.asarray(points - points.mean(axis=1, keepdims=True))


def keeps(maps: np.ndarray, p: np.ndarray) -> bool:
    """The rule of the search: every axis of the cloud of 10,000 points has a variance above 0.05."""
    points = cloud(maps, p, POINTS)
    return points is not None and bool((points.var(axis=1) > VARIANCE).all())


def angle(view: int, rng: np.random.Generator) -> float:
    """The angle of a view's camera about the vertical axis, in radians: 30 degrees per view, plus or minus up to pi
    degrees."""
    return 2 * math.pi * view / VIEWS + math.radians(30 + rng.uniform(-math.pi, math.pi))


def seen(points: np.ndarray, angle: float, side: int) -> np.ndarray:
    """(side, side) uint8: each point (3, n) visible to the camera as one pixel of 255; the first row is the bottom
    one, as in the source."""
    return np.asarray(
        _project(points, math.cos(angle), math.sin(angle), side / 2, side / 2 / math.tan(FIELD / 2), side)
    )


@numba.njit(cache=True, nogil=True)
def _project(points, cos, sin, middle, focal, side):  # type: ignore[no-untyped-def]
    image = np.zeros((side, side), np.uint8)
    for k in range(points.shape[1]):
        x, y, z = points[0, k], points[1, k], points[2, k]
        depth = cos * x - sin * z + DISTANCE
        if depth >= NEAR:
            column = math.floor(middle + focal * (sin * x + cos * z) / depth)
            row = math.floor(middle + focal * y / depth)
            if 0 <= column < side and 0 <= row < side:
                image[row, column] = 255
    return image
