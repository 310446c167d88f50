"""Downloads from a local server with every kind of failure: cut, gone, busy, another file, a web page."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthbench.errors import DataError
from synthbench.storage import download as module
from synthbench.storage.download import download, size_of

BODY = b"PK\3\4" + np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()


class Server:
    """``body`` at any path, with the behaviours in ``plan``: one per request, the last one is repeated."""

    def __init__(self) -> None:
        self.body, self.etag, self.plan = BODY, '"v1"', ["ok"]
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.slow = 0.0
        self.base = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(head=True)

        def do_GET(self) -> None:
            self.answer()

        def answer(self, head: bool = False) -> None:
            wanted = self.headers.get("Range")
            state.asked.append((self.command, wanted, self.headers.get("If-Range")))
            word = state.plan.pop(0) if len(state.plan) > 1 else state.plan[0]
            if word.isdigit():
                self.send_response(int(word))
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            body, start = state.body, 0
            if word == "page":
                body = b"<!DOCTYPE html><title>moved</title>"
            if word == "hidden page":
                body = b"\n<html>moved</html>" * 9
            if wanted and word != "no ranges" and self.headers.get("If-Range") in (None, state.etag):
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= len(body):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(body)}")
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Type", "text/html; charset=utf-8" if word == "page" else "application/zip")
            self.send_header("Content-Length", str(10**15 if word == "huge" else len(body) - start))
            if state.etag and word != "no ranges":
                self.send_header("ETag", state.etag)
            self.end_headers()
            if head:
                return None
            rest = body[start:]
            if word == "cut":
                rest = rest[:100_000]
            try:
                for i in range(0, len(rest), 20_000):
                    self.wfile.write(rest[i : i + 20_000])
                    time.sleep(state.slow)
            except OSError:
                pass
            if word in ("cut", "huge"):
                self.close_connection = True
            return None

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    state.base = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=lambda: http.serve_forever(poll_interval=0.01), daemon=True).start()
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """No wait before another try."""
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(module, "TIMEOUT", 5.0)


def get(server: Server, folder: Path, **options: Any) -> dict[str, Any]:
    return download(f"{server.base}/a.zip", folder / "x" / "a.zip", **options)


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "x").iterdir() if p.name != ".lock")


def ranges(server: Server) -> list[str | None]:
    return [wanted for method, wanted, _ in server.asked if method == "GET"]


def test_a_file_comes_whole_and_is_recorded(server, tmp_path):
    seen = []
    about = get(server, tmp_path, progress=lambda what, done, total: seen.append((what, done, total)))
    assert (tmp_path / "x" / "a.zip").read_bytes() == BODY
    assert about["fetched"] and about["bytes"] == len(BODY) and not about["published"]
    assert about["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert json.loads((tmp_path / "x" / "a.zip.json").read_text())["sha256"] == about["sha256"]
    assert left(tmp_path) == ["a.zip", "a.zip.json"]
    assert seen[-1] == ("fetch", len(BODY), len(BODY))
    assert size_of(f"{server.base}/a.zip") == len(BODY)


def test_what_is_there_is_checked_and_not_fetched_again(server, tmp_path):
    first = get(server, tmp_path)
    server.asked.clear()
    assert get(server, tmp_path) == {**first, "fetched": False}
    assert not server.asked
    path = tmp_path / "x" / "a.zip"
    path.write_bytes(BODY[:-1] + b"!")
    with pytest.raises(DataError, match=r"a\.zip has SHA-256 .*, not .*: it has changed since it was fetched"):
        get(server, tmp_path)
    path.write_bytes(BODY[:-1])
    with pytest.raises(DataError, match=r"a\.zip has 300,003 bytes, not 300,004"):
        get(server, tmp_path)


def test_a_file_put_there_by_hand_is_recorded(server, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.zip").write_bytes(b"mine")
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(b"mine").hexdigest()
    with pytest.raises(DataError, match="has SHA-256"):
        get(server, tmp_path, sha256="0" * 64)


def test_a_cut_connection_resumes_where_it_stopped(server, tmp_path):
    server.plan = ["cut", "cut", "ok"]
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert ranges(server) == [None, "bytes=100000-", "bytes=200000-"]
    assert server.asked[1][2] == '"v1"'


@pytest.mark.parametrize("trouble", ["500", "503", "429"])
def test_a_busy_server_is_asked_again(server, tmp_path, trouble):
    server.plan = [trouble, "cut", trouble, "ok"]
    assert get(server, tmp_path)["bytes"] == len(BODY)
    assert ranges(server) == [None, None, "bytes=100000-", "bytes=100000-"]


def test_a_failing_server_ends_it_and_the_part_is_kept(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 3)
    server.plan = ["cut", "500"]
    with pytest.raises(
        DataError,
        match=r"failed 3 times: HTTP 500\. What was downloaded is kept.*A copy from elsewhere can be put at .*a\.zip\.",
    ):
        get(server, tmp_path)
    assert (tmp_path / "x" / "a.zip.part").stat().st_size == 100_000
    server.plan = ["ok"]
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert ranges(server)[-1] == "bytes=100000-"


def test_no_server(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 2)
    with pytest.raises(DataError, match=r"failed 2 times: no connection \(.*refused"):
        download("http://127.0.0.1:1/a.zip", tmp_path / "a.zip")


def offline(*_: Any, **__: Any) -> None:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_an_unresolvable_name_ends_it_soon_and_waits_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    said: list[str] = []
    with pytest.raises(
        DataError, match=r"failed 3 times: no connection \(.*name resolution\)\. What was downloaded is kept"
    ):
        download("http://no.such.host/a.zip", tmp_path / "a.zip", say=said.append)
    assert len(said) == 2
    assert said[0].endswith("name resolution), trying again in 0 s")


def test_a_network_that_goes_away_after_some_bytes_is_waited_for(server, tmp_path, monkeypatch):
    look_up, said = socket.getaddrinfo, []

    def gone(*arguments: Any, **options: Any) -> Any:
        return offline() if server.asked and len(said) < 6 else look_up(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", gone)
    server.plan = ["cut", "ok"]
    assert get(server, tmp_path, say=said.append)["bytes"] == len(BODY)
    assert said[0] == "the connection was cut, trying again in 0 s"
    assert all("no connection" in text for text in said[1:])


@pytest.mark.parametrize("code", ["404", "410"])
def test_a_source_that_is_gone(server, tmp_path, code):
    server.plan = [code]
    with pytest.raises(
        DataError, match=rf"/a\.zip is gone \(HTTP {code}\)\. Check the authors' page.*can be put at .*a\.zip\."
    ):
        get(server, tmp_path)
    assert len(server.asked) == 1
    with pytest.raises(OSError, match=code):
        size_of(f"{server.base}/a.zip")


@pytest.mark.parametrize("code", ["401", "403"])
def test_a_refusal(server, tmp_path, code):
    server.plan = [code]
    with pytest.raises(DataError, match=rf"refuses \(HTTP {code} .*Open it in a browser"):
        get(server, tmp_path)


@pytest.mark.parametrize("word", ["page", "hidden page"])
def test_a_web_page_is_no_archive(server, tmp_path, word):
    server.plan = [word]
    with pytest.raises(DataError, match=r"gives a web page instead of the file: it has moved, or wants a login"):
        get(server, tmp_path)
    assert not [
        name for name in left(tmp_path) if (tmp_path / "x" / name).stat().st_size and not name.endswith(".json")
    ]


def test_something_else_is_no_archive(server, tmp_path):
    server.body = b"%PDF-1.4 " * 100
    with pytest.raises(DataError, match=r"gives something else \(b'%PDF-1\.4'\)"):
        get(server, tmp_path)


def test_another_file_under_the_same_address_is_fetched_from_the_start(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 1)
    server.plan = ["cut", "500"]
    with pytest.raises(DataError, match="failed"):
        get(server, tmp_path)
    server.body, server.etag, server.plan = BODY[::-1].replace(BODY[-1:], b"P", 1), '"v2"', ["ok"]
    server.body = b"PK\3\4" + server.body
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(server.body).hexdigest()


def test_a_server_without_ranges_or_versions_starts_anew(server, tmp_path):
    server.plan = ["cut", "no ranges"]
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(BODY).hexdigest()
    server.etag = ""
    server.plan = ["cut", "ok"]
    assert get(server, tmp_path / "other")["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert ranges(server)[-1] is None, "bytes of an unknown version are not added to"


def test_the_whole_file_without_its_name_is_recognised(server, tmp_path):
    """Killed between the last byte and the renaming."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.zip.part").write_bytes(BODY)
    (tmp_path / "x" / "a.zip.part.json").write_text(json.dumps({"version": '"v1"'}))
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(BODY).hexdigest()
    (tmp_path / "y" / "x").mkdir(parents=True)
    (tmp_path / "y" / "x" / "a.zip.part").write_bytes(BODY + b"more")
    (tmp_path / "y" / "x" / "a.zip.part.json").write_text(json.dumps({"version": '"v1"'}))
    assert get(server, tmp_path / "y")["bytes"] == len(BODY)


