"""All forms of ENTRANT resolve to a recipe, and equal identities mean equal images."""

from __future__ import annotations

import shutil

import pytest
from noisy import NOISE
from PIL import Image

from synthbench import registry
from synthbench.entrant.mix import Mixed
from synthbench.entrant.recipe import Recipe, read, resolve
from synthbench.errors import GeneratorError, UnknownNameError, UsageError
from synthbench.generator import stream

# resolve


def test_a_recipes_name():
    found = resolve("dead-leaves-mixed")
    assert (found.name, found.generator, found.params) == ("dead-leaves-mixed", "dead-leaves", {"shape": "mixed"})


def test_a_recipe_file(write):
    path = write("leaves-of-mine.toml", 'generator = "dead-leaves"\nlicense = "MIT"\n[params]\nshape = "circle"\n')
    found = resolve(str(path))
    assert (found.name, found.params) == ("leaves-of-mine", {"shape": "circle"})


def test_a_missing_recipe_file(tmp_path):
    with pytest.raises(UsageError, match=r"there is no recipe file .*absent\.toml"):
        resolve(str(tmp_path / "absent.toml"))


def test_a_generators_name():
    assert resolve("dead-leaves") == Recipe(name="dead-leaves", generator="dead-leaves", title="dead-leaves")


def test_a_class_in_a_file(mine, monkeypatch, tmp_path):
    found = resolve(mine)
    assert (found.name, found.generator) == ("Mine", mine)
    assert found.load().render(0, stream(0, 0), 16).shape == (16, 16, 3)
    monkeypatch.chdir(tmp_path)
    assert resolve("mine.py:Mine").generator == mine, "workers need the whole path"


@pytest.mark.parametrize("class_name", ["", "_Hidden", "Größe"])
def test_an_invalid_class_name_is_a_usage_error(mine, class_name):
    try:
        found = resolve(mine.removesuffix("Mine") + class_name)
    except UsageError:
        return
    with pytest.raises(UnknownNameError, match="unknown class"):
        found.load()


def test_parameters_join_the_recipe_and_its_name():
    found = resolve("dead-leaves-mixed", {"shape": "circle"})
    assert found.params == {"shape": "circle"}
    assert found.name == "dead-leaves-mixed-shapecircle"
    assert resolve("dead-leaves-mixed", {}) == resolve("dead-leaves-mixed")
    odd = resolve("shaders-open", {"path": "/a b/ç" * 40})
    assert Recipe.model_validate(odd.model_dump()) == odd, "the name must stay a valid one"


# load


def test_a_wrong_parameter_is_suggested():
    with pytest.raises(UnknownNameError, match=r"unknown parameter of dead-leaves 'shap'. Did you mean shape\?"):
        resolve("dead-leaves", {"shap": "circle"}).load()
    with pytest.raises(UnknownNameError, match=r"unknown parameter of white-noise 'seed'.*it has no parameters"):
        resolve("white-noise", {"seed": 1}).load()


def test_a_wrong_value_is_refused(write):
    picky = f"{write('mine.py', NOISE.replace('self.top = top', 'self.top = int(top)'))}:Mine"
    with pytest.raises(UsageError, match=r"no shape 'blob'; allowed: circle, .*mixed"):
        resolve("dead-leaves", {"shape": "blob"}).load()
    with pytest.raises(GeneratorError, match=r"mine\.py:Mine does not start with .*'top': 'many'.*invalid literal"):
        resolve(picky, {"top": "many"}).load()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("()", "has no labels"),
        ('"abc"', r"has the string 'abc' as `labels`.*labels = \('abc',\)"),
        ('("a", "b", "a")', r"names a label twice: \['a'\]"),
    ],
)
def test_bad_labels_are_refused(write, labels, message):
    path = write("bad.py", NOISE.replace('("a", "b")', labels))
    with pytest.raises(GeneratorError, match=message):
        resolve(f"{path}:Mine").load()


def test_the_baseline_without_images_does_not_load():
    baseline = next(r for r in map(resolve, registry.recipes()) if not r.renders)
    with pytest.raises(UsageError, match="does not render images"):
        baseline.load()
    assert len(baseline.sha256()) == 64


def test_a_mix_wraps_the_generator(mine):
    recipe = resolve(mine).model_copy(update={"mix": read("m", 'generator = "x"\n[mix]\nn = 3\nalpha = 0.5\n').mix})
    made = recipe.load()
    assert isinstance(made, Mixed)
    assert (made.n, made.labels) == (3, ("a", "b"))


