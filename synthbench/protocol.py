"""A protocol is the rules: every constant of rendering, pretraining and evaluation, read from TOML and hashed.

A released protocol file never changes (a test pins its hash); a change is a new version under a new name.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthbench import registry
from synthbench.errors import ProtocolError, UnknownNameError
from synthbench.recipe import describe


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(_Frozen):
    """What is rendered."""

    images: int = Field(ge=2)
    size: int = Field(ge=8, le=4096)
    format: Literal["png", "jpeg"]
    quality: int = Field(95, ge=1, le=100)
    """JPEG quality; PNG is lossless and ignores it."""


class Encoder(_Frozen):
    """What is pretrained. ``resnet18`` is torchvision's (7x7/2 stem and max-pool), its classifier removed: 8 x ``width`` features."""

    architecture: Literal["resnet18"]
    width: int = Field(64, ge=8, le=512)
    """Channels of the stem and the first stage; every later layer scales with it. 64 is the standard network."""


class Objective(_Frozen):
    """SimCLR (NT-Xent as in SupContrast): loss times ``temperature / base_temperature``."""

    name: Literal["simclr"]
    temperature: float = Field(gt=0)
    base_temperature: float = Field(gt=0)
    hidden: int = Field(ge=1)
    dim: int = Field(ge=1)


class Augment(_Frozen):
    """Two random views of each image, in this order: resized crop, flip, colour jitter, grayscale, normalisation."""

    size: int = Field(ge=8)
    scale: tuple[float, float]
    ratio: tuple[float, float]
    flip: float = Field(ge=0, le=1)
    jitter: tuple[float, float, float, float]
    """Brightness, contrast, saturation, hue."""
    jitter_p: float = Field(ge=0, le=1)
    grayscale_p: float = Field(ge=0, le=1)
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @model_validator(mode="after")
    def _sensible(self) -> Augment:
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise ValueError(f"augment.scale {self.scale}: two fractions of the area, 0 < low <= high <= 1")
        if not 0 < self.ratio[0] <= self.ratio[1]:
            raise ValueError(f"augment.ratio {self.ratio}: two aspect ratios, 0 < low <= high")
        if min(self.std) <= 0:
            raise ValueError(f"augment.std {self.std}: three numbers above 0")
        if min(self.jitter) < 0 or self.jitter[3] > 0.5:
            raise ValueError(f"augment.jitter {self.jitter}: four numbers of at least 0, the hue at most 0.5")
        return self


class Optimizer(_Frozen):
    """SGD with momentum, one weight decay on all parameters, one-cycle (cosine, no momentum cycling) learning rate."""

    name: Literal["sgd"]
    batch: int = Field(ge=2)
    epochs: int = Field(ge=0)
    lr: float = Field(gt=0)
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool
    weight_decay: float = Field(ge=0)
    warmup: float = Field(ge=0, lt=1)
    """Fraction of the steps over which the rate rises linearly; then a cosine to zero."""
    precision: Literal["bf16", "fp32"]


class Evaluate(_Frozen):
    """Which tasks are scored, and how. The aggregate is the mean over all of them, each probe counted as one score."""

    tasks: tuple[str, ...] = Field(min_length=1)
    probes: tuple[Literal["linear", "knn"], ...] = Field(min_length=1)
    size: int = Field(ge=8)
    """Height and width in pixels at which the encoder sees the tasks' images; it may exceed the size of the training views."""
    l2: float = Field(gt=0)
    """L2 penalty of the logistic regression on standardised features."""
    k: int = Field(ge=1)
    """Neighbours of the k-NN probe (cosine, majority, ties by summed similarity)."""


class Protocol(_Frozen):
    """The rules of one track at one scale."""

    id: str
    version: int = Field(ge=1)
    track: str
    scale: Literal["paper", "small", "pocket"]
    data: Data
    encoder: Encoder
    objective: Objective
    augment: Augment
    optimizer: Optimizer
    evaluate: Evaluate

    def sha256(self) -> str:
        """Hash of all constants; comments and layout of the TOML file do not count."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def override(self, values: Mapping[str, Any]) -> Protocol:
        """A changed copy; ``values`` maps dotted keys to values, as in ``{"optimizer.epochs": 2}``.

        Raises:
            ProtocolError: no such key, or a value out of range.
        """
        tree = self.model_dump(mode="json")
        known = _leaves(tree)
        for key, value in values.items():
            if key not in known:
                raise UnknownNameError("protocol key", key, known)
            *path, leaf = key.split(".")
            node = tree
            for part in path:
                node = node[part]
            node[leaf] = value
        return _validate(self.id, tree)


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    out = []
    for key, value in tree.items():
        out += _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return out


def _validate(name: str, tree: Mapping[str, Any]) -> Protocol:
    try:
        return Protocol.model_validate(tree)
    except ValidationError as error:
        raise ProtocolError(f"protocol {name!r}: {describe(error)}") from error


def load(name: str) -> Protocol:
    """Read a shipped protocol by its id, or a protocol file (``.toml``).

    Raises:
        UnknownNameError: no such protocol; the nearest are suggested.
        ProtocolError: not TOML, an unknown key or a value out of range.
    """
    if name in registry.protocols():
        text = registry.protocols()[name].read_text()
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
