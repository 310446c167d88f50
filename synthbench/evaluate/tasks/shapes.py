"""Task: solids under a lamp, textured with photographs. Outline and shading identify them, their texture does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from synthbench.evaluate.clutter import GROUND, SIZE, THING, Part, balanced, composed, crops, light, packaged, stream

Hit = tuple[np.ndarray, np.ndarray]
"""For each ray: the positions along it where it enters and leaves a convex body (in >= out: it misses)."""
FAR = 1e9
AT_ONCE = 16
"""Views traced per block: their rays fit the cache."""


def _between(p: np.ndarray, d: np.ndarray, normal: Sequence[float], low: float, high: float) -> Hit:
    """The slab low <= normal . x <= high."""
    a, b = (sum(np.float32(n) * x[i] for i, n in enumerate(normal) if n) for x in (p, d))
    b = np.where(np.abs(b) < 1e-9, 1e-9, b)
    one, two = (low - a) / b, (high - a) / b
    return np.minimum(one, two), np.maximum(one, two)


def _quadric(p: np.ndarray, d: np.ndarray, weights: Sequence[float], constant: float) -> Hit:
    """The solid weights . x^2 <= constant, weights >= 0."""
    a = sum(w * d[i] * d[i] for i, w in enumerate(weights) if w)
    b = sum(w * d[i] * p[i] for i, w in enumerate(weights) if w)
    c = sum(w * p[i] * p[i] for i, w in enumerate(weights) if w) - constant
    a = np.maximum(a, 1e-9)
    root = b * b - a * c
    spread = np.sqrt(np.maximum(root, 0)) / a
    return np.where(root > 0, -b / a - spread, FAR), np.where(root > 0, -b / a + spread, -FAR)


def _cone(p: np.ndarray, d: np.ndarray) -> Hit:
    """x^2 + y^2 <= ((0.8 - z) / 2)^2, -0.8 <= z <= 0.8: a double cone of which the slab keeps one half."""
    k, z, dz = 0.25, 0.8 - p[2], -d[2]
    a = d[0] * d[0] + d[1] * d[1] - k * dz * dz
    b = d[0] * p[0] + d[1] * p[1] - k * dz * z
    c = p[0] * p[0] + p[1] * p[1] - k * z * z
    a = np.where(np.abs(a) < 1e-9, 1e-9, a)
    root = b * b - a * c
    spread = np.sqrt(np.maximum(root, 0)) / np.abs(a)
    low, high = -b / a - spread, -b / a + spread
    slab = _between(p, d, (0, 0, 1), -0.8, 0.8)
    hit = root > 0
    # Where a < 0 the ray is inside below the first root or above the second; the slab's end decides which.
    inside = (
        np.where(hit, np.where(a > 0, low, np.where(high < slab[1], high, slab[0])), FAR),
        np.where(hit, np.where(a > 0, high, np.where(high < slab[1], slab[1], low)), -FAR),
    )
    return _both(inside, slab)


def _both(*hits: Hit) -> Hit:
    enter, leave = hits[0]
    for one, two in hits[1:]:
        enter, leave = np.maximum(enter, one), np.minimum(leave, two)
    return enter, leave


def _either(*hits: Hit) -> Hit:
    first = np.full_like(hits[0][0], FAR)
    for enter, leave in hits:
        first = np.where(enter < leave, np.minimum(first, enter), first)
    return first, np.where(first < FAR, FAR, -FAR)


def _box(p: np.ndarray, d: np.ndarray, low: Sequence[float], high: Sequence[float]) -> Hit:
    return _both(*(_between(p, d, [float(i == axis) for i in range(3)], low[axis], high[axis]) for axis in range(3)))


def _torus(p: np.ndarray, d: np.ndarray) -> Hit:
    """By sphere tracing."""
    big, small, t = 0.66, 0.27, np.zeros_like(d[0])
    for _ in range(24):
        x, y, z = p[0] + t * d[0], p[1] + t * d[1], p[2] + t * d[2]
        ring = np.sqrt(x * x + y * y) - big
        gap = np.sqrt(ring * ring + z * z) - small
        t = t + gap
    hit = (gap < 0.02) & (t < 6)
    return np.where(hit, t, FAR), np.where(hit, FAR, -FAR)


def _planes(p: np.ndarray, d: np.ndarray, normals: Sequence[Sequence[float]], high: float, low: float = -FAR) -> Hit:
    scaled = [np.array(n) / np.sqrt(sum(v * v for v in n)) for n in normals]
    return _both(*(_between(p, d, n, low, high) for n in scaled))


_CORNERS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
_S3 = 0.8660254037844386
BODIES: dict[str, Callable[[np.ndarray, np.ndarray], Hit]] = {
    "ball": lambda p, d: _quadric(p, d, (1, 1, 1), 0.6),
    "cube": lambda p, d: _box(p, d, (-0.55,) * 3, (0.55,) * 3),
    "cylinder": lambda p, d: _both(_quadric(p, d, (1, 1, 0), 0.2), _between(p, d, (0, 0, 1), -0.8, 0.8)),
    "cone": _cone,
    "ring": _torus,
    "tetrahedron": lambda p, d: _planes(p, d, _CORNERS, 0.36),
    "octahedron": lambda p, d: _planes(p, d, _CORNERS, 0.5, -0.5),
    "bowl": lambda p, d: _both(_quadric(p, d, (1, 1, 1), 0.75), _between(p, d, (0, 0, 1), -0.1, 2)),
    "disc": lambda p, d: _both(_quadric(p, d, (1, 1, 0), 0.75), _between(p, d, (0, 0, 1), -0.13, 0.13)),
    "plank": lambda p, d: _box(p, d, (-0.9, -0.33, -0.12), (0.9, 0.33, 0.12)),
    "jack": lambda p, d: _either(
        *(_box(p, d, [-x for x in bar], bar) for bar in ((0.9, 0.2, 0.2), (0.2, 0.9, 0.2), (0.2, 0.2, 0.9)))
    ),
    "prism": lambda p, d: _both(
        _planes(p, d, ((1, 0, 0), (-0.5, _S3, 0), (-0.5, -_S3, 0)), 0.4), _between(p, d, (0, 0, 1), -0.7, 0.7)
    ),
    "egg": lambda p, d: _quadric(p, d, (3.6, 3.6, 1), 0.8),
    "corner": lambda p, d: _either(
        _box(p, d, (-0.75, -0.3, -0.75), (-0.2, 0.3, 0.75)), _box(p, d, (-0.75, -0.3, -0.75), (0.75, 0.3, -0.2))
    ),
}
"""Solids within the ball of radius 1."""


def shapes(test: int) -> Part:
    """14 solids (cube, cone, ring, bowl ...) from any side, textured with a photo's crop, under one lamp, over
    another photo."""
    rng, n = stream(7, test), 1120
    y = balanced(n, len(BODIES))
    masks, shades, uv = np.zeros((n, SIZE, SIZE)), np.ones((n, SIZE, SIZE)), np.zeros((2, n, SIZE, SIZE), np.int64)
    for label, body in enumerate(BODIES.values()):
        rows = np.flatnonzero(y == label)
        masks[rows], shades[rows], uv[:, rows] = _seen(body, len(rows), rng)
    return _papered(masks, shades, uv, test, rng), y


def _seen(
    body: Callable[[np.ndarray, np.ndarray], Hit], n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n views of a body: its mask in [0, 1], its shade, and the texture coordinates (2, n, 64, 64) int64 of each
    pixel."""
    q = rng.normal(size=(4, n))
    w, x, y, z = q / np.sqrt((q * q).sum(0))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    radius = rng.uniform(25, 31, n)
    centre = SIZE / 2 + rng.uniform(-1, 1, (2, n)) * (SIZE / 2 - radius)
    lamp = rng.normal(size=(3, n))
    lamp[2] = np.abs(lamp[2]) + 0.3
    lamp /= np.sqrt((lamp * lamp).sum(0))
    mask, shade, uv = np.zeros((n, SIZE, SIZE)), np.ones((n, SIZE, SIZE)), np.zeros((2, n, SIZE, SIZE), np.int64)
    for start in range(0, n, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        mask[some], shade[some], uv[:, some] = _traced(
            body, turn[..., some], radius[some], centre[:, some], lamp[:, some]
        )
    return mask, shade, uv


def _traced(
    body: Callable[[np.ndarray, np.ndarray], Hit],
    turn: np.ndarray,
    radius: np.ndarray,
    centre: np.ndarray,
    lamp: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As ``_seen``, for views with these rotations (3, 3, N), radii (N,) and centres (2, N) in pixels, and unit vectors
    (3, N) to the lamp."""
    n = len(radius)
    grid = np.arange(SIZE) + 0.5
    u = (grid[None, None, :] - centre[0][:, None, None]) / radius[:, None, None]
    v = (grid[None, :, None] - centre[1][:, None, None]) / radius[:, None, None]
    u, v = np.broadcast_arrays(u, v)
    which, rows, columns = np.nonzero(u * u + v * v < 1)
    at: tuple[np.ndarray, ...] = (which, rows, columns)
    screen = (u[at], v[at])
    d = -turn[2][:, which]  # the ray's direction (0, 0, -1) in the body's own axes: its axes are the columns of `turn`
    p = turn[0][:, which] * screen[0] + turn[1][:, which] * screen[1] + 2 * turn[2][:, which]
    enter, leave = body(p, d)
    hit = enter < leave
    at = (at[0][hit], at[1][hit], at[2][hit])
    p, d, which, enter = p[:, hit], d[:, hit], which[hit], enter[hit]
    point = p + enter * d
    depth = np.full((n, SIZE, SIZE), np.nan)
    depth[at] = 2 - enter
    normal = _normals(depth, radius, at)
    shade = np.full((n, SIZE, SIZE), 1.0)
    shade[at] = 0.35 + 1.1 * np.maximum((normal * lamp[:, which]).sum(0), 0)
    mask = np.zeros((n, SIZE, SIZE))
    mask[at] = 1
    # The texture is projected along three axes; the largest component of the normal, in the body's axes, chooses.
    own = np.abs(sum(turn[i][:, which] * normal[i] for i in range(3)))
    axis = own.argmax(0)
    places = np.clip(((point + 1) * 32).astype(np.int64), 0, SIZE - 1)
    uv = np.zeros((2, n, SIZE, SIZE), np.int64)
    uv[0][at] = np.where(axis == 0, places[1], places[0])
    uv[1][at] = np.where(axis == 2, places[1], places[2])
    return mask, shade, uv


def _normals(depth: np.ndarray, radius: np.ndarray, at: tuple[np.ndarray, ...]) -> np.ndarray:
    """(3, M) unit normals of the points at ``at``, from the smaller of the differences to both neighbours."""
    which, rows, columns = at
    here = depth[at]
    sides = []
    for shift in ((0, 1), (1, 0)):
        after = depth[which, np.minimum(rows + shift[0], SIZE - 1), np.minimum(columns + shift[1], SIZE - 1)] - here
        before = here - depth[which, np.maximum(rows - shift[0], 0), np.maximum(columns - shift[1], 0)]
        after, before = np.where(np.isnan(after), FAR, after), np.where(np.isnan(before), FAR, before)
        flatter = np.where(np.abs(after) < np.abs(before), after, before)
        sides.append(np.where(np.abs(flatter) < FAR, flatter, 0) * radius[which])
    length = np.sqrt(sides[0] * sides[0] + sides[1] * sides[1] + 1)
    return np.stack([-sides[0] / length, -sides[1] / length, 1 / length])


def _papered(masks: np.ndarray, shades: np.ndarray, uv: np.ndarray, test: int, rng: np.random.Generator) -> np.ndarray:
    n, bank = len(masks), crops(test)
    back = rng.integers(0, len(bank), n)
    behind = light(rng.uniform(40, 210, n), GROUND, rng)
    front = rng.integers(0, len(bank), n)
    before = light(rng.uniform(100, 190, n), THING, rng)

    def draw(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        paper = before.on(bank[front[rows]], rows)
        thing = paper[np.arange(len(paper))[:, None, None], uv[0, rows], uv[1, rows]] * shades[rows][..., None].astype(
            np.float32
        )
        return behind.on(bank[back[rows]], rows), np.clip(thing, 0, 255), _soft(masks[rows])

    return composed(n, draw)


def _soft(masks: np.ndarray) -> np.ndarray:
    """Masks with an antialiased outline of one pixel, shrunk by half a pixel, so that nothing outside the object
    shows."""
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    near = sum(padded[:, i : i + SIZE, j : j + SIZE] for i in range(3) for j in range(3)) / 9
    return (masks * np.clip(near * 1.5 - 0.25, 0, 1)).astype(np.float32)


TASKS = (
    packaged(
        "shapes",
        "Which of 14 solids: a cube, a cone, a ring, ...?",
        "scikit-image+scikit-learn+matplotlib",
        len(BODIES),
        1120,
        shapes,
    ),
)
