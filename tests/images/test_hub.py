"""Data sets on the Hub, with the real client against a small local server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pictures
import pytest

from synthbench.entrant.recipe import resolve
from synthbench.errors import DataError, UsageError
from synthbench.generator import label_of, stream
from synthbench.images import hub
from synthbench.images.hub import CONVERTED, Wanted, layout

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


class Hub:
    """repo -> revision -> path -> bytes; ``card`` for its configurations; ``closed`` and ``trouble`` for failures."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, dict[str, bytes]]] = {}
        self.cards: dict[str, Any] = {}
        self.closed: dict[str, str] = {}
        self.trouble: list[int] = []
        self.cut: int | None = None
        self.asked: list[str] = []

    def put(self, repo: str, files: dict[str, bytes], revision: str = "main") -> str:
        sha = hashlib.sha1(json.dumps([repo, revision, {k: len(v) for k, v in files.items()}]).encode()).hexdigest()
        self.repos.setdefault(repo, {})
        self.repos[repo][revision] = self.repos[repo][sha] = files
        self.repos[repo][f"sha of {revision}"] = sha  # type: ignore[assignment]
        return sha


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def error(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            if self.hub.cut is not None and "ETag" in headers:
                body, self.hub.cut, self.close_connection = body[: self.hub.cut], None, True
            self.wfile.write(body)

    def answer(self) -> None:  # noqa: PLR0911 - one line for each thing that may be asked
        path = urlsplit(self.path).path
        self.hub.asked.append(f"{self.command} {path}")
        api = path.startswith("/api/datasets/")
        if not api and not path.startswith("/datasets/"):
            return self.send(b"{}", Content_Type="application/json")
        repo, _, rest = (
            path.removeprefix("/api").removeprefix("/datasets/").partition("/revision/" if api else "/resolve/")
        )
        if repo in self.hub.closed:
            return self.error(403 if self.hub.closed[repo] == "GatedRepo" else 401, self.hub.closed[repo])
        if repo not in self.hub.repos:
            return self.error(404, "RepoNotFound")
        if not api and self.hub.trouble:
            return self.error(self.hub.trouble.pop())
        revision, _, name = (unquote(rest or "main"), "", "") if api else map(unquote, rest.partition("/"))
        files = self.hub.repos[repo].get(revision)
        if files is None:
            return self.error(404, "RevisionNotFound")
        sha = str(self.hub.repos[repo].get(f"sha of {revision}", revision))
        if api:
            siblings = [{"rfilename": key, "size": len(value), "blobId": "x"} for key, value in files.items()]
            about = {
                "id": repo,
                "sha": sha,
                "siblings": siblings,
                "cardData": self.hub.cards.get(repo, {}),
                "tags": [],
                "private": False,
            }
            return self.send(json.dumps(about).encode(), Content_Type="application/json")
        if name not in files:
            return self.error(404, "EntryNotFound")
        body, etag = files[name], hashlib.sha256(files[name]).hexdigest()
        headers = {"X_Repo_Commit": sha, "ETag": f'"{etag}"', "Accept_Ranges": "bytes"}
        if self.headers.get("Range"):
            start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
            part = body[int(start) : int(end) + 1 if end else None]
            return self.send(
                part, 206, Content_Range=f"bytes {start}-{int(start) + len(part) - 1}/{len(body)}", **headers
            )
        return self.send(body, **headers)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[Hub]:
    state = Hub()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"hub": state}))
    http.daemon_threads = True
    threading.Thread(target=lambda: http.serve_forever(poll_interval=0.01), daemon=True).start()
    base = f"http://127.0.0.1:{http.server_port}"
    from huggingface_hub import HfApi, constants

    # A process of a user's reads HF_ENDPOINT when the client is imported (test_the_command); here it may be imported
    # already.
    for key, value in {
        "ENDPOINT": base,
        "HUGGINGFACE_CO_URL_TEMPLATE": base + "/{repo_id}/resolve/{revision}/{filename}",
    }.items():
        monkeypatch.setattr(constants, key, value)
    for key, value in {"HF_HUB_DISABLE_XET": True, "HF_HUB_OFFLINE": False, "HF_HUB_DISABLE_TELEMETRY": True}.items():
        monkeypatch.setattr(constants, key, value)
    monkeypatch.setattr("huggingface_hub.hf_api.ENDPOINT", base, raising=False)
    assert HfApi().endpoint == base
    monkeypatch.setattr(hub.time, "sleep", lambda seconds: None)
    state.base = base  # type: ignore[attr-defined]
    yield state
    http.shutdown()
    http.server_close()


