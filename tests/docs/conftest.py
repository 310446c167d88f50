"""Make the scripts of the docs importable; a reader who does what a page says."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_pocket import tiny_pocket

from synthbench import cli

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "scripts"))


class Reader:
    """In an empty folder, under a tiny protocol in the place of the default one. Python runs in one namespace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        self.names: dict[str, object] = {"__name__": "page"}
        self.done: set[tuple[str, ...]] = set()

    def python(self, text: str, page: str) -> None:
        """Run code."""
        exec(compile(text, page, "exec"), self.names)

    def command(self, line: str, page: str) -> None:
        """Run a command of synthbench, once in a folder: what another page of the same folder did is not repeated."""
        words = tuple(shlex.split(line, comments=True))
        assert words[0] == "synthbench", f"{page}: {line}: neither run nor marked"
        if words in self.done:
            return
        self.done.add(words)
        self.monkeypatch.setattr(sys, "argv", list(words))
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = self.capsys.readouterr()
        assert not stop.value.code, f"{page}: {line}\n{said.out}\n{said.err}"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Reader]:
    """A reader in an empty folder."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with tiny_pocket(tmp_path):
        yield Reader(monkeypatch, capsys)
