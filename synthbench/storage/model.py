"""The base class of models that are read from files: recipes, protocols, records."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A pydantic model that is immutable and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
