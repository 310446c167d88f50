"""Labels of existing images: from folders or from tables; evaluation images are left out."""

from __future__ import annotations

import re
import zipfile

import pictures
import pytest
from pictures import drawn

from synthbench.entrant.recipe import resolve
from synthbench.errors import UnknownNameError
from synthbench.images.index import labels_of
from synthbench.render.preflight import preflight


@pytest.fixture
def tree(tmp_path):
    return pictures.tree(tmp_path / "tree")


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


@pytest.mark.parametrize("kind", ["tree", "zip", "tar"])
@pytest.mark.parametrize(("table", "text"), [("metadata.csv", "\ufeff" + TABLE), ("metadata.jsonl", JSON_LINES)])
def test_a_table_next_to_the_images_has_the_labels(tmp_path, kind, table, text):
    names = ["cats/0.jpg", "cats/1.png", "cats/2.jpg", "dogs/0.jpg", "dogs/1.png"]
    found = labelled(tmp_path, kind, names, {table: text})
    assert found.labels == ("0", "beagle", "tabby", "unlabelled")
    assert (
        drawn(found, [1], 24)[0]
        == drawn(resolve(str(pictures.tree(tmp_path / "one", ["dogs/0.jpg"]))).load(), [0], 24)[0]
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


def test_labels_of_numbers_are_in_their_order(tmp_path):
    pictures.tree(tmp_path, [f"{i}/a.png" for i in (10, 9, 2)])
    assert resolve(str(tmp_path)).load().labels == ("2", "9", "10")


def test_some_labels_only(tree):
    assert resolve("folder", {"path": str(tree), "only": ["eels", "cats"]}).load().labels == ("cats", "eels")
    with pytest.raises(UnknownNameError, match=r"unknown label 'cat'. Did you mean cats\?"):
        resolve("folder", {"path": str(tree), "only": ["cat"]}).load()
