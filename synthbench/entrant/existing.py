"""Existing images as entrants: what a path or an address holds, as the fields of a recipe."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from synthbench.dataset.address import brought
from synthbench.errors import StorageError
from synthbench.images.tarred import any_shard
from synthbench.images.tree import any_image

PROGRAMS = (".glsl", ".frag", ".fragment", ".fs", ".fsh", ".glslf", ".toy", ".json", ".jsonl", ".ndjson")
"""Suffixes of files that are read as shader programs (by ``shaders.collection``)."""


def at_address(address: str) -> dict[str, Any]:
    """The fields for the rendered data set at an address.

    Raises:
        StorageError: there is none.
    """
    try:
        brought(address)
    except StorageError as error:
        if not address.startswith("hf://"):
            raise
        repo = "/".join(address.removeprefix("hf://").removeprefix("datasets/").split("/")[:2])
        raise StorageError(
            f"{error} Another data set of the Hub: `synthbench fetch hub -g repo={repo}` fetches it, then the entrant "
            f"is hub -g repo={repo}."
        ) from error
    return _images("webdataset", address, address.rpartition("/")[2])


def at_path(path: Path) -> dict[str, Any] | None:
    """The fields for a program, a folder or zip file of images, or tar shards; None if the path is none of them."""
    suffix, here = path.suffix.lower(), str(path.resolve())
    if suffix in PROGRAMS and path.is_file():
        title = f"the program {path.name}"
        return {"name": _slug(path.stem), "generator": "shaders", "params": {"path": here}, "title": title}
    if path.is_dir() or (suffix in (".zip", ".tar") and path.is_file()):
        shards = suffix == ".tar" or (
            path.is_dir() and (any(path.glob("*.tar")) or (not any_image(path) and any_shard(path)))
        )
        return _images("webdataset" if shards else "folder", here, path.name) | {"name": _slug(path.resolve().name)}
    return None


def _images(generator: str, path: str, name: str) -> dict[str, Any]:
    return {
        "name": _slug(name),
        "generator": generator,
        "params": {"path": path},
        "title": f"images in {name}",
        "uses_real_data": True,
        "real_data_sources": [name],
    }


def _slug(name: str) -> str:
    """A file's name as a recipe's."""
    return (
        re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip("._-") or f"images-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    )[:80]
