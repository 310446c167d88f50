"""Every form of a collection is read; files that cannot be programs are named with the reason."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

CODE = "void mainImage(out vec4 c, in vec2 p) { c = vec4(p / iResolution.xy, 0.5, 1.0); }"


def document(name: str, code: str = CODE, **changes: object) -> dict:
    """A program in the form of Shadertoy's API."""
    image = {"inputs": [], "outputs": [], "code": code, "type": "image", **changes}
    return {"ver": "0.1", "info": {"id": name, "name": "A name", "username": "someone"}, "renderpass": [image]}


READS = CODE.replace("0.5", "texture(iChannel0, p).r")
BUFFER = {"id": 2, "ctype": "buffer", "channel": 1}


def passes(name: str, code: str = CODE, *, inputs: list | None = None, **others: str) -> dict:
    """A program of several passes."""
    made = document(name, code, inputs=inputs or [])
    made["renderpass"] += [{"inputs": [], "outputs": [], "code": text, "type": kind} for kind, text in others.items()]
    return made


def read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """(name -> text, name -> reason) of a collection."""
    from synthbench.shaders.collection import UnusableError, entries

    good, bad = {}, {}
    for entry in entries(path):
        try:
            good[entry.name] = entry.source()
        except UnusableError as error:
            bad[entry.name] = str(error)
    return good, bad