# read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('generator = "x', "recipe 'r' is not TOML"),
        ('generator = "x"\nlicence = "MIT"', r"recipe 'r': licence: Extra inputs"),
        ('title = "no generator"', r"recipe 'r': generator: Field required"),
        ('generator = "x"\n[mix]\nn = 1', r"recipe 'r': mix\.n: .*greater than or equal to 2 \(got 1\)"),
        ('generator = "x"\n[mix]\nkind = "blend"', r"recipe 'r': mix\.kind: .*'mixup'"),
        ('generator = "x"\nuses_real_data = "perhaps"', r"recipe 'r': uses_real_data"),
        ('generator = "x"\nname = "other"', r"recipe 'r': .*name"),
    ],
)
def test_a_bad_recipe_file_says_what_is_wrong(text, message):
    with pytest.raises(UsageError, match=message):
        read("r", text)


def test_a_recipe_file_with_a_bad_name_says_so(write):
    path = write("my leaves.toml", 'generator = "dead-leaves"\n')
    with pytest.raises(UsageError, match="name: .*my leaves"):
        resolve(str(path))


def test_a_recipe_file_that_is_not_text(tmp_path):
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="bytes"):
        resolve(str(path))


# identity


def test_identity_changes_with_the_source(mine, write):
    before = resolve(mine).sha256()
    write("mine.py", NOISE.replace("0, self.top", "1, self.top"))
    assert resolve(mine).sha256() != before


def test_identity_changes_with_parameters_and_mix(mine):
    plain = resolve(mine)
    mixed = plain.model_copy(update={"mix": read("m", 'generator = "x"\n[mix]\n').mix})
    assert (
        len({plain.sha256(), resolve(mine, {"top": 9}).sha256(), resolve(mine, {"top": 10}).sha256(), mixed.sha256()})
        == 4
    )


def test_identity_does_not_depend_on_the_path_or_on_descriptions(mine, write):
    elsewhere = resolve(f"{write('elsewhere/mine.py', NOISE)}:Mine")
    assert elsewhere.generator != mine
    assert elsewhere.identity() == resolve(mine).identity()
    told = elsewhere.model_copy(update={"title": "Another title", "license": "MIT", "name": "other"})
    assert told.sha256() == elsewhere.sha256()


def test_identity_tells_classes_of_one_file_apart(mine):
    other = resolve(mine.removesuffix("Mine") + "Other")
    assert other.identity() != resolve(mine).identity()


def test_identity_of_a_family_covers_its_assets_but_not_its_recipes(tmp_path):
    shipped = resolve("shaders").source_sha256()
    assert shipped == resolve("shaders-open").source_sha256()
    families = {point.value.partition(":")[0] for point in registry.generators().values()}
    assert len({Recipe(name=name, generator=name).source_sha256() for name in registry.generators()}) == len(families)


def test_identity_of_a_folder_changes_with_its_images(pictures):
    """Equal identities must mean equal images: otherwise shards of the old pictures would be reused for the new
    ones."""
    before = resolve(str(pictures)).sha256()
    Image.new("RGB", (20, 20), "red").save(pictures / "0.png")
    assert resolve(str(pictures)).sha256() != before


def test_identity_of_a_shader_folder_changes_with_its_programs(tmp_path):
    program = tmp_path / "one.glsl"
    program.write_text("void mainImage(out vec4 c, vec2 p) { c = vec4(0.5); }\n")
    before = resolve("shaders", {"path": str(tmp_path)}).sha256()
    program.write_text("void mainImage(out vec4 c, vec2 p) { c = vec4(0.1); }\n")
    assert resolve("shaders", {"path": str(tmp_path)}).sha256() != before


def test_identity_of_textured_leaves_changes_with_the_textures(mine, write):
    def leaves():
        return resolve("dead-leaves", {"texture": mine}).sha256()

    before = leaves()
    write("mine.py", NOISE.replace("0, self.top", "1, self.top"))
    assert leaves() != before


def test_identity_of_a_folder_does_not_depend_on_where_it_is(pictures, tmp_path):
    moved = shutil.copytree(pictures, tmp_path / "elsewhere" / pictures.name)
    assert resolve(str(moved)).sha256() == resolve(str(pictures)).sha256()


def test_a_generator_is_found_next_to_its_recipe(tmp_path, monkeypatch):
    (tmp_path / "g.py").write_text(
        "from synthbench import Generator\nclass Mine(Generator):\n    "
        "labels = ('a',)\n    def render(self, label, rng, size): ...\n"
    )
    (tmp_path / "r.toml").write_text('generator = "g.py:Mine"')
    monkeypatch.chdir("/")
    assert resolve(str(tmp_path / "r.toml")).load().labels == ("a",)
