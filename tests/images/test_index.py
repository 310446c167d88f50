"""One index for every container: the same images in all of them; stored on disk and rebuilt after changes."""

from __future__ import annotations

import os
import zipfile

import numpy as np
import pictures
import pytest
from pictures import drawn
from PIL import Image

from synthbench import registry
from synthbench.entrant.recipe import resolve
from synthbench.errors import GeneratorError, UsageError
from synthbench.generator import stream
from synthbench.images import index


@pytest.fixture
def tree(tmp_path):
    return pictures.tree(tmp_path / "tree")


def test_the_container_does_not_matter(tree, tmp_path):
    expected = drawn(resolve(str(tree)).load())
    assert len(set(expected)) == len(expected)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pictures.zipped(tmp_path / f"{method}.zip", pictures.NAMES[::-1], prefix="some/where/", method=method)
        found = resolve(str(path))
        assert (found.generator, found.load().labels) == ("folder", ("cats", "dogs", "eels"))
        assert drawn(found.load()) == expected
    files = {f"./x/{name}": pictures.picture(name) for name in pictures.NAMES[::-1]}
    found = resolve(str(pictures.tarred(tmp_path / "a.tar", files)))
    assert found.generator == "webdataset"
    assert drawn(found.load()) == expected
    shards = resolve(str(pictures.webdataset(tmp_path / "shards")))
    assert (shards.generator, shards.load().labels) == ("webdataset", ("cats", "dogs", "eels"))
    assert drawn(shards.load()) == expected


def test_images_repeat_only_after_all_were_used(tree):
    generator = resolve(str(tree)).load()
    n = len(pictures.NAMES)
    for seed in (0, 1, 2**63):
        first, second = drawn(generator, range(n), seed=seed), drawn(generator, range(n, 2 * n), seed=seed)
        assert len(set(first)) == n
        assert sorted(first) == sorted(second)
    assert drawn(generator, range(n), seed=0) != drawn(generator, range(n), seed=1)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 16, 17, 1000])
def test_the_shuffle_is_a_permutation(n):
    shuffled = registry.load_class("folder").render.__globals__["shuffled"]
    assert sorted(shuffled(i, n, 7) for i in range(n)) == list(range(n))
    if n > 16:
        assert [shuffled(i, n, 7) for i in range(n)] != [shuffled(i, n, 8) for i in range(n)]


def test_another_stream_draws_at_random(tree):
    generator = resolve(str(tree)).load()
    rng = np.random.default_rng(0)
    assert len({generator.render(0, rng, 8).tobytes() for _ in range(60)}) == 7
    rng = stream(0, 0)
    assert len({generator.render(0, rng, 8).tobytes() for _ in range(60)}) == 7, "a stream that is used twice moves on"
    mixed = resolve(str(tree)).model_copy(update={"mix": resolve("shaders-open-mixup").mix}).load()
    assert len(set(drawn(mixed, range(12)))) == 12


def test_hidden_files_are_no_images(tree):
    (tree / "cats" / "._0.jpg").write_bytes(b"a Mac's companion")
    (tree / ".trash").mkdir()
    (tree / ".trash" / "x.png").write_bytes(b"gone")
    generator = resolve(str(tree)).load()
    assert generator.labels == ("cats", "dogs", "eels")
    assert len(set(drawn(generator, range(21)))) == 21


def kept(home):
    return list((home / "indexes").glob("*/about.json"))


@pytest.fixture
def keep(monkeypatch):
    monkeypatch.setattr(index, "KEPT_FROM", 1)
    monkeypatch.setattr(index, "SETTLED", 0.0)


@pytest.mark.parametrize("kind", ["tree", "zip", "tar"])
def test_a_kept_index_gives_the_same_and_is_rebuilt_after_a_change(kind, tmp_path, home, keep, monkeypatch):
    def make(names):
        if kind == "tree":
            return pictures.tree(tmp_path / "tree", names)
        if kind == "zip":
            return pictures.zipped(tmp_path / "a.zip", names)
        return pictures.tarred(tmp_path / "a.tar", {name: pictures.picture(name) for name in names})

    path = make(pictures.NAMES)
    before = drawn(resolve(str(path)).load())
    assert len(kept(home)) == 1
    with monkeypatch.context() as patch:
        for module in ("tree", "zipped", "tarred"):
            patch.setattr(f"synthbench.images.{module}.look", lambda root: pytest.fail("it looked again"))
        assert drawn(resolve(str(path)).load()) == before
    path = make([*pictures.NAMES, "dogs/new.png"])
    os.utime(path, ns=(1, 10**18))
    assert drawn(resolve(str(path)).load(), range(24)) != before
    assert (
        len(
            set(
                drawn(
                    resolve("folder" if kind != "tar" else "webdataset", {"path": str(path), "only": ["dogs"]}).load(),
                    range(8),
                )
            )
        )
        == 8
    )
    (next(iter(kept(home)))).write_text("{")
    assert drawn(resolve(str(path)).load(), range(3))


