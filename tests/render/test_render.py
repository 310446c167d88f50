"""A data set has the same bytes with any number of workers and after any interruption, and is never mixed with
another."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pictures
import pytest
import webdataset

from synthbench.entrant.recipe import Recipe, resolve
from synthbench.errors import DataError, GeneratorError, UsageError
from synthbench.generator import label_of, stream
from synthbench.render.render import render
from synthbench.render.shards import Dataset

ASK: dict[str, Any] = {"images": 50, "size": 16, "seed": 7, "shard_size": 16, "workers": 1}


def content(folder: Path) -> dict[str, bytes]:
    """Every byte that must not depend on the course of the run."""
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != ".lock"}
    for name, data in files.items():
        if name.endswith(".json"):
            files[name] = json.dumps(
                {key: value for key, value in json.loads(data).items() if key != "seconds"}
            ).encode()
    return files


@pytest.fixture(scope="module")
def rendered(stripes, tmp_path_factory):
    return render(stripes, out=tmp_path_factory.mktemp("rendered") / "whole", **ASK).folder


@pytest.fixture
def whole(rendered, tmp_path):
    return Dataset.open(shutil.copytree(rendered, tmp_path / "whole"))


def test_images_are_those_of_the_generator(whole, stripes, tmp_path):
    generator = stripes.load()
    images = whole.load_all(threads=2)
    assert images.shape == (50, 16, 16, 3)
    assert images.dtype == np.uint8
    assert whole.ks.tolist() == list(range(50))
    assert whole.class_of.tolist() == [label_of(k, 3) for k in range(50)]
    for k in range(50):
        np.testing.assert_array_equal(images[k], generator.render(k % 3, stream(7, k), 16))
        np.testing.assert_array_equal(images[k], whole.image(k))
    manifest = whole.manifest
    assert (manifest.n_images, manifest.n_rendered, manifest.labels) == (50, 50, ["thin", "wide", "plain"])
    assert (manifest.identity, manifest.recipe_sha256) == (stripes.identity(), stripes.sha256())
    assert manifest.renderer == f"numpy {np.__version__}"
    assert manifest.fingerprint == whole.fingerprint()


def test_same_bytes_for_two_workers(whole, stripes, tmp_path):
    render(stripes, out=tmp_path / "two", **ASK | {"workers": 2})
    assert content(tmp_path / "two") == content(tmp_path / "whole")


def test_jpeg_and_progress(stripes, tmp_path):
    calls = []
    data = render(stripes, out=tmp_path / "j", format="jpeg", quality=90, progress=lambda *x: calls.append(x), **ASK)
    assert calls[-1] == (50, 50)
    assert calls == sorted(calls)
    true = stripes.load().render(2, stream(7, 2), 16).astype(int)
    assert np.abs(data.image(2).astype(int) - true).mean() < 30
    assert data.manifest.quality == 90


def test_webdataset_opens_a_shard(whole):
    samples = list(webdataset.WebDataset(str(whole.folder / "shard-00000.tar"), shardshuffle=False).decode("rgb8"))
    assert [(s["__key__"], s["cls"]) for s in samples[:2]] == [("000000000", 0), ("000000003", 0)]
    np.testing.assert_array_equal(samples[1]["png"], whole.image(3))


def damage_deleted(folder: Path) -> None:
    for name in ("shard-00001.tar", "shard-00001.json", "manifest.json"):
        (folder / name).unlink()


def damage_truncated(folder: Path) -> None:
    os.truncate(folder / "shard-00002.tar", 1000)


def damage_bit(folder: Path) -> None:
    tar = bytearray((folder / "shard-00000.tar").read_bytes())
    tar[700] ^= 1
    (folder / "shard-00000.tar").write_bytes(tar)


def damage_sidecar(folder: Path) -> None:
    (folder / "shard-00000.json").write_text("{")
    (folder / ".shard-00001.tar.tmp").write_text("half")


@pytest.mark.parametrize("damage", [damage_deleted, damage_truncated, damage_bit, damage_sidecar])
def test_resumes_to_the_same_bytes(whole, stripes, damage):
    before = content(whole.folder)
    untouched = whole.folder / "shard-00003.tar"
    stamp = untouched.stat().st_mtime_ns
    damage(whole.folder)
    with pytest.raises(DataError, match=r"renders this shard again|interrupted|corrupt"):
        Dataset.open(whole.folder).verify()
    render(stripes, out=whole.folder, **ASK | {"shard_size": 32})  # it keeps the shard size that it was begun with
    assert content(whole.folder) == before
    assert untouched.stat().st_mtime_ns == stamp


def test_the_seconds_of_all_runs_add_up(whole, stripes):
    first = json.loads((whole.folder / "shard-00000.json").read_text())
    assert 0 < first["seconds"] < whole.manifest.seconds
    (whole.folder / "shard-00000.json").write_text(json.dumps(first | {"seconds": 1000.0}))
    damage_deleted(whole.folder)
    began = time.monotonic()
    again = render(stripes, out=whole.folder, **ASK)
    assert 1000 < again.manifest.seconds < 1000 + whole.manifest.seconds + time.monotonic() - began


def test_survives_sigkill(user, tmp_path):
    recipe = user("time.sleep(0.03)\nreturn noise(rng, size)")
    out = tmp_path / "killed"
    run = start(recipe, out)
    try:
        wait_for(lambda: any(out.glob("shard-*.json")))
        with pytest.raises(DataError, match="another run is rendering"):
            render(recipe, out=out, **ASK)
    finally:
        run.kill()
        assert run.wait() == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    first = render(recipe, out=out, **ASK)
    render(recipe, out=tmp_path / "calm", **ASK | {"workers": 2})
    assert content(first.folder) == content(tmp_path / "calm")


def test_sigkill_leaves_no_hanging_worker(user, tmp_path):
    run = start(user(f"open({str(tmp_path / 'on')!r}, 'w').close()\nwhile True: pass"), tmp_path / "out")
    try:
        wait_for((tmp_path / "on").exists)
        workers = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        assert workers
        assert all(alive(pid) for pid in workers)
    finally:
        run.kill()
        run.wait()
    wait_for(lambda: not any(alive(pid) for pid in workers), seconds=5)


def start(recipe: Recipe, out: Path) -> subprocess.Popen[bytes]:
    """Render in a separate process, as in ASK but with two workers."""
    code = (
        "import sys; from synthbench.entrant.recipe import resolve; from synthbench.render.render import render\n"
        "render(resolve(sys.argv[1]), out=sys.argv[2], images=50, size=16, seed=7, shard_size=16, workers=2)"
    )
    return subprocess.Popen([sys.executable, "-c", code, recipe.generator, str(out)])


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_complete_data_is_used_again(whole, stripes, monkeypatch):
    monkeypatch.setattr("synthbench.render.render.Pool", None)  # rendering would fail
    assert render(stripes, out=whole.folder, **ASK).manifest == whole.manifest


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"seed": 8}, "seed 7, not 8"),
        ({"images": 9}, "n_images 50, not 9"),
        ({"format": "jpeg"}, "format png, not jpeg"),
    ],
)
def test_refuses_another_request(whole, stripes, change, names):
    with pytest.raises(DataError, match=names):
        render(stripes, out=whole.folder, **ASK | change)


def test_refuses_another_recipe(whole, user):
    with pytest.raises(DataError, match=r"another data set \(recipe_sha256"):
        render(user("return noise(rng, size)"), out=whole.folder, **ASK)


def test_refuses_foreign_files(stripes, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"not a data set \(.*thesis.txt"):
        render(stripes, out=tmp_path, **ASK)


@pytest.mark.parametrize("out", ["", "shards", "a/../b/shards"])
def test_refuses_the_folder_of_its_own_images(tmp_path, out):
    recipe = resolve(str(pictures.tree(tmp_path / "photos", ["a/0.png", "b/0.png"])))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(
        UsageError,
        match=r"photos.*' lies in the entrant's own folder '.*/photos' and would change it: use another --out",
    ):
        render(recipe, out=tmp_path / "photos" / out, **ASK)
    assert sorted(tmp_path.rglob("*")) == before


def test_path_under_a_file(stripes, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write .*Not a directory"):
        render(stripes, out=tmp_path / "file" / "data", **ASK)


@pytest.mark.parametrize(("code", "fix"), [(errno.ENOSPC, "Free some space"), (errno.EROFS, "not read-only")])
def test_disk_errors(stripes, tmp_path, monkeypatch, code, fix):
    real, calls = os.fsync, []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 7:  # request, first shard, then the disk is full
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DataError, match=rf"cannot write .*shard-0000.*What was written before is kept.*{fix}"):
        render(stripes, out=tmp_path / "full", **ASK)
    monkeypatch.undo()
    assert not list((tmp_path / "full").glob(".*.tmp"))
    assert len(render(stripes, out=tmp_path / "full", **ASK)) == 50


def test_refuses_what_does_not_fit(stripes, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 1000))
    with pytest.raises(DataError, match=r"0\.0 GB free; 50 png images of 16 px take"):
        render(stripes, out=tmp_path / "out", **ASK)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"images": 0}, "images 0: must be from 1"),
        ({"size": 7}, "size 7: must be from 8 to 4096"),
        ({"seed": -1}, "seed -1: must be from 0"),
        ({"seed": 2**63}, "must be from 0 to"),
        ({"workers": 0}, "workers 0"),
        ({"format": "gif"}, "format 'gif': must be png or jpeg"),
        ({"deadline": 0.0}, "deadline 0 s"),
    ],
)
def test_values_out_of_range(stripes, tmp_path, change, names):
    with pytest.raises(UsageError, match=names):
        render(stripes, out=tmp_path / "out", **ASK | change)


def test_renderer_is_recorded(user, tmp_path):
    data = render(user("return noise(rng, size)", more="    renderer = 'llvmpipe 1.0'"), out=tmp_path / "out", **ASK)
    assert data.manifest.renderer == "llvmpipe 1.0"


def test_what_was_drawn_again_is_counted(user, tmp_path):
    """Also if a batch fails and its images are repeated one by one, and with several workers, and for shards of an
    earlier run."""
    recipe = user("""
