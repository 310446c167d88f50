"""What may have been meant by an entrant that does not exist."""

from __future__ import annotations

import ast
from pathlib import Path

from synthbench import registry
from synthbench.errors import UnknownNameError, UsageError


def unknown(entrant: str) -> UsageError:
    """The error for an unknown entrant, which says what may have been meant."""
    path, suffix = Path(entrant), Path(entrant).suffix.lower()
    hint = (
        "An entrant is a recipe, a generator, file.py:Class, a .glsl program, a folder or zip file of images, or tar "
        "shards; see `synthbench list entrants`."
    )
    if path.suffix == ".py":
        return without_class(entrant, path)
    stem, _, name = entrant.rpartition(":")
    if stem and Path(f"{stem}.py").is_file():
        return UsageError(f"unknown entrant {entrant!r}. Did you mean {stem}.py:{name}?")
    if suffix in (".gz", ".tgz") and path.is_file():
        return UsageError(
            f"{entrant!r} is compressed; images are read in place and need a plain tar file. Decompress it: gunzip "
            f"{entrant}"
        )
    if path.is_file():
        return UsageError(f"the file {entrant!r} is not an entrant. {hint}")
    if "/" in entrant or suffix in (".zip", ".tar"):
        return UsageError(f"there is no file or folder {entrant!r}. {hint}")
    return UnknownNameError("entrant", entrant, {*registry.recipes(), *registry.generators()}, hint=hint)


def without_class(entrant: str, path: Path) -> UsageError:
    """The error for ``file.py`` without ``:Class``; names the classes in the file."""
    if not path.is_file():
        return UsageError(f"there is no file {entrant!r}. `synthbench new {entrant}` writes a template there.")
    named = " or ".join(f"{entrant}:{name}" for name in (_classes(path) or ["MyGenerator"])[:3])
    return UsageError(f"{entrant!r} is a file; name the class in it too, as in {named}.")


def _classes(path: Path) -> list[str]:
    """Names of the classes with a base class in a Python file, which is parsed and not run."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return []
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.bases]
