"""Mandelbulb variations: the rules, the camera and the solid compared with a plain ray march, the colours."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from synthbench.generators import mandelbulb
from synthbench.generators.mandelbulb import RULES, Mandelbulb, direction

from synthbench.errors import UsageError
from synthbench.generator import stream


def test_there_are_seventeen_powers_and_sixty_one_rules():
    labels = Mandelbulb().labels
    assert len(labels) == 17 * 61 == len(set(labels))
    assert labels[0] == "power-02-rule-107" and labels[-1] == "power-18-rule-297"
    with pytest.raises(UsageError, match="limit must be at least 0, not -1"):
        Mandelbulb(limit=-1)


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        (0, "vec3(cos(phi), cos(phi), cos(phi))"),
        (0b111_000_001, "vec3(-sin(theta), cos(phi), -cos(phi))"),
        (0b010_101_100, "vec3(cos(theta), -sin(phi), sin(phi))"),
    ],
)
def test_nine_bits_are_sine_angle_and_sign_of_each_coordinate(rule, meaning):
    assert direction(rule) == meaning


def test_no_two_rules_are_the_same():
    assert len({direction(rule) for rule in RULES}) == 61


def picks(time: float, n: int) -> np.ndarray:
    """The hashes of an image's time, in [0, 1)."""

    def mixed(x: int) -> int:
        x = (x * 747796405 + 2891336453) % 2**32
        x = ((x >> ((x >> 28) + 4)) ^ x) * 277803737 % 2**32
        return (x >> 22) ^ x

    seed = mixed(int(np.float32(time).view(np.uint32)))
    return np.array([(mixed((seed + i) % 2**32) >> 8) / 2**24 for i in range(n)])


def naive(power: int, rule: int, time: float, size: int) -> np.ndarray:
    """(size, size) bool: the pixels whose ray hits the solid in a march as in the source."""
    spin = 2 * math.pi * picks(time, 2)
    (a, c), (b, d) = np.cos(spin), np.sin(spin)
    sight, up = np.array([a * d, -a * c, -b]), np.array([b * d, -b * c, a])
    side = np.cross(sight, up)
    y, x = np.mgrid[:size, :size]
    u, v = (x + 0.5) / size - 0.5, 0.5 - (y + 0.5) / size
    rays = u[..., None] * side + v[..., None] * up + sight
    rays /= np.linalg.norm(rays, axis=2, keepdims=True)
    bits = [int(bit) for bit in f"{rule:09b}"]
    t = np.zeros((size, size))
    moving = np.ones((size, size), bool)
    for _ in range(250):
        at = rays[moving] * t[moving][:, None] - 2.5 * sight
        z, r, slope = at.copy(), np.linalg.norm(at, axis=1), np.ones(len(at))
        inside = np.ones(len(at), bool)
        for _ in range(100):
            inside = r <= 4
            if not inside.any():
                break
            zi, ri = z[inside], r[inside]
            angles = power * np.arctan2(zi[:, 1], zi[:, 0]), power * np.arccos(zi[:, 2] / ri)
            way = np.stack(
                [(np.cos, np.sin)[bits[i]](angles[bits[i + 1]]) * (1, -1)[bits[i + 2]] for i in (0, 3, 6)], axis=1
            )
            slope[inside] = power * ri**power * slope[inside] + 1
            z[inside] = ri[:, None] ** power * way + at[inside]
            r[inside] = np.linalg.norm(z[inside], axis=1)
        step = 0.5 * np.log(r) * r / slope
        t[moving] += np.where(step > 0.001, step, 0)
        goes = (step > 0.001) & (t[moving] <= 10)
        moving[moving] = goes
        if not moving.any():
            break
    return t < 10


@pytest.mark.parametrize(("power", "rule"), [(8, 334), (3, 190), (12, 451)])
def test_the_solid_is_that_of_a_plain_march(gl, power, rule):
    generator = Mandelbulb()
    label = generator.labels.index(f"power-{power:02d}-rule-{rule}")
    try:
        made = super(Mandelbulb, generator).render(label, stream(0, 1), 40)
    finally:
        generator.close()
    solid = naive(power, rule, stream(0, 1).uniform(0, 1000), 40)
    assert 0.05 < solid.mean() < 0.95
    assert ((made < 255).any(axis=2) != solid).mean() < 0.03


def test_a_picture_is_two_by_two_samples_a_pixel_on_white(gl):
    generator = Mandelbulb()
    labels = [61 * 6, 61 * 10 + 20]
    try:
        images = generator.render_batch(labels, [stream(0, k) for k in range(2)], 48)
        large = super(Mandelbulb, generator).render(labels[1], stream(0, 1), 96)
        np.testing.assert_array_equal(
            images[1], np.asarray(Image.fromarray(large).resize((48, 48), Image.Resampling.LANCZOS))
        )
        np.testing.assert_array_equal(images[0], generator.render(labels[0], stream(0, 0), 48))
    finally:
        generator.close()
    for image in images:
        assert (image[[0, 0, -1, -1], [0, -1, 0, -1]] > 200).all(), "white corners"
        assert 0.2 < (image < 200).any(axis=2).mean() < 0.9
        assert len(np.unique(image.reshape(-1, 3), axis=0)) > 100


def test_sides_and_colours_change_with_the_picture(gl):
    generator = Mandelbulb()
    try:
        images = [generator.render(61 * 6 + 5, stream(0, k), 32) for k in range(6)]
    finally:
        generator.close()
    assert len({image.tobytes() for image in images}) == 6
    drawn = np.array([picks(stream(0, k).uniform(0, mandelbulb.SECONDS), 11) for k in range(500)])
    assert np.abs(np.corrcoef(drawn, rowvar=False) - np.eye(11)).max() < 0.2
    assert np.abs(drawn.mean(axis=0) - 0.5).max() < 0.06
