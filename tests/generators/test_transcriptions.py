"""Images compared with the formulas of their sources, implemented again without our drawing code, with the same random
numbers."""

from __future__ import annotations

import colorsys
import math

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import stats
from synthbench.generators import contours
from synthbench.generators.contours import Contours
from synthbench.generators.fractals import anderson, categories, ifs, space
from synthbench.generators.fractals.exfractaldb import ExFractalDB

from synthbench.generator import stream


class Recorder:
    """A random stream that records its output."""

    def __init__(self, rng):
        self.rng, self.given = rng, []

    def __getattr__(self, name):
        def draw(*args, **kwargs):
            self.given.append(getattr(self.rng, name)(*args, **kwargs))
            return self.given[-1]

        return draw


# VisualAtom and RCDB: masora1030/CVPR2023-FDSL-on-VisualAtom, render_VisualAtom.py; CVPR2022-Pretrained-ViT-PyTorch,
# make_rcdb.py


def pnoise1(t, left, right):
    """Noise at t between two lattice points of these hashes: caseman/noise, _perlin.c."""

    def gradient(number, x):
        return x * (-1 if number & 8 else (number & 7) + 1)

    at_left, at_right = gradient(left, t), gradient(right, t - 1)
    return 0.4 * (at_left + t**3 * (t * (t * 6 - 15) + 10) * (at_right - at_left))


@pytest.mark.parametrize(
    ("kind", "label"), [("visualatom", 0), ("visualatom", 3), ("rcdb", 1), ("rcdb", 2), ("rcdb", 4)]
)
def test_outlines_are_those_of_the_sources_line_by_line(kind, label):
    generator, rng = Contours(kind=kind), stream(9, label)
    shape, reach = generator.shape(label), 512 if kind == "visualatom" else 400
    middle = (512 + rng.integers(-reach, reach + 1, 2)) / 2
    radii = shape.half_axes or contours._half_axes(rng, 0, 100)
    each = (shape.lines, 2, shape.vertices)
    places, hashes = rng.random(each, np.float32), rng.integers(0, 256, each, dtype=np.uint8)
    grays = rng.integers(0, 256, shape.lines, dtype=np.uint8).tolist()

    want = Image.new("RGB", (512, 512), (0, 0, 0) if kind == "visualatom" else (255, 255, 255))
    pen, angle = ImageDraw.Draw(want), 2 * math.pi / shape.vertices
    turns = [(math.cos(angle * j), math.sin(angle * j)) for j in range(shape.vertices)]
    corners = [[turns[j][axis] * radii[axis] + middle[axis] for axis in (0, 1)] for j in range(shape.vertices)]
    for line, gray in enumerate(grays):
        for j in range(shape.vertices):
            for axis in (0, 1):
                number = int(hashes[line, axis, j])
                p = pnoise1(float(places[line, axis, j]), number & 15, number >> 4)
                if kind == "visualatom":
                    waves = sum(0.5 * math.sin(angle * j * n) for n in shape.waves)
                    step = p * shape.noise - shape.noise - waves
                else:
                    step = 2 * p * shape.noise - shape.noise
                corners[j][axis] -= turns[j][axis] * (step - shape.width)
        for j in range(shape.vertices):
            pen.line((*corners[j], *corners[(j + 1) % shape.vertices]), fill=(gray, gray, gray), width=1)
    made = generator.render(label, stream(9, label), 512)
    assert (made != np.asarray(want)).any(axis=2).mean() < 2e-4, (
        "but for corners that float32 noise moves over the edge of a pixel"
    )


# ExFractalDB: CVPR2022-Pretrained-ViT-PyTorch, exfractaldb_render (IteratedFunctionSystem.py, instance.py, render.py)


