"""Text is UTF-8 in every locale: every call that reads or writes text names the encoding."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path for folder in ("synthbench", "generators", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")
)
MODE = re.compile(r"[rwaxt+]*[rwax][rwaxtb+]*")
RUNS = ("run", "check_output", "check_call", "call", "Popen")
TEXTS = ("read_text", "write_text", "open", "NamedTemporaryFile", "TemporaryFile", "fdopen", "TextIOWrapper", *RUNS)


def unnamed(source: str, folder: Path | None = None) -> Iterator[int]:
    """Lines of calls that read or write text in the locale's encoding; without methods ``open`` defined in the file
    itself."""
    tree = ast.parse(source)
    own = (
        {"open"}
        if folder and any("def open(self" in path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
        else set()
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if (
            name not in TEXTS
            or (name in own and not node.args and isinstance(node.func, ast.Attribute))
            or given.keys() & {"encoding", None}
        ):
            continue
        if name in RUNS:
            as_text = any(
                isinstance(given.get(key), ast.Constant) and given[key].value for key in ("text", "universal_newlines")
            )
        elif name in ("read_text", "write_text"):
            as_text = len(node.args) < (1 if name == "read_text" else 2)
        else:
            # path.open("w"), but neither Image.open(file) nor tarfile.open
            method = isinstance(node.func, ast.Attribute) and name == "open"
            place = 0 if method or name.endswith("File") else 1
            mode = given.get("mode") or (node.args[place] if len(node.args) > place else None)
            if mode is None:
                as_text = not name.endswith("File")
            else:
                as_text = (
                    isinstance(mode, ast.Constant)
                    and MODE.fullmatch(str(mode.value)) is not None
                    and "b" not in str(mode.value)
                )
        if as_text:
            yield node.lineno


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("p.read_text()", True), ("p.read_text(encoding='utf-8')", False), ("p.read_text('utf-8')", False),
        ("p.write_text(x)", True), ("p.open()", True), ("p.open('w')", True), ("p.open('rb')", False),
        ("open(p)", True), ("open(p, 'ab')", False), ("open(p, mode='x')", True), ("Image.open(p)", False),
        ("tarfile.open(p, 'w')", False), ("run(w, text=True)", True), ("run(w)", False), ("os.fdopen(n, 'w')", True),
        ("NamedTemporaryFile()", False), ("NamedTemporaryFile('w')", True), ("open(p, **how)", False),
    ],
)  # fmt: skip
def test_the_search_itself(call, text):
    assert bool(list(unnamed(call))) == text


def test_every_text_names_its_encoding():
    assert not [
        f"{path.relative_to(ROOT)}:{line}"
        for path in FILES
        for line in unnamed(path.read_text(encoding="utf-8"), path.parent)
    ]


def test_a_report_under_a_locale_that_is_not_utf_8(tmp_path):
    """The page is UTF-8; the terminal gets what it can show."""
    record = next((ROOT / "leaderboard" / "results" / "simclr-resnet18-pocket").glob("perlin.json"))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_bytes(record.read_bytes())
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for words in (["report", str(tmp_path / "run"), "--out", str(tmp_path / "page.html")], ["board"]):
        done = subprocess.run(
            [sys.executable, "-m", "synthbench", *words],
            env={**os.environ, **ascii_only},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        done.stdout.decode("ascii")
    assert "–" in (tmp_path / "page.html").read_text(encoding="utf-8")