def test_a_published_hash_is_compared(server, tmp_path):
    with pytest.raises(DataError, match=r"not the published 0{64}\. It was deleted"):
        get(server, tmp_path, sha256="0" * 64)
    assert "a.zip" not in left(tmp_path) and "a.zip.part" not in left(tmp_path)
    assert get(server, tmp_path, sha256=hashlib.sha256(BODY).hexdigest())["published"]


def test_a_disk_that_is_too_small_is_noticed_before_the_start(server, tmp_path):
    server.plan = ["huge"]
    with pytest.raises(DataError, match=r"GB free, and 1000000\.0 GB are still to download.*SYNTHBENCH_HOME"):
        get(server, tmp_path)
    assert not (tmp_path / "x" / "a.zip.part").exists()


def test_a_killed_process_resumes(server, tmp_path):
    server.slow = 0.15
    code = (
        "import sys; from pathlib import Path; from synthbench.storage.download import download; "
        "download(sys.argv[1], Path(sys.argv[2]))"
    )
    path = tmp_path / "x" / "a.zip"
    process = subprocess.Popen([sys.executable, "-c", code, f"{server.base}/a.zip", str(path)])
    part, deadline = path.with_name("a.zip.part"), time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 60_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    have = part.stat().st_size
    assert 0 < have < len(BODY)
    server.slow = 0.0
    assert get(server, tmp_path)["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert ranges(server)[-1] == f"bytes={have}-"


# the command


@pytest.fixture
def call(server, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from synthbench import cli, registry
    from synthbench.cli import fetch as command

    monkeypatch.setenv("SYNTHBENCH_HOME", str(tmp_path / "home"))
    recipe = tmp_path / "archive.toml"
    recipe.write_text(
        'generator = "folder"\ntitle = "An archive"\nlicense = "MIT"\n'
        f'[source]\npath = "archive/a.zip"\nurl = "{server.base}/a.zip"\n'
    )
    by_hand = tmp_path / "by-hand.toml"
    by_hand.write_text('generator = "folder"\ntitle = "x"\n[source]\npath = "by-hand/train"\nhow = "Ask its owner."\n')
    monkeypatch.setattr(registry, "recipes", lambda: {"archive": recipe, "by-hand": by_hand})
    monkeypatch.setattr(command, "ENCODERS", ())
    return lambda *words: CliRunner().invoke(cli.app, ["fetch", *words], env={"COLUMNS": "200"})


def test_the_command_lists_fetches_and_checks(call, server, tmp_path):
    rows = json.loads(call("--json").stdout)
    assert {"cifar10", "dtd"} <= {row["name"] for row in rows}
    rows = [row for row in rows if "to evaluate on" not in row["title"]]
    assert [(row["name"], row["here"], row["bytes"]) for row in rows] == [
        ("archive", False, len(BODY)),
        ("by-hand", False, None),
    ]
    assert "archive" in call().stdout
    about = json.loads(call("archive", "--json").stdout)
    assert (about["fetched"], about["path"]) == (True, str(tmp_path / "home" / "data" / "archive" / "a.zip"))
    again = call("archive")
    assert again.exit_code == 0
    assert "was here, and is whole" in again.stderr
    assert "no published hash" in again.stderr
    server.plan = ["404"]
    rows = json.loads(call("--json").stdout)
    assert (rows[0]["here"], rows[0]["bytes"]) == (True, len(BODY))


def test_the_command_says_why_it_waits(call, server):
    server.plan = ["503", "ok"]
    assert "HTTP 503, trying again in 0 s" in call("archive").stderr


def test_a_recipe_waits_for_its_images_and_then_has_them(call, server, tmp_path):
    import pictures

    from synthbench.entrant.recipe import resolve

    with pytest.raises(
        DataError,
        match=r"the images of 'archive' have not been fetched\. `synthbench fetch archive` gets them from http",
    ):
        resolve("archive").identity()
    with pytest.raises(
        DataError,
        match=r"the images of 'by-hand' have not been fetched\. Ask its owner\..* into .*by-hand/train; or .*-g path=",
    ):
        resolve("by-hand").load()
    server.body = pictures.zipped(tmp_path / "b.zip").read_bytes()
    assert call("archive").exit_code == 0
    recipe = resolve("archive")
    assert recipe.load().labels == ("cats", "dogs", "eels")
    assert "path" not in recipe.params, "no path of this machine goes into a record"
    assert recipe.identity() == resolve("folder", {"path": str(tmp_path / "b.zip")}).identity()
    other = pictures.tree(tmp_path / "other")
    assert resolve("by-hand", {"path": str(other)}).load().labels == ("cats", "dogs", "eels")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["archiv"], r"unknown thing to fetch 'archiv'. Did you mean archive"),
        (["by-hand"], r"by-hand has no public address\. Ask its owner"),
        (["archive", "-g", "repo=x"], "-g is for `synthbench fetch hub"),
        (["hub"], "repo: Field required"),
        (["hub", "-g", "repo=a/b", "-g", "colum=x"], "colum: Extra inputs"),
        (["hub", "-g", "repo=../x"], r"'\.\./x' is not a data set on the Hub"),
    ],
)
def test_bad_arguments(call, words, message):
    import re

    result = call(*words)
    assert result.exit_code
    assert re.search(message, str(result.exception)), result.exception
