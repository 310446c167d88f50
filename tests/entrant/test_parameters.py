"""Parameters from a generator's constructor: names, defaults, types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from synthbench import registry
from synthbench.entrant.parameters import require
from synthbench.entrant.recipe import resolve
from synthbench.errors import UnknownNameError, UsageError
from synthbench.generator import Generator

if TYPE_CHECKING:
    from nowhere import Thing


class Typed(Generator):
    def __init__(
        self,
        count: int,
        share: float = 0.5,
        flip: bool = False,
        only: Sequence[str] | None = None,
        sides: tuple[int, int] = (1, 2),
        path: Path = Path(),
        kind: Literal["a", "b"] = "a",
        free=None,
        made: Generator | None = None,
    ) -> None: ...


class Unreadable(Generator):
    def __init__(self, thing: Thing, count: int = 1) -> None: ...


class Keywords(Generator):
    def __init__(self, *args: int, count: int, **options: Any) -> None: ...


@pytest.mark.parametrize(
    "params",
    [
        {
            "share": 1,
            "flip": True,
            "only": ["a"],
            "sides": [3, 4],
            "path": "x",
            "kind": "b",
            "free": object(),
            "made": Typed,
        },
        {"share": 0.25, "only": None, "free": "x", "made": None},
        {"only": ("a", "b"), "sides": (3, 4)},
    ],
)
def test_values_of_the_annotated_types_are_taken(params):
    require("typed", Typed, {"count": 3, **params})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"count": "abc"}, r"typed does not take count = 'abc': Input should be a valid integer\."),
        ({"count": 1.5}, "valid integer"),
        ({"count": 2.0}, "valid integer"),
        ({"count": True}, "valid integer"),
        ({"count": None}, "valid integer"),
        ({"share": "0.5"}, "valid number"),
        ({"flip": "no"}, r"flip = 'no': Input should be a valid boolean"),
        ({"only": "a"}, "valid array"),
        ({"only": ["a", 3]}, "valid string"),
        ({"path": 5}, "path"),
        ({"kind": "c"}, "'a' or 'b'"),
    ],
)
def test_values_of_other_types_are_refused(params, message):
    with pytest.raises(UsageError, match=message):
        require("typed", Typed, {"count": 3, **params})


def test_what_is_missing_is_named():
    for cls in (Typed, Keywords):
        with pytest.raises(
            UsageError,
            match=r"mine needs the parameter 'count': give it with -g count=VALUE, or below \[params\] in a recipe",
        ):
            require("mine", cls, {})
    with pytest.raises(UsageError, match="hub needs the parameter 'repo': give it with -g repo=VALUE"):
        resolve("hub").load()


def test_names_are_compared_unless_any_is_taken():
    with pytest.raises(UnknownNameError, match=r"unknown parameter of typed 'cuont'\. Did you mean count"):
        require("typed", Typed, {"count": 1, "cuont": 2})
    require("keywords", Keywords, {"count": 1, "cuont": 2})


def test_annotations_that_only_a_type_checker_reads_refuse_nothing():
    require("unreadable", Unreadable, {"thing": 3, "count": "many"})


@pytest.mark.parametrize("name", sorted(registry.generators()))
def test_every_generator_says_what_is_wrong_with_a_value(name):
    """All parameters of our own generators have a type, and no type accepts this value."""
    import inspect

    cls = registry.load_class(name)
    needed = {key: "x" for key, p in inspect.signature(cls).parameters.items() if p.default is p.empty}
    for key in inspect.signature(cls).parameters:
        with pytest.raises(UsageError, match=rf"{name} does not take {key} = \{{'no': 1\}}: Input should be"):
            require(name, cls, {**needed, key: {"no": 1}})


def test_a_recipes_own_parameters_fit():
    for name in registry.recipes():
        recipe = resolve(name)
        if recipe.renders:
            require(
                name,
                registry.load_class(recipe.generator),
                {"path": "x", **recipe.params} if recipe.source else recipe.params,
            )


class ByPosition(Generator):
    def __init__(self, depth, /) -> None: ...


def test_a_positional_only_parameter_is_refused():
    with pytest.raises(UsageError, match="takes 'depth' by position only, .*remove the `/`"):
        require("mine", ByPosition, {})
