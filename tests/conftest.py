"""Shared fixtures: whether GL works, a user's first generator, a tiny protocol, a tiny task, a Hub and an S3
server on this machine."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from skips import pytest_sessionfinish  # noqa: F401, a hook

from synthbench import cli, registry
from synthbench.cli import console
from synthbench.entrant.recipe import Recipe, resolve
from synthbench.errors import SynthbenchError
from synthbench.protocol import protocol
from synthbench.protocol.protocol import Protocol

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Before torch is imported. The networks of the tests are so small that two threads mostly wait for each other,
which takes three times as long on busy cores."""
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    HUB_PORT: int = probe.getsockname()[1]
os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{HUB_PORT}"
"""Before huggingface_hub loads, which reads these once: no test reaches the real Hub; the fixture ``hub``
listens here."""


LONG = ("test_ray.py", "test_generator.py")
"""Files that start first, so that the workers of a parallel run end together. The rest have their order, which ends
with short files."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``--no-loadscope-reorder`` keeps this order, instead of files with few tests last."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a test that waits for a process or a deadline leaves its core to another."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked ``gpu`` need a CUDA device."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(scope="session")
def gl() -> None:
    """Skip if shaders cannot be drawn."""
    try:
        shaders: Any = registry.load_class("shaders")(limit=1)
        assert shaders.renderer
        shaders.close()
    except SynthbenchError as error:
        pytest.skip(f"needs OpenGL: {error}")


@pytest.fixture(scope="session")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """The generator that ``synthbench new`` writes."""
    file = tmp_path_factory.mktemp("user") / "stripes.py"
    file.write_text((resources.files("synthbench.cli") / "template.py.txt").read_text())
    return resolve(f"{file}:Stripes")


@pytest.fixture(scope="session")
def pocket() -> Protocol:
    """The pocket scale's first protocol."""
    return protocol.load("simclr-resnet18-pocket")


@pytest.fixture(scope="session")
def tiny_overrides() -> dict[str, Any]:
    """Overrides that make a protocol tiny: seconds on one core. The task is replaced by ``tiny_task`` (or not
    reached)."""
    return {
        "data.images": 32,
        "data.size": 32,
        "augment.size": 32,
        "encoder.width": 8,
        "optimizer.batch": 16,
        "optimizer.epochs": 2,
        "optimizer.precision": "fp32",
        "evaluate.tasks": ["photos-detail"],
        "evaluate.size": 16,
    }


@pytest.fixture(scope="session")
def tiny(pocket: Protocol, tiny_overrides: dict[str, Any]) -> Protocol:
    return pocket.override(tiny_overrides)


@pytest.fixture(scope="module")
def tiny_task(tiny_overrides: dict[str, Any]) -> Iterator[None]:
    """Replace a shipped task by one of 18 + 9 images: three shades of noise."""
    from synthbench.evaluate import registry
    from synthbench.evaluate.task import About, Made, Pixels

    def make(size: int) -> tuple[Pixels, Pixels]:
        rng = np.random.default_rng(0)

        def some(each: int) -> Pixels:
            y = np.repeat(np.arange(3), each)
            return Pixels(
                (rng.integers(0, 64, (len(y), size, size, 3)) + 90 * y[:, None, None, None]).astype(np.uint8), y
            )

        return some(6), some(3)

    name = tiny_overrides["evaluate.tasks"][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            registry.tasks(), name, Made(About(name, "Which shade?", "test", "none", 3, (18, 0, 9), "v1"), make)
        )
        yield


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A local Hub server with the users alice and mona and mona's organisation ``board``; nobody is logged in."""
    from hub_server import Hub
    from huggingface_hub import close_session, constants

    close_session()  # its connections led to the last test's Hub
    with Hub(tmp_path / "hub", {"hf_alice": "alice", "hf_mona": "mona"}, {"board": ["mona"]}, HUB_PORT) as server:
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "SYNTHBENCH_LEADERBOARD"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Any]:
    """A real S3 server on loopback."""
    pytest.importorskip("s3fs")
    from s3_server import S3

    with S3() as server:
        yield server


@pytest.fixture
def s3(s3_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The server with an empty bucket, and this machine with a home of its own; clients give up soon.

    The tests share a connection: a new one costs half a second of CPU time.
    """
    import s3fs
    from s3_server import KEY, elsewhere

    from synthbench.storage import remote

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
    s3_server.bucket = f"bucket-{secrets.token_hex(4)}"
    s3fs.S3FileSystem(use_listings_cache=False).mkdir(s3_server.bucket)
    s3_server.lines.clear()
    yield s3_server
    s3_server.forget()


@pytest.fixture
def other_keys(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Credentials that the test changes, seen by new connections."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    yield monkeypatch
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a text file below the test's folder."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


class Answer(NamedTuple):
    """Exit code, stdout, stderr of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run ``synthbench`` with these arguments in this process."""
    monkeypatch.setattr(console.err, "width", 500)
    monkeypatch.setattr(console.out, "width", 500)

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["synthbench", *map(str, words)])
        capsys.readouterr()
        try:
            cli.main()
            code: Any = 0
        except SystemExit as stop:
            code = stop.code or 0
        answer = Answer(code, *capsys.readouterr())
        assert "Traceback" not in answer.err
        return answer

    return run
