"""Zip files of images: wide fields, damage, and what is refused."""

from __future__ import annotations

import contextlib
import struct
import zipfile

import numpy as np
import pictures
import pytest
from pictures import drawn

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, GeneratorError, UsageError
from synthbench.generator import stream


def test_a_zip_with_wide_fields(tmp_path, monkeypatch):
    """More than 65,535 members, or members beyond 4 GB, are in other fields (Zip64)."""
    expected = drawn(resolve(str(pictures.zipped(tmp_path / "a.zip"))).load())
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 100)
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
        wide = pictures.zipped(tmp_path / "wide.zip")
    assert b"PK\6\6" in wide.read_bytes()
    assert drawn(resolve(str(wide)).load()) == expected


def test_a_zip_after_other_bytes(tmp_path):
    path = pictures.zipped(tmp_path / "a.zip")
    expected = drawn(resolve(str(path)).load())
    path.write_bytes(b"#!/bin/sh\n" * 9 + path.read_bytes())
    assert drawn(resolve("folder", {"path": str(path)}).load()) == expected


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
            drawn(resolve(str(path)).load(), range(4))


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
