"""The evaluation's photos: fixed, balanced, and no pixel used twice."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from synthbench.entrant import recipe
from synthbench.errors import DataError, UnknownNameError
from synthbench.evaluate import photos, registry
from synthbench.evaluate import task as interface
from synthbench.generator import stream
from synthbench.protocol import protocol as protocols

SIZE = 64
"""As in simclr-resnet18-pocket."""
GOLDEN = {"photos-gray": "52691087fad1ada5", "photos-detail": "c1e4a3c497201030", "photos-tinted": "d3ebc95776d0a04c"}


@pytest.fixture(scope="module", params=sorted(name for name in registry.tasks() if name.startswith("photos-")))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def data(name):
    return registry.task(name).splits(SIZE)


def test_shapes_types_and_balance(name, data):
    task = registry.task(name).about
    for part, n in ((data.train, task.counts[0]), (data.test, task.counts[2])):
        x, y = part.pixels, part.labels
        assert len(part) == n
        assert x.shape == (len(y), SIZE, SIZE, 3)
        assert (x.dtype, y.dtype) == (np.uint8, np.int64)
        counts = np.bincount(y, minlength=task.classes)
        assert len(counts) == task.classes
        assert (counts == counts[0]).all(), "the chance level is that of balanced classes"
    assert task.chance == pytest.approx(1 / task.classes)
    assert task.title and task.source and task.revision and task.licence


def test_the_same_images_every_time(name, data):
    np.random.seed(3)  # noqa: NPY002 - the global state must not matter
    interface._made.cache_clear()
    again = registry.task(name).splits(SIZE)
    for a, b in ((data.train, again.train), (data.test, again.test)):
        np.testing.assert_array_equal(a.pixels, b.pixels)
        np.testing.assert_array_equal(a.labels, b.labels)


def test_the_released_tasks_stay_as_they_are(name, data):
    """As when they were released."""
    digest = hashlib.sha256()
    for part in (data.train, data.test):
        digest.update(part.pixels.tobytes() + part.labels.tobytes())
    assert digest.hexdigest()[:16] == GOLDEN[name]


def test_images_are_all_different(data):
    everything = np.concatenate([data.train.pixels, data.test.pixels])
    assert len({one.tobytes() for one in everything}) == len(everything)


@pytest.fixture
def fake_photo(monkeypatch):
    """Replace the photos; the tasks' cache is cleared around it."""
    interface._made.cache_clear()
    yield lambda image: monkeypatch.setattr(photos, "photo", lambda _: image)
    monkeypatch.undo()
    interface._made.cache_clear()


@pytest.mark.parametrize(("height", "width"), [(300, 400), (301, 333), (97, 64), (300, 451)])
def test_the_three_parts_cover_a_photo_once(fake_photo, height, width):
    image = np.zeros((height, width, 3), np.uint8)
    fake_photo(image)
    for part in (photos.upper_left, photos.upper_right, photos.lower_half):
        part("any")[...] += 1
    assert (image == 1).all()


@pytest.mark.parametrize("which", ["train", "test"])
def test_train_and_test_crops_stay_in_their_part(fake_photo, name, which):
    """With noise everywhere except in one part, exactly the crops of that part have a single shade."""
    image = np.random.default_rng(0).integers(0, 256, (301, 401, 3), dtype=np.uint8)
    fake_photo(image)
    (photos.upper_left if which == "train" else photos.upper_right)("any")[...] = (90, 120, 60)
    made = registry.task(name).splits(SIZE)
    spread = {
        key: np.ptp(x, axis=(1, 2)).max(1) for key, x in (("train", made.train.pixels), ("test", made.test.pixels))
    }
    assert spread[which].max() == 0
    assert spread["test" if which == "train" else "train"].min() > 0


def test_the_photographs_entrant_sees_lower_halves_only(fake_photo):
    image = np.random.default_rng(0).integers(0, 256, (301, 401, 3), dtype=np.uint8)
    fake_photo(image)
    photos.lower_half("any")[...] = (90, 120, 60)
    entrant = recipe.resolve("photographs").load()
    for k in range(20):
        made = entrant.render(k % len(entrant.labels), stream(0, k), SIZE)
        assert (made == (90, 120, 60)).all()


@pytest.mark.parametrize("photo", photos.NAMES)
def test_the_packaged_photos_are_those_of_the_protocol(photo):
    image = photos.photo(photo)
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.dtype == np.uint8
    assert min(image.shape[:2]) <= photos.TALLEST
    assert photos.upper_left(photo).std() > 0


def test_another_version_of_a_photo_is_refused(monkeypatch):
    package, file, _ = photos._FILES["coffee"]
    monkeypatch.setitem(photos._FILES, "coffee", (package, file, "0" * 16))
    photos.photo.cache_clear()
    with pytest.raises(DataError, match=r"coffee\.png is not the photo .*skimage may have another version"):
        photos.photo("coffee")
    photos.photo.cache_clear()


@pytest.mark.parametrize("package", ["skimage", "no_such_package_here"])
def test_a_missing_photo_is_named(package):
    with pytest.raises(DataError, match=rf"the package {package} does not contain absent\.png: `pip install"):
        photos.packaged(package, "absent.png")


def test_only_complete_groups_have_a_mean():
    whole = protocols.load("moco_v2-resnet50").evaluate.tasks
    assert registry.partial_groups(whole) == registry.partial_groups(["imagenet-1k", "cifar10"]) == []
    assert registry.partial_groups([t for t in whole if t not in ("vtab-natural/dtd", "vtab-structured/dmlab")]) == [
        "vtab-natural",
        "vtab-structured",
    ]


def test_an_unknown_task_is_suggested(name):
    with pytest.raises(UnknownNameError, match=rf"unknown task '{name}s'. Did you mean .*{name}"):
        registry.task(name + "s")
