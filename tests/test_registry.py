"""The registry: lazy, without duplicates, with a suggestion for a near miss."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata, resources

import pytest

from synthbench import registry
from synthbench.entrant import recipe
from synthbench.errors import DataError, GeneratorError, SynthbenchError, UnknownNameError, UsageError
from synthbench.generator import Generator
from synthbench.protocol import protocol


def test_listing_names_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from synthbench import registry\n"
        "assert registry.generators() and registry.recipes() and registry.protocols()\n"
        "heavy = {'torch', 'torchvision', 'moderngl', 'numba', 'skimage', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "own = [m for m in sys.modules if m.startswith('synthbench.generators.')]\n"
        "sys.exit(f'imported {heavy} {own}' if heavy or own else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_registered_generator_loads():
    for name in registry.generators():
        assert issubclass(registry.load_class(name), Generator)


@pytest.mark.parametrize(
    ("typo", "meant"), [("dead-leafs", "dead-leaves"), ("shader", "shaders"), ("Shaders", "shaders")]
)
def test_a_near_miss_is_suggested(typo, meant):
    with pytest.raises(UnknownNameError, match=f"unknown generator '{typo}'. Did you mean {meant}"):
        registry.load_class(typo)


def test_a_far_miss_lists_what_is_known():
    with pytest.raises(UnknownNameError, match=r"Known: .*dead-leaves.*synthbench list generators"):
        registry.load_class("qqqqqq")


@pytest.fixture
def entry_points(monkeypatch):
    """Replace the installed entry points."""
    registry.plugins.cache_clear()
    yield lambda *points: monkeypatch.setattr(metadata, "entry_points", lambda group: list(points))
    monkeypatch.undo()
    registry.plugins.cache_clear()


def test_two_packages_with_one_name_are_refused(entry_points):
    entry_points(*(metadata.EntryPoint("mine", f"{package}:G", registry.GROUP) for package in ("one", "two")))
    with pytest.raises(SynthbenchError, match=r"two packages register the generator 'mine': one:G and two:G"):
        registry.generators()


def test_one_package_found_twice_is_one(entry_points):
    entry_points(*[metadata.EntryPoint("mine", "one:G", registry.GROUP)] * 2)
    assert list(registry.generators()) == ["mine"]


def test_a_package_that_does_not_import_is_named(entry_points):
    entry_points(metadata.EntryPoint("mine", "no_such_package_here:G", registry.GROUP))
    with pytest.raises(GeneratorError, match=r"'mine' does not import: .*no_such_package_here"):
        registry.load_class("mine")


def test_something_else_than_a_generator_is_refused(entry_points):
    entry_points(metadata.EntryPoint("mine", "collections:OrderedDict", registry.GROUP))
    with pytest.raises(GeneratorError, match=r"'mine' is not a subclass of synthbench.Generator"):
        registry.load_class("mine")


def test_recipe_names_are_unique_over_the_families():
    families = [d for d in resources.files("synthbench.generators").iterdir() if d.is_dir()]
    names = [f.name for d in families for f in d.iterdir() if f.name.endswith(".toml")]
    assert sorted(names) == sorted(set(names))
    assert sorted(names) == sorted(f"{name}.toml" for name in registry.recipes())


@pytest.mark.parametrize("name", sorted(registry.recipes()))
def test_every_shipped_recipe_loads(name):
    found = recipe.resolve(name)
    assert found.name == name
    assert found.title
    assert found.description
    assert found.license != "unknown"
    assert bool(found.real_data_sources) == found.uses_real_data
    if found.renders:
        assert found.generator in registry.generators()
    if found.missing():
        with pytest.raises(
            DataError, match=f"the images of '{name}' have not been fetched.*or give their location with -g path="
        ):
            found.load()
    elif name == "feature-vis-dead-leaves":
        with pytest.raises(UsageError, match="needs a pretrained encoder: -g encoder=RUN"):
            found.load()
    elif found.renders:
        assert found.load().labels


@pytest.mark.parametrize("name", sorted(registry.protocols()))
def test_every_shipped_protocol_loads(name):
    assert protocol.load(name).id == name


def write_module(write, text: str, name: str = "mine.py") -> str:
    return str(write(name, text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"there is no file .*absent.py.*synthbench new"):
        registry.load_class(f"{tmp_path}/absent.py:Mine")


def test_a_file_that_raises_is_named(write):
    with pytest.raises(GeneratorError, match=r"mine.py does not run: ZeroDivisionError: .* at .*mine\.py:1"):
        registry.load_class(write_module(write, "1 / 0\n") + ":Mine")


def test_a_file_that_does_not_parse_is_named(write):
    with pytest.raises(GeneratorError, match=r"mine.py does not run: SyntaxError"):
        registry.load_class(write_module(write, "class :\n") + ":Mine")


def test_a_missing_class_is_suggested(write):
    path = write_module(write, "class Stripes: pass\n")
    with pytest.raises(UnknownNameError, match=r"unknown class 'Stripe'. Did you mean Stripes\?"):
        registry.load_class(f"{path}:Stripe")


def test_a_file_without_classes_is_named(write):
    with pytest.raises(UsageError, match=r"mine.py does not define a class. `synthbench new FILE.py`"):
        registry.load_class(write_module(write, "x = 1\n") + ":Mine")


def test_a_class_that_is_no_generator_is_refused(write):
    path = write_module(write, "class Stripes: pass\n")
    with pytest.raises(GeneratorError, match=r"is not a subclass of synthbench.Generator. Write class Stripes\(Gener"):
        registry.load_class(f"{path}:Stripes")


def test_a_file_imports_the_modules_next_to_it(tmp_path):
    """Each file its own modules, also if two folders have a module of the same name."""
    classes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shade_of_the_test.py").write_text(f"SHADE = {name!r}")
        text = (
            "from shade_of_the_test import SHADE\nfrom synthbench import "
            "Generator\n\nclass Own(Generator):\n    labels = (SHADE,)\n"
        )
        (tmp_path / name / "own.py").write_text(text)
        classes.append(registry.load_class(f"{tmp_path / name / 'own.py'}:Own"))
    assert [each.labels for each in classes] == [("first",), ("second",)]
