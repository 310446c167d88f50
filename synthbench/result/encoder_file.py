"""Inspect an encoder file before it is loaded: the safetensors header is untrusted and checked against the file."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from synthbench.errors import DataError
from synthbench.storage.model import FrozenModel, describe
from synthbench.storage.strict_json import strict_json

MAX_HEADER, MAX_WEIGHTS = 2**20, 2**30
"""Maximum size in bytes of the header and of the encoder file; a ResNet-50 has 95 MB."""
WEIGHTS = "encoder.safetensors"
"""Name of the weights in a run folder."""
MODEL = "model.safetensors"
"""Name of the weights in an encoder's repo, which timm also looks for in a folder."""
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-10, le=10)]
Spread = Annotated[float, Field(allow_inf_nan=False, gt=0, le=10)]


class Spec(FrozenModel):
    """The metadata of an encoder file (see ``Encoder.save``): input size in pixels, normalisation, origin."""

    model_config = ConfigDict(extra="ignore")
    architecture: str = Field(pattern=r"^(timm:)?[a-z0-9][a-z0-9_.-]{0,79}$")
    width: int = Field(64, ge=8, le=512)
    stem: str | None = Field(None, pattern=r"^[a-z0-9_.-]{1,40}$")
    size: int = Field(ge=8, le=4096)
    mean: tuple[Finite, Finite, Finite]
    std: tuple[Spread, Spread, Spread]
    recipe: str = ""
    protocol: str = ""
    protocol_sha256: str = ""
    seed: str = ""


def inspect(path: Path) -> tuple[Spec, dict[str, tuple[int, ...]]]:
    """The metadata of an encoder file, and the shape of each tensor. Nothing is loaded.

    Raises:
        DataError: not a safetensors file of synthbench, or its header is inconsistent with its size.
    """
    try:
        return _inspect(path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise DataError(
            f"{path.name} is not a valid encoder of synthbench: its description is wrong: {describe(error)[:500]}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise DataError(
            f"{path.name} is not an encoder of synthbench: {error}. Only safetensors files are read, never pickles."
        ) from error


def _inspect(path: Path) -> tuple[Spec, dict[str, tuple[int, ...]]]:
    size = path.stat().st_size
    if size > MAX_WEIGHTS:
        raise ValueError(f"it has {size:,} bytes; at most {MAX_WEIGHTS:,} are read")
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > min(MAX_HEADER, size - 8):
            raise ValueError(f"its header claims {length:,} bytes; it is not a safetensors file, or was tampered with")
        header: dict[str, Any] = strict_json(file.read(length).rstrip(b" "), MAX_HEADER)
    about = header.pop("__metadata__")
    shapes, end = {}, 0
    for name, entry in header.items():
        shape, (start, stop) = tuple(entry["shape"]), entry["data_offsets"]
        if any(not isinstance(n, int) or n < 0 for n in (*shape, start, stop)):
            raise ValueError(f"the tensor {name[:80]!r} has a shape or an offset that is not a non-negative integer")
        if stop - start != math.prod(shape) * _BYTES[entry["dtype"]] or stop > size - 8 - length:
            raise ValueError(
                f"the tensor {name[:80]!r} claims {math.prod(shape):,} numbers, which the file does not hold"
            )
        shapes[name], end = shape, max(end, stop)
    if end != size - 8 - length:
        raise ValueError("it holds bytes that do not belong to any tensor")
    return Spec.model_validate(json.loads(about["synthbench"])), shapes
