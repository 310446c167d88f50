"""Tasks in clutter: the same images on every machine, balanced classes, and separate pixels for training and test."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import features

from synthbench.evaluate import clutter, photos, registry
from synthbench.evaluate import task as interface
from synthbench.evaluate.tasks import digits, glyphs, materials

FREETYPE = "2.14.3"
"""The version for the hashes of drawn letters; another one may change an outline by a shade of gray, which ``MEANS``
allows."""
GOLDEN = {
    "letters": "e9fa11a97912904a",
    "pictograms": "95dded57d363be59",
    "scripts": "a3682778b6eabebc",
    "digits": "c635a5f6e2815405",
    "faces": "fe3120316278447f",
    "materials": "7a350d243a8014e5",
    "shapes": "cb7255f5dfc717b4",
}


@pytest.fixture(scope="module", params=GOLDEN)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def made(name):
    return registry.task(name).splits(64)


def test_shapes_types_and_classes(name, made):
    about = registry.task(name).about
    for part, n in ((made.train, about.counts[0]), (made.test, about.counts[2])):
        assert part.pixels.shape == (n, 64, 64, 3) and part.pixels.dtype == np.uint8 and part.labels.dtype == np.int64
        counts = np.bincount(part.labels, minlength=about.classes)
        assert len(counts) == about.classes and counts.max() <= 1.15 * n / about.classes, (
            "a guess is right about once in so many"
        )
    assert (
        len({one.tobytes() for one in np.concatenate([made.train.pixels, made.test.pixels])})
        == about.counts[0] + about.counts[2]
    )


def test_the_images_are_pinned(name, made):
    if name in ("letters", "pictograms", "scripts") and features.version("freetype2") != FREETYPE:
        pytest.skip(f"needs FreeType {FREETYPE}")
    digest = hashlib.sha256()
    for part in (made.train, made.test):
        digest.update(part.pixels.tobytes() + part.labels.tobytes())
    assert digest.hexdigest()[:16] == GOLDEN[name]


MEANS = {
    "letters": [115.3, 89.6, 80.3, 162.0, 134.3, 156.9],
    "pictograms": [79.1, 154.8, 74.8, 88.2, 120.8, 94.1],
    "scripts": [119.8, 135.9, 78.1, 138.6, 193.5, 55.9],
    "digits": [191.5, 124.4, 56.7, 161.4, 57.5, 73.6],
    "faces": [141.3, 138.7, 101.4, 151.4, 129.6, 163.6],
    "materials": [135.7, 114.4, 107.9, 118.9, 176.0, 123.8],
    "shapes": [120.9, 80.1, 125.9, 141.3, 90.5, 130.2],
}
"""Mean gray values of the first test images."""


def test_another_typeface_engine_draws_nearly_the_same(name, made):
    assert made.test.pixels[:6].mean((1, 2, 3)) == pytest.approx(MEANS[name], abs=0.5)


def test_at_another_size_they_are_resized():
    small = registry.task("digits").splits(32)
    assert small.test.pixels.shape[1:] == (32, 32, 3)
    interface._made.cache_clear()


@pytest.fixture
def halves(monkeypatch):
    """Photos with one shade for training, another for the test, a third for pretraining."""
    image = np.full((400, 400, 3), 7, np.uint8)
    image[:200, :200], image[:200, 200:] = 50, 200
    monkeypatch.setattr(photos, "photo", lambda _: image)
    clutter.crops.cache_clear()
    yield
    clutter.crops.cache_clear()


@pytest.mark.parametrize(("test", "shade"), [(0, 50), (1, 200)])
def test_backgrounds_and_surfaces_come_from_their_part(halves, test, shade):
    assert (clutter.crops(test) == shade).all()


def test_materials_come_from_their_part(halves, monkeypatch):
    """All except their corners, which are outside the rotated crop and never under a blob."""
    seen = []
    real = clutter.Light.on
    monkeypatch.setattr(
        clutter.Light,
        "on",
        lambda self, images, rows: (seen.append(np.unique(images[:, 12:52, 12:52])), real(self, images, rows))[1],
    )
    materials.materials(1)
    assert set(np.concatenate(seen).tolist()) == {200}


def test_typefaces_signs_and_writers_of_the_test_are_new(monkeypatch):
    assert not set(glyphs.DEJAVU) & set(glyphs.OTHERS)
    drawn: dict[int, set[str]] = {0: set(), 1: set()}
    real = glyphs.ImageDraw.ImageDraw.text
    for test in (0, 1):
        monkeypatch.setattr(
            glyphs.ImageDraw.ImageDraw,
            "text",
            lambda self, at, text, t=test, **words: (drawn[t].add(text), real(self, at, text, **words))[1],
        )
        glyphs.scripts(test)
    assert drawn[0] and drawn[1] and not drawn[0] & drawn[1]
    images, _ = digits._digits()
    seen: dict[int, set[bytes]] = {0: set(), 1: set()}
    for test in (0, 1):
        monkeypatch.setattr(
            digits, "posed", lambda square, *_, t=test: (seen[t].add(square.tobytes()), np.zeros((64, 64), np.uint8))[1]
        )
        digits.digits(test)
    assert len(seen[0]) <= 900 and not seen[0] & seen[1] and len(images) == 1797
