"""The page that compares runs: its content, missing content, and untrusted strings."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hand_made import both, make
from PIL import Image

from synthbench.board.comparison import read, write
from synthbench.cli import report as command
from synthbench.errors import DataError, UsageError
from synthbench.measure.measurement import Measurement, Value
from synthbench.result.folder import LOSSES, SHEET
from synthbench.result.result import write as write_result

HOSTILE = "</style><script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    results = {
        "a0": make("alpha", both([700]), seeds=[0], title="Alpha & Co"),
        "a1": make("alpha", both([720]), seeds=[1], title="Alpha & Co"),
        "b": make(
            "beta",
            both([300]),
            title=HOSTILE,
            license=HOSTILE,
            params={HOSTILE: HOSTILE},
            citation=HOSTILE,
            uses_real_data=True,
        ),
        "c": make("gamma", both([900]), overrides={"optimizer.epochs": 1}),
    }
    for name, result in results.items():
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        write_result(result, folder / "result.json")
    root = tmp_path / "runs"
    for name, n in (("a0", 400), ("a1", 400), ("b", 3)):
        (root / name / LOSSES).write_text("step,loss\n" + "".join(f"{i},{5 - i / 400:.4f}\n" for i in range(1, n + 1)))
    (root / "c" / LOSSES).write_text("step,loss\n1,nan\n")
    Image.new("RGB", (300, 200), "teal").save(root / "a0" / SHEET)
    (root / "b" / SHEET).write_bytes(b"<svg onload=alert(1)>")
    found = Measurement(
        entrant="alpha", title="Alpha", recipe_sha256="0" * 64, seed=0, size=64, n_images=12, n_programs=1,
        n_left_out=0, n_constant=0, n_distinct=12, renderer="x", cpu="x",
        metrics={"jpeg_kb": Value(value=12.5, n=12), "lpips_intra": Value(value=None, n=0, gap="absent")},
    )  # fmt: skip
    (root / "a0" / "measurement.json").write_text(found.model_dump_json())
    return root


def test_seeds_of_an_entrant_are_together_and_others_apart(runs):
    entries = read([runs / "a0", runs])
    assert [(e.row.title[:5], sorted(e.folders)) for e in entries] == [
        ("Alpha", [0, 1]),
        ("</sty", [0]),
        ("Gamma", [0]),
    ]
    assert entries[0].first == runs / "a0"


def test_the_page(runs, tmp_path):
    out = tmp_path / "new" / "page.html"
    assert write([runs], out) == 4
    text = out.read_text()
    assert "3 entrants, 4 runs" in text and "71.0 %" in text and "Alpha &amp; Co" in text
    assert re.search(r"Alpha &amp; Co leads, 41\.0 points before", text)
    assert "2 different protocols" in text and "changed and so unranked: optimizer.epochs = 1" in text
    assert "12 at 64 px" in text and "12.5" in text and "lpips" not in text
    assert text.count("no images are kept here") == 2
    assert "not a readable image" in text and "no contact sheet" in text
    assert text.count("data:image/jpeg;base64,") == 1
    assert text.count("<polyline") == 3 and "nan" not in text.lower()
    assert "made of real images" in text


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ([710], [700], "Alpha and Beta cannot be told apart"),
        ([710], [300], "Alpha is 41.0 points ahead of Beta, more than the noise of the test images. With single seeds"),
        ([710, 500], [700, 500], "Alpha and Beta cannot be told apart"),
        ([760], [700, 500], "Alpha and Beta cannot be told apart"),
        ([710, 700], [300, 310], "Alpha leads, 40.0 points before Beta, and ties with none"),
    ],
)
def test_a_lead_within_the_noise_or_of_single_seeds_is_not_called_one(save, tmp_path, first, second, says):
    folder = save(make("alpha", both(first)), make("beta", both(second)))
    write([folder], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert says in text
    assert ("leads" in text) == ("leads" in says)


def test_untrusted_strings_are_text_and_nothing_is_loaded(runs, tmp_path):
    write([runs], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    found = Tags()
    found.feed(text)
    assert not [tag for tag, _ in found.tags if tag in ("script", "iframe", "object", "link", "base", "form")]
    assert not [a for _, attributes in found.tags for a in attributes if a.startswith("on")]
    loaded = [attributes.get("src") or attributes.get("href") or "" for _, attributes in found.tags]
    assert all(place == "" or place.startswith("data:image/jpeg;base64,") for place in loaded)
    assert "default-src 'none'" in text and "url(" not in text and "@import" not in text
    assert "&lt;/style&gt;&lt;script&gt;" in text


def test_in_a_browser(browser, runs, tmp_path):
    write([runs], tmp_path / "page.html")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto((tmp_path / "page.html").as_uri())
    assert page.title() == "synthbench: 4 runs compared" and not problems
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    dots = page.locator(".plot .dot").evaluate_all("all => all.map(dot => dot.getBoundingClientRect().x)")
    assert len({round(x) for x in dots}) > 2 and min(dots) > 0 and max(dots) < 390


def test_bad_input(runs, tmp_path):
    with pytest.raises(UsageError, match=r"page\.txt.*one \.html file"):
        write([runs], tmp_path / "page.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="does not hold a finished run"):
        write([tmp_path / "empty"], tmp_path / "page.html")
    with pytest.raises(DataError, match="is not a folder"):
        write([tmp_path / "nothing"], tmp_path / "page.html")
    (runs / "b" / "result.json").write_text("{}")
    with pytest.raises(DataError, match="not a valid result"):
        write([runs], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists() and command.report.__doc__
