"""Protocols: every constant of rendering, pretraining and evaluation, read from TOML and hashed.

A released protocol file never changes (a test pins its hash); a change is a new version under a new name.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from synthbench import registry
from synthbench.errors import ProtocolError, UnknownNameError
from synthbench.pretrain.objectives.objective import AnyObjective
from synthbench.pretrain.optimizers.optimizer import AnyOptimizer
from synthbench.protocol.sections import Augment, Cosine, Data, Encoder, Evaluate, Section, SgdProbe, Step
from synthbench.storage.model import describe

__all__ = ["Augment", "Cosine", "Data", "Encoder", "Evaluate", "Protocol", "SgdProbe", "Step", "load", "successor"]

_TAGS = ("step", "cosine", "sgd", "adamw", "ema", "tail")
"""Parts of a location in pydantic's errors that are not keys of the file."""


class Protocol(Section):
    """The rules of one track at one scale."""

    id: str
    version: int = Field(ge=1)
    track: str
    scale: Literal["paper", "small", "mini", "pocket"]
    data: Data
    encoder: Encoder
    objective: AnyObjective
    augment: Augment
    optimizer: AnyOptimizer
    evaluate: Evaluate

    @model_validator(mode="after")
    def _fits(self) -> Protocol:
        self.objective.check(self.optimizer)
        return self

    def constants(self) -> dict[str, Any]:
        """All constants, as in the TOML file.

        Absent ones are left out, so a new key in synthbench does not change older protocols.
        """
        return self.model_dump(mode="json", exclude_none=True)

    def flat(self) -> dict[str, Any]:
        """The constants by dotted key."""
        return _flat(self.constants())

    def sha256(self) -> str:
        """Hash of all constants; comments and layout of the TOML file do not count."""
        return hashlib.sha256(json.dumps(self.constants(), sort_keys=True).encode()).hexdigest()

    def override(self, values: Mapping[str, Any]) -> Protocol:
        """Return a changed copy; ``values`` maps dotted keys to values, as in ``{"optimizer.epochs": 2}``.

        Raises:
            ProtocolError: unknown key, or a value out of range.
        """
        tree = self.model_dump(mode="json")
        known = _flat(tree)
        for key, value in values.items():
            if key not in known:
                raise UnknownNameError("protocol key", key, known)
            *path, leaf = key.split(".")
            node = tree
            for part in path:
                node = node[part]
            node[leaf] = value
        return _validate(self.id, tree)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in tree.items():
        out |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return out


def _validate(name: str, tree: Mapping[str, Any]) -> Protocol:
    try:
        return Protocol.model_validate(tree)
    except ValidationError as error:
        raise ProtocolError(f"protocol {name!r}: {describe(error, _TAGS)}") from error


def load(name: str) -> Protocol:
    """Read a shipped protocol by its id, or a protocol file (``.toml``).

    Raises:
        UnknownNameError: unknown protocol; the nearest names are suggested.
        ProtocolError: not TOML, an unknown key or a value out of range.
    """
    if name in registry.protocols():
        text = registry.protocols()[name].read_text(encoding="utf-8")
    elif Path(name).suffix == ".toml" and Path(name).is_file():
        try:
            text = Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ProtocolError(f"protocol {name!r} is not TOML: not UTF-8 text") from error
    else:
        raise UnknownNameError("protocol", name, registry.protocols(), hint="See `synthbench list protocols`.")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"protocol {name!r} is not TOML: {error}") from error
    return _validate(name, tree)


def successor(name: str) -> str:
    """The newest shipped version of a protocol if ``name`` is an older one, otherwise "".

    Version 1 is called NAME, version n NAME-n.
    """
    found = re.fullmatch(r"(.+)-(\d+)", name)
    first = found[1] if found and found[1] in registry.protocols() else name
    versions = {1: first} | {
        int(n): each for each in registry.protocols() if (n := each.removeprefix(f"{first}-")) != each and n.isdigit()
    }
    newest = versions[max(versions)]
    return "" if newest == name or name not in registry.protocols() else newest
