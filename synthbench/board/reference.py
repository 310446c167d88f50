"""Rows that papers published, shown next to our own and marked as not re-run (``leaderboard/reference/*.json``)."""

from __future__ import annotations

from importlib import resources
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from synthbench.errors import DataError
from synthbench.result.result import Unit
from synthbench.storage.model import FrozenModel, describe


class Source(FrozenModel):
    """Where a number was printed; ``table`` is null for a number from the paper's text."""

    paper: str
    table: str | None
    url: str = Field(pattern=r"^https://")


class Column(FrozenModel):
    """One task (a linear probe's top-1).

    For a mean over tasks ``n_test`` is the effective number, k^2 / sum(1 / n_i).
    """

    task: str
    label: str
    n_test: int = Field(ge=1)
    chance: Unit


class PublishedRow(FrozenModel):
    """One published row; ``values`` follow the columns, null if the source does not give a value."""

    entrant: str
    title: str
    family: str
    uses_real_data: bool
    source: str
    published: Literal[True]
    values: list[Unit | None]


class Reference(FrozenModel):
    """The published rows of one track."""

    track: str
    scale: Literal["paper"]
    n_images: int
    aggregate: str
    sources: dict[str, Source]
    columns: list[Column] = Field(min_length=1)
    rows: list[PublishedRow]

    @model_validator(mode="after")
    def _consistent(self) -> Reference:
        names = [row.entrant for row in self.rows]
        if len(set(names)) != len(names):
            raise ValueError("an entrant appears twice")
        for row in self.rows:
            if len(row.values) != len(self.columns) or all(v is None for v in row.values):
                raise ValueError(f"{row.entrant} needs one value per column, at least one of them not null")
            if row.source not in self.sources:
                raise ValueError(
                    f"{row.entrant} names the source {row.source!r}, which is not one of {sorted(self.sources)}"
                )
        return self


def parse(name: str, text: str) -> Reference:
    """Read one reference file.

    Raises:
        DataError: not JSON, or not this schema.
    """
    try:
        return Reference.model_validate_json(text)
    except ValidationError as error:
        raise DataError(f"{name} is not a valid reference file: {describe(error)}") from error


def load() -> list[Reference]:
    """All shipped reference files, by name."""
    files = (resources.files("synthbench.leaderboard") / "reference").iterdir()
    return [
        parse(f.name, f.read_text(encoding="utf-8"))
        for f in sorted(files, key=lambda f: f.name)
        if f.name.endswith(".json")
    ]