LABELS = ["cats", "dogs", "eels"]
FEATURES = {"image": {"_type": "Image"}, "label": {"names": LABELS, "_type": "ClassLabel"}}


def parquet(names: list[str] = pictures.NAMES, features: Any = FEATURES, column: str = "image", **more: Any) -> bytes:
    """In the form of the `datasets` library: a struct of bytes and path, a class label, small row groups."""
    rows = [{"bytes": pictures.picture(name) if name else None, "path": name} for name in names]
    columns = {column: rows, "label": [LABELS.index(name.partition("/")[0]) if name else 0 for name in names], **more}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})} if features else None
    table = pa.table(columns).replace_schema_metadata(metadata)
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, row_group_size=5)
    return buffer.getvalue().to_pybytes()


def halves() -> dict[str, bytes]:
    return {f"data/train-0000{i}-of-00002.parquet": parquet(pictures.NAMES[i::2]) for i in range(2)}


def images(generator, n=21):
    return [generator.render(label_of(k, len(generator.labels)), stream(0, k), 16).tobytes() for k in range(n)]


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
    assert sorted(images(recipe.load())) == sorted(images(resolve(str(pictures.tree(tmp_path / "tree"))).load()))
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
    assert images(pinned.load()) == images(before.load()) != images(after.load())


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


@pytest.mark.parametrize(
    ("repo", "message"),
    [
        (
            "user/absent",
            r"the Hub has no data set 'user/absent', or a private one: check the name; .*`hf auth login` or HF_TOKEN",
        ),
        ("user/private", r"no data set 'user/private', or a private one"),
        ("user/gated", r"'user/gated' is gated: accept its terms on its page"),
        ("user/empty", r"'user/empty' has no parquet files"),
        ("user/text", r"user/text: train\.parquet: column of images: none; there are text\. Take a data set whose"),
        ("user/two", r"column of images: several \(a, b\)\. Choose with -g column="),
        ("user/paths", r"'user/paths' lists its images by name but does not contain them"),
        ("user/broken", r"user/broken: train\.parquet is not readable as parquet"),
        ("user/damaged", r"user/damaged: train\.parquet is not readable as parquet"),
        ("user/configs", r"has no configuration 'default': give -g config=\.\.\. \(large, small\)"),
        ("user/tests", r"has no split 'train': give -g split=\.\.\. \(test\)"),
    ],
)
def test_what_cannot_be_fetched_says_why(server, repo, message):
    def table(**columns):
        buffer = pa.BufferOutputStream()
        pq.write_table(pa.table(columns), buffer)
        return buffer.getvalue().to_pybytes()

    one = [{"bytes": pictures.picture("a.png"), "path": None}]
    server.closed |= {"user/private": "RepoNotFound", "user/gated": "GatedRepo"}
    server.put("user/empty", {"README.md": b""})
    server.put("user/text", {"train.parquet": table(text=["a"])})
    server.put("user/two", {"train.parquet": table(a=one, b=one)})
    server.put("user/paths", {"train.parquet": table(image=[{"bytes": None, "path": "x.png"}])})
    server.put("user/broken", {"train.parquet": b"PAR1 no parquet PAR1"})
    server.put("user/damaged", {"train.parquet": b"PAR1" + b"\xff" * 56 + parquet()[60:]})
    server.put("user/configs", {f"{c}/train-00000-of-00001.parquet": parquet() for c in ("large", "small")})
    server.put("user/tests", {"data/test-00000-of-00001.parquet": parquet()})
    with pytest.raises((DataError, UsageError), match=message):
        hub.fetch(Wanted(repo=repo))
    with pytest.raises(DataError, match="has not been fetched"):
        resolve("hub", {"repo": repo})


