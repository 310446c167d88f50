"""The packages of synthbench ("rooms") have an order, and a module imports only its own room and rooms below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ORDER = (
    "errors", "home", "storage", "progress", "generator", "registry", "result",
    "dataset", "images", "entrant", "render", "shaders",
    "pretrain.encoders", "protocol.sections", "pretrain", "protocol", "pretrain.limits", "pretrain.loop",
    "cluster", "render.render", "evaluate",
    "hub.client", "hub.pull", "", "measure", "board", "hub",
    "run", "cluster.sweep", "study", "cli", "__main__", "generators",
)  # fmt: skip
"""From the bottom up, below ``synthbench``. A module belongs to the longest name that fits. "" is the package itself,
whose functions are shortcuts to those of other modules."""


def modules() -> dict[str, Path]:
    """The file of each module by its name without ``synthbench``."""
    found = {}
    for folder, prefix in ((ROOT / "synthbench", ""), (ROOT / "generators", "generators.")):
        for path in folder.rglob("*.py"):
            name = prefix + ".".join(path.relative_to(folder).with_suffix("").parts)
            found[name.removesuffix("__init__").rstrip(".")] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[tuple[int, str]]:
    """(line, module of synthbench) of each import, also of those inside functions and for type checkers."""
    package = ["synthbench", *name.split(".")]
    package = package if path.stem == "__init__" else package[:-1]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            targets = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            if target.split(".")[0] == "synthbench":
                inside = target.removeprefix("synthbench").lstrip(".")
                while inside and inside not in known:
                    inside = inside.rpartition(".")[0]
                yield node.lineno, inside


def room(name: str) -> str:
    """The longest name of ``ORDER`` that is the module's or that of a package around it."""
    parts = name.split(".")
    return next(x for n in range(len(parts), 0, -1) if (x := ".".join(parts[:n])) in ORDER)


def offending(known: dict[str, Path]) -> list[str]:
    """The imports of a room above, as ``file:line imports module``."""
    return sorted(
        f"{path.relative_to(ROOT)}:{line} imports synthbench.{target}, which is above it".replace(".,", ",")
        for name, path in known.items()
        for line, target in imports(name, path, known)
        if ORDER.index(room(target)) > ORDER.index(room(name))
    )


def test_a_module_imports_only_rooms_below_it() -> None:
    found = offending(modules())
    assert not found, "\n".join(found)


def test_every_room_exists() -> None:
    """A room that was renamed or removed leaves the list."""
    assert {room(name) for name in modules()} == set(ORDER)


def test_an_import_of_a_room_above_is_found(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    low, high = tmp_path / "synthbench/storage/files.py", tmp_path / "synthbench/render/pool.py"
    for path in (low, high):
        path.parent.mkdir(parents=True)
        path.write_text("from synthbench import errors\n", "utf-8")
    low.write_text(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from synthbench.render.pool import Pool\n", "utf-8"
    )
    assert offending({"storage.files": low, "render.pool": high, "errors": high}) == [
        "synthbench/storage/files.py:4 imports synthbench.render.pool, which is above it"
    ]
