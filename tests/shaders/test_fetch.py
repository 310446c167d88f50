"""Shadertoy's API, simulated by a local server: rate limited, cached, resumable, with clear errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from synthbench.errors import DataError, UsageError
from synthbench.shaders import fetch as fetching
from synthbench.shaders.fetch import fetch


class Api:
    """The server's answers: path id -> list of (status, headers, body); the last one is repeated."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = {}
        self.asked: list[str] = []
        self.base = ""

    def says(self, name: str, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers[name] = list(answers)


def good(name: str) -> tuple[int, dict[str, str], bytes]:
    return (
        200,
        {},
        json.dumps({"Shader": {"info": {"id": name}, "renderpass": [{"code": "", "type": "image"}]}}).encode(),
    )


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("?")[0].rpartition("/")[2]
            api.asked.append(self.path)
            queue = api.answers.get(name, [good(name)])
            status, headers, body = queue.pop(0) if len(queue) > 1 else queue[0]
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    api.base = f"http://127.0.0.1:{server.server_port}/api/v1"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    yield api
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """No wait between two requests."""
    monkeypatch.setattr(fetching, "INTERVAL", 0.0)


def test_each_program_is_asked_for_once(api, tmp_path):
    found = fetch(["Wd2XWy", "Xds3zN", "Wd2XWy"], tmp_path, key="k&1", base=api.base)
    assert found.fetched == ["Wd2XWy", "Xds3zN"]
    assert api.asked == ["/api/v1/shaders/Wd2XWy?key=k%261", "/api/v1/shaders/Xds3zN?key=k%261"]
    again = fetch(["Wd2XWy", "Xds3zN", "New123"], tmp_path, key="k", base=api.base)
    assert (again.cached, again.fetched) == (["Wd2XWy", "Xds3zN"], ["New123"])
    assert json.loads((tmp_path / "New123.json").read_text())["Shader"]["info"]["id"] == "New123"


def test_requests_keep_their_distance(api, tmp_path, monkeypatch):
    import time

    monkeypatch.setattr(fetching, "INTERVAL", 0.2)
    start = time.monotonic()
    fetch(["a", "b", "c"], tmp_path, key="k", base=api.base)
    assert time.monotonic() - start >= 0.4


def test_a_busy_server_is_waited_for(api, tmp_path):
    import time

    api.says("a", (429, {"Retry-After": "1"}, b""), good("a"))
    start = time.monotonic()
    assert fetch(["a"], tmp_path, key="k", base=api.base).fetched == ["a"]
    assert time.monotonic() - start >= 1.0
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, {}, b""), "HTTP 404: no such program"),
        ((200, {}, b'{"Error": "Shader not found"}'), "Shadertoy answered: Shader not found"),
        ((200, {}, b"<html>"), "not JSON but b'<html>'"),
        ((200, {}, b"[1]"), "JSON that does not have the form"),
        ((200, {}, b'{"Shader": {"info": {"id": "other"}, "renderpass": []}}'), "about another program"),
        ((200, {}, b'{"Shader": {"renderpass": []}}'), "about another program"),
    ],
)
def test_a_missing_program_does_not_stop_the_others(api, tmp_path, answer, reason):
    api.says("bad", answer)
    found = fetch(["bad", "fine"], tmp_path, key="k", base=api.base)
    assert found.fetched == ["fine"]
    assert reason in found.failed["bad"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".json") == ["fine.json"]


@pytest.mark.parametrize("answer", [(401, {}, b""), (403, {}, b""), (200, {}, b'{"Error": "Invalid key"}')])
def test_a_refused_key_ends_it(api, tmp_path, answer):
    api.says("b", answer)
    with pytest.raises(DataError, match=r"refuses the key.*Check --key or SHADERTOY_KEY"):
        fetch(["a", "b", "c"], tmp_path, key="k", base=api.base)
    assert (tmp_path / "a.json").is_file()
    assert len(api.asked) == 2


def test_a_failing_server_ends_it_and_the_rest_is_kept(api, tmp_path):
    api.says("b", (503, {}, b""))
    with pytest.raises(DataError, match=r"failed 4 times on b: HTTP 503\. Fetched programs are kept"):
        fetch(["a", "b"], tmp_path, key="k", base=api.base)
    assert (tmp_path / "a.json").is_file() and not (tmp_path / "b.json").exists()
    api.says("b", good("b"))
    assert fetch(["a", "b"], tmp_path, key="k", base=api.base).fetched == ["b"]


def test_no_server(tmp_path):
    with pytest.raises(DataError, match="failed 4 times on a: .*refused"):
        fetch(["a"], tmp_path, key="k", base="http://127.0.0.1:1/api/v1")


@pytest.mark.parametrize(
    ("ids", "key", "message"),
    [
        (["../x"], "k", r"'\.\./x' is not a Shadertoy id"),
        (["a?b"], "k", "not a Shadertoy id"),
        ([], "k", "no ids"),
        (["a"], " ", "no key"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(api, tmp_path, ids, key, message):
    with pytest.raises(UsageError, match=message):
        fetch(ids, tmp_path / "out", key=key, base=api.base)
    assert not api.asked and not (tmp_path / "out").exists()


def test_the_command(api, tmp_path):
    from typer.testing import CliRunner

    from synthbench.cli import app

    (tmp_path / "ids.txt").write_text("Wd2XWy\n")
    arguments = [
        "shaders",
        "fetch",
        "--file",
        str(tmp_path / "ids.txt"),
        "--out",
        str(tmp_path / "raw"),
        "--base",
        api.base,
        "--json",
    ]
    result = CliRunner().invoke(app, arguments, env={"SHADERTOY_KEY": "secret"})
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["fetched"] == ["Wd2XWy"]
    assert api.asked == ["/api/v1/shaders/Wd2XWy?key=secret"]
