"""Mandelbulb variations: the rules, and pictures that show a solid on black."""

from __future__ import annotations

import math

import numpy as np
import pytest
from synthbench.generators.mandelbulb import RULES, Mandelbulb

from synthbench.errors import UsageError
from synthbench.generator import stream


def test_there_are_seventeen_powers_and_sixty_one_rules():
    labels = Mandelbulb().labels
    assert len(labels) == 17 * 61 == len(set(labels))
    assert labels[0] == "power-02-rule-00" and labels[-1] == "power-18-rule-60"
    with pytest.raises(UsageError, match="limit must be at least 0, not -1"):
        Mandelbulb(limit=-1)


def test_every_rule_is_a_direction_and_no_two_are_the_same():
    angles = np.random.default_rng(0).uniform(-3, 3, (20, 2))
    values = []
    for rule in RULES:
        made = [eval(rule, {"vec3": lambda *v: v, "sin": math.sin, "cos": math.cos, "a": a, "b": b}) for a, b in angles]
        np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1)
        values.append(np.round(made, 6).tobytes())
    assert len(set(values)) == 61
    a, b = angles.T
    usual = eval(RULES[0], {"vec3": lambda *v: np.array(v), "sin": np.sin, "cos": np.cos, "a": a, "b": b})
    np.testing.assert_allclose(usual, [np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)])


@pytest.mark.parametrize("label", [0, 61 + 33, 61 * 6, 61 * 6 + 57, 61 * 16 + 20])
def test_a_picture_shows_a_solid_on_black(gl, label):
    generator = Mandelbulb()
    images = [generator.render(label, stream(0, k), 64) for k in range(4)]
    generator.close()
    for image in images:
        lit = image.any(axis=2)
        assert 0.2 < lit.mean() < 0.98
        assert lit[24:40, 24:40].mean() > 0.6
        assert len(np.unique(image.reshape(-1, 3), axis=0)) > 100
    assert len({image.tobytes() for image in images}) == 4


def test_the_usual_bulb_has_the_extent_of_its_definition(gl):
    """Power 8 from any side: the silhouette is about that of points that do not escape."""
    generator = Mandelbulb()
    source = generator.source(61 * 6)
    generator.close()
    assert "8.0 * acos" in source and "1.1041" in source  # 2^(1/7): no point outside of this radius stays