def look_at(eye, target, up):
    """gluLookAt."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    side = np.cross(forward, up) / np.linalg.norm(np.cross(forward, up))
    matrix = np.eye(4)
    matrix[:3, :3] = side, np.cross(side, forward), -forward
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    return matrix


def perspective(field, near, far):
    """gluPerspective of a square window."""
    f = 1 / math.tan(field / 2)
    return np.array(
        [[f, 0, 0, 0], [0, f, 0, 0], [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)], [0, 0, -1, 0]]
    )


def about_y(turn):
    return np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])


@pytest.mark.parametrize("label", [0, 7])
def test_exfractaldb_is_its_sources_orbit_seen_by_its_sources_camera(label):
    rng = stream(4, label)
    row, view = int(rng.integers(145)), int(rng.integers(12))
    jitter = rng.uniform(-math.pi, math.pi)
    maps = categories.candidate(int(categories.kept(3)[label]), 3)
    shares = np.cumsum(np.abs(np.linalg.det(maps[:, :9].reshape(-1, 3, 3))))
    weighted, numbers = maps * space.WEIGHTS[row], ifs.choices(10_000) / 2.0**32
    at, points = np.zeros(3), []
    for number in numbers:
        chosen = weighted[int((number > shares / shares[-1]).sum())]
        at = chosen[:9].reshape(3, 3) @ at + chosen[9:]
        points.append(at)
    cloud = np.array(points)
    cloud = 2 * (cloud - cloud.min()) / (cloud.max() - cloud.min()) - 1
    cloud -= cloud.mean(axis=0)
    turned = about_y(2 * math.pi * view / 12) @ about_y(math.radians(30)) @ about_y(math.radians(jitter))
    camera = look_at(-4 * turned @ [1, 0, 0], np.zeros(3), turned @ [0, 1, 0])
    clip = (perspective(math.radians(45), 1.0, 100.0) @ camera @ np.column_stack([cloud, np.ones(10_000)]).T).T
    inside = (np.abs(clip[:, :3]) <= clip[:, 3:]).all(axis=1)
    window = np.floor((clip[inside, :2] / clip[inside, 3:] + 1) * 112).astype(int)
    want = np.zeros((224, 224), np.uint8)
    for column, row_up in window:  # glReadPixels returns the lowest row first, and the source saves it so
        if column < 224 and row_up < 224:
            want[row_up, column] = 255
    made = ExFractalDB().render(label, stream(4, label), 224)
    assert want.any()
    assert (made != want[..., None]).any(axis=2).mean() < 1e-4


# Anderson & Farrell: catalys1/fractal-pretraining, fractals/ifs.py, fractals/diamondsquare.py, datasets/generator.py


def hsv(hue, saturation, value):
    """OpenCV's colour of three bytes; a step of the hue is two degrees."""
    return [round(255 * x) for x in colorsys.hsv_to_rgb(2 * hue / 360 % 1, saturation / 255, value / 255)]