FORMS = {
    "a.json": lambda p: p.write_text(json.dumps(document("A1"))),
    "wrapped.json": lambda p: p.write_text(json.dumps({"Shader": document("A1")}, indent=2)),
    "deep/er/still/b.json": lambda p: p.write_text(json.dumps(document("A1"))),
    "lines.jsonl": lambda p: p.write_text("\n".join(json.dumps(document(n)) for n in ("A1", "B2", "C3"))),
    "array.json": lambda p: p.write_text(json.dumps([document("A1"), {"Shader": document("B2")}])),
    "long-array.json": lambda p: p.write_text(
        json.dumps([document(f"A{i}", CODE + "//" + "x" * 3000) for i in range(100)], indent=1)
    ),
    "shadertoy/A/A1.fragment": lambda p: p.write_text(json.dumps(document("A1"))),
    "plain/A1.fragment": lambda p: p.write_text(CODE),
    "A1.glsl": lambda p: p.write_text(CODE),
    "A1.frag": lambda p: p.write_text(CODE),
    "A1.fs": lambda p: p.write_text(CODE),
    "A1.FSH": lambda p: p.write_text(CODE),
    "A1.txt": lambda p: p.write_text(CODE),
    "A1.toy": lambda p: p.write_text(CODE),
    "modes/A1.glsl": lambda p: p.write_text(CODE),
    "utf-16/A1.glsl": lambda p: p.write_text(CODE, encoding="utf-16"),
    "utf-16, no mark/A1.glsl": lambda p: p.write_text(CODE, encoding="utf-16-be"),
    "utf-16.json": lambda p: p.write_text(json.dumps(document("A1")), encoding="utf-16"),
    "export.json": lambda p: p.write_text(
        json.dumps({"userName": "someone", "numShaders": 3, "shaders": [document(n) for n in ("A1", "B2", "C3")]})
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read(form, tmp_path):
    path = tmp_path / "src" / form
    path.parent.mkdir(parents=True)
    FORMS[form](path)
    good, bad = read(tmp_path / "src")
    assert not bad
    assert all(text.startswith(CODE) for text in good.values())
    n = {"lines.jsonl": 3, "array.json": 2, "long-array.json": 100, "export.json": 3}
    assert len(good) == n.get(form, 1)
    alone, _ = read(path)
    assert alone == good
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, f"top/{form}")
    zipped, bad = read(tmp_path / "all.zip")
    assert zipped == good and not bad
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(path, f"top/{form}")
    tarred, bad = read(tmp_path / "all.tar.gz")
    assert tarred == good and not bad


def test_twigl_fragments_have_their_mode(write):
    write("twigl/fragments/abc.fragment", "void main() { gl_FragColor = vec4(1.0); }")
    write("twigl/modes/abc.fragment", "classic\nFalse\nFalse\nFalse")
    good, bad = read(write("twigl/fragments/def.fragment", "o = vec4(1.0);").parents[2])
    assert not bad
    assert good["abc"].startswith("//! dialect: classic\n")
    assert good["def"] == "o = vec4(1.0);"


LEFT_OUT = {
    "two passes": (
        json.dumps(document("X") | {"renderpass": document("X")["renderpass"] * 2}),
        "several render passes",
    ),
    "sound only": (json.dumps(document("X", type="sound")), "not an image but sound"),
    "a texture": (
        json.dumps(document("X", READS, inputs=[{"id": 1, "ctype": "texture", "channel": 0}])),
        r"reads inputs \(texture\)",
    ),
    "one of two inputs": (
        json.dumps(document("X", READS, inputs=[BUFFER, {"id": 1, "type": "music", "channel": 0}])),
        r"reads inputs \(music\)",
    ),
    "an input of no channel": (
        json.dumps(document("X", READS, inputs=[{"ctype": "webcam"}])),
        r"reads inputs \(webcam\)",
    ),
    "an input's size": (
        json.dumps(document("X", CODE.replace("0.5", "iChannelResolution[1].x"), inputs=[BUFFER])),
        r"reads inputs \(buffer\)",
    ),
    "an input by a macro": (
        json.dumps(
            document("X", "#define T(n) texture(iChannel##n, p)\n" + CODE.replace("0.5", "T(1).x"), inputs=[BUFFER])
        ),
        "buffer",
    ),
    "an input in Common": (
        json.dumps(passes("X", CODE, common="vec4 f(vec2 p) { return texture(iChannel1, p); }", inputs=[BUFFER])),
        "buffer",
    ),
    "a buffer": (json.dumps(passes("X", CODE, buffer=CODE)), r"several render passes \(buffer, image\)"),
    "Common alone": (json.dumps(document("X", type="common")), "its pass is not an image but common"),
    "no pass": (json.dumps(document("X") | {"renderpass": []}), "no render pass"),
    "an empty export": ('{"numShaders": 0, "shaders": []}', "JSON without a program"),
    "other JSON": ('{"a": 1}', "JSON that does not have Shadertoy's form"),
    "a list of numbers": ("[1, 2, 3]", "JSON that does not have Shadertoy's form"),
    "passes of the wrong type": ('{"info": {"id": "X"}, "renderpass": 7}', "JSON that does not have Shadertoy's form"),
    "cut JSON": (json.dumps(document("X"))[:-40], "not JSON"),
    "nested too deep": ("[" * 100_000, "not JSON"),
    "an error of the API": ('{"Error": "Shader not found"}', "Shadertoy answered: Shader not found"),
    "code too long": (json.dumps(document("X", "x" * 2**20)), "too long"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_json_is_left_out_with_the_reason(name, write):
    import re

    text, reason = LEFT_OUT[name]
    good, bad = read(write("src/x.json", text).parent)
    assert not good
    assert all(re.search(reason, why) for why in bad.values()), bad
    assert bad


def test_a_bad_line_is_left_out_alone(write):
    good, bad = read(
        write("x.jsonl", "\n".join([json.dumps(document("A")), '{"info": oops}', json.dumps(document("B"))]))
    )
    assert set(good) == {"A", "B"}
    assert len(bad) == 1 and "not JSON" in bad["x"]


def test_files_that_are_no_programs(tmp_path):
    (tmp_path / "long.glsl").write_bytes(b"x" * 2**20)
    (tmp_path / "junk.frag").write_bytes(np.random.default_rng(0).bytes(4000))
    (tmp_path / "empty.glsl").write_bytes(b" \n")
    (tmp_path / "torn.zip").write_bytes(b"PK\3\4" + bytes(100))
    (tmp_path / "README.md").write_text("not read")
    (tmp_path / "Makefile").write_text("all:")
    (tmp_path / "notes.txt").write_text("Buy milk; call Anna (soon).")
    (tmp_path / ".hidden.glsl").write_text(CODE)
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._a.glsl").write_bytes(bytes(100))
    good, bad = read(tmp_path)
    assert not good
    assert bad == {
        "long": "too long: more than 524,288 bytes; a program has at most 131,072 characters",
        "README.md": (
            "not a program file: .md; supported are .glsl, .frag, .fragment, "
            ".fs, .fsh, .glslf, .toy, .txt, .json, .jsonl, .ndjson"
        ),
        "Makefile": (
            "not a program file: no suffix; supported are .glsl, .frag, "
            ".fragment, .fs, .fsh, .glslf, .toy, .txt, .json, .jsonl, .ndjson"
        ),
        "notes.txt": "not a program file: a text without GLSL",
        "junk": "not text: binary data",
        "empty": "empty",
        "torn": "not a readable zip file: File is not a zip file",
    }


def test_a_plain_program_that_reads_an_input_is_left_out(tmp_path):
    """A plain file has no list of its inputs, but its text names them; names in comments do not count."""
    reads = CODE.replace("0.5", "texture(iChannel1, p).r")
    (tmp_path / "reads.glsl").write_text(reads)
    (tmp_path / "comment.glsl").write_text("// like iChannel0\n" + CODE.replace("0.5", "iChannelTime[0]"))
    (tmp_path / "listed.json").write_text(json.dumps(document("listed", reads)))  # the site drew it with nothing bound
    good, bad = read(tmp_path)
    assert set(good) == {"comment", "listed"}
    assert bad == {"reads": "reads inputs (iChannel1)"}


def test_a_zip_file_cannot_escape_its_folder_or_fill_the_memory(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../escape.glsl", CODE)
        archive.writestr("/root.glsl", CODE)
        archive.writestr("bomb.glsl", b"\n" * 2**26)
        archive.writestr("inner.zip", b"PK\3\4")
        archive.writestr("fine.glsl", CODE)
    good, bad = read(tmp_path / "z.zip")
    assert set(good) == {"fine"}
    assert "leads out of it" in bad["escape"] and "leads out of it" in bad["root"]
    assert "zip bomb" in bad["bomb"]
    assert "inside an archive" in bad["inner"]
    assert [p.name for p in tmp_path.iterdir()] == ["z.zip"]


def test_a_tar_archive_cannot_escape_its_folder_or_fill_the_memory(tmp_path):
    with tarfile.open(tmp_path / "t.tgz", "w:gz") as archive:
        for name, content in {
            "../up.glsl": b"x",
            "__MACOSX/._fine.glsl": b"x",
            "fine.glsl": CODE.encode(),
            "z/zeros.glsl": bytes(2**26),
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    good, bad = read(tmp_path / "t.tgz")
    assert set(good) == {"fine"}
    assert "leads out of it" in bad["up"] and "an archive bomb" in bad["t"] and len(bad) == 2
    (tmp_path / "torn.tar.gz").write_bytes((tmp_path / "t.tgz").read_bytes()[:200])
    assert "not a readable tar archive" in read(tmp_path / "torn.tar.gz")[1]["torn.tar"]


def test_macos_metadata_in_a_zip_is_ignored(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("src/x.glsl", CODE)
        archive.writestr("__MACOSX/src/._x.glsl", bytes(120))
        archive.writestr("src/.DS_Store", bytes(120))
        archive.writestr("modes/y.glsl", CODE)
        archive.writestr("src/readme.pdf", b"%PDF")
    good, bad = read(tmp_path / "z.zip")
    assert set(good) == {"x", "y"}
    assert list(bad) == ["readme.pdf"]


def test_files_of_one_name_are_told_apart_by_their_paths(write):
    from synthbench.shaders.collection import entries

    write("src/a/image.glsl", CODE)
    write("src/b/image.frag", CODE)
    write("src/b/image.glsl", CODE)
    write("src/c.jsonl", json.dumps(document("X")) + "\n" + json.dumps(document("X")))
    found = list(entries(write("src/d/image.glsl", CODE).parents[1]))
    assert [e.name for e in found] == ["X", "X", "image", "b/image", "b/image.glsl", "d/image"]
    assert [e.reason for e in found] == [
        None,
        "a second program with the id 'X' (the first: c.jsonl)",
        None,
        None,
        None,
        None,
    ]


def test_the_common_tab_stands_before_the_image(gl, write):
    from synthbench.generators.shaders import Shaders

    common = "#define HALF 0.5\nvec4 tint(vec2 p) { return vec4(p, HALF, 1.0); }"
    image = "void mainImage(out vec4 c, in vec2 p) { c = tint(p / iResolution.xy); }"
    path = write("x.json", json.dumps(passes("X", image, common=common)))
    good, bad = read(path)
    assert good == {"X": f"{common}\n{image}"} and not bad
    generator = Shaders(path=str(path))
    assert generator.render(0, np.random.default_rng(0), 8)[0, 7].tolist() == [239, 239, 128]
    generator.close()


def test_an_input_that_is_bound_but_not_read_does_not_count(write):
    bound = [{"id": 1, "ctype": "texture", "channel": 0}, BUFFER]
    good, bad = read(write("x.json", json.dumps(document("X", "// not iChannel0\n" + CODE, inputs=bound))))
    assert set(good) == {"X"} and not bad


def test_text_in_other_encodings(tmp_path):
    text = f"// \u00e9t\u00e9\n{CODE}"
    (tmp_path / "a.glsl").write_text(text, encoding="cp1252")
    (tmp_path / "b.glsl").write_text(text, encoding="utf-16")
    (tmp_path / "c.glsl").write_text(text, encoding="utf-8-sig")
    good, bad = read(tmp_path)
    assert good == {"a": text, "b": text, "c": text} and not bad


def test_ids_in_one_file_count_too(write):
    good, bad = read(write("x.json", json.dumps([document("A"), document("A", "other")])))
    assert good == {"A": CODE}
    assert "a second program with the id 'A'" in bad["A"]


def test_any_form_is_an_entrant(gl, write):
    from synthbench.generators.shaders import Shaders

    path = write(
        "all.json", json.dumps([document("B"), document("A"), document("T", READS, inputs=[{"ctype": "texture"}])])
    )
    generator = Shaders(path=str(path))
    assert generator.labels == ("A", "B")
    assert generator.render(0, np.random.default_rng(0), 8)[0, 7, 0] > 230
    generator.close()


def test_a_collection_without_a_program_is_refused(write):
    from synthbench.generators.shaders import Shaders

    from synthbench.errors import UsageError

    with pytest.raises(UsageError, match=r"holds no shader program that can be used: .*reads inputs \(texture\)"):
        Shaders(path=str(write("t.json", json.dumps(document("T", READS, inputs=[{"ctype": "texture"}])))))
    with pytest.raises(UsageError, match="there is no collection of shader programs '/nowhere'"):
        Shaders(path="/nowhere")


@pytest.mark.parametrize(
    ("name", "text"), [("my program.glsl", CODE), ("P.frag", CODE), ("X1.json", json.dumps({"Shader": document("X1")}))]
)
def test_a_program_file_is_an_entrant_by_itself(gl, write, name, text, tmp_path):
    from PIL import Image
    from typer.testing import CliRunner

    from synthbench.cli import app

    sheet = tmp_path / "sheet.png"
    result = CliRunner().invoke(app, ["preview", str(write(name, text)), "--out", str(sheet), "--size", "16"])
    assert result.exit_code == 0, result.output
    assert np.asarray(Image.open(sheet)).std() > 20


def test_a_program_file_that_cannot_be_drawn_says_why(gl, write, tmp_path):
    from synthbench.entrant import recipe
    from synthbench.errors import SynthbenchError
    from synthbench.render.sheet import preview

    with pytest.raises(SynthbenchError, match="'broken' does not compile: .*nonsense"):
        preview(
            recipe.resolve(str(write("broken.glsl", "void mainImage(out vec4 c, in vec2 p) { c = nonsense; }"))),
            size=16,
            seed=0,
        )
    with pytest.raises(SynthbenchError, match=r"'reads' cannot be used: reads inputs \(iChannel0\)"):
        preview(recipe.resolve(str(write("reads.glsl", READS))), size=16, seed=0)


def test_links_to_folders_are_followed_and_never_in_circles(tmp_path):
    from synthbench.shaders.collection import entries

    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    (root / "__MACOSX" / "inner").mkdir(parents=True)
    for path in (root / "a.glsl", root / "__MACOSX" / "inner" / "no.glsl", elsewhere / "deep" / "b.glsl"):
        path.write_text("void mainImage(out vec4 c, in vec2 p) { c = vec4(1); }")
    (root / "linked").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(root)
    assert [entry.origin for entry in entries(root)] == ["a.glsl", "linked/deep/b.glsl"]
