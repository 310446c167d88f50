"""The static page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import both, make
from PIL import Image

from synthbench.board.badge import badge
from synthbench.board.document import document
from synthbench.board.page import TEMPLATES, build, find_sheets
from synthbench.board.rank import load_rows
from synthbench.board.row import Row, TaskScore
from synthbench.errors import DataError, UsageError
from synthbench.result.folder import SHEET
from synthbench.result.result import content_id, parse

SCRIPTS = [name for name in TEMPLATES if name.endswith(".js")]
HOSTILE = "</script><img src=x onerror=alert(1)>{{DATA}}&lt;\u2028<!--"


def block(index: Path, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', index.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


def data_of(index: Path) -> dict:
    """The data in the page, combined as in its script."""
    data, details = block(index, "data"), iter(block(index, "details"))
    for board in data["boards"]:
        for group in board["groups"]:
            group["rows"] = [row | next(details) for row in group["rows"]]
    assert next(details, None) is None
    return data


def test_the_page_is_self_contained(save, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (2000, 3000, 3), np.uint8)).save(sheet)
    rows = load_rows([save(make("alpha", both([500, 510])))], shipped=False)
    index = build(rows, tmp_path / "page", {"alpha": sheet})
    data = data_of(index)
    assert data == json.loads((index.parent / "leaderboard.json").read_text())
    row = data["boards"][0]["groups"][0]["rows"][0]
    assert (row["entrant"], row["rank"], row["interval"], row["value"]) == ("alpha", 1, [1, 1], 0.505)
    with Image.open(index.parent / row["sheet"]["full"]) as image:
        assert image.size == (row["sheet"]["width"], row["sheet"]["height"]) == (1600, 1067)
    assert (index.parent / row["sheet"]["thumb"]).stat().st_size < 60_000
    assert "://" not in re.sub(r'<script type="application/json".*?</script>', "", index.read_text(), flags=re.DOTALL)
    text = "".join((index.parent / name).read_text() for name in TEMPLATES if not name.endswith("html"))
    assert set(re.findall(r"\w+://[^\s\"')]+", text)) == {"http://www.w3.org/2000/svg"}  # a namespace, not a request


def test_the_script_never_writes_markup() -> None:
    script = "".join((resources.files("synthbench.leaderboard") / "page" / name).read_text() for name in SCRIPTS)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch("):
        assert word not in script


def test_hostile_strings_stay_text(save, tmp_path: Path) -> None:
    result = make(
        HOSTILE, both([500]), title=HOSTILE, license=HOSTILE, citation=HOSTILE, params={HOSTILE: HOSTILE},
        code_url="javascript:alert(1)", uses_real_data=True, real_data_sources=[HOSTILE],
    )  # fmt: skip
    index = build(load_rows([save(result)], shipped=False), tmp_path / "page", {})
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)
            assert not any(name.startswith("on") for name, _ in attrs)

    Tags().feed(index.read_text())
    assert "img" not in seen
    assert seen.count("script") == len(SCRIPTS) + 2
    assert data_of(index)["boards"][0]["groups"][0]["rows"][0]["title"] == HOSTILE


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all strings in a tree."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            yield (*path, key)
        elif isinstance(value, dict | list):
            yield from leaves(value, (*path, key))


def test_markup_in_every_string_is_refused_or_stays_text(save, tmp_path: Path) -> None:
    whole = json.loads(
        make("a", both([500]), uses_real_data=True, real_data_sources=["x"], code_url="https://x.org").model_dump_json()
    )
    whole |= {"submitter": {"hf_user": "me", "org": "us", "relationship": "author"}}
    whole["env"] |= {"cpu": "x"}
    whole["data"] = {
        "n_images": 1,
        "n_classes": 1,
        "n_left_out": 0,
        "resolution": 8,
        "seed": 0,
        "fingerprint": "0" * 64,
        "renderer": "x",
        "mode": "live",
    }
    hostile, refused = whole, set()
    for path in set(leaves(whole)) - {("submission_id",)}:
        tree = json.loads(json.dumps(hostile))
        *where, last = path
        node = tree
        for key in where:
            node = node[key]
        node[last] = HOSTILE
        try:
            parse(json.dumps(tree | {"submission_id": content_id(tree)}).encode(), "x")
            hostile = tree
        except DataError:
            refused.add(path)
    kept = [path for path in leaves(hostile) if path not in refused]
    assert {
        ("generator", "name"),
        ("generator", "code_url"),
        ("submitter", "hf_user"),
        ("env", "cpu"),
        ("data", "renderer"),
        ("command",),
    } <= set(kept)
    assert {("created_at",), ("data", "fingerprint"), ("runs", 0, "encoder", "weights_sha256")} <= refused
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "result.json").write_text(json.dumps(hostile | {"submission_id": content_id(hostile)}))
    rows = load_rows([tmp_path / "runs"], shipped=False)
    assert len(rows) == 1
    text = build(rows, tmp_path / "page", {}).read_text()
    assert "<img" not in text
    assert text.count("</script>") == len(SCRIPTS) + 2
    (row,) = data_of(tmp_path / "page" / "index.html")["boards"][0]["groups"][0]["rows"]
    assert row["submitter"] == row["env"]["cpu"] == row["data"]["renderer"] == HOSTILE


def test_the_axes_of_the_cost_plot(save, tmp_path: Path) -> None:
    measured = make("a", both([500]), properties={"lpips_intra": 0.4, "coverage": 0.9})
    rows = load_rows([save(measured, make("b", both([400])))], shipped=False)
    a, b = data_of(build(rows, tmp_path / "page", {}))["boards"][0]["groups"][0]["rows"]
    assert a["costs"] == {"lpips_intra": 0.4, "minutes": 3.0, "gpu_hours": 0.0}
    assert a["properties"] == {"lpips_intra": 0.4, "coverage": 0.9}
    assert (b["costs"], b["properties"]) == ({"minutes": 3.0, "gpu_hours": 0.0}, None)


def test_sheets_are_found_next_to_the_results(save, tmp_path: Path) -> None:
    result, broken = make("alpha", both([500])), make("beta", both([400]))
    root = save(result, broken)
    for path in sorted(root.rglob("result.json")):
        Image.new("RGB", (64, 48), "teal").save(path.with_name(SHEET))
    next(root.glob(f"{broken.submission_id[:8]}/**/result.json")).write_text("{")
    shipped, sheets = find_sheets([]), find_sheets([root])
    assert set(sheets) - set(shipped) == {result.submission_id}
    sheets = {result.submission_id: sheets[result.submission_id]}
    index = build(load_rows([root], shipped=False), tmp_path / "page", {**sheets, "nobody": tmp_path / "none.png"})
    assert data_of(index)["boards"][0]["groups"][0]["rows"][0]["sheet"]["width"] == 64
    assert len(list((index.parent / "sheets").iterdir())) == 2
    assert document(load_rows([root], shipped=False))["boards"][0]["groups"][0]["rows"][0]["sheet"] is None


def test_zero_rows(tmp_path: Path) -> None:
    assert data_of(build([], tmp_path / "page", {}))["boards"] == []


def test_a_thousand_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        Row(
            f"e{i}", f"Entrant {i}", "", "t", "pocket", "p", "0" * 64,
            tuple(TaskScore(t, t, 1000, 0.1, tuple(rng.uniform(0.2, 0.8, 3))) for t in ("x", "y")),
            (0, 1, 2), True, False, "local",
        )
        for i in range(1000)
    ]  # fmt: skip
    start = time.process_time()  # not wall-clock: the machine may be busy
    index = build(rows, tmp_path / "page", {})
    assert time.process_time() - start < 20
    assert len(data_of(index)["boards"][0]["groups"][0]["rows"]) == 1000


def test_entrants_of_one_name_get_links_of_their_own(save, tmp_path: Path) -> None:
    root = save(make("a", both([500])), make("a", both([400]), params={"n": 2}))
    rows = data_of(build(load_rows([root], shipped=False), tmp_path / "page", {}))["boards"][0]["groups"][0]["rows"]
    assert [row["key"] for row in rows] == ["a", "a~"]


def test_only_our_own_page_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page"
    build([], page, {})
    (page / "stale.txt").write_text("x")
    build([], page, {})
    assert not (page / "stale.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["page"]
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="not a leaderboard page"):
        build([], home, {})
    with pytest.raises(UsageError, match="not a leaderboard page"):
        build([], home / "thesis.tex", {})
    assert (home / "thesis.tex").read_text() == "x"


def test_a_failed_build_leaves_the_old_page(save, tmp_path: Path) -> None:
    page, bad = tmp_path / "page", tmp_path / "bad.png"
    index = build([], page, {})
    bad.write_text("no image")
    with pytest.raises(DataError, match=r"bad\.png is not a readable image"):
        build(load_rows([save(make("a", both([500])))]), page, {"a": bad})
    assert index.is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.png", "page", "runs"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"cannot write .*file/page: .*Choose another folder"):
        build([], tmp_path / "file" / "page", {})


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_script_syntax() -> None:
    with resources.as_file(resources.files("synthbench.leaderboard") / "page") as folder:
        for name in SCRIPTS:
            subprocess.run(["node", "--check", str(folder / name)], check=True, timeout=60)


def test_a_badge_is_a_picture_of_its_row(save, tmp_path: Path) -> None:
    from xml.etree import ElementTree

    index = build(load_rows([save(make("alpha", both([500, 510])))], shipped=False), tmp_path / "page", {})
    row = data_of(index)["boards"][0]["groups"][0]["rows"][0]
    text = (index.parent / row["badge"]).read_text()
    assert "rank 1, 50.5 ± 0.7" in text
    assert ElementTree.fromstring(text).get("height") == "20"
    hostile = Row("e", HOSTILE, "", HOSTILE, "pocket", "p", "0" * 64, (), (), False, False, "local")
    assert ElementTree.fromstring(badge(hostile)).find(".//{*}img") is None