@pytest.mark.parametrize("label", [1, 3, 5])
def test_a_fractal_of_anderson_and_farrell_is_its_sources(label, monkeypatch):
    monkeypatch.setattr(anderson, "POINTS", 20_000)
    maps = anderson.system(stream(2022, label))
    draws = Recorder(stream(5, label))
    made = anderson.windowed(maps, 224, draws)
    given = draws.given

    system = maps.copy()
    for _ in range(4):
        which, factor, *given = given
        changed = maps.copy()
        changed[which] *= factor
        if np.linalg.svd(changed[:, :4].reshape(-1, 2, 2), compute_uv=False).max() <= 1:
            system = changed
            break
    numbers, shift, stretch, mask, flips, hue_shift, saturation, value = given
    shares = np.abs(np.linalg.det(system[:, :4].reshape(-1, 2, 2)))
    shares = np.cumsum(shares / shares.sum())
    x, y = np.linalg.solve(np.eye(2) - system[0, :4].reshape(2, 2), system[0, 4:])
    points = []
    for number in numbers / 2.0**32:
        a, b, c, d, e, f = system[min(int((number >= shares).sum()), len(system) - 1)]
        x, y = a * x + b * y + e, c * x + d * y + f
        points.append((x, y))
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    middle, half = (low + high) / 2 + (high - low) * shift, (high - low) * stretch / 2
    counts = np.zeros((224, 224))
    for point in points:
        row, column = (int(n) for n in (point - (middle - half)) * 223 / (2 * half))
        for cell in range(9):
            r, c = row + cell % 3 - 1, column + cell // 3 - 1
            if mask >> cell & 1 and 0 <= r < 224 and 0 <= c < 224:
                counts[r, c] += 1
    grey = counts / max(counts.max(), 1)
    transposed, upside_down, mirrored = flips < 0.5
    grey = grey if transposed else grey.T  # rows are x there, columns here, and half of either are transposed
    grey = grey[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
    want = np.zeros((224, 224, 3))
    for r, c in np.argwhere(grey > 0):
        want[r, c] = hsv(int(grey[r, c] * 255 + hue_shift) % 256, int(saturation * 255), int(value * 255))
    assert want.any()
    difference = np.abs(made - want).max(axis=2)
    assert (difference > 2).mean() < 2e-4, "but for points that rounding moves over the edge of a pixel"


def test_a_background_of_anderson_and_farrell_is_its_sources():
    draws = Recorder(stream(6, 1))
    made = anderson.background(64, draws)
    decay, noise, hue_scale, hue_shift, saturation_scale, saturation_shift, value_scale, value_shift = draws.given
    n, side = 6, 65
    field = np.zeros((side, side))
    for r in (0, side - 1):
        for c in (0, side - 1):
            field[r, c] = 0.5 + noise[r, c]  # uniform in 0..1
    for k in range(1, n + 1):
        most, ss = math.exp(decay * (1 - k)), side // 2**k
        for r in range(ss, side, 2 * ss):
            for c in range(ss, side, 2 * ss):
                around = field[r - ss, c - ss] + field[r - ss, c + ss] + field[r + ss, c - ss] + field[r + ss, c + ss]
                field[r, c] = around / 4 + most * noise[r, c]
        for r in range(0, side, ss):
            for c in range(0 if r // ss % 2 else ss, side, 2 * ss):
                up, down = r - ss if r else side - ss - 1, r + ss if r < side - 1 else ss
                left, right = c - ss if c else side - ss - 1, c + ss if c < side - 1 else ss
                around = field[up, c] + field[down, c] + field[r, left] + field[r, right]
                field[r, c] = around / 4 + most * noise[r, c]
    for r in range(64):
        for c in range(64):
            x = field[r, c]
            hue = math.floor(255 * (x * hue_scale + hue_shift)) % 256
            saturation = min(int(255 * max(x * saturation_scale + saturation_shift, 0)), 255)
            value = min(int(255 * max(x * value_scale + value_shift, 0)), 255)
            assert np.abs(made[r, c] - np.array(hsv(hue, saturation, value), int)).max() <= 2, (r, c)


def test_systems_of_anderson_and_farrell_follow_the_distribution_of_its_sources_sampler():
    """Two orthonormal matrices, each a rotation with its own random signs, around the singular values; ours draws
    the signs only once."""
    rng, n, want, ours = np.random.default_rng(1), 3, [], []
    for k in range(1500):
        turns, signs = rng.uniform(-math.pi, math.pi, 2 * n), np.sign(rng.random((2 * n, 1, 2)) - 0.5)
        sine, cosine = np.sin(turns), np.cos(turns)
        bases = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1) * signs
        p = rng.uniform((5 + n) / 2, (6 + n) / 2)
        q, values = p - 3 * n + 3, []
        for _ in range(n - 1):
            first = rng.uniform(max(0, q / 3), min(1, p))
            p, q = p - first, q - first
            second = rng.uniform(max(0, q / 2), min(first, p / 2))
            p, q = p - 2 * second, q - 2 * second + 3
            values.append((first, second))
        second = rng.uniform(max(0, (p - 1) / 2), p / 3)
        values.append((p - 2 * second, second))
        want.append((bases[:n] * np.array(values)[:, None]) @ bases[n:])
        ours.append(anderson.system(stream(7, k), n=n)[:, :4].reshape(-1, 2, 2))
    for one in range(n):
        a, b = np.array(want)[:, one], np.array(ours)[:, one]
        for r, c in np.ndindex(2, 2):
            assert stats.ks_2samp(a[:, r, c], b[:, r, c]).pvalue > 1e-3
        assert stats.ks_2samp(np.linalg.det(a), np.linalg.det(b)).pvalue > 1e-3
