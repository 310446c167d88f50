"""Real images on disk in their real formats: reading, and errors for incomplete copies."""

from __future__ import annotations

import gzip
import random
import shutil

import numpy as np
import pytest
import tiny_data
import webdataset
from torchvision import transforms
from torchvision.datasets import ImageFolder

from synthbench.errors import DataError
from synthbench.evaluate import registry
from synthbench.evaluate.files import central, class_folders, tar_files
from synthbench.evaluate.on_disk import OnDisk
from synthbench.evaluate.tasks.imagenet import ImageNet, imagenet100
from synthbench.evaluate.tasks.vtab import Vtab
from synthbench.evaluate.work import subset
from synthbench.protocol import protocol


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHBENCH_DATA", str(tmp_path))
    yield tmp_path
    tiny_data.forget()


@pytest.fixture
def imagenet(root, monkeypatch):
    tiny_data.imagenet(root, monkeypatch)
    return root / "imagenet"


def test_imagenet_is_read_as_imagefolder_reads_it(imagenet):
    ours, theirs = tiny_data.load("imagenet-1k").train, ImageFolder(str(imagenet / "train"))
    assert [str(path) for path, _, _ in ours.places] == [path for path, _ in theirs.samples]
    assert ours.labels.tolist() == theirs.targets
    assert ours.size(3) == ours.image(3).size


def test_links_to_folders_are_followed_and_never_in_circles(tmp_path):
    tiny_data.class_folders(tmp_path / "real", ["a", "b"], 2)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "b").symlink_to(tmp_path / "real" / "a")
    (tmp_path / "real" / "a" / "up").symlink_to("..")
    found = class_folders(tmp_path / "linked")
    assert found.names == ["b"]
    assert [path.relative_to(tmp_path / "linked").as_posix() for path, _, _ in found.places] == [
        *(f"b/{file.name}" for file in sorted((tmp_path / "real" / "a").glob("*.*"))),
        *(f"b/up/b/{file.name}" for file in sorted((tmp_path / "real" / "b").glob("*.*"))),
    ]


def test_imagenet_100_is_its_classes_of_imagenet(imagenet):
    found = tiny_data.load("imagenet-100")
    assert list(found.train.names) == list(imagenet100())
    assert "n99999999" not in found.train.names
    assert (len(found.train), found.val, len(found.test)) == (200, None, 100)
    assert len(imagenet100()) == 100


def test_the_subset_is_that_of_the_papers_code(imagenet):
    train = tiny_data.load("imagenet-100").train
    random.seed(1337)
    theirs = random.sample(
        [(str(path), int(label)) for (path, _, _), label in zip(train.places, train.labels, strict=True)], 50
    )
    ours = subset(train, 50)
    assert [(str(path), int(label)) for (path, _, _), label in zip(ours.places, ours.labels, strict=True)] == theirs


def test_missing_imagenet(root):
    with pytest.raises(
        DataError,
        match=r"ImageNet-100 is not at .*imagenet: get it from https://image-net.org.*fetch hub.*SYNTHBENCH_DATA",
    ):
        tiny_data.load("imagenet-100")
    assert registry.state("imagenet-100") == "not here"


def test_a_missing_class_is_named(imagenet):
    shutil.rmtree(imagenet / "val" / "n01558993")
    with pytest.raises(DataError, match=r"val lacks 1 of 100 classes: n01558993"):
        tiny_data.load("imagenet-100")
    with pytest.raises(DataError, match="imagenet: val has 100 classes; ImageNet-1k has 101"):
        tiny_data.load("imagenet-1k")


def test_a_class_too_many_is_named(imagenet):
    shutil.copytree(imagenet / "train" / "n01558993", imagenet / "train" / "n00000000")
    with pytest.raises(DataError, match="imagenet: train has 102 classes; ImageNet-1k has 101"):
        tiny_data.load("imagenet-1k")


def test_a_layout_that_is_not_imagenets_is_named(imagenet):
    """The layout of another archive: ILSVRC/Data/CLS-LOC/train."""
    (imagenet / "train").rename(imagenet / "Data")
    with pytest.raises(
        DataError,
        match=r"there is no folder .*imagenet/train: ImageNet has the folders train and val, and in each one folder",
    ):
        tiny_data.load("imagenet-100")
    assert "there is no folder" in registry.state("imagenet-1k")


def test_an_empty_class_is_named(imagenet):
    for file in (imagenet / "train" / "n01558993").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"the class folder .*train/n01558993 does not hold an image"):
        tiny_data.load("imagenet-100")


def test_validation_images_side_by_side_are_named(imagenet):
    """The layout of ImageNet's own archive."""
    for folder in list((imagenet / "val").iterdir()):
        for file in folder.iterdir():
            file.rename(imagenet / "val" / file.name)
        folder.rmdir()
    with pytest.raises(
        DataError,
        match=r"val has no class folders but 101 images side by side: sort the images into one folder per class",
    ):
        tiny_data.load("imagenet-1k")


def test_a_wrong_number_of_images_is_named(imagenet):
    next((imagenet / "train" / "n01558993").iterdir()).unlink()
    with pytest.raises(
        DataError, match=r"holds 199 training, 0 validation and 100 test images; ImageNet-100 has 200, 0 and 100"
    ):
        tiny_data.load("imagenet-100")
    assert "199 training" in registry.state("imagenet-100")


def test_an_image_that_does_not_decode_is_named(imagenet):
    file = imagenet / "train" / "n01558993" / "n01558993_0.JPEG"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(DataError, match=r"n01558993_0.JPEG holds an image that cannot be decoded"):
        tiny_data.load("imagenet-100").train.image(0)


