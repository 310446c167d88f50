"""Lazy registry of names: generators and other plug-ins are entry points, recipes and protocols are TOML files inside
the package.

Listing names imports neither torch nor plug-ins; a plug-in's module is imported when it is first loaded.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from synthbench.errors import GeneratorError, SynthbenchError, UnknownNameError, UsageError, traced
from synthbench.generator import Generator

GROUP = "synthbench.generators"
T = TypeVar("T")


@functools.cache
def plugins(group: str, kind: str) -> dict[str, metadata.EntryPoint]:
    """The entry points of a group, from synthbench and from third-party packages: name -> entry point.

    Args:
        group: as in ``synthbench.generators``.
        kind: what an entry is called in messages.

    Raises:
        SynthbenchError: two packages register the same name.
    """
    found: dict[str, metadata.EntryPoint] = {}
    for point in metadata.entry_points(group=group):
        if point.name in found and found[point.name].value != point.value:
            raise SynthbenchError(
                f"two packages register the {kind} {point.name!r}: "
                f"{found[point.name].value} and {point.value}; uninstall one"
            )
        found[point.name] = point
    return found


def plugin(group: str, kind: str, name: str, base: type[T]) -> type[T]:
    """Load the class registered under a name.

    Raises:
        UnknownNameError: unknown name.
        SynthbenchError: its module cannot be imported, or it is not a subclass of ``base``.
    """
    known = plugins(group, kind)
    if name not in known:
        raise UnknownNameError(kind, name, known)
    try:
        found = known[name].load()
    except (ImportError, AttributeError) as error:
        raise SynthbenchError(
            f"{kind} {name!r} ({known[name].value}) does not import: {error}. Install what is missing."
        ) from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise SynthbenchError(
            f"{kind} {name!r} ({known[name].value}) is not a subclass of {base.__module__}.{base.__name__}."
        )
    return found


def generators() -> dict[str, metadata.EntryPoint]:
    """Registered generators: name -> entry point."""
    return plugins(GROUP, "generator")


def load_class(name: str) -> type[Generator]:
    """Load the generator class of a registered name or ``file.py:Class``.

    Raises:
        UnknownNameError: unknown name, file or class.
        GeneratorError: the module cannot be imported, or the object is not a Generator.
    """
    path, colon, class_name = name.rpartition(":")
    if colon and path.endswith(".py"):
        found = _class_in_file(Path(path), class_name)
    elif name in generators():
        try:
            found = generators()[name].load()
        except ImportError as error:
            raise GeneratorError(f"generator {name!r} does not import: {error}. Install what is missing.") from error
    else:
        raise UnknownNameError("generator", name, generators(), hint="See `synthbench list generators`.")
    if not (isinstance(found, type) and issubclass(found, Generator)):
        fix = f"Write class {found.__name__}(Generator)" if isinstance(found, type) else "Name a class"
        raise GeneratorError(
            f"{name!r} is not a subclass of synthbench.Generator. {fix}; `synthbench new FILE.py` writes a template."
        )
    return found


def _class_in_file(path: Path, class_name: str) -> object:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}. `synthbench new {path}` writes a template there.")
    spec = importlib.util.spec_from_file_location(f"synthbench_user_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    _find_beside(path.resolve().parent)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise GeneratorError(f"{path} does not run: {traced(error, near=str(path.resolve()))}") from error
    if not hasattr(module, class_name):
        classes = [n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == spec.name]
        if not classes:
            raise UsageError(f"{path} does not define a class. `synthbench new FILE.py` writes a template.")
        raise UnknownNameError("class", class_name, classes, hint=f"({path} was searched.)")
    return getattr(module, class_name)


_beside: list[Path] = []
"""The folder of the last file, whose modules can be imported."""


def _find_beside(folder: Path) -> None:
    """Make the modules next to a file importable, as ``python file.py`` does.

    They replace those next to an earlier file, because two folders may contain modules of the same name.
    """
    if folder not in _beside:
        for old in _beside:
            sys.path.remove(str(old))
            for name in [
                name
                for name, found in sys.modules.items()
                if Path(getattr(found, "__file__", None) or "/").parent == old
            ]:
                del sys.modules[name]
        _beside[:] = [folder]
        sys.path.append(str(folder))


@functools.cache
def recipes() -> dict[str, Traversable]:
    """Shipped recipes: name -> TOML file (``generators/<family>/<name>.toml``)."""
    families = [d for d in resources.files("synthbench.generators").iterdir() if d.is_dir()]
    return {f.name.removesuffix(".toml"): f for d in families for f in d.iterdir() if f.name.endswith(".toml")}


@functools.cache
def protocols() -> dict[str, Traversable]:
    """Shipped protocols: id -> TOML file (``protocols/<id>.toml``)."""
    files = resources.files("synthbench.protocols").iterdir()
    return {f.name.removesuffix(".toml"): f for f in files if f.name.endswith(".toml")}
