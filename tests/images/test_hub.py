"""Data sets on the Hub, with the real client against a small local server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pictures
import pytest
from data_hub import LABELS, halves, parquet
from pictures import drawn

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, UsageError
from synthbench.images import hub
from synthbench.images.hub import CONVERTED, Wanted

pytest.importorskip("pyarrow")


def test_a_data_set_becomes_an_entrant(server, tmp_path):
    sha = server.put(
        "user/name", {"README.md": b"", **halves(), "data/test-00000-of-00001.parquet": parquet(["cats/9.png"])}
    )
    seen = []
    about = hub.fetch(Wanted(repo="user/name"), progress=lambda done, total: seen.append((done, total)))
    assert (about["revision"], about["images"], about["column"], about["label"]) == (sha, 21, "image", "label")
    assert seen[-1][0] == seen[-1][1] > 0
    recipe = resolve("hub", {"repo": "user/name"})
    assert recipe.params == {"repo": "user/name", "revision": sha}
    assert recipe.load().labels == tuple(LABELS)
    expected = drawn(resolve(str(pictures.tree(tmp_path / "tree"))).load(), range(21))
    assert sorted(drawn(recipe.load(), range(21))) == sorted(expected)
    server.asked.clear()
    assert hub.fetch(Wanted(repo="hf://datasets/user/name")) == about
    assert not [line for line in server.asked if "resolve" in line], "nothing is fetched twice"
    assert not list(Path(about["folder"]).glob(".download"))


def test_the_webdataset_library_reads_fetched_data_sets(server):
    wds = pytest.importorskip("webdataset")
    server.put("user/name", halves())
    folder = Path(hub.fetch(Wanted(repo="user/name"))["folder"])
    samples = [s for tar in sorted(folder.glob("*.tar")) for s in wds.WebDataset(str(tar), shardshuffle=False)]
    assert len(samples) == 21
    assert {json.loads(s["json"])["label"] for s in samples} == set(LABELS)


def test_an_update_on_the_hub_does_not_change_a_fetched_data_set(server):
    first = server.put("user/name", halves())
    hub.fetch(Wanted(repo="user/name"))
    before = resolve("hub", {"repo": "user/name"})
    second = server.put("user/name", {"train.parquet": parquet(pictures.NAMES[:9])})
    assert resolve("hub", {"repo": "user/name"}) == before, "a run asks nobody"
    hub.fetch(Wanted(repo="user/name"))
    after = resolve("hub", {"repo": "user/name"})
    assert (before.params["revision"], after.params["revision"]) == (first, second)
    assert before.sha256() != after.sha256()
    pinned = resolve("hub", {"repo": "user/name", "revision": first})
    assert drawn(pinned.load(), range(21)) == drawn(before.load(), range(21)) != drawn(after.load(), range(21))


def test_the_hubs_own_copy_is_used_where_there_is_no_parquet(server):
    server.put("user/zips", {"images.zip": b"PK"})
    with pytest.raises(
        DataError,
        match=r"'user/zips' has no parquet files, and the Hub has not converted it: .*does not have this revision",
    ):
        hub.fetch(Wanted(repo="user/zips"))
    sha = server.put("user/zips", {"default/partial-train/0000.parquet": parquet()}, revision=CONVERTED)
    about = hub.fetch(Wanted(repo="user/zips"))
    assert (about["revision"], about["partial"], about["images"]) == (sha, True, 21)
    assert resolve("hub", {"repo": "user/zips"}).load().labels == tuple(LABELS)


def test_some_files_only(server):
    server.put("user/name", halves())
    assert hub.fetch(Wanted(repo="user/name", files=1))["images"] == 11
    assert hub.fetch(Wanted(repo="user/name", files=5))["images"] == 21
    with pytest.raises(
        DataError,
        match=r"this part of it\) has not been fetched\. `synthbench fetch hub -g repo=user/name -g files=2` fetches",
    ):
        resolve("hub", {"repo": "user/name", "files": 2})


def test_a_cut_connection_and_a_busy_server(server):
    server.put("user/name", halves())
    server.cut, server.trouble = 900, [503]
    assert hub.fetch(Wanted(repo="user/name"))["images"] == 21


def test_an_interrupted_fetch_resumes(server, monkeypatch):
    server.put("user/name", halves())
    with monkeypatch.context() as patch:
        patch.setattr(hub, "repack", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            hub.fetch(Wanted(repo="user/name"))
    with pytest.raises(DataError, match="has not been fetched"):
        resolve("hub", {"repo": "user/name"})
    real, done = hub.repack, []

    def once(*arguments, **options):
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(hub, "repack", once)
        with pytest.raises(KeyboardInterrupt):
            hub.fetch(Wanted(repo="user/name"))
    server.asked.clear()
    assert hub.fetch(Wanted(repo="user/name"))["images"] == 21
    assert not any("train-00000" in line for line in server.asked), "the first file was here"


def test_an_address_of_the_hub_is_the_same_as_a_name(server):
    sha = server.put("user/name", halves())
    assert hub.fetch(Wanted(repo="hf://datasets/user/name"))["wanted"]["repo"] == "user/name"
    assert Wanted(repo="hf://datasets/user/name").command() == "synthbench fetch hub -g repo=user/name"
    found = resolve("hub", {"repo": "hf://datasets/user/name"})
    assert found.params == {"repo": "user/name", "revision": sha}
    assert found.sha256() == resolve("hub", {"repo": "user/name"}).sha256()
    assert found.load().labels == tuple(LABELS)


def test_no_network(monkeypatch, server):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(
        DataError, match=r"the Hub cannot be reached for 'user/name' \(\w*Connect\w*: .*What is here is kept"
    ):
        hub.fetch(Wanted(repo="user/name"))


def test_without_pyarrow(server, monkeypatch):
    server.put("user/name", halves())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'synthbench-vision\[hub\]'"):
        hub.fetch(Wanted(repo="user/name"))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"repo": "a/b/c"}, "'a/b/c' is not a data set on the Hub"),
        ({"repo": "a/b", "colour": 1}, "colour: Extra inputs"),
        ({"repo": 3}, "repo: "),
        ({"repo": "a/b", "files": -1}, "files: Input should be greater than or equal to 0"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(UsageError, match=message):
        resolve("hub", params)


def test_the_command_in_a_process_of_its_own(server, home):
    server.put("user/name", halves())
    environment = {
        **os.environ,
        "HF_ENDPOINT": server.base,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    words = ["hub", "-g", "repo=user/name"]
    code = "import sys; from synthbench.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "fetch", *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == 21
    sheet = home / "sheet.png"
    done = subprocess.run(
        [sys.executable, "-c", code, "preview", *words, "--size", "16", "--out", str(sheet)],
        env={**environment, "HF_ENDPOINT": "http://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert np.asarray(pictures.Image.open(sheet)).std() > 10