@pytest.mark.parametrize("sides", [(100, 80), (80, 100), (91, 91), (71, 300)])
def test_the_central_crop_is_torchvisions(sides):
    image = tiny_data.picture(3, 1, sides)
    theirs = transforms.Compose([transforms.Resize(70), transforms.CenterCrop(64)])(image)
    np.testing.assert_array_equal(central(image, resize=70, size=64), np.asarray(theirs))


VTAB = "vtab-natural/dtd"
DATASETS = [name for name, task in registry.tasks().items() if isinstance(task, OnDisk)]


def test_a_webdataset_copy_is_read_as_webdataset_reads_it(root, monkeypatch):
    tiny_data.vtab(root, monkeypatch, VTAB)
    path = root / registry.task(VTAB).folder / "train"
    ours = tar_files(path)
    urls = [str(path / f"{i}.tar") for i in range(3)]
    theirs = list(
        webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode("pil").to_tuple("webp", "cls")
    )
    assert len(ours) == len(theirs) == 24
    for i, (image, label) in enumerate(theirs):
        assert int(label) == ours.labels[i]
        np.testing.assert_array_equal(np.asarray(ours.image(i)), np.asarray(image.convert("RGB")))


def test_validation_images_are_held_out_where_the_copy_has_none(root, monkeypatch):
    tiny_data.vtab(root, monkeypatch, VTAB)
    found = tiny_data.load(VTAB)
    assert (len(found.train), len(found.val), len(found.test)) == (24 - 5, 5, 8)  # 24 * 6 / 30 = 4.8
    assert not set(found.train.places) & set(found.val.places)
    tiny_data.shards(root / registry.task(VTAB).folder / "val", [0] * 6, 7)
    tiny_data.forget()
    assert [len(x) for x in (tiny_data.load(VTAB).train, tiny_data.load(VTAB).val)] == [24, 6]


def test_a_copy_with_one_split_only_is_split_once_and_for_all(root, monkeypatch):
    """As in SUN397, whose images are all in ``test``."""
    name = "vtab-natural/sun397"
    tiny_data.shards(root / registry.task(name).folder / "test", [i % 397 for i in range(41)], 0)
    tiny_data.change(monkeypatch, name, counts=(20, 6, 14))
    found = tiny_data.load(name)
    parts = [found.train, found.val, found.test]
    assert [len(part) for part in parts] == [20, 7, 14], "41 images in the proportions of 40"
    assert sorted(place for part in parts for place in part.places) == sorted(
        tar_files(root / registry.task(name).folder / "test").places
    )
    tiny_data.forget()
    assert tiny_data.load(name).test.places == found.test.places


def test_a_copy_may_differ_by_an_image_and_not_by_three(root, monkeypatch):
    tiny_data.vtab(root, monkeypatch, VTAB)
    for off, fits in ((1, True), (3, False)):
        tiny_data.change(monkeypatch, VTAB, counts=(24 - off, 6, 8 + off))
        assert (registry.state(VTAB) == "here") == fits


@pytest.mark.parametrize(
    ("name", "top"), [("vtab-structured/dsprites-location", 32), ("vtab-structured/dsprites-orientation", 40)]
)
def test_dsprites_labels_are_joined_to_sixteen(root, monkeypatch, name, top):
    relabel = registry.task(name).relabel
    joined = relabel(np.arange(top))
    assert joined.tolist() == [int(np.floor(y / (top / 16))) for y in range(top)]
    assert set(np.bincount(joined)) <= {2, 3}
    tiny_data.vtab(root, monkeypatch, name)
    assert tiny_data.load(name).train.labels.max() < 16


def test_a_missing_shard_is_named(root, monkeypatch):
    tiny_data.vtab(root, monkeypatch, VTAB)
    (root / registry.task(VTAB).folder / "train" / "2.tar").unlink()
    with pytest.raises(DataError, match=r"train holds 2 of 3 shards"):
        tiny_data.load(VTAB)


@pytest.mark.parametrize(
    "content", [b"no tar", b"", gzip.compress(b"\0" * 10240, mtime=0)], ids=["text", "empty", "gzip"]
)
def test_a_broken_shard_is_named(root, monkeypatch, content):
    tiny_data.vtab(root, monkeypatch, VTAB)
    (root / registry.task(VTAB).folder / "test" / "0.tar").write_bytes(content)
    with pytest.raises(DataError, match=r"the shard .*test/0.tar cannot be read"):
        tiny_data.load(VTAB)


def test_a_label_that_vtab_does_not_have_is_named(root, monkeypatch):
    tiny_data.vtab(root, monkeypatch, VTAB)
    tiny_data.change(monkeypatch, VTAB, classes=3)
    with pytest.raises(DataError, match=r"has labels up to \d+; VTAB: DTD has 3 classes"):
        tiny_data.load(VTAB)


def test_the_catalogue():
    """The nineteen tasks of VTAB in their groups, and all tasks named in protocols."""
    groups = [name.partition("/")[0] for name in DATASETS if "/" in name]
    assert [groups.count(f"vtab-{group}") for group in ("natural", "specialized", "structured")] == [7, 4, 8]
    large = protocol.load("moco_v2-resnet50").evaluate.tasks
    assert set(large) == {name for name in DATASETS if isinstance(registry.task(name), ImageNet | Vtab)}
    for about in (registry.task(name).about for name in DATASETS):
        assert about.source.startswith("https://") and about.licence and about.gigabytes > 0


def test_a_path_that_is_not_a_folder(tmp_path):
    with pytest.raises(DataError, match="there is no folder .*absent: ImageNet has the folders train and val"):
        class_folders(tmp_path / "absent")
