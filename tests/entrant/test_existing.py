"""Existing images as entrants."""

from __future__ import annotations

import pytest

from synthbench.entrant import existing
from synthbench.entrant.recipe import resolve
from synthbench.errors import StorageError, UnknownNameError


def test_a_folder_of_images(pictures):
    found = resolve(str(pictures))
    assert (found.name, found.generator, found.params) == ("my_pictures", "folder", {"path": str(pictures)})
    assert found.uses_real_data
    assert found.load().labels == ("images",)


@pytest.mark.parametrize("entrant", ["hf://datasets/u/good", "hf://datasets/u/good/data/train.parquet"])
def test_a_data_set_of_the_hub_that_is_not_ours_is_fetched_first(monkeypatch, entrant):
    def absent(address: str) -> None:
        raise StorageError(f"{address} holds no manifest.json.")

    monkeypatch.setattr(existing, "brought", absent)
    said = "holds no manifest.json.*`synthbench fetch hub -g repo=u/good` fetches it, then the entrant is hub -g repo="
    with pytest.raises(StorageError, match=said):
        resolve(entrant)


def test_folders_named_in_other_scripts_have_names_of_their_own(tmp_path):
    names = []
    for name in ("фото", "写真"):
        (tmp_path / name).mkdir()
        names.append(resolve(str(tmp_path / name)).name)
    assert len(set(names)) == 2
    assert all(name.startswith("images-") for name in names)


@pytest.mark.parametrize(("name", "generator"), [("UP.ZIP", "folder"), ("UP.Tar", "webdataset")])
def test_the_case_of_a_suffix_does_not_matter(tmp_path, name, generator):
    (tmp_path / name).touch()
    assert resolve(str(tmp_path / name)).generator == generator


def test_an_empty_name_is_not_a_folder():
    with pytest.raises(UnknownNameError, match="unknown entrant ''"):
        resolve("")
