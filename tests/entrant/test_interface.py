"""A class that does not fit the generator interface is named, with its file, its line and what to write."""

from __future__ import annotations

import pytest

from synthbench.entrant.interface import made
from synthbench.entrant.recipe import resolve
from synthbench.errors import GeneratorError
from synthbench.generator import Generator

HERE = r"\(.*test_interface\.py:\d+\)"
RENDER = r"Write def render\(self, label: int, rng: np\.random\.Generator, size: int\) -> np\.ndarray"


def cls(**body: object) -> type[Generator]:
    return type("Mine", (Generator,), {"labels": ("a", "b"), "render": lambda self, label, rng, size: None, **body})


def raising(self: object) -> None:
    raise LookupError("no table")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"render": lambda self, label, rng: None}, rf"mine defines render\(label, rng\) {HERE}, but .*{RENDER}"),
        ({"render": lambda label, rng, size: None}, rf"defines render\(rng, size\) {HERE}, but synthbench calls"),
        ({"render": lambda self, label, rng, *, size: None}, rf"defines render\(label, rng, \*, size\) {HERE}"),
        ({"render": lambda self, rng, label, size: None}, rf"defines render\(rng, label, size\) {HERE}"),
        ({"render_batch": lambda self, labels, rngs: None}, rf"defines render_batch\(labels, rngs\) {HERE}"),
        ({"close": lambda self, x: None}, r"defines close\(x\).*Write def close\(self\) -> None"),
        ({"labels": 3}, r"`labels` is 3 .*as in labels = \(\"a\", \"b\"\)"),
        ({"labels": lambda self: ("a",)}, "`labels` is a method; decorate it with @property"),
        ({"labels": "ab"}, r"has the string 'ab' as `labels`"),
        ({"labels": ("a", "a")}, "names a label twice: \\['a'\\]"),
        ({"labels": ()}, "has no labels"),
        ({"__init__": raising}, r"mine does not start: LookupError: no table at .*test_interface\.py:\d+"),
    ],
)
def test_what_does_not_fit_is_refused(body, said):
    with pytest.raises(GeneratorError, match=said):
        made("mine", cls(**body), {})


def test_other_names_and_optional_parameters_fit():
    made("mine", cls(render=lambda self, i, r, n, dark=False: None), {})
    made("mine", cls(render=lambda self, *given: None), {})


def test_a_class_without_render_is_named(write):
    path = write("mine.py", "from synthbench import Generator\n\n\nclass Mine(Generator):\n    labels = ('a',)\n")
    with pytest.raises(GeneratorError, match=r"does not define render \(.*mine\.py:4\)\. Add def render\(self, label"):
        resolve(f"{path}:Mine").load()
