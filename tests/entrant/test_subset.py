"""A recipe restricted to some labels of its generator."""

from __future__ import annotations

import numpy as np
import pictures
import pytest

from synthbench.entrant.mix import Mix
from synthbench.entrant.recipe import read, resolve
from synthbench.errors import UnknownNameError, UsageError
from synthbench.generator import stream


def restricted(name, *labels):
    return resolve(name).model_copy(update={"labels": labels})


def test_its_images_are_those_of_the_labels():
    whole = resolve("fractaldb-1k").load()
    names = [whole.labels[7], whole.labels[3]]
    some = restricted("fractaldb-1k", *names).load()
    assert list(some.labels) == names
    rngs = [stream(0, k) for k in range(4)]
    made = some.render_batch([0, 1, 1, 0], rngs, 16)
    for k, (label, image) in enumerate(zip([7, 3, 3, 7], made, strict=True)):
        np.testing.assert_array_equal(image, whole.render(label, stream(0, k), 16))
    np.testing.assert_array_equal(some.render(1, stream(0, 1), 16), made[1])


def test_a_mix_is_of_the_chosen_labels_only(stripes):
    one = stripes.model_copy(update={"labels": ("wavy",), "mix": Mix(n=2)})
    base = one.load().base
    assert list(base.labels) == ["wavy"]


def test_labels_are_part_of_the_identity_if_given(stripes):
    plain = stripes.identity()
    assert "labels" not in plain
    part = stripes.model_copy(update={"labels": ("wavy",)})
    assert part.identity() == plain | {"labels": ["wavy"]} and part.sha256() != stripes.sha256()
    assert part.recorded == stripes.params | {"labels": ["wavy"]} and stripes.recorded == stripes.params


def test_existing_images_continue_without_a_repeat(tmp_path):
    path = pictures.tree(tmp_path / "tree")
    whole = resolve(str(path))
    name = whole.load().labels[0]
    part, only = (
        whole.model_copy(update={"labels": (name,)}).load(),
        whole.model_copy(update={"params": whole.params | {"only": [name]}}).load(),
    )
    assert list(part.labels) == [name]
    for k in range(3):
        np.testing.assert_array_equal(part.render(0, stream(0, k), 16), only.render(0, stream(0, k), 16))


def test_from_toml():
    recipe = read("two", 'generator = "fractaldb"\nlabels = ["00001", "00002"]\n')
    assert recipe.labels == ("00001", "00002")
    with pytest.raises(UsageError, match="labels"):
        read("none", 'generator = "fractaldb"\nlabels = []\n')


def test_unknown_labels(stripes):
    with pytest.raises(UnknownNameError, match="unknown label 'curly'"):
        stripes.model_copy(update={"labels": ("curly",)}).load()
    with pytest.raises(UsageError, match="labels named twice: wavy"):
        stripes.model_copy(update={"labels": ("wavy", "wavy")}).load()
