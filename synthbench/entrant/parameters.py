"""Check of a generator's parameters against the names and annotations of its constructor."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from synthbench.errors import UnknownNameError, UsageError
from synthbench.generator import Generator


def require(generator: str, cls: type[Generator], params: Mapping[str, Any]) -> None:
    """Refuse parameters that do not match the constructor of ``cls``, the generator of this name.

    Raises:
        UnknownNameError: unknown parameter.
        UsageError: one without a default is missing or positional-only, or a value does not have the annotated type.
    """
    allowed = inspect.signature(cls).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in allowed.values()):
        for key in params:
            if key not in allowed:
                raise UnknownNameError(f"parameter of {generator}", key, allowed or ["(it has no parameters)"])
    for key, p in allowed.items():
        if p.kind is p.POSITIONAL_ONLY:
            raise UsageError(
                f"{generator} takes {key!r} by position only, but parameters are passed by name: remove the `/` from "
                "its constructor."
            )
        if key not in params and p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            raise UsageError(
                f"{generator} needs the parameter {key!r}: give it with "
                f"-g {key}=VALUE, or below [params] in a recipe file."
            )
    for key, value in params.items():
        if problem := _misfit(cls, key, value):
            raise UsageError(f"{generator} does not take {key} = {value!r}: {problem}.")


def _misfit(cls: type[Generator], key: str, value: Any) -> str:
    """Why a value does not have the annotated type, with both as in JSON (a list is also a tuple, and true is not a
    number); or ``""``."""
    try:
        TypeAdapter(get_type_hints(cls.__init__)[key]).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    except Exception:  # no annotation, an annotation for type checkers only, or a type or value that JSON does not have
        return ""
    return ""
