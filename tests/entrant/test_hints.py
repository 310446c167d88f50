"""What may have been meant by an entrant that does not exist."""

from __future__ import annotations

import pytest

from synthbench.entrant.recipe import resolve
from synthbench.errors import UnknownNameError, UsageError


def test_a_file_without_a_class_says_how(mine):
    with pytest.raises(UsageError, match=r"name the class in it too, as in .*mine\.py:Mine\."):
        resolve(mine.removesuffix(":Mine"))


def test_a_file_that_does_not_parse_names_a_class_by_example(write):
    with pytest.raises(UsageError, match=r"name the class in it too, as in .*broken\.py:MyGenerator\."):
        resolve(str(write("broken.py", "class")))


def test_a_missing_file_without_a_class_is_missing(tmp_path):
    with pytest.raises(UsageError, match=r"there is no file '.*none\.py'\. `synthbench new .*none\.py` writes"):
        resolve(str(tmp_path / "none.py"))


def test_a_class_without_the_files_suffix(mine):
    with pytest.raises(UsageError, match=r"unknown entrant '.*mine:Mine'\. Did you mean .*mine\.py:Mine\?"):
        resolve(mine.replace(".py", ""))


def test_an_unknown_entrant_unlike_any_other_does_not_list_them_all():
    with pytest.raises(UnknownNameError, match=r"^unknown entrant 'qqqq'\. An entrant is .*synthbench list entrants"):
        resolve("qqqq")


@pytest.mark.parametrize(
    ("typo", "meant"), [("dead-leaf", "dead-leaves"), ("shaders-opne", "shaders-open"), ("white_noise", "white-noise")]
)
def test_a_near_miss_is_suggested(typo, meant):
    with pytest.raises(
        UnknownNameError, match=rf"unknown entrant '{typo}'. Did you mean .*{meant}.*synthbench list entrants"
    ):
        resolve(typo)


@pytest.mark.parametrize(
    ("entrant", "message"),
    [
        ("no/such/dir", r"there is no file or folder 'no/such/dir'\. An entrant is"),
        ("absent.zip", r"there is no file or folder 'absent\.zip'"),
        ("x.tar.gz", r"'x\.tar\.gz' is compressed; .*Decompress it: gunzip x\.tar\.gz"),
        ("x.TGZ", "Decompress it"),
        ("cat.png", r"the file 'cat\.png' is not an entrant\. An entrant is"),
    ],
)
def test_existing_and_remote_names_are_not_called_unknown(tmp_path, monkeypatch, entrant, message):
    monkeypatch.chdir(tmp_path)
    for name in ("x.tar.gz", "x.TGZ", "cat.png"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match=message):
        resolve(entrant)
