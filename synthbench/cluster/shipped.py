"""Send an entrant to another machine: its recipe, and the files of a ``file.py:Class``."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from synthbench.entrant import source
from synthbench.entrant.recipe import Recipe
from synthbench.errors import ClusterError
from synthbench.home import home
from synthbench.storage.files import make_folder, write_bytes


def pack(recipe: Recipe) -> dict[str, Any]:
    """Pack a recipe for ``unpack`` on another machine.

    The files of its source hash are included: the module, the modules in its folder that it imports, and its
    ``ASSETS``.
    """
    file, colon, _ = recipe.generator.rpartition(":")
    files = {}
    if colon and file.endswith(".py"):
        folder = Path(file).parent
        files = {
            path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode()
            for path in source.files(Path(file))
        }
    return {"recipe": recipe.model_dump(mode="json"), "files": files, "sha256": recipe.sha256()}


def unpack(packed: dict[str, Any]) -> Recipe:
    """The recipe on this machine; its files are in a folder shared by all tasks with the same files.

    Raises:
        ClusterError: it would draw other images, or none, because a file that is not sent differs here.
    """
    recipe = Recipe.model_validate(packed["recipe"])
    file, _, class_name = recipe.generator.rpartition(":")
    # on a shared folder, it stays there
    if packed["files"] and not (Path(file).is_file() and recipe.sha256() == packed["sha256"]):
        folder = home() / "shipped" / packed["sha256"]
        for name, text in packed["files"].items():
            path, content = folder / name, base64.b64decode(text)
            if not (path.is_file() and path.read_bytes() == content):
                make_folder(path.parent)
                write_bytes(path, [content])
        recipe = recipe.model_copy(update={"generator": f"{folder / Path(file).name}:{class_name}"})
    if recipe.sha256() != packed["sha256"]:
        reads = [f"{key} {recipe.params[key]!r}" for key in ("path", "encoder") if key in recipe.params]
        what = f"its {' and '.join(reads)} is missing or differs there" if reads else "its code or data differ there"
        raise ClusterError(
            f"{recipe.name} is not the same on {os.uname().nodename}: {what}. A module, the files in its folder that "
            "it imports and its ASSETS are sent with the job; put everything else on every node, at the same path."
        )
    return recipe
