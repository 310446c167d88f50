"""A cache folder of each test's own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SYNTHBENCH_HOME", str(folder))
    return folder
