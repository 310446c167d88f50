"""WebDataset shards: labels of every kind, shards rendered by synthbench, and files that are not shards."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import shutil
import tarfile

import numpy as np
import pictures
import pytest

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, GeneratorError, UsageError
from synthbench.generator import label_of, stream
from synthbench.images import tarred
from synthbench.render.render import render


def load(path, **params):
    return resolve("webdataset", {"path": str(path), **params}).load()


def shard(path, labels):
    """Samples with these labels: {".cls": b"3"} or {".json": ...}."""
    files = {}
    for i, label in enumerate(labels):
        files[f"{i:04d}.png"] = pictures.picture(f"{i}.png")
        files |= {f"{i:04d}{suffix}": content for suffix, content in label.items()}
    return pictures.tarred(path, files)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([{".cls": b"10"}, {".cls": b"9\n"}, {".cls": b"10"}], ("9", "10")),
        ([{".cls": b"cat"}, {".cls": b"dog"}], ("cat", "dog")),
        ([{".json": b'{"label": "cat"}'}, {".json": b'{"class": 3}'}], ("3", "cat")),
        ([{".json": b'{"cls": 0}'}, {}], ("0", "unlabelled")),
        ([{".json": b'{"width": 3}'}, {".json": b"[1]"}, {".json": b"{"}, {".json": b'{"label": [1]}'}], ("images",)),
        ([{}, {}], ("images",)),
    ],
)
def test_labels(tmp_path, labels, expected):
    assert load(shard(tmp_path / "a.tar", labels)).labels == expected


def test_several_suffixes_belong_to_one_sample(tmp_path):
    files = {"a/x.left.png": pictures.picture("1.png"), "a/x.right.jpg": pictures.picture("2.jpg"), "a/x.cls": b"7"}
    generator = load(pictures.tarred(tmp_path / "a.tar", files))
    assert generator.labels == ("7",)
    assert len({generator.render(0, stream(0, k), 8).tobytes() for k in range(2)}) == 2


def test_long_names(tmp_path):
    names = [f"{'long/' * 60}{i}.png" for i in range(3)]
    generator = load(pictures.tarred(tmp_path / "a.tar", {name: pictures.picture(name) for name in names}))
    assert len({generator.render(0, stream(0, k), 8).tobytes() for k in range(3)}) == 3


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_format_lists_what_tarfile_lists(tmp_path, format):
    names = ["a.png", "./b.png", "x" * 95 + ".png", "d/" * 60 + "c.png", "é/ü.png"]
    names += [] if format == tarfile.USTAR_FORMAT else ["n" * 300 + ".png", "ß" * 150 + ".jpg"]
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=format) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(name), 1.5 if format == tarfile.PAX_FORMAT else 1
            archive.addfile(info, io.BytesIO(b"x" * len(name)))
            for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE):
                other = tarfile.TarInfo(f"{name[:50]}-{kind!r}.png")
                other.type, other.linkname = kind, "a.png" if kind == tarfile.SYMTYPE else ""
                archive.addfile(other)
    with tarfile.open(path) as archive:
        expected = {(member.name, member.offset_data, member.size) for member in archive if member.isreg()}
    with path.open("rb") as file:
        assert set(tarred.members(file.fileno())) == expected
    assert len(expected) == len(names)


def test_sizes_in_the_binary_form():
    assert tarred._number(b"\x80" + (2**40).to_bytes(11, "big")) == 2**40
    assert tarred._number(b"0000644\0") == 0o644
    assert tarred._extended(b"13 size=8192\n30 mtime=1350244992.023960108\n") == (None, 8192)


def test_a_damaged_tar_gives_an_error_of_ours(tmp_path):
    path = shard(tmp_path / "a.tar", [{".json": b'{"label": 1}'}] * 2)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(100):
        damaged = bytearray(whole)
        for place in rng.integers(0, 512, 3):
            damaged[int(place) + 512 * int(rng.integers(0, 4))] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(DataError, GeneratorError, UsageError):
            load(path).render(0, stream(0, 0), 8)


@pytest.fixture
def rendered(tmp_path):
    recipe = resolve("folder", {"path": str(pictures.tree(tmp_path / "tree"))})
    return render(recipe, images=15, size=16, seed=0, out=tmp_path / "data", workers=1, shard_size=4)


def test_a_rendered_data_set_is_an_entrant(rendered):
    recipe = resolve(str(rendered.folder))
    generator = recipe.load()
    assert (recipe.generator, generator.labels) == ("webdataset", ("cats", "dogs", "eels"))
    stored = {rendered.image(i).tobytes(): rendered.labels[rendered.class_of[i]] for i in range(len(rendered))}
    made = {
        generator.render(label_of(k, 3), stream(0, k), 16).tobytes(): generator.labels[label_of(k, 3)]
        for k in range(15)
    }
    assert made == stored


def test_the_shards_alone_give_the_same_images(rendered, tmp_path):
    (tmp_path / "bare").mkdir()
    for tar in rendered.folder.glob("*.tar"):
        shutil.copy(tar, tmp_path / "bare")
    bare, whole = load(tmp_path / "bare"), load(rendered.folder)
    assert bare.labels == ("0", "1", "2")
    for k in range(6):
        np.testing.assert_array_equal(bare.render(k % 3, stream(1, k), 16), whole.render(k % 3, stream(1, k), 16))


def test_identity_of_a_rendered_data_set_is_that_of_its_shards(rendered, tmp_path):
    before = resolve(str(rendered.folder)).sha256()
    again = shutil.copytree(rendered.folder, tmp_path / "again")
    manifest = json.loads((again / "manifest.json").read_text())
    (again / "manifest.json").write_text(json.dumps({**manifest, "seconds": 99.0}))
    assert resolve(str(again)).sha256() == before
    manifest["shards"][0]["sha256"] = "0" * 64
    (again / "manifest.json").write_text(json.dumps(manifest))
    assert resolve(str(again)).sha256() != before


def test_a_rendered_data_set_that_lacks_a_shard_is_refused(rendered):
    (rendered.folder / "shard-00001.tar").unlink()
    with pytest.raises(DataError, match=r"does not hold the shards that its manifest\.json lists"):
        load(rendered.folder)


def test_a_shard_with_another_size_is_refused(rendered):
    with (rendered.folder / "shard-00001.tar").open("ab") as file:
        file.write(b"more")
    with pytest.raises(DataError, match=r"shard-00001\.tar has \d+ bytes, its index says"):
        load(rendered.folder)


def test_a_compressed_tar_is_refused(tmp_path):
    path = shard(tmp_path / "a.tar", [{}] * 3)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(DataError, match=r"a\.tar is compressed.*Decompress it to a plain \.tar"):
        load(path)


@pytest.mark.parametrize("keep", [0, 100, 600, 1500])
def test_half_a_tar_is_refused(tmp_path, keep):
    path = shard(tmp_path / "a.tar", [{}] * 3)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises((DataError, UsageError), match=r"a\.tar is not a complete tar file|does not hold images"):
        load(path)


def test_a_tar_without_its_end_is_read_and_a_note_says_so(tmp_path):
    path = shard(tmp_path / "a.tar", [{}] * 3)
    assert load(path).notes == ()
    with tarfile.open(path) as archive:
        last = archive.getmembers()[-1]
    data = path.read_bytes()
    for end in (last.offset_data + last.size, last.offset_data + -(-last.size // 512) * 512, last.offset):
        path.write_bytes(data[:end])
        found = load(path)
        assert len(found._index) == (2 if end == last.offset else 3)
        assert found.render(0, stream(0, 0), 8).any()
        (note,) = found.notes
        assert (
            "a.tar does not end with the zeros of a complete tar file: if it was truncated, images are missing." in note
        )


def test_labels_of_samples_with_dots_in_their_names(tmp_path):
    """WebDataset ends a sample's name at the first dot; if samples collide, the file of the same name has the label."""
    names, files = [f"d/shot.{i}.v1" for i in range(3)], dict[str, bytes]()
    for i, name in enumerate(names):
        files |= {f"{name}.png": pictures.picture(f"{i}.png"), f"{name}.cls": str(i).encode()}
    found = load(pictures.tarred(tmp_path / "a.tar", files))
    assert found.labels == ("0", "1", "2")
    for i in range(3):
        assert found.render(i, stream(0, 0), 24).tobytes() == decoded(tmp_path, pictures.picture(f"{i}.png"))
    (note,) = found.notes
    assert note.startswith(
        "1 samples have several labels, as 'd/shot' (WebDataset ends a sample's name at the first dot): each image gets"
    )