image = noise(rng, size)
while image[0, 0, 0] < 128:
    self.redrawn += 1
    image = noise(rng, size)
if image[0, 0, 1] < 8:
    raise ValueError('no luck')
return image""")
    generator, left = recipe.load(), 0
    for k in range(50):
        before = generator.redrawn
        try:
            generator.render(label_of(k, 4), stream(7, k), 16)
        except ValueError:
            left, generator.redrawn = left + 1, before
    assert generator.redrawn > 20 and left
    one = render(recipe, out=tmp_path / "one", **ASK)
    two = render(recipe, out=tmp_path / "two", **ASK | {"workers": 2})
    assert (one.manifest.redrawn, two.manifest.redrawn, len(one.manifest.left_out)) == (
        generator.redrawn,
        generator.redrawn,
        left,
    )
    (tmp_path / "two" / "manifest.json").unlink()
    (tmp_path / "two" / "shard-00001.tar").unlink()
    assert render(recipe, out=tmp_path / "two", **ASK).manifest.redrawn == generator.redrawn


def test_generator_that_does_not_start(user, tmp_path):
    recipe = user("return noise(rng, size)", more="    def __init__(self):\n        raise RuntimeError('no card')")
    with pytest.raises(GeneratorError, match=r"does not start: RuntimeError: no card at .*my_gen.py:\d+"):
        render(recipe, out=tmp_path / "out", **ASK)


def test_constructor_that_crashes(user, tmp_path):
    recipe = user("return noise(rng, size)", more="    def __init__(self):\n        os._exit(3)")
    with pytest.raises(GeneratorError, match=r"while it was loaded, the generator ended its process \(exit code 3\)"):
        render(recipe, out=tmp_path / "out", **ASK)
