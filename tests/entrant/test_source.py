"""The source of a generator: modules by their imports, data files by ``ASSETS``, code without comments and
docstrings."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from synthbench import registry
from synthbench.entrant import source
from synthbench.entrant.recipe import resolve
from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import stream

GENERATORS = Path(sys.modules["synthbench"].__file__ or "").parent.parent / "generators"
NEEDS_FILE = {"folder", "webdataset", "hub", "stylegan-trained", "feature-vis-encoder"}
FAST = {
    "shaders": {"limit": 2},
    "shader-synth": {"limit": 2},
    "feature-vis": {"network": "resnet18", "steps": 1, "side": 32},
}
NEEDS_GL = {"shaders", "shader-synth", "mandelbulb"}

EVERYTHING = '''\
"""Docstring."""
from __future__ import annotations
import os.path as p, sys
from .a import (b, c as d)
A: int = 1; B = C = -2.5e10; D = 1_000j, b"x\\xff", "é\\U0001f9ff", u"u", None, ..., True
"An attribute's docstring."
@decorate(*args, key=1, **more)
class K(Base, metaclass=M):
    """Docstring."""
    x: str
    async def f(self, a, /, b=2, *c, d, e=None, **g) -> None:
        """Docstring."""
        async with a as b, c: await d
        async for x in y: yield x
        return [*(z async for z in q)]
def f(x):
    global A
    try:
        assert x, "why"
    except* (ValueError, KeyError) as error:
        raise RuntimeError(f"{x!r:>{w}.2f} {{}} {y=} " "and" f"{a['b']}") from error
    else: del x[1:2, ::3]
    finally: pass
    while (n := n - 1) > 0 and not x or y: continue
    match x:
        case {"a": [1, *_], **rest} if rest: ...
        case Point(x=0) | None as found: return
    lambda a, *b: a if b else {**c, 1: 2} | {1, 2} | {k: v for k, v in z if k}
    x @= y; z = 1 < 2 <= 3 is not None not in w
'''


@pytest.fixture
def family(tmp_path):
    """A package of two generators, one of which uses a table."""
    folder = tmp_path / "family"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A family."""\n')
    (folder / "one.py").write_text('from family import shared\nASSETS = ("one.txt", "more/*.txt")\nN = 1\n')
    (folder / "two.py").write_text("def later():\n    from . import other\n")
    (folder / "shared.py").write_text("import numpy\nimport family.deep.inner\n")
    (folder / "other.py").write_text("N = 2\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "__init__.py").write_text("")
    (folder / "deep" / "inner.py").write_text("from ..shared import x\nfrom .. import shared\n")
    (folder / "one.txt").write_text("1")
    (folder / "more").mkdir()
    (folder / "more" / "a.txt").write_text("a")
    (folder / "one.toml").write_text('generator = "one"\n')
    return folder


def names(folder, module):
    return {file.relative_to(folder).as_posix() for file in source.files(folder / module, "family")}


def test_imports_of_the_package_and_assets_count_and_nothing_else(family):
    shared = {"__init__.py", "shared.py", "deep/__init__.py", "deep/inner.py"}
    assert names(family, "one.py") == {"one.py", "one.txt", "more/a.txt"} | shared
    assert names(family, "two.py") == {"__init__.py", "two.py", "other.py"}


@pytest.mark.parametrize(
    "changed", ["one.py", "shared.py", "deep/inner.py", "one.txt", "more/a.txt", "__init__.py", "more/new.txt"]
)
def test_the_hash_changes_with_each_file_that_counts(family, changed):
    before = source.sha256(family / "one.py", "family"), source.sha256(family / "two.py", "family")
    with (family / changed).open("a") as file:
        file.write("M = 3\n")
    after = source.sha256(family / "one.py", "family"), source.sha256(family / "two.py", "family")
    assert before[0] != after[0]
    assert (before[1] == after[1]) == (changed != "__init__.py")


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("N = 1", "N = 1  # how many", True),
        ("N = 1", '"""Why."""\n\n\nN = 1\n"""How many."""', True),
        ("N = 1", "N = (\n    0x1\n)", True),
        ("N = 1", "N = 1.0", False),
        ("N = 1", "N = True", False),
        ("N = 1", 'N = "1"', False),
        ("N = 1", "M = 1", False),
        ("N = 1", 'N = 1\nprint("""Why.""")', False),
    ],
)
def test_comments_and_layout_do_not_count_and_values_do(tmp_path, old, new, same):
    file = tmp_path / "one.py"
    file.write_text(old)
    before = source.sha256(file)
    file.write_text(new)
    assert (source.sha256(file) == before) == same


