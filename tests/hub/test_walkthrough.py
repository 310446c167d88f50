"""Run docs/leaderboard.md: every command in order, against the tests' Hub, with tiny pretraining."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from tiny_pocket import tiny_pocket

from synthbench import cli

GUIDE = Path(__file__).parents[2] / "docs" / "leaderboard.md"
BLOCKS = re.findall(r'^```(sh|python)(?: title="As (\w+)")?\n(.*?)^```', GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def tiny(tmp_path):
    with tiny_pocket(tmp_path):
        yield


@pytest.mark.timeout(900)
def test_the_walk_through(hub, login, tiny, tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    said = []

    def run(line: str) -> None:
        words = shlex.split(line)
        assert words[0] == "synthbench"
        if words[1:4] == ["board", "verify", "ID"]:  # its id is not known before
            (path,) = [p for p in hub.files("dataset", "board/results") if p.startswith("results/")]
            words[3] = Path(path).stem[:12]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out = capsys.readouterr()
        assert not stop.value.code, f"{line}\n{out.out}\n{out.err}"
        said.append(out.out)

    names: dict[str, object] = {}
    for kind, who, text in BLOCKS:
        if kind == "python":
            exec(text, names)
            continue
        login(who or None)
        for line in text.splitlines():
            run(line)
    files = hub.files("dataset", "board/results")
    (result,) = [p for p in files if p.startswith("results/")]
    assert result.startswith("results/simclr-resnet18-pocket-2/Stripes/")
    (verified,) = [json.loads(files[p]) for p in files if p.startswith("verifications/")]
    assert (verified["tier"], verified["verifier"]) == ("weights-verified", "mona")
    page = hub.files("space", "board/page")
    standings = json.loads(page["leaderboard.json"])
    rows = [r for board in standings["boards"] for group in board["groups"] for r in group["rows"]]
    mine = next(r for r in rows if r["entrant"] == "Stripes")
    assert (mine["tier"], mine["submitter"], mine["seeds"], mine["license"]) == (
        "weights-verified",
        "alice",
        [0, 1],
        "MIT",
    )
    assert mine["rank"] is not None
    assert mine["sheet"]["full"] in page
    assert mine["badge"] in page
    assert page["README.md"].startswith(b"---\ntitle:")
    assert b'sdk: "static"' in page["README.md"]
    assert any("https://" in text or hub.url in text for text in said)
    login("mona")
    run("synthbench board publish --leaderboard board/results --space board/page")  # again: nothing is repeated
    assert hub.files("space", "board/page").keys() == page.keys()
