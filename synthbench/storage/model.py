"""The base class of models that are read from files (recipes, protocols, records), and their errors as text."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError


class FrozenModel(BaseModel):
    """A pydantic model that is immutable and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def describe(error: ValidationError, tags: Sequence[str] = ()) -> str:
    """One line per problem: where, what is wrong, what was given.

    ``tags`` are parts of the place that are not keys of the file.
    """
    return "; ".join(
        f"{'.'.join(str(x) for x in e['loc'] if x not in tags)}: {e['msg']}"
        + (f" (got {e['input']!r})" if not isinstance(e["input"], dict) else "")
        for e in error.errors()
    )
