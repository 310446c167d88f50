"""One index for every container: the same images in all of them; stored on disk and rebuilt after changes."""

from __future__ import annotations

import contextlib
import os
import re
import struct
import zipfile

import numpy as np
import pictures
import pytest
from PIL import Image

from synthbench import registry
from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, GeneratorError, UnknownNameError, UsageError
from synthbench.generator import label_of, stream
from synthbench.images import index
from synthbench.images.index import labels_of
from synthbench.render.preflight import preflight


def images(generator, ks=range(9), size=20, seed=3):
    return [generator.render(label_of(k, len(generator.labels)), stream(seed, k), size).tobytes() for k in ks]


@pytest.fixture
def tree(tmp_path):
    return pictures.tree(tmp_path / "tree")


def test_the_container_does_not_matter(tree, tmp_path):
    expected = images(resolve(str(tree)).load())
    assert len(set(expected)) == len(expected)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pictures.zipped(tmp_path / f"{method}.zip", pictures.NAMES[::-1], prefix="some/where/", method=method)
        found = resolve(str(path))
        assert (found.generator, found.load().labels) == ("folder", ("cats", "dogs", "eels"))
        assert images(found.load()) == expected
    files = {f"./x/{name}": pictures.picture(name) for name in pictures.NAMES[::-1]}
    found = resolve(str(pictures.tarred(tmp_path / "a.tar", files)))
    assert found.generator == "webdataset"
    assert images(found.load()) == expected
    shards = resolve(str(pictures.webdataset(tmp_path / "shards")))
    assert (shards.generator, shards.load().labels) == ("webdataset", ("cats", "dogs", "eels"))
    assert images(shards.load()) == expected


def test_images_repeat_only_after_all_were_used(tree):
    generator = resolve(str(tree)).load()
    n = len(pictures.NAMES)
    for seed in (0, 1, 2**63):
        first, second = images(generator, range(n), seed=seed), images(generator, range(n, 2 * n), seed=seed)
        assert len(set(first)) == n
        assert sorted(first) == sorted(second)
    assert images(generator, range(n), seed=0) != images(generator, range(n), seed=1)


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
    assert len(set(images(mixed, range(12)))) == 12


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        ([""], ["images"]),
        (["x"], ["x"]),
        (["a/b/c"], ["c"]),
        (["", "a"], ["images", "a"]),
        (["r/a", "r/b", "r/b/deep"], ["a", "b", "b"]),
        (["r", "r/a"], ["images", "a"]),
        (["train/a", "train/b", "val/a"], ["a", "b", None]),
        (["d/train/a", "d/test/a", "d/train/b"], ["a", None, "b"]),
        (["train", "test"], ["train", None]),
        (["train/a", "extra/a"], ["train", "extra"]),
        (["val/a", "test/b"], ["val", "test"]),
        (["Train/a", "Train/b", "Test/a"], ["a", "b", None]),
        (["training_set/a", "training_set/b", "test_set/a"], ["a", "b", None]),
        (["seg_train/seg_train/a", "seg_train/seg_train/b", "seg_test/seg_test/a"], ["a", "b", None]),
        (["train2017", "val2017"], ["train2017", None]),
        (["Training/a", "PublicTest/a", "PrivateTest/a", "Training/b"], ["a", None, None, "b"]),
        (["trainset/a", "testset/a", "trainset/b"], ["a", None, "b"]),
        (["trainA", "trainB", "testA", "testB"], ["trainA", "trainB", None, None]),
        (["cats/train", "cats/test", "dogs/train", "dogs/test"], ["cats", None, "dogs", None]),
        (["train/a", "train/b", "test/a", "unlabeled"], ["train", "train", None, "unlabeled"]),
        (["bus", "train", "test tube"], ["bus", "train", "test tube"]),
        (["cat/1", "dev/1"], ["cat", "dev"]),
        (["ab/x", "a/x"], ["ab", "a"]),
        ([], []),
    ],
)
def test_labels_are_the_folders_in_which_the_paths_differ(folders, labels):
    assert labels_of(folders) == labels


