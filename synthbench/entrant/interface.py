"""Make a generator, and check that its class fits the interface of ``synthbench.Generator``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

from synthbench.errors import GeneratorError, SynthbenchError, traced
from synthbench.generator import Generator

CALLS = {
    "render": ("label", "rng", "size"),
    "render_batch": ("labels", "rngs", "size"),
    "close": (),
}
"""The methods that synthbench calls, with their positional arguments."""
WRITE = {
    "render": "def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray",
    "render_batch": "def render_batch(self, labels, rngs, size) -> np.ndarray",
    "close": "def close(self) -> None",
}


def made(name: str, cls: type[Generator], params: Mapping[str, Any]) -> Generator:
    """Create the generator of this name.

    Raises:
        GeneratorError: the class lacks ``render``, a method cannot be called as synthbench calls it, the constructor
            raises, or the labels are not names, each once. The message gives the file and line.
    """
    if cls.__abstractmethods__:
        missing = sorted(cls.__abstractmethods__)
        raise GeneratorError(
            f"{name} does not define {', '.join(missing)} ({_class_at(cls)}). Add "
            f"{'; '.join(WRITE.get(each, each) for each in missing)}."
        )
    try:
        generator = cls(**params)
    except SynthbenchError:
        raise
    except Exception as error:
        what = traced(error, near=sys.modules[cls.__module__].__file__)
        given = f" with {dict(params)}" if params else ""
        raise GeneratorError(f"{name} does not start{given}: {what}") from error
    _check_labels(name, generator)
    for method in CALLS:
        _check_call(name, generator, method)
    return generator


def _check_labels(name: str, generator: Generator) -> None:
    labels = generator.labels
    where = _class_at(type(generator))
    if isinstance(labels, str):
        raise GeneratorError(
            f"{name} has the string {labels!r} as `labels`, not a sequence of names ({where}). For one label, write "
            f"labels = ({labels!r},)."
        )
    if not (hasattr(labels, "__len__") and hasattr(labels, "__getitem__")):
        what = "a method; decorate it with @property" if callable(labels) else repr(labels)[:80]
        raise GeneratorError(
            f'{name}: `labels` is {what} ({where}). It must be a sequence of names, as in labels = ("a", "b").'
        )
    found = list(labels)
    if not found or len(set(found)) != len(found):
        twice = sorted({str(x) for x in found if found.count(x) > 1})[:3]
        what = f"names a label twice: {twice}" if found else "has no labels"
        raise GeneratorError(f"{name} {what} ({where}). `labels` must hold at least one name, each once.")


def _check_call(name: str, generator: Generator, method: str) -> None:
    """Refuse a method that does not take the arguments of ``CALLS`` in their order."""
    function, wanted = getattr(generator, method), CALLS[method]
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a callable without a signature
        return
    given = [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    moved = any(own in wanted and own != expected for own, expected in zip(given, wanted, strict=False))
    try:
        signature.bind(*wanted)
    except TypeError:
        fits = False
    else:
        fits = not moved
    if not fits:
        code = getattr(inspect.unwrap(function), "__code__", None)
        place = f"{code.co_filename}:{code.co_firstlineno}" if code else _class_at(type(generator))
        raise GeneratorError(
            f"{name} defines {method}{signature} ({place}), but synthbench calls {method}({', '.join(wanted)}). Write "
            f"{WRITE[method]}."
        )


def _class_at(cls: type) -> str:
    """``file:line`` of a class, or its module's name where the source is not there."""
    try:
        return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        return cls.__module__
