"""Cleaning: programs kept and left out with reasons, for any behaviour of programs; a killed run resumes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthbench.errors import DataError, UsageError
from synthbench.render.sheet import GAP, HEADER
from synthbench.shaders import report

TILE = 128

WAVE = (
    "void mainImage(out vec4 c, in vec2 p) { c = vec4(0.5 + 0.5 * sin(p.x * 0.1 + iTime), p / iResolution.xy, 1.0); }"
)
STRIPES = (
    "void mainImage(out vec4 c, in vec2 p) { c = vec4(step(0.5, fract(p.y / iResolution.y * 4.0 + iTime * 0.37))); }"
)
LOOP = "for(float i;i<9.;)o+=fract(t);"
# llvmpipe ends the loops of a program after 65,535 iterations in all; these take minutes.
COSTLY = (
    "vec2 p = FC.xy; for (int i = 0; i < 60000; i++) {"
    + " p = sin(p * 1.37 + p.yx * t);" * 300
    + " } o = vec4(p, 0.0, 1.0);"
)
COMPILE_BOMB = (
    "\n".join(["#define A0 x += sin(x);"] + [f"#define A{i + 1} A{i} A{i}" for i in range(40)])
    + "\nfloat x; A40 o = vec4(x);"
)


def small() -> dict[str, str]:
    """File name -> program."""
    return {
        "a-wave.glsl": WAVE,
        "b-wave-again.glsl": WAVE,
        "c-wave-reworded.frag": "// the same\n" + WAVE.replace("0.5 + 0.5", "0.5+0.5"),
        "d-wave-nearly.glsl": WAVE.replace("0.1 +", "0.1003 +"),
        "e-stripes.fragment": STRIPES,
        "f-blank.glsl": "o = vec4(fract(t));",
        "g-static.glsl": "o = vec4(FC.xy / r, 0.0, 1.0);",
        "h-prose.glsl": "Once upon a time there was no shader.",
        "i-broken.glsl": WAVE.replace("iTime", "nothing"),
        "j-geekest.glsl": "o.rgb = hsv(FC.x / r.x + t, 0.5, FC.y / r.y);",
    }


def put(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def clean(source: Path, out: Path, deadline: float = 20.0, workers: int = 1):
    from synthbench.shaders.clean import clean

    return clean(source, out, workers=workers, deadline=deadline)


@pytest.fixture(autouse=True)
def short_portraits(monkeypatch):
    """A program that is slow at 256 px costs one second, not ten, when the sheet of what was left out is drawn."""
    monkeypatch.setattr(report, "MEASURE_SECONDS", 1.0)


@pytest.fixture(scope="module")
def cleaned(gl, tmp_path_factory):
    """A small collection, cleaned."""
    root = tmp_path_factory.mktemp("clean")
    return clean(put(root / "src", small()), root / "out"), root


def test_each_program_is_kept_or_left_out_with_its_reason(cleaned):
    found, root = cleaned
    assert (found.programs, found.kept) == (10, 3)
    assert found.reasons == {
        "an exact duplicate": 2,
        "does not compile": 2,
        "a near duplicate": 1,
        "blank": 1,
        "static over time": 1,
    }
    assert found.examples["a near duplicate"] == ["d-wave-nearly (d-wave-nearly.glsl): draws nearly the same as a-wave"]
    assert any("i-broken" in line and "nothing" in line for line in found.examples["does not compile"])
    assert json.loads((root / "out" / "report.json").read_text())["reasons"] == found.reasons


def test_the_programs_are_written_unchanged(cleaned):
    _, root = cleaned
    manifest = json.loads((root / "out" / "manifest.json").read_text())
    assert [row["file"] for row in manifest["programs"]] == ["a-wave.glsl", "e-stripes.glsl", "j-geekest.glsl"]
    assert (root / "out" / "a-wave.glsl").read_text() == WAVE
    assert sorted(p.name for p in (root / "out").glob("*.glsl")) == ["a-wave.glsl", "e-stripes.glsl", "j-geekest.glsl"]


def test_the_collection_is_an_entrant(cleaned):
    from synthbench.generators.shaders import Shaders

    generator = Shaders(path=str(cleaned[1] / "out"))
    assert generator.labels == ("a-wave", "e-stripes", "j-geekest")
    assert np.ptp(generator.render(1, np.random.default_rng(0), 16)) == 255
    generator.close()


def test_table_1_is_as_the_paper_defines_it(cleaned):
    import gzip

    from synthbench.render.worker import encode
    from synthbench.shaders import examine
    from synthbench.shaders.canvas import Canvas

    found, _ = cleaned
    assert found.measured == 3
    assert found.table1["chars"]["mean"] == pytest.approx(
        np.mean([len(WAVE), len(STRIPES), len(small()["j-geekest.glsl"])])
    )
    assert found.table1["chars"]["q5"] < found.table1["chars"]["q95"]
    assert found.table1["fps"]["mean"] > 0
    canvas = Canvas()
    result, png = examine.measure(canvas, STRIPES)
    frames = [canvas.draw(STRIPES, t, 384) for t in examine.TIMES]
    canvas.close()
    assert result["gzip_kb"] == pytest.approx(
        np.mean([len(gzip.compress(f.tobytes(), 9, mtime=0)) for f in frames]) / 1000
    )
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), frames[1])
    assert result["jpeg_kb"] == pytest.approx(np.mean([len(encode(f, "jpeg", 95)) for f in frames]) / 1000)


def test_the_sheets_show_what_was_kept_and_dropped(cleaned):
    _, root = cleaned
    kept, dropped = (np.asarray(Image.open(root / "out" / name)) for name in ("kept.png", "dropped.png"))
    assert kept.shape[1] == GAP + 3 * (TILE + GAP)
    assert dropped.shape[1] == GAP + 4 * (TILE + GAP)  # of seven, those that draw something
    for sheet in (kept, dropped):
        for i in range(sheet.shape[1] // (TILE + GAP)):
            x = GAP + i * (TILE + GAP)
            assert sheet[HEADER : HEADER + TILE, x : x + TILE].std() > 10


def test_a_second_run_examines_nothing_and_writes_the_same(cleaned, monkeypatch):
    from synthbench.shaders import examine

    found, root = cleaned
    before = {
        p.name: p.read_bytes()
        for p in (root / "out").iterdir()
        if p.suffix in (".glsl", ".jsonl") or p.name == "manifest.json"
    }
    asked = []
    real = examine.outcomes
    monkeypatch.setattr(
        examine, "outcomes", lambda kind, programs, **k: real(kind, (asked.append(kind) or p for p in programs), **k)
    )
    again = clean(root / "src", root / "out")
    assert "examine" not in asked
    assert again.reasons == found.reasons
    assert before == {p.name: p.read_bytes() for p in (root / "out").iterdir() if p.name in before}


def test_hanging_and_crashing_programs_only_take_their_deadline(gl, tmp_path):
    """An almost infinite loop and a compile bomb, between two good programs."""
    files = {"a.glsl": WAVE, "b-costly.glsl": COSTLY, "c-bomb.glsl": COMPILE_BOMB, "z.glsl": STRIPES}
    found = clean(put(tmp_path / "src", files), tmp_path / "out", deadline=1.0)
    assert found.kept == 2
    assert set(found.reasons) <= {"hangs", "crashes its process"} and sum(found.reasons.values()) == 2
    lines = (tmp_path / "out" / "journal.jsonl").read_text().splitlines()
    assert any(json.loads(line)["result"].get("dropped") == "hangs" for line in lines)
    assert any("of CPU time" in line for line in found.examples["hangs"])


def test_a_driver_crash_affects_only_its_program(gl, tmp_path):
    """A stand-in for a driver bug: a worker that kills itself on one text."""
    from synthbench.shaders import examine

    poison = tmp_path / "sitecustomize.py"
    poison.write_text(
        "import os, signal\n"
        "import synthbench.shaders.canvas as c\n"
        "frames = c.Canvas.frames\n"
        "c.Canvas.frames = lambda self, s, t, n: os.kill(os.getpid(), signal.SIGSEGV) if 'poison' in s else "
        "frames(self, s, t, n)\n"
    )
    texts = iter([("a", WAVE), ("b", "// poison\n" + WAVE), ("c", STRIPES)])
    environment = {**examine.QUICK, "PYTHONPATH": str(tmp_path)}
    got = {
        tag: result
        for tag, result, _ in examine.outcomes("examine", texts, workers=1, deadline=20, environment=environment)
    }
    assert got["b"] == {"dropped": "crashes its process", "detail": "crashed its process (SIGSEGV)"}
    assert "hash" in got["a"] and "hash" in got["c"]


def test_bad_files_next_to_good_ones(gl, tmp_path):
    source = put(
        tmp_path / "src",
        {"a.glsl": WAVE, "long.glsl": "x" * 2**20, "shape.json": '{"Shader": []}', "id.glsl": STRIPES, "id.frag": LOOP},
    )
    (source / "junk.glsl").write_bytes(np.random.default_rng(0).bytes(3000))
    with zipfile.ZipFile(source / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../up.glsl", WAVE)
        archive.writestr("bomb.glsl", b" " * 2**25)
    found = clean(source, tmp_path / "out")
    assert [r["id"] for r in json.loads((tmp_path / "out/manifest.json").read_text())["programs"]] == ["a", "id.glsl"]
    reasons = " | ".join(found.reasons)
    for part in ("too long", "not text", "JSON that does not have Shadertoy's form", "leads out of it", "a zip bomb"):
        assert part in reasons or any(part in x for xs in found.examples.values() for x in xs), (part, reasons)
    assert sum(found.reasons.values()) + found.kept == found.programs


def test_a_killed_run_resumes(gl, tmp_path):
    source = put(tmp_path / "src", {f"p{i:02d}.glsl": WAVE.replace("0.1", f"{0.05 * (i + 1):.2f}") for i in range(12)})
    arguments = ["shaders", "clean", str(source), "--out", str(tmp_path / "out"), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from synthbench.cli import main; main()", *arguments],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    journal = tmp_path / "out" / "journal.jsonl"
    end = time.monotonic() + 60
    while time.monotonic() < end and not (journal.is_file() and journal.read_bytes().count(b"\n") >= 2):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    seen = journal.read_bytes()
    journal.write_bytes(seen[: seen.rindex(b"\n") + 1] + b'{"version": 1, "key": "cut')
    found = clean(source, tmp_path / "out")
    assert journal.read_bytes().startswith(seen[: seen.rindex(b"\n") + 1])
    assert journal.read_bytes().count(b"\n") == 12
    assert found.programs == 12 and found.kept + sum(found.reasons.values()) == 12


def test_a_damaged_journal_is_named(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "journal.jsonl").write_text("nonsense\n{}\n")
    with pytest.raises(DataError, match=r"journal\.jsonl is damaged .*Delete it"):
        clean(put(tmp_path / "src", {"a.glsl": WAVE}), tmp_path / "out")


def test_folders_that_hold_something_else_are_refused(tmp_path):
    source = put(tmp_path / "src", {"a.glsl": WAVE})
    with pytest.raises(UsageError, match="holds other files"):
        clean(source, put(tmp_path / "out", {"mine.glsl": WAVE}))
    with pytest.raises(UsageError, match="lies inside the collection"):
        clean(source, source / "out")
    with pytest.raises(UsageError, match="there is no collection"):
        clean(tmp_path / "nowhere", tmp_path / "new")
    assert (tmp_path / "out" / "mine.glsl").read_text() == WAVE


def test_the_command_prints_one_json_document(gl, tmp_path):
    from typer.testing import CliRunner

    from synthbench.cli import app

    source = put(tmp_path / "src", {"a.glsl": WAVE})
    result = CliRunner().invoke(
        app, ["shaders", "clean", str(source), "--out", str(tmp_path / "out"), "--workers", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["kept"] == 1
    said = [line for line in result.stderr.splitlines() if line]
    for stage in ("look", "decide", "measure"):  # without a terminal there is no bar, but a line for each stage
        assert any(line.startswith(stage) for line in said)
    shown = CliRunner().invoke(app, ["shaders", "clean", str(source), "--out", str(tmp_path / "out"), "--workers", "1"])
    assert "kept" in shown.stdout and "frames/s" in shown.stdout


PIXELS = {
    # programs that draw or move only at certain sizes or times
    "blank at 64 px": "void mainImage(out vec4 O, vec2 U) { O = vec4(length(U - 150.0) < 20.0 + 5.0 * sin(iTime)); }",
    "static at 64 px": (
        "void mainImage(out vec4 O, vec2 U) { O = vec4(U / iResolution.xy, "
        "length(U - 180.0 - 20.0 * sin(iTime)) < 9.0, 1); }"
    ),
    "moves late": "void mainImage(out vec4 O, vec2 U) { O = vec4(U / iResolution.xy, step(9.0, iTime), 1); }",
    "moves for a moment": (
        "void mainImage(out vec4 O, vec2 U) { O = vec4(U.yx / iResolution.xy, 1.0 - step(0.2, abs(iTime - 3.3)), 1); }"
    ),
    "draws late": "void mainImage(out vec4 O, vec2 U) { O = vec4(U / iResolution.xy, 0, 1) * step(9.0, iTime); }",
}
SLOW_AGAIN = (
    "vec2 p = FC.xy / r; if (r.x > 99.) for (int i = 0; i < 60000; i++) {"
    + " p = sin(p * 1.37 + p.yx);" * 20
    + " } o = vec4(p, 0.0, 1.0);"
)


def test_a_program_is_examined_again_before_it_is_dropped(gl, tmp_path):
    files = {f"{name}.glsl": text for name, text in PIXELS.items()}
    still = {
        "still.glsl": "o = vec4(FC.xy / r, 0.0, 1.0);",
        "empty.glsl": "o = vec4(fract(t));",
        "slow.glsl": SLOW_AGAIN,
    }
    found = clean(put(tmp_path / "src", files | still), tmp_path / "out", deadline=0.8)
    assert {row["id"] for row in json.loads((tmp_path / "out" / "manifest.json").read_text())["programs"]} == set(
        PIXELS
    )
    assert found.reasons == {"static over time": 1, "blank": 1, "static over time at 64 px": 1}
    assert "at 64 and 256 px" in found.examples["static over time"][0]


CHECKER = "void mainImage(out vec4 O, vec2 U) { O = vec4(mod(floor(U.x + iTime * 7.0) + floor(U.y), 2.0)); }"
FINE = {
    "checker": CHECKER,
    "stripes across": CHECKER.replace(" + floor(U.y)", ""),
    "stripes down": CHECKER.replace("U.x", "U.y").replace(" + floor(U.y)", ""),
    "stripes of two pixels": CHECKER.replace(" + floor(U.y)", "").replace("U.x", "U.x * 0.5"),
    "slanted up": CHECKER.replace(
        "floor(U.x + iTime * 7.0) + floor(U.y)", "floor((floor(U.x + iTime * 7.0) + floor(U.y)) / 2.0)"
    ),
    "slanted down": CHECKER.replace(
        "floor(U.x + iTime * 7.0) + floor(U.y)", "floor((floor(U.x + iTime * 7.0) - floor(U.y)) / 2.0)"
    ),
}


def test_fine_textures_are_told_apart(gl, tmp_path):
    """Their averages over cells are all the same grey."""
    files = {f"{name}.glsl": text for name, text in FINE.items()}
    again = {"z-again.glsl": CHECKER.replace("7.0", "7.3").replace("= vec4(", "= 0.995 * vec4(")}
    found = clean(put(tmp_path / "src", files | again), tmp_path / "out")
    assert found.kept == len(FINE)
    assert found.examples == {"a near duplicate": ["z-again (z-again.glsl): draws nearly the same as checker"]}


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="needs /proc")
@pytest.mark.parametrize(
    ("share", "ticks", "why"),
    [
        (1.0, 4, "hung for 2 s of CPU time"),
        (0.5, 6, "hung for 2 s of CPU time"),
        (0.02, 60, None),
        (0.0, 12, None),
        (0.0, 15, "hung for 13 s with almost no CPU time used"),
    ],
)
def test_a_deadline_is_one_of_cpu_time(monkeypatch, share, ticks, why):
    """A process with a small share of a busy machine has used little of its deadline, however long it takes; a stuck
    one ends too."""
    from synthbench.render import process

    worker = process.Process("synthbench.shaders.nowhere")
    worker.ready, worker.busy, worker.seen_at = True, True, 0.0
    monkeypatch.setattr(process, "wait", lambda *_, **__: [])
    monkeypatch.setattr(worker.process, "poll", lambda: None)
    clock = 0.0

    def now() -> float:
        nonlocal clock
        clock += 1.0
        return clock

    monkeypatch.setattr(process.time, "monotonic", now)
    monkeypatch.setattr(worker, "spent", lambda: share * clock)
    said: list[str] = []
    while len(said) == 0 and clock < ticks:
        said += [event.what for _, event in process.events([worker], 2.0, idle=6.0)]
    assert said == ([] if why is None else [why])
    worker.kill()


def test_a_source_without_a_program_is_refused(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(UsageError, match=r"does not hold a usable shader program: a.png \(a.png\): not a program file"):
        clean(tmp_path / "src", tmp_path / "out")
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="does not hold a usable shader program: it is empty"):
        clean(tmp_path / "none", tmp_path / "out2")


def test_the_command_fails_where_nothing_is_kept(gl, tmp_path):
    from typer.testing import CliRunner

    from synthbench.cli import app

    source = put(tmp_path / "src", {"a.glsl": "o = vec4(fract(t));"})
    result = CliRunner().invoke(
        app, ["shaders", "clean", str(source), "--out", str(tmp_path / "out"), "--workers", "1"]
    )
    assert isinstance(result.exception, DataError) and "none of the 1 programs" in str(result.exception)
    assert (tmp_path / "out" / "report.json").is_file()
