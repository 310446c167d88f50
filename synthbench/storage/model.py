"""The base of what is read from files: recipes, protocols, records."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """Its fields cannot be set after it is made, and a key that it does not have is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
