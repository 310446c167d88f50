"""The contract of every generator: image k is a pure function of (recipe, seed, k)."""

from __future__ import annotations

import atexit
import inspect
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pictures
import pytest
from synthbench.generators import dead_leaves
from synthbench.generators.stylegan import families, synthesis

from synthbench import generator as interface
from synthbench import registry
from synthbench.entrant.mix import PARTS
from synthbench.entrant.recipe import Recipe, resolve
from synthbench.generator import Generator, fork, label_of, reduced, stream

NEEDS_GL = {"shaders", "shader-synth", "mandelbulb"}
NEEDS_FILE = {"stylegan-trained", "feature-vis-encoder"}
"""Tested elsewhere, with a file created for them."""
FAST = {"feature-vis": {"network": "resnet18", "steps": 2, "side": 32}}
"""Parameters for families whose images take seconds."""
MIXED = 2
"""Images in a mix, in place of six or more."""
LIMIT = 4
"""A family with a ``limit`` is tested on this many of its labels: compiling all its programs takes minutes."""


def _cases() -> dict[str, Recipe]:
    """Every shipped recipe that renders, every registered generator that needs no arguments, and existing images in
    each container."""
    cases = {name: resolve(name) for name in sorted(registry.recipes()) if resolve(name).source is None}
    folder = Path(tempfile.mkdtemp(prefix="synthbench-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in (
        pictures.tree(folder / "tree"),
        pictures.zipped(folder / "a.zip"),
        pictures.webdataset(folder / "shards"),
    ):
        cases[f"images in {path.name}"] = resolve(str(path))
    for key, recipe in cases.items():
        if recipe.mix is not None and recipe.mix.kind not in PARTS:
            cases[key] = recipe.model_copy(update={"mix": recipe.mix.model_copy(update={"n": MIXED})})
    shipped = [(recipe.generator, recipe.arguments()) for recipe in cases.values() if recipe.mix is None]
    for name in sorted(registry.generators()):
        parameters = inspect.signature(registry.load_class(name)).parameters.values()
        if all(p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
            plain = Recipe(name=name, generator=name)
            if (name, plain.arguments()) not in shipped:
                cases[f"{name}()"] = plain
    cases = {key: recipe for key, recipe in cases.items() if recipe.generator not in NEEDS_FILE}
    cases = {
        key: recipe.model_copy(update={"params": {**recipe.params, **FAST.get(recipe.generator, {})}})
        for key, recipe in cases.items()
    }
    for key, recipe in cases.items():
        if recipe.renders and "limit" in inspect.signature(registry.load_class(recipe.generator)).parameters:
            cases[key] = recipe.model_copy(update={"params": {**recipe.params, "limit": LIMIT}})
    return {key: recipe for key, recipe in cases.items() if recipe.renders}


CASES = _cases()


@pytest.fixture(scope="module", autouse=True)
def small_parts():
    """Eight textures instead of 128, and networks with a sixteenth of the channels: only the interface is tested
    here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dead_leaves, "TEXTURES", 8)
        for module in (families, synthesis):
            patch.setattr(module, "channels", lambda resolution: min(2048 // resolution, 32))
        yield


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request):
    recipe = CASES[request.param]
    if recipe.generator in NEEDS_GL:
        request.getfixturevalue("gl")
    return recipe


@pytest.fixture(scope="module")
def generator(case):
    made = case.load()
    yield made
    made.close()


def image(generator: Generator, k: int, size: int = 32, seed: int = 5) -> np.ndarray:
    return generator.render(label_of(k, len(generator.labels)), stream(seed, k), size)


def batch(generator: Generator, ks, size: int = 32, seed: int = 5) -> np.ndarray:
    labels = [label_of(int(k), len(generator.labels)) for k in ks]
    return np.asarray(generator.render_batch(labels, [stream(seed, int(k)) for k in ks], size))


@pytest.fixture(scope="module")
def alone(generator):
    """Images 0 to 3, one by one."""
    return [image(generator, k).copy() for k in range(4)]


def test_labels_are_named_once_each(generator):
    labels = list(generator.labels)
    assert labels
    assert all(isinstance(label, str) and label for label in labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("size", [16, 37, 64])
def test_an_image_is_square_uint8_rgb_and_not_constant(generator, size):
    for k in range(2):
        made = image(generator, k, size)
        assert made.shape == (size, size, 3)
        assert made.dtype == np.uint8
        assert made.min() < made.max(), f"image {k} is constant"


def test_the_same_stream_gives_the_same_bytes(generator, case, alone):
    np.random.seed(1)  # noqa: NPY002 - the global state must not matter
    first = image(generator, 3)
    np.testing.assert_array_equal(first, alone[3])
    image(generator, 4)
    np.testing.assert_array_equal(first, alone[3], err_msg="a later image overwrote an earlier one")
    another = case.load()
    np.testing.assert_array_equal(image(another, 3), alone[3], err_msg="a second generator gives another image")
    another.close()


def test_a_batch_is_its_images_in_any_order(generator, alone):
    n = len(generator.labels)
    ks = np.array([0, 2, n, n + 1])
    made = batch(generator, ks)
    assert made.shape == (len(ks), 32, 32, 3)
    assert made.dtype == np.uint8
    for k, one in zip(ks, made, strict=True):
        expected = alone[k] if k < len(alone) else image(generator, int(k))
        np.testing.assert_array_equal(one, expected, err_msg=f"k={k}")
    shuffled = np.random.default_rng(0).permutation(len(ks))
    parts = [batch(generator, ks[shuffled[:3]]), batch(generator, ks[shuffled[3:]])]
    np.testing.assert_array_equal(np.concatenate(parts), made[shuffled])


def test_images_of_different_k_and_of_different_seeds_differ(generator, alone):
    n = len(generator.labels)
    if getattr(generator, "instances", None) == 1:  # a data set of one image per class
        assert len({one.tobytes() for one in alone}) == 4
        return
    same_label = [alone[0], *batch(generator, [n, 2 * n, 3 * n])]
    assert len({one.tobytes() for one in same_label}) == 4
    assert image(generator, 0, seed=6).tobytes() != alone[0].tobytes()


def test_two_generators_in_one_process_do_not_disturb_each_other(generator, case, alone):
    """The other one has rendered other labels, at another size, and is closed while this one is in use."""
    other = case.load()
    for k in (2, 1):
        image(other, k, size=20)
        np.testing.assert_array_equal(image(generator, k), alone[k], err_msg=f"k={k}, both alive")
    np.testing.assert_array_equal(image(other, 0), alone[0], err_msg="the other one")
    other.close()
    for k in (3, 0):
        np.testing.assert_array_equal(image(generator, k), alone[k], err_msg=f"k={k}, the other one closed")


def test_labels_take_turns():
    assert [label_of(k, 3) for k in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_streams_are_philox_keyed_by_seed_and_k():
    drawn = stream(7, 11).integers(0, 2**32, 4).tolist()
    assert drawn == np.random.Generator(np.random.Philox(key=7 + (11 << 64))).integers(0, 2**32, 4).tolist()
    assert len({stream(s, k).random() for s in range(5) for k in range(5)}) == 25
    assert stream(0, 1).random() != stream(1, 0).random()
    stream(2**64 - 1, 2**64 - 1)


def test_forks_are_determined_by_the_state_and_differ():
    first, again = fork(stream(0, 0), 3), fork(stream(0, 0), 3)
    values = [rng.random() for rng in first]
    assert values == [rng.random() for rng in again]
    assert len(set(values)) == 3


class Flat(Generator):
    labels = ("a", "b", "c")

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full((size, size, 3), label, np.uint8)


def test_reducing_keeps_flat_parts_edges_and_the_image_of_its_own_size():
    image = np.zeros((128, 128, 3), np.uint8)
    image[:, 64:] = (200, 100, 50)
    small = reduced(image, 32)
    assert small.shape == (32, 32, 3)
    assert (small[:, :14] == 0).all() and (small[:, 18:] == (200, 100, 50)).all()
    assert reduced(image, 128) is image
    assert reduced(image[..., 0], 32).shape == (32, 32)


def test_the_default_batch_announces_each_label():
    heard = []
    interface.listen(heard.append)
    try:
        made = Flat().render_batch([2, 0, 1], [stream(0, k) for k in range(3)], 8)
    finally:
        interface.listen(None)
    assert heard == ["c", "a", "b"]
    assert made[:, 0, 0, 0].tolist() == [2, 0, 1]


def test_a_batch_needs_as_many_streams_as_labels():
    with pytest.raises(ValueError, match="shorter"):
        Flat().render_batch([0, 1], [stream(0, 0)], 8)


def test_a_generator_without_render_cannot_be_made():
    class Lazy(Generator):
        labels = ("a",)

    with pytest.raises(TypeError, match="abstract method '?render"):
        Lazy()