def test_the_hash_is_that_of_every_version_of_python(tmp_path):
    """Computed with Python 3.11; it has every kind of statement and expression of this version."""
    file = tmp_path / "everything.py"
    file.write_text(EVERYTHING, encoding="utf-8")
    assert source.sha256(file) == "7041402ee13b72be6a0e5bf4a36007ce44719bf8439497475e26c2ea55a96043"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ASSETS = ("absent.txt",)', r"one\.py: ASSETS names 'absent\.txt', which does not match any file"),
        ('ASSETS = "one.txt"', r'one\.py: ASSETS must be written out, as in ASSETS = \("table\.txt"'),
        ("ASSETS = tuple(x)", "must be written out"),
        ("def f(:", r"one\.py does not run: SyntaxError"),
    ],
)
def test_unhashable_sources_are_refused_with_the_reason(tmp_path, text, message):
    (tmp_path / "one.py").write_text(text)
    with pytest.raises(GeneratorError, match=message):
        source.sha256(tmp_path / "one.py")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(UsageError, match=r"there is no file .*one\.py"):
        source.sha256(tmp_path / "one.py")


def test_a_single_file_counts_with_the_modules_in_its_folder(tmp_path):
    (tmp_path / "one.py").write_text("import numpy\nfrom two import x\nimport package\n")
    (tmp_path / "two.py").write_text("x = 1\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    assert [file.name for file in source.files(tmp_path / "one.py")] == ["one.py", "two.py"]


# the shipped families


def used(name):
    module = sys.modules[registry.load_class(name).__module__]
    return source.files(Path(module.__file__), module.__package__)


@pytest.mark.parametrize(
    "changed", ["exfractaldb.py", "space.py", "search.py", "kept3d.txt", "anderson_farrell.py", "fractaldb-1k.toml"]
)
def test_a_sibling_generators_code_does_not_count(tmp_path, changed):
    folder = shutil.copytree(GENERATORS / "fractals", tmp_path / "fractals")
    package = "synthbench.generators.fractals"
    before = source.sha256(folder / "fractaldb.py", package)
    assert before == resolve("fractaldb-1k").source_sha256()
    with (folder / changed).open("a") as file:
        file.write("\nM = 3\n")
    assert source.sha256(folder / "fractaldb.py", package) == before
    with (folder / "ifs.py").open("a") as file:
        file.write("M = 3\n")
    assert source.sha256(folder / "fractaldb.py", package) != before


def test_every_data_file_of_a_family_counts_for_one_of_its_generators():
    counted = {file for name in registry.generators() for file in used(name)}
    data = {
        f for f in GENERATORS.rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc", ".nbi", ".nbc", ".toml")
    }
    assert not data - counted


@pytest.fixture(scope="module")
def opened():
    """The files that the process opens, reported by the interpreter, for the duration of the fixture."""
    files: set[str] = set()
    lasts = [True]  # a hook cannot be removed
    sys.addaudithook(
        lambda event, args: event == "open" and bool(lasts) and isinstance(args[0], str) and files.add(args[0])
    )
    yield files
    lasts.clear()


@pytest.mark.parametrize("name", sorted(set(registry.generators()) - NEEDS_FILE))
def test_files_that_a_generator_reads_count(name, request, opened):
    """From its creation to its first image."""
    if name in NEEDS_GL:
        request.getfixturevalue("gl")
    cls, counted = registry.load_class(name), {str(file.resolve()) for file in used(name)}
    for module in [m for m in sys.modules if m.startswith("synthbench.generators.")]:
        for value in vars(sys.modules[module]).values():  # files read by an earlier test are read again
            getattr(value, "cache_clear", lambda: None)()
    opened.clear()
    made = cls(**FAST.get(name, {}))
    made.render(0, stream(0, 0), 16)
    made.close()
    read = {Path(file).resolve() for file in opened if "__pycache__" not in file}
    assert {str(file) for file in read if file.is_relative_to(GENERATORS.resolve()) and file.is_file()} <= counted