def decoded(tmp_path, data):
    (tmp_path / "one").mkdir(exist_ok=True)
    (tmp_path / "one" / "0.png").write_bytes(data)
    return resolve(str(tmp_path / "one")).load().render(0, stream(0, 0), 24).tobytes()


def test_of_a_name_that_comes_twice_the_last_file_counts(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for i in (1, 2):
            for name, content in (("0.png", pictures.picture(f"{i}.png")), ("0.cls", str(i).encode())):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    found = load(path)
    assert (found.labels, len(found._index)) == (("2",), 1)
    assert found.render(0, stream(0, 0), 24).tobytes() == decoded(tmp_path, pictures.picture("2.png"))
    assert found.notes[0].endswith(
        "a.tar: 1 names occur more than once, such as '0.png': the last file of each name counts."
    )


@pytest.mark.parametrize(
    ("kind", "size", "data", "reason"),
    [
        (b"x", b"00000000011\0", b"0 path=x\n", "a line of 0 bytes in a pax header"),
        (b"x", b"00000000012\0", b"-5 path=x\n", "a line of -5 bytes in a pax header"),
        (b"0", b"-0000001000\0", b"", "a member of -512 bytes at byte 0"),
    ],
)
def test_a_tar_that_leads_in_a_circle_is_refused(tmp_path, kind, size, data, reason):
    head = bytearray(512)
    head[:5], head[124:136], head[156:157], head[148:156] = b"a.png", size, kind, b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    (tmp_path / "a.tar").write_bytes(head + data.ljust(512, b"\0") + bytes(1024))
    with pytest.raises(DataError, match=rf"a\.tar is not a complete tar file \({reason}\)"):
        load(tmp_path / "a.tar")


def test_shards_at_any_depth(tmp_path):
    shard(tmp_path / "d" / "train" / "0.tar", [{".cls": b"cat"}] * 2)
    recipe = resolve(str(tmp_path))
    assert (recipe.generator, recipe.load().labels) == ("webdataset", ("cat",))
    shard(tmp_path / "d" / "val" / "0.tar", [{".cls": b"dog"}])
    assert resolve(str(tmp_path)).load().labels == ("cat",), "evaluation images are not pretraining data"
    shard(tmp_path / "d" / "more" / "0.tar", [{".cls": b"eel"}])
    assert resolve(str(tmp_path)).load().labels == ("cat", "eel"), "also where more folders lie beside"
    for place in ("vehicles-train-0", "vehicles-train-1", "vehicles-val-0"):
        shard(tmp_path / "flat" / f"{place}.tar", [{".cls": place[9:-2].encode()}])
    flat = load(tmp_path / "flat")
    assert flat.labels == ("train",)
    assert flat.notes == ("left out as evaluation images: 'vehicles-val-0'.",)
    pictures.tree(tmp_path / "images", ["a/1.png"])
    assert resolve(str(tmp_path)).generator == "folder", "where there are images, it is a folder of images"


def test_no_tar_at_all(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"<html>" * 500)
    with pytest.raises(DataError, match=r"a\.tar is not a complete tar file"):
        load(tmp_path)
    (tmp_path / "a.tar").unlink()
    with pytest.raises(UsageError, match=r"does not hold \.tar files"):
        load(tmp_path)
    with pytest.raises(UsageError, match=r"there is no folder and no tar file '.*absent'"):
        load(tmp_path / "absent")


def test_a_broken_image_is_named(tmp_path):
    path = pictures.tarred(tmp_path / "a.tar", {"0007.png": b"no image"})
    with pytest.raises(GeneratorError, match=r"a\.tar at byte 512 \(0007\.png\) does not decode"):
        load(path).render(0, stream(0, 0), 8)
