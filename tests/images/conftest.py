"""A cache folder of each test's own, and a small Hub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from data_hub import Hub, served


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SYNTHBENCH_HOME", str(folder))
    return folder


@pytest.fixture
def server(monkeypatch) -> Iterator[Hub]:
    with served(monkeypatch) as hub:
        yield hub