@pytest.mark.parametrize(
    ("column", "holds"),
    [("url", "string"), ("number", "int64"), ("several", r"list<.*>"), ("named", r"struct<bytes: string>")],
)
def test_a_column_without_images_is_refused(server, column, holds):
    buffer = pa.BufferOutputStream()
    pq.write_table(
        pa.table({"url": ["http://x/1.jpg"], "number": [1], "several": [[b"x"]], "named": [{"bytes": "x"}]}), buffer
    )
    server.put("user/name", {"train.parquet": buffer.getvalue().to_pybytes()})
    with pytest.raises(
        UsageError, match=rf"column '{column}' holds {holds}, not images; addresses are not followed\. Choose"
    ):
        hub.fetch(Wanted(repo="user/name", column=column))
    with pytest.raises(
        UsageError, match=r"column of images: none; there are url, number, several, named\. Take a data set"
    ):
        hub.fetch(Wanted(repo="user/name"))


def test_an_address_of_the_hub_is_the_same_as_a_name(server):
    sha = server.put("user/name", halves())
    assert hub.fetch(Wanted(repo="hf://datasets/user/name"))["wanted"]["repo"] == "user/name"
    assert Wanted(repo="hf://datasets/user/name").command() == "synthbench fetch hub -g repo=user/name"
    found = resolve("hub", {"repo": "hf://datasets/user/name"})
    assert found.params == {"repo": "user/name", "revision": sha}
    assert found.sha256() == resolve("hub", {"repo": "user/name"}).sha256()
    assert found.load().labels == tuple(LABELS)


def test_columns_and_configurations_are_chosen(server):
    server.put(
        "user/name",
        {
            f"{c}/train-00000-of-00001.parquet": parquet(features=None, column=c, other=[3] * 21)
            for c in ("large", "small")
        },
    )
    assert hub.fetch(Wanted(repo="user/name", config="small"))["column"] == "small"
    about = hub.fetch(Wanted(repo="user/name", config="large", column="large", label="other"))
    assert resolve(
        "hub", {"repo": "user/name", "config": "large", "column": "large", "label": "other"}
    ).load().labels == ("3",)
    assert about["label"] == "other"
    with pytest.raises(UsageError, match=r"column of images: there is no 'picture'; there are small, label, other"):
        hub.fetch(Wanted(repo="user/name", config="small", column="picture"))


def test_a_card_says_which_files_are_which(server):
    server.put("user/name", {"x/one.parquet": parquet(["cats/0.jpg"]), "x/two.parquet": parquet(["eels/0.jpg"])})
    server.cards["user/name"] = {
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "x/o*"}, {"split": "late", "path": ["x/t*.parquet"]}],
            }
        ]
    }
    assert hub.fetch(Wanted(repo="user/name"))["files"] == ["x/one.parquet"]
    assert hub.fetch(Wanted(repo="user/name", split="late"))["files"] == ["x/two.parquet"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["data/train-00000-of-00002-ab12.parquet"], ("default", "train")),
        (["small/validation-00000-of-00001.parquet"], ("small", "validation")),
        (["default/train/0000.parquet"], ("default", "train")),
        (["cfg/partial-train/0000.parquet"], ("cfg", "train")),
        (["train.parquet"], ("default", "train")),
        (["test/whatever.parquet"], ("default", "test")),
        (["whatever.parquet"], ("default", "train")),
        (["images/part.0.parquet"], ("images", "train")),
    ],
)
def test_paths_say_which_split_a_file_is_of(files, expected):
    assert layout(files, []) == {expected: files}


def test_classes_of_the_same_name_stay_apart_and_rows_without_images_are_counted(server):
    features = {"image": {"_type": "Image"}, "label": {"names": ["crane", "crane", "eel"], "_type": "ClassLabel"}}
    server.put("user/name", {"train.parquet": parquet(["", *pictures.NAMES], features=features)})
    assert hub.fetch(Wanted(repo="user/name"))["without_image"] == 1
    assert resolve("hub", {"repo": "user/name"}).load().labels == ("crane (0)", "crane (1)", "eel")


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
