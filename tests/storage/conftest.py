"""Shared by the tests of storage: an S3 server on loopback, and a render without processes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from s3_server import EACH, KEY, S3, SIZE, Here, N, elsewhere

from synthbench.entrant.recipe import resolve
from synthbench.render import render as rendering
from synthbench.render.shards import Dataset
from synthbench.storage import remote

numbers = itertools.count()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    pytest.importorskip("s3fs")
    with S3() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The server with an empty bucket, and this machine with a home of its own; clients give up soon.

    The tests share a connection: a new one costs half a second of CPU time.
    """
    import s3fs

    settings = {
        "ENDPOINT_URL": s3_server.url,
        "ACCESS_KEY_ID": KEY,
        "SECRET_ACCESS_KEY": "secret",
        "DEFAULT_REGION": "us-east-1",
        "MAX_ATTEMPTS": "1",
        "EC2_METADATA_DISABLED": "true",
        "CONFIG_FILE": str(tmp_path / "none"),
        "SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    monkeypatch.setattr(remote, "PAUSE", 0.01)
    elsewhere(tmp_path / "home", monkeypatch)
    s3_server.forget()
    s3_server.bucket = f"bucket-{next(numbers)}"
    s3fs.S3FileSystem(use_listings_cache=False).mkdir(s3_server.bucket)
    s3_server.lines.clear()
    yield s3_server
    s3_server.forget()


@pytest.fixture
def other_keys(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Credentials that the test changes, seen by new connections."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    yield monkeypatch
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Dataset, list[int]]]:
    """Render white noise to a place, in this process: the data set, and which shards were drawn."""

    def run(
        out: str | Path, *, before: Callable[[int], None] = lambda index: None, seed: int = 0
    ) -> tuple[Dataset, list[int]]:
        recipe = resolve("white-noise")
        pool = Here(recipe.load(), SIZE, seed, before)
        monkeypatch.setattr(rendering, "_pool", lambda *_, **__: pool)
        return rendering.render(recipe, images=N, size=SIZE, seed=seed, out=out, shard_size=EACH), pool.drawn

    return run
