"""A real S3 server on loopback (moto's) that can be told to fail, and the shards that the tests render to it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from synthbench.generator import Generator, stream
from synthbench.render.encode import encode
from synthbench.render.pool import Done

KEY = "AKIAGOOD"
"""The access key that the server takes."""
ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>{}</Message></Error>"
N, SIZE, EACH = 24, 16, 4
"""Images of the data set, their size, images in a shard."""
Environ = dict[str, Any]


@dataclass
class Fault:
    """What happens to requests whose line (``PUT /bucket/key``) matches."""

    line: str
    kind: str
    """``cut`` (the connection, in the middle of the body) or an S3 error: ``503 SlowDown``."""
    times: int = 10**9


@dataclass
class S3:
    """A server. ``lines`` has the lines of all requests since ``forget``."""

    faults: list[Fault] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    before: Callable[[str], None] | None = None
    """Called with the line of a request before it is answered."""
    port: int = 0
    bucket: str = ""

    def __enter__(self) -> S3:
        app = DomainDispatcherApplication(create_backend_app)

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:
                pass

        self._server = make_server("127.0.0.1", 0, self._answer(app), threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, line: str, kind: str, times: int = 10**9) -> Fault:
        self.faults.append(Fault(line, kind, times))
        return self.faults[-1]

    def forget(self) -> None:
        self.faults.clear()
        self.lines.clear()
        self.before = None

    def count(self, line: str) -> int:
        return sum(re.match(line, each) is not None for each in list(self.lines))

    def _answer(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            self.lines.append(line)
            if self.before is not None:
                self.before(line)
            fault = next((f for f in self.faults if f.times > 0 and re.match(f.line, line)), None)
            if fault is not None:
                fault.times -= 1
            kind = fault.kind if fault is not None else ""
            if KEY not in environ.get("HTTP_AUTHORIZATION", ""):
                kind = "403 InvalidAccessKeyId"
            if kind == "cut" and environ["REQUEST_METHOD"] == "PUT":
                environ["wsgi.input"].read(100)
                raise ConnectionError("cut")
            if kind and kind != "cut":
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start(kind, [("Content-Type", "application/xml")])
                body = ERROR.format(kind.split()[1], "said so by the test")
                return [body.encode() if environ["REQUEST_METHOD"] != "HEAD" else b""]
            found = app(environ, start)
            return _half(found) if kind == "cut" else found

        return answer


def _half(body: Iterable[bytes]) -> Iterator[bytes]:
    whole = b"".join(body)
    yield whole[: len(whole) // 2]
    raise ConnectionError("cut")


def elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on as another machine: without copies."""
    monkeypatch.setenv("SYNTHBENCH_HOME", str(home))


class Here:
    """A render pool in this process; ``before`` is called with the number of each shard."""

    renderer = "numpy"

    def __init__(self, generator: Generator, size: int, seed: int, before: Callable[[int], None]) -> None:
        self.labels, self._generator, self._size, self._seed = list(generator.labels), generator, size, seed
        self._before = before
        self.drawn: list[int] = []

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None: ...

    def run(self, jobs: Any, *, limit: int, progress: Any = None) -> Iterator[Done]:
        for index, items in jobs:
            self._before(index)
            self.drawn.append(index)
            yield Done(
                index,
                {
                    k: (
                        label,
                        encode(self._generator.render(label, stream(self._seed, k), self._size), "png", 95),
                    )
                    for k, label in items
                },
            )