def test_files_left_out_are_reported(tmp_path):
    """By the generator, and by the check before a run."""
    pictures.tree(
        tmp_path / "sets",
        [f"{split}/{label}/{i}.png" for split in ("Train", "Test") for label in "ab" for i in range(9)],
    )
    recipe = resolve(str(tmp_path / "sets"))
    assert recipe.load().labels == ("a", "b")
    assert recipe.load().notes == ("left out as evaluation images: 'Test'.",)
    assert resolve("folder", {"path": str(tmp_path / "sets"), "only": ["b"]}).load().notes == recipe.load().notes
    mixed = recipe.model_copy(update={"mix": resolve("shaders-open-mixup").mix})
    assert preflight(mixed, size=16, seed=0)[0] == "sets: left out as evaluation images: 'Test'."
    pictures.tree(tmp_path / "only", ["val/0.png", "test/0.png"])
    (note,) = resolve(str(tmp_path / "only")).load().notes
    assert note.startswith(
        "'test', 'val' may hold evaluation images, but there is no matching training folder: they are used."
    )


TABLE = "file_name,label\ndogs/0.jpg,beagle\ncats/1.png,tabby\ncats/0.jpg,0\n"
JSON_LINES = (
    '{"file_name": "dogs/0.jpg", "label": "beagle"}\n\n{"file_name": '
    '"./cats/1.png", "label": "tabby"}\n{"file_name": "cats/0.jpg", "label": 0}'
)


@pytest.mark.parametrize("kind", ["tree", "zip", "tar"])
@pytest.mark.parametrize(("table", "text"), [("metadata.csv", "\ufeff" + TABLE), ("metadata.jsonl", JSON_LINES)])
def test_a_table_next_to_the_images_has_the_labels(tmp_path, kind, table, text):
    names = ["cats/0.jpg", "cats/1.png", "cats/2.jpg", "dogs/0.jpg", "dogs/1.png"]
    found = labelled(tmp_path, kind, names, {table: text})
    assert found.labels == ("0", "beagle", "tabby", "unlabelled")
    assert (
        images(found, [1], 24)[0]
        == images(resolve(str(pictures.tree(tmp_path / "one", ["dogs/0.jpg"]))).load(), [0], 24)[0]
    )
    assert found.notes == ()


@pytest.mark.parametrize("kind", ["tree", "zip", "tar"])
@pytest.mark.parametrize(
    ("table", "text", "note"),
    [
        (
            "metadata.csv",
            "file_name,text\ncats/0.jpg,a cat\n",
            "labels need the columns file_name and one of label, .*; it has file_name, text",
        ),
        ("metadata.csv", 'file_name,label\n"cats/0.jpg,1\n', "metadata.csv is ignored: it cannot be read"),
        ("metadata.jsonl", "[1]", "metadata.jsonl is ignored: it cannot be read"),
        (
            "metadata.csv",
            "file_name,label\nabsent.jpg,1\n",
            "metadata.csv: none of the files named there is an image here",
        ),
        (
            "metadata.parquet",
            "PAR1",
            "metadata.parquet is ignored: labels are read from metadata.csv and metadata.jsonl",
        ),
    ],
)
def test_a_table_that_is_not_used_is_named(tmp_path, kind, table, text, note):
    found = labelled(tmp_path, kind, ["cats/0.jpg", "dogs/0.jpg"], {table: text})
    assert found.labels == ("cats", "dogs")
    assert len(found.notes) == 1
    assert re.search(note, found.notes[0])


def labelled(tmp_path, kind, names, tables):
    if kind == "tree":
        root = pictures.tree(tmp_path / "tree", names)
        for name, text in tables.items():
            (root / name).write_text(text, encoding="utf-8")
        return resolve(str(root)).load()
    if kind == "zip":
        path = pictures.zipped(tmp_path / "a.zip", names)
        with zipfile.ZipFile(path, "a") as archive:
            for name, text in tables.items():
                archive.writestr(name, text)
        return resolve(str(path)).load()
    files = {name: pictures.picture(name) for name in names} | {name: text.encode() for name, text in tables.items()}
    return resolve(str(pictures.tarred(tmp_path / "a.tar", files))).load()


def test_labels_of_numbers_are_in_their_order(tmp_path):
    pictures.tree(tmp_path, [f"{i}/a.png" for i in (10, 9, 2)])
    assert resolve(str(tmp_path)).load().labels == ("2", "9", "10")


def test_some_labels_only(tree):
    assert resolve("folder", {"path": str(tree), "only": ["eels", "cats"]}).load().labels == ("cats", "eels")
    with pytest.raises(UnknownNameError, match=r"unknown label 'cat'. Did you mean cats\?"):
        resolve("folder", {"path": str(tree), "only": ["cat"]}).load()