def test_a_shard_that_is_added_anywhere_is_found(tmp_path, home, keep):
    folder = pictures.webdataset(tmp_path / "shards")
    (folder / "more").mkdir()
    for place in (folder, folder / "more"):
        os.utime(place, ns=(1, 1))
    assert len(resolve(str(folder)).load()._index) == len(pictures.NAMES)
    assert len(kept(home)) == 1
    pictures.tarred(folder / "more" / "part-2.tar", {"0.png": pictures.picture("0.png"), "0.cls": b"fish"})
    assert resolve(str(folder)).load().labels == ("cats", "dogs", "eels", "fish")


def test_small_collections_leave_nothing_behind(tree, home):
    resolve(str(tree)).load()
    assert not list(home.iterdir())


def test_a_home_that_cannot_be_written_does_not_matter(tree, home, keep, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("SYNTHBENCH_HOME", str(home / "file"))
    assert drawn(resolve(str(tree)).load())


def test_a_broken_image_is_left_out_and_named(tree, tmp_path):
    from synthbench.render.render import render

    (tree / "dogs" / "3.png").write_bytes(pictures.picture("dogs/3.png")[:-40])
    data = render(resolve(str(tree)), images=21, size=16, seed=0, out=tmp_path / "out", workers=1)
    (left,) = data.manifest.left_out
    assert len(data) == 20
    assert data.labels[left.label] == "dogs"
    assert "dogs/3.png does not decode: " in left.reason


def test_a_file_that_is_gone_is_named(tree):
    generator = resolve(str(tree)).load()
    for name in pictures.NAMES:
        (tree / name).unlink()
    with pytest.raises(GeneratorError, match=r"cats/\d\.(png|jpg) does not decode: .*No such file"):
        generator.render(0, stream(0, 0), 8)


def test_no_such_file(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder and no zip file '.*absent\.zip'"):
        resolve("folder", {"path": str(tmp_path / "absent.zip")}).load()


def test_identity_of_a_zip_changes_with_its_images_and_not_with_its_place(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip")
    before = resolve(str(path)).sha256()
    moved = tmp_path / "elsewhere" / "a.zip"
    moved.parent.mkdir()
    moved.write_bytes(path.read_bytes())
    assert resolve(str(moved)).sha256() == before
    data = bytearray(path.read_bytes())
    pictures.zipped(path, pictures.NAMES[:-1])
    assert resolve(str(path)).sha256() != before
    path.write_bytes(bytes(data[:-300]))
    assert resolve(str(path)).sha256() != before, "a damaged one has an identity too; who reads it says what is wrong"


def test_identity_of_a_tar_changes_with_its_images(tmp_path):
    files = {name: pictures.picture(name) for name in pictures.NAMES}
    path = pictures.tarred(tmp_path / "a.tar", files)
    before = resolve(str(path)).sha256()
    assert resolve(str(pictures.tarred(tmp_path / "a.tar", files))).sha256() == before
    swapped = {**files, "cats/0.jpg": files["cats/0.jpg"][:-1] + b"x"}
    assert resolve(str(pictures.tarred(path, swapped))).sha256() != before


def test_the_orientation_is_corrected(tmp_path):
    pixels = np.zeros((30, 40, 3), np.uint8)
    pixels[:15] = 255
    (tmp_path / "a").mkdir()
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        Image.fromarray(pixels).save(tmp_path / "a" / "0.jpg", exif=exif, quality=95)
        shown = resolve(str(tmp_path)).load().render(0, stream(0, 0), 16)[..., 0].astype(int)
        bright = {
            1: shown[:5],
            2: shown[:5],
            3: shown[-5:],
            4: shown[-5:],
            5: shown[:, :5],
            6: shown[:, -5:],
            7: shown[:, -5:],
            8: shown[:, :5],
        }
        assert bright[turn].min() > 200, turn
        assert abs(shown.mean() - 127) < 20


@pytest.mark.parametrize("side", [200, 600, 1600])
def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path, side):
    y, x = np.mgrid[:side, : side + 100] / side
    pixels = np.stack(
        [127 + 120 * np.sin(9 * x + 4 * y), 255 * np.abs(x - y).clip(0, 1), 255 * (x * y).clip(0, 1)], -1
    ).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    square = Image.fromarray(pixels[:, 50 : 50 + side]).resize((48, 48), Image.Resampling.BICUBIC)
    made = resolve(str(tmp_path)).load().render(0, stream(0, 0), 48)
    assert np.abs(made.astype(int) - np.asarray(square).astype(int)).mean() < 1.5
