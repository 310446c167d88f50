"""docs/leaderboard.md, executed: every command in its order, against the Hub of the tests. Pretraining is made tiny."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from synthbench import cli, registry
from synthbench.board import row
from synthbench.protocol import protocol

GUIDE = Path(__file__).parents[2] / "docs" / "leaderboard.md"
BLOCKS = re.findall(r"^```(sh|python)( \w+)?\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
TINY = {"data.images": 32, "optimizer.batch": 16, "optimizer.epochs": 1, "optimizer.precision": "fp32"}


def toml(value) -> str:
    return json.dumps(value)  # TOML reads these values as JSON writes them


@pytest.fixture
def tiny_pocket(monkeypatch, tmp_path, tiny_tasks):
    """The pocket protocol with 32 images and one epoch, in the place of the shipped one: its runs are ranked."""
    tree = protocol.load("simclr-resnet18-pocket").override(TINY).model_dump(mode="json")
    flat = "".join(f"{k} = {toml(v)}\n" for k, v in tree.items() if not isinstance(v, dict | None))
    tables = "".join(
        f"\n[{name}]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in body.items() if v is not None)
        for name, body in tree.items()
        if isinstance(body, dict)
    )
    (tmp_path / "simclr-resnet18-pocket.toml").write_text(flat + tables)
    shipped = registry.protocols()
    monkeypatch.setattr(registry, "protocols", lambda: {**shipped, "simclr-resnet18-pocket": tmp_path / "simclr-resnet18-pocket.toml"})
    row.shipped_protocol.cache_clear()
    yield
    row.shipped_protocol.cache_clear()


@pytest.mark.timeout(900)
def test_the_walk_through(hub, login, tiny_pocket, tmp_path, monkeypatch, capsys):
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
        login(who.strip() or None)
        for line in text.splitlines():
            run(line)
    files = hub.files("dataset", "board/results")
    (result,) = [p for p in files if p.startswith("results/")]
    assert result.startswith("results/simclr-resnet18-pocket/Stripes/")
    (verified,) = [json.loads(files[p]) for p in files if p.startswith("verifications/")]
    assert (verified["tier"], verified["verifier"]) == ("weights-verified", "mona")
    page = hub.files("space", "board/page")
    standings = json.loads(page["leaderboard.json"])
    rows = [r for board in standings["boards"] for group in board["groups"] for r in group["rows"]]
    mine = next(r for r in rows if r["entrant"] == "Stripes")
    assert (mine["tier"], mine["submitter"], mine["seeds"], mine["license"]) == ("weights-verified", "alice", [0, 1], "MIT")
    assert mine["rank"] is not None
    assert mine["sheet"]["full"] in page
    assert mine["badge"] in page
    assert page["README.md"].startswith(b"---\ntitle:")
    assert b'sdk: "static"' in page["README.md"]
    assert any("https://" in text or hub.url in text for text in said)
    login("mona")
    run("synthbench board publish --leaderboard board/results --space board/page")  # again: nothing doubles
    assert hub.files("space", "board/page").keys() == page.keys()
