"""Each common mistake gets a message that names it."""

from __future__ import annotations

import pictures
import pytest

from synthbench.entrant.recipe import Recipe, resolve
from synthbench.errors import GeneratorError, UnknownNameError, UsageError
from synthbench.render.preflight import preflight, tried

BATCH = "    def render_batch(self, labels, rngs, size):\n        return np.stack([noise(r, size) for r in rngs]) // 2"

MISTAKES = {
    "raise": ("1 // (label - 2)\nreturn noise(rng, size)",
        r"'c', image k=2: raised ZeroDivisionError: .* at .*my_gen.py:12\."),
    "shape": ("return noise(rng, size)[1:]", r"returned shape \(15, 16, 3\); it must be \(16, 16, 3\)"),
    "dtype": ("return noise(rng, size) / 255", "returned dtype float64; it must be uint8"),
    "nan": ("return np.full((size, size, 3), np.nan)", "float64 with NaN or infinity"),
    "none": ("pass", "returned NoneType \(is its `return` missing\?\); it must return a numpy array"),
    "constant": ("return np.full((size, size, 3), rng.integers(256), np.uint8)",
        r"\d+ of \d+ images tried are constant"),
    "global": ("return noise(np.random.default_rng(), size)",
        "label 'a', image k=0: is not deterministic.*use the given rng"),
    "hang": ("while label == 1: pass\nreturn noise(rng, size)", "label 'b', image k=1: the generator hung for 1 s"),
    "exit": ("os._exit(7)", r"label 'a', image k=0: the generator ended its process \(exit code 7\)"),
    "crash": ("os.kill(os.getpid(), signal.SIGSEGV)", r"label 'a', image k=0: .*crashed its process \(SIGSEGV\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(user, name):
    body, message = MISTAKES[name]
    with pytest.raises(GeneratorError, match=message) as caught:
        preflight(user(body), size=16, seed=0, deadline=1.0)
    assert str(caught.value).startswith("Mine: ")


def test_an_attribute_of_the_generators_own_may_be_called_base(user):
    assert preflight(user("return noise(rng, size)", more="    base = 0.5"), size=16, seed=0) == []


def test_render_batch_differs(user):
    with pytest.raises(GeneratorError, match=r"image k=0: render_batch differs from render \(by up to \d+ of 255\)"):
        preflight(user("return noise(rng, size)", more=BATCH), size=16, seed=0)


def test_state_between_images(user):
    body = "self.n = getattr(self, 'n', 0) + 1\nreturn noise(rng, size) // self.n"
    with pytest.raises(GeneratorError, match=r"not deterministic.*state left by an earlier image"):
        preflight(user(body), size=16, seed=0)


def test_good_generator(stripes):
    assert preflight(stripes, size=16, seed=0) == []


def test_same_image_for_every_k(user):
    (warning, *_) = preflight(
        user("x = np.zeros((size, size, 3), np.uint8)\nx[label] = 255\nreturn x"), size=16, seed=0
    )
    assert "label 'a' draws the same image for every k" in warning


def test_images_that_do_not_decode_are_left_out(tmp_path):
    folder = pictures.tree(tmp_path / "photos", [f"{i}.png" for i in range(8)])
    (folder / "0.png").write_bytes(b"no image")
    (warning,) = preflight(resolve(str(folder)), size=16, seed=0)
    assert warning == (
        f"photos: 1 of 8 images tried are left out: {folder}/0.png does not decode: it is no image of a known format."
    )
    for i in range(1, 5):
        (folder / f"{i}.png").write_bytes(b"no image")
    with pytest.raises(
        GeneratorError, match=r"photos: 5 of 8 images tried are left out: .* Repair or remove such files"
    ):
        preflight(resolve(str(folder)), size=16, seed=0)
    for i in range(5, 8):
        (folder / f"{i}.png").write_bytes(b"no image")
    with pytest.raises(GeneratorError, match="photos: 8 of 8 images tried are left out"):
        preflight(resolve(str(folder)), size=16, seed=0)


def test_one_image_of_a_label(tmp_path):
    (first, _) = preflight(resolve(str(pictures.tree(tmp_path / "photos", ["a/0.png", "b/0.png"]))), size=16, seed=0)
    assert (
        first == "photos: label 'a' draws the same image for every k: it does not use its rng, or has only one image."
    )


def test_unknown_parameter(stripes):
    with pytest.raises(UsageError, match=r"unknown parameter of .*'widht'"):
        preflight(stripes.model_copy(update={"params": {"widht": 3}}), size=16, seed=0)


def test_unknown_generator():
    with pytest.raises(UsageError, match="unknown generator 'no-such'"):
        preflight(Recipe(name="x", generator="no-such"), size=16, seed=0)
    assert issubclass(UnknownNameError, UsageError)


def test_tried_is_spread_over_labels():
    assert tried(1, 64) == list(range(8))
    assert tried(1000, 64) == [0, 1, 2, 3, 4, 5, 6, 7, 125, 250, 375, 500, 625, 750, 875, 1000, 1001]
    assert tried(1000, 4096) == [0, 1, 1000]
