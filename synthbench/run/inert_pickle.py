"""Read the tensors of a StyleGAN2-ADA checkpoint without running any code in it.

NVIDIA's checkpoints are pickles whose objects contain the source of their classes, which NVIDIA's loader executes; a
pickle can also call any function by itself. This reader knows the functions that rebuild tensors. Every other class and
function in the file becomes an inert ``Record`` of its arguments, so no code in the file is run.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import torch

from synthbench.errors import DataError, UsageError
from synthbench.pretrain.encoder import check_finite
from synthbench.storage.files import make_folder, sha256_of, whole

NETWORK = "G_ema"
"""The checkpoint's generator with averaged weights, which is used to draw images."""


class Record:
    """An object of a class that is not loaded: its arguments, items and state in the pickle."""

    args: tuple[Any, ...]
    items: dict[Any, Any]
    state: Any

    def __new__(cls, *args: Any, **_: Any) -> Self:  # a pickle may skip __init__
        self = super().__new__(cls)
        self.args, self.items, self.state = args, {}, None
        return self

    def __init__(self, *_: Any, **__: Any) -> None:
        """Accepts the arguments of ``__new__``."""

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def append(self, value: Any) -> None:
        """List items; not needed."""

    def extend(self, values: Any) -> None:
        """List items; not needed."""


class _Reader(pickle.Unpickler):
    """Unpickles tensors and plain Python values; everything else becomes a ``Record``."""

    def find_class(self, module: str, name: str) -> Any:
        return ALLOWED.get((module, name)) or type(
            name.rpartition(".")[2] or "Record", (Record,), {"origin": f"{module}.{name}"}
        )

    def persistent_load(self, pid: Any) -> Any:
        return Record(pid)


def _storage(data: Any) -> Any:
    if not isinstance(data, bytes):
        raise DataError("a tensor's storage is not bytes")
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)  # torch's own restricted reader


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> torch.Tensor:
    if not isinstance(storage, torch.storage.TypedStorage):
        raise DataError("a tensor has no storage")
    held = torch.empty(0, dtype=storage.dtype).set_(storage.untyped())  # type: ignore[no-untyped-call]
    return held.as_strided(size, stride, offset)  # inside the storage, or it raises


def _parameter(data: Any, *_: Any) -> Any:
    return data


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.storage", "_load_from_bytes"): _storage,
}


def read(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of one network of a checkpoint, by their names (``synthesis.b4.const``, ...), float32 where they are
    floating point.

    Raises:
        DataError: the file is not such a pickle or is truncated; the network is missing, nested in itself or larger
            than the file, or has values that are not finite.
    """
    try:
        with path.open("rb") as file:
            found = _Reader(file).load()
        held = dict(_tensors(found[NETWORK], "", set())) if isinstance(found, dict) and NETWORK in found else {}
        if (
            sum(x.nbytes for x in held.values()) > path.stat().st_size
        ):  # a stride of 0 makes a tensor of any size from a few bytes
            raise DataError("its tensors are larger than the file")
        tensors = {
            name: x.to(
                torch.float32 if x.is_floating_point() else x.dtype, copy=True, memory_format=torch.contiguous_format
            )
            for name, x in held.items()
        }
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # a broken pickle can raise any exception
        raise DataError(
            f"{path} is not a readable checkpoint, or is truncated: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, dict) or NETWORK not in found:
        keys = ", ".join(map(str, found)) if isinstance(found, dict) else type(found).__name__
        raise DataError(f"{path} does not hold the network {NETWORK!r}; it holds: {keys}.")
    if not tensors:
        raise DataError(f"{path}: the network {NETWORK!r} does not hold tensors.")
    check_finite(tensors, path)
    return tensors


def _tensors(module: Any, prefix: str, met: set[int]) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters and buffers of a pickled module and its submodules.

    Each module is visited once (``met``), so self-references terminate.
    """
    state = module.state if isinstance(module, Record) else None
    if state is None and isinstance(module, Record) and module.args and isinstance(module.args[0], Record | dict):
        meta = module.args[0]  # NVIDIA's wrapper: {class_name, module_src, state, ...}
        state = (meta.items if isinstance(meta, Record) else meta).get("state")
    if not isinstance(state, dict):
        return
    if id(state) in met:
        raise DataError(f"the module {prefix.rstrip('.')!r} appears twice")
    met.add(id(state))
    for kind in ("_parameters", "_buffers"):
        for name, value in (state.get(kind) or {}).items():
            if isinstance(value, torch.Tensor):
                yield f"{prefix}{name}", value.detach()
    for name, inner in (state.get("_modules") or {}).items():
        yield from _tensors(inner, f"{prefix}{name}.", met)


def convert(source: Path, out: Path) -> int:
    """Write the generator's tensors to a safetensors file, atomically, in a folder that is created if missing; returns
    their number.

    Raises:
        UsageError: ``out`` is not a .safetensors file, or ``source`` does not exist.
        DataError: see ``read``; or the file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    if out.suffix != ".safetensors":
        raise UsageError(f"--out {str(out)!r}: must be a .safetensors file.")
    if not source.is_file():
        raise UsageError(f"there is no file {str(source)!r}.")
    tensors = read(source)
    about = {"source": source.name, "source_sha256": sha256_of(source), "network": NETWORK}
    make_folder(out.parent)
    try:
        with whole(out, also=(SafetensorError,)) as draft:
            save_file(tensors, draft, about)
    except (KeyError, ValueError) as error:  # a type or a name that the format does not support
        raise DataError(f"cannot write {out}: {error}") from error
    return len(tensors)
