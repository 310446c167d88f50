"""The source hash of a generator: of its module, the modules of its own package that it imports, and their data files.

Modules are read, not run. Comments, docstrings and layout do not count, and the hash is the same on every version of
Python.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthbench.errors import GeneratorError, UsageError

ASSETS = "ASSETS"
"""Name of the constant in which a module lists the files it reads: glob patterns, relative to its folder."""


def sha256(file: Path, package: str = "") -> str:
    """Hash of a module and everything it uses of its package (``files``).

    Args:
        file: the module's file.
        package: the dotted name of the package in the file's folder; "" for a file outside a package.

    Raises:
        UsageError: the file does not exist.
        GeneratorError: a file is not Python, or a pattern of ``ASSETS`` does not match a file.
    """
    digest = hashlib.sha256()
    for used in files(file, package):
        content = json.dumps(_form(_parsed(used))).encode() if used.suffix == ".py" else used.read_bytes()
        digest.update(used.relative_to(file.parent).as_posix().encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def files(file: Path, package: str = "") -> list[Path]:
    """The module's file, the modules of the same package that it imports, directly or indirectly and anywhere in the
    code, and their ``ASSETS``.

    Arguments and exceptions are those of ``sha256``. A file outside a package may import modules (not packages) in its
    own folder.
    """
    found: set[Path] = set()
    todo = [file, *_places(package, package, file.parent)]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            tree = _parsed(module)
            found.update(_assets(module, tree))
            inside = ".".join([package, *module.relative_to(file.parent).parent.parts])
            todo += [place for name in _imports(tree, inside) for place in _places(name, package, file.parent)]
    return sorted(found)


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_bytes(), str(file))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(file)!r}.") from error
    except (SyntaxError, ValueError) as error:
        raise GeneratorError(f"{file} does not run: {type(error).__name__}: {error}") from error


def _form(node: Any) -> Any:
    """A syntax tree as JSON, without bare strings.

    ``ast.dump`` differs between Python versions by new fields. Those are empty for code that older versions can parse,
    so empty fields are left out. Constants are written in ASCII, because the set of printable characters changes too.
    """
    if isinstance(node, ast.Constant):
        return [type(node.value).__name__, ascii(node.value)]
    if isinstance(node, ast.JoinedStr):
        return ["JoinedStr", _joined(node)]
    if isinstance(node, ast.AST):
        fields = {name: _form(value) for name, value in ast.iter_fields(node) if value is not None and value != []}
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [_form(x) for x in node if not _is_docstring(x)]
    return node


def _joined(node: ast.JoinedStr) -> list[Any]:
    """The parts of an f-string, with adjacent text joined: where Python splits it depends on the version."""
    parts: list[Any] = []
    for value in node.values:
        inner = (
            _joined(value)
            if isinstance(value, ast.JoinedStr)
            else [value.value if isinstance(value, ast.Constant) else _form(value)]
        )
        for part in inner:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    return parts


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports(tree: ast.Module, inside: str) -> Iterator[str]:
    """Dotted names of possible modules that a module of the package ``inside`` imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = inside.split(".")[: len(inside.split(".")) + 1 - node.level] if node.level else []
            base = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _places(name: str, package: str, root: Path) -> Iterator[Path]:
    """Files of the package in ``root`` that importing a dotted name runs: the module and the packages around it."""
    parts, around = name.split("."), package.split(".") if package else []
    if parts[: len(around)] != around:
        return
    for n in range(len(around), len(parts) + 1):
        place = root.joinpath(*parts[len(around) : n])
        choices = [place.with_name(f"{place.name}.py")] if n > len(around) else []
        choices += [place / "__init__.py"] if package else []
        yield from (choice for choice in choices if choice.is_file())


def _assets(file: Path, tree: ast.Module) -> Iterator[Path]:
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if not any(isinstance(target, ast.Name) and target.id == ASSETS for target in targets):
            continue
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        try:
            patterns = ast.literal_eval(node.value) if node.value is not None else None
        except ValueError:
            patterns = None
        if not isinstance(patterns, tuple | list) or not all(isinstance(x, str) and x for x in patterns):
            raise GeneratorError(
                f'{file}: {ASSETS} must be written out, as in {ASSETS} = ("table.txt", "library/*.glsl").'
            )
        for pattern in patterns:
            matches = [place for place in file.parent.glob(pattern) if place.is_file()]
            if not matches:
                raise GeneratorError(
                    f"{file}: {ASSETS} names {pattern!r}, which does not match any file in {file.parent}."
                )
            yield from matches