def test_hidden_files_are_no_images(tree):
    (tree / "cats" / "._0.jpg").write_bytes(b"a Mac's companion")
    (tree / ".trash").mkdir()
    (tree / ".trash" / "x.png").write_bytes(b"gone")
    generator = resolve(str(tree)).load()
    assert generator.labels == ("cats", "dogs", "eels")
    assert len(set(images(generator, range(21)))) == 21


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
    before = images(resolve(str(path)).load())
    assert len(kept(home)) == 1
    with monkeypatch.context() as patch:
        for module in ("tree", "zipped", "tarred"):
            patch.setattr(f"synthbench.images.{module}.look", lambda root: pytest.fail("it looked again"))
        assert images(resolve(str(path)).load()) == before
    path = make([*pictures.NAMES, "dogs/new.png"])
    os.utime(path, ns=(1, 10**18))
    assert images(resolve(str(path)).load(), range(24)) != before
    assert (
        len(
            set(
                images(
                    resolve("folder" if kind != "tar" else "webdataset", {"path": str(path), "only": ["dogs"]}).load(),
                    range(8),
                )
            )
        )
        == 8
    )
    (next(iter(kept(home)))).write_text("{")
    assert images(resolve(str(path)).load(), range(3))


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
    assert images(resolve(str(tree)).load())


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


# zip files


def test_a_zip_with_wide_fields(tmp_path, monkeypatch):
    """More than 65,535 members, or members beyond 4 GB, are in other fields (Zip64)."""
    expected = images(resolve(str(pictures.zipped(tmp_path / "a.zip"))).load())
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 100)
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
        wide = pictures.zipped(tmp_path / "wide.zip")
    assert b"PK\6\6" in wide.read_bytes()
    assert images(resolve(str(wide)).load()) == expected


def test_a_zip_after_other_bytes(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip")
    expected = images(resolve(str(path)).load())
    path.write_bytes(b"#!/bin/sh\n" * 9 + path.read_bytes())
    assert images(resolve("folder", {"path": str(path)}).load()) == expected


@pytest.mark.parametrize("cut", [0, 1, 10, 22, 200, 2000])
def test_half_a_zip_is_refused(tmp_path, cut):
    path = pictures.zipped(tmp_path / "a.zip")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut] if cut else b"")
    with pytest.raises(DataError, match=r"a\.zip is not a complete zip file: was its download interrupted\?"):
        resolve(str(path)).load()


def test_a_damaged_zip_gives_an_error_of_ours(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip", pictures.NAMES[:4], method=zipfile.ZIP_DEFLATED)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[-1 - int(place) // 8] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(DataError, GeneratorError, UsageError):
            images(resolve(str(path)).load(), range(4))


def test_a_zip_with_offsets_outside_the_file_is_refused(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip")
    raw = path.read_bytes()
    path.write_bytes(raw[:-22] + struct.pack("<4sIQI", b"PK\6\7", 0, 2**64 - 1, 1) + raw[-22:])
    recipe = resolve(str(path))
    assert recipe.sha256()
    with pytest.raises(DataError, match=r"a\.zip is not a complete zip file"):
        recipe.load()


def test_a_zip_in_a_strange_packing_is_refused(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip", method=zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match=r"cats/0\.jpg is packed by method 14; stored and deflated"):
        resolve(str(path)).load()


def test_an_encrypted_zip_is_refused(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip", ["a/0.png"])
    raw = bytearray(path.read_bytes())
    raw[raw.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"a/0\.png is encrypted"):
        resolve(str(path)).load()


def test_a_zip_without_images(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
        archive.writestr("__MACOSX/x.png", "nothing")
    with pytest.raises(UsageError, match=r"the zip file .*a\.zip' does not hold images"):
        resolve(str(tmp_path / "a.zip")).load()


def test_a_broken_member_is_named(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip", ["a/0.png"])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(pictures.picture("a/0.png"), bytes(len(pictures.picture("a/0.png")))))
    with pytest.raises(GeneratorError, match=r"a\.zip at byte 0 \(a/0\.png\) does not decode"):
        resolve(str(path)).load().render(0, stream(0, 0), 8)


def test_no_such_file(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder and no zip file '.*absent\.zip'"):
        resolve("folder", {"path": str(tmp_path / "absent.zip")}).load()


# what a path means


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
