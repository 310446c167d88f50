"""A small Hub for the real client, and data sets for it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pictures
import pytest

from synthbench.images import hub_calls


class Hub:
    """repo -> revision -> path -> bytes; ``card`` for its configurations; ``closed`` and ``trouble`` for failures."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, dict[str, bytes]]] = {}
        self.cards: dict[str, Any] = {}
        self.closed: dict[str, str] = {}
        self.trouble: list[int] = []
        self.cut: int | None = None
        self.asked: list[str] = []
        self.base = ""

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


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The server, and the client pointed at it."""
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
    monkeypatch.setattr(hub_calls.time, "sleep", lambda seconds: None)
    state.base = base
    yield state
    http.shutdown()
    http.server_close()


LABELS = ["cats", "dogs", "eels"]
FEATURES = {"image": {"_type": "Image"}, "label": {"names": LABELS, "_type": "ClassLabel"}}


def parquet(names: list[str] = pictures.NAMES, features: Any = FEATURES, column: str = "image", **more: Any) -> bytes:
    """In the form of the `datasets` library: a struct of bytes and path, a class label, small row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"bytes": pictures.picture(name) if name else None, "path": name} for name in names]
    columns = {column: rows, "label": [LABELS.index(name.partition("/")[0]) if name else 0 for name in names], **more}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})} if features else None
    table = pa.table(columns).replace_schema_metadata(metadata)
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, row_group_size=5)
    return buffer.getvalue().to_pybytes()


def halves() -> dict[str, bytes]:
    return {f"data/train-0000{i}-of-00002.parquet": parquet(pictures.NAMES[i::2]) for i in range(2)}
