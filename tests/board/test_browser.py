"""The page in headless Chromium, used with mouse, keyboard and phone.

Skipped without Chromium, which ``make test`` installs where it can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hand_made import POCKET, RULES, both, make

from synthbench import registry
from synthbench.board.page import build, find_sheets
from synthbench.board.rank import load_rows
from synthbench.board.row import shipped_protocol
from synthbench.result.result import mean_score

HOSTILE = "<img src=x onerror=\"document.title='pwned'\">"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five measured rows, one of them malicious, one with changed rules, one with real images; and the shipped and the
    published rows."""
    folder = tmp_path_factory.mktemp("site")
    results = [
        make(
            "alpha",
            both([700, 710, 690]),
            title="Alpha",
            params={"n": 6},
            citation="@article{alpha, title={Alpha}}",
            properties={"lpips_intra": 0.41},
        ),
        make("beta", both([705, 695, 700]), title="Beta", license="CC0-1.0", params={"n": 3}, uses_pretrained=True),
        make("gamma", both([300, 310, 290]), title="Gamma", uses_real_data=True, real_data_sources=["my photos"]),
        make("delta", both([500]), title=HOSTILE, license=HOSTILE, citation=HOSTILE, params={HOSTILE: HOSTILE}),
        make("epsilon", both([800]), title="=1+1", overrides={"optimizer.epochs": 1}),
    ]
    for i, each in enumerate(results):
        path = folder / "runs" / str(i) / "result.json"
        path.parent.mkdir(parents=True)
        path.write_text(each.model_dump_json())
    build(load_rows([folder / "runs"]), folder / "page", find_sheets([]))
    return folder / "page" / "index.html"


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True, offline=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(site.as_uri())
    yield opened
    assert problems == []
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()


def block(index: Path, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', index.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


def address(page: Any) -> str:
    """The address according to the page; ``page.url`` is updated later."""
    return str(page.evaluate("location.href"))


def names(page: Any) -> list[str]:
    return page.locator("main > table tbody tr:not(.group):visible .name").all_inner_texts()


def test_it_opens_with_the_standings_and_says_how_they_are_sorted(page: Any) -> None:
    assert "Sorted by the mean" in page.inner_text("footer")
    shown = names(page)
    assert {"Alpha", "Beta", "Gamma", "Photographs"} <= set(shown)
    assert {shown[0], shown[1]} == {"Alpha", "Beta"}
    first = page.locator("main > table tbody tr:not(.group)").first
    assert first.locator("td.rank").inner_text() == "1–2"
    assert "95 % interval" in first.locator("svg.plot").get_attribute("aria-label")


def test_hostile_strings_are_text(page: Any) -> None:
    assert HOSTILE in names(page)
    page.get_by_text(HOSTILE, exact=True).first.click()
    assert page.locator("#detail-title").inner_text() == HOSTILE
    assert page.title() == "synthbench leaderboard"
    assert page.locator("img[onerror]").count() == 0


def test_search_filter_sort_and_their_link(page: Any, site: Path) -> None:
    page.get_by_label("Search rows").fill("alp")
    assert names(page) == ["Alpha"]
    page.get_by_label("Search rows").fill("nothing like it")
    assert page.get_by_text("No rows match these filters.").is_visible()
    page.get_by_label("Search rows").fill("")
    page.get_by_label("Real images").select_option("only")
    assert set(names(page)) == {"Gamma", "Photographs"}
    page.get_by_label("Real images").select_option("neither")
    assert "Alpha" in names(page)
    assert not {"Beta", "Gamma", "Photographs"} & set(names(page))
    page.get_by_label("Real images").select_option("only")
    page.get_by_role("button", name="Entrant").click()
    assert names(page) == ["Gamma", "Photographs"]
    assert page.locator("th.entrant").get_attribute("aria-sort") == "ascending"
    link = address(page)
    page.goto("about:blank")
    page.goto(link)
    assert names(page) == ["Gamma", "Photographs"]
    assert page.locator("output.count").inner_text().startswith("2 of ")


def test_one_entrant_has_a_link_of_its_own(page: Any) -> None:
    page.get_by_role("link", name="Alpha", exact=True).click()
    page.wait_for_selector("dialog[open]")
    assert address(page).endswith("/alpha")
    text = page.inner_text("dialog")
    for words in ("synthbench run alpha", "@article{alpha, title={Alpha}}", "Rank 1–2 of", "MIT"):
        assert words in text
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.wait_for_function("!location.href.includes('alpha')")  # the dialog's close event comes after its closing
    page.go_back()


def test_rows_are_compared_side_by_side(page: Any) -> None:
    for name in ("Alpha", "Beta"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    text = page.inner_text("dialog")
    assert "These two tie" in text
    assert page.locator(".side-by-side thead th").all_inner_texts()[0].startswith("Alpha")
    assert page.locator(".side-by-side th:text-is('n') ~ td").all_inner_texts() == ["6", "3"]
    link = address(page)
    assert "compare=alpha+beta" in link
    page.goto("about:blank")
    page.goto(link)
    assert page.locator(".side-by-side thead th").count() == 2
    page.keyboard.press("Escape")
    for name in ("Gamma", "Photographs"):
        page.get_by_label(f"Compare {name}").check()
    assert page.get_by_label("Compare White noise").is_disabled()
    page.get_by_role("button", name="Clear").click()
    assert not page.locator("#compare-bar").is_visible()


def test_score_against_cost(page: Any) -> None:
    page.get_by_role("button", name="Score against cost").click()
    assert not page.locator("main > table").is_visible()
    dot = page.get_by_label("Alpha: 70.0 %, minutes to render and pretrain, per seed 3")
    assert dot.count() == 1
    assert "view=minutes" in address(page)
    choice = page.locator(".axis-choice select")
    # no row has it
    assert "gpu_hours" not in choice.locator("option").evaluate_all("options => options.map(o => o.value)")
    choice.select_option("lpips_intra")
    assert page.get_by_label("Alpha: 70.0 %, lpips within an image").count() == 1
    n = int(page.locator("output.count").inner_text().split()[0])
    assert page.get_by_text(f"{n - 1} rows have no value for this axis and are not drawn.").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    choice.select_option("minutes")
    dot.focus()
    page.keyboard.press("Enter")
    assert page.locator("#detail-title").inner_text() == "Alpha"


def test_the_rows_shown_can_be_saved(page: Any) -> None:
    page.get_by_label("Search rows").fill("alpha")

    def saved(kind: str) -> str:
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()
        return Path(download.value.path()).read_text()

    lines = saved("CSV").splitlines()
    assert len(lines) == 2
    assert dict(zip(lines[0].split(","), lines[1].split(","), strict=True))["score"] == "0.7"
    assert [row["entrant"] for row in json.loads(saved("JSON"))] == ["alpha"]
    assert saved("BibTeX") == "@article{alpha, title={Alpha}}\n"
    page.get_by_label("Search rows").fill("=1+1")
    assert ",'=1+1," in saved("CSV")


def test_the_keyboard_is_enough(page: Any) -> None:
    page.get_by_label("Search rows").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "name":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")


def test_every_control_is_reached_and_seen_by_keyboard(page: Any) -> None:
    wanted = page.evaluate("""() => {
        const found = [...document.querySelectorAll("a, button, input, select")]
            .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility());
        found.forEach((e, i) => e.dataset.order = i);
        return found.length;
    }""")
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("""() => {
            const e = document.activeElement, style = getComputedStyle(e);
            return [Number(e.dataset.order ?? -1), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
        }""")  # noqa: E501
        )
    assert [order for order, _ in seen] == list(range(wanted))  # in the order of the page, none left out
    assert all(outlined for _, outlined in seen)


def test_screen_readers_get_labels(page: Any) -> None:
    unnamed = """root => [...document.querySelectorAll(root + " :is(th, button, a, select, input)")]
        .filter(e => e.checkVisibility() && !e.closest("[aria-hidden=true]"))
        .filter(e => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length || e.querySelector("img[alt]:not([alt=''])")))
        .map(e => e.outerHTML)"""  # noqa: E501
    assert page.evaluate(unnamed, "body") == []
    assert page.locator("main > table").get_attribute("aria-label") == "Standings of simclr-resnet18 at pocket scale"
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Rank")
    page.get_by_role("link", name="Alpha", exact=True).click()
    page.wait_for_selector("dialog[open]")
    assert page.evaluate(unnamed, "dialog") == []
    assert page.locator("dialog").get_attribute("aria-labelledby") == "detail-title"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs of shaders-open next to the shipped rows, which follow older rules: a newer version has one row."""
    folder, held = tmp_path_factory.mktemp("versions"), registry.protocols()
    name, file = f"{POCKET}-99", folder / "newest.toml"
    file.write_text(
        held[RULES.id].read_text().replace("version = 2", "version = 99", 1).replace(f'"{RULES.id}"', f'"{name}"')
    )
    shipped = next(row.result for row in load_rows([]) if row.entrant == "shaders-open" and row.protocol_id == RULES.id)
    about = shipped.generator.model_dump(exclude={"name"})
    old = {"protocol_id": RULES.id, "protocol_sha256": shipped.protocol.sha256}
    results = [
        make("shaders-open", both([round(1000 * mean_score(shipped.scores)) + d for d in (0, 20)]), **old, **about),
        make("shaders-open", both([400]), **old, **about | {"params": about["params"] | {"limit": 3}}),
        make("newer", both([300]), protocol_id=name, title="Newer"),
    ]
    for i, each in enumerate(results):
        path = folder / "runs" / str(i) / "result.json"
        path.parent.mkdir(parents=True)
        path.write_text(each.model_dump_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "protocols", lambda: {**held, name: file})
        shipped_protocol.cache_clear()
        yield build(load_rows([folder / "runs"]), folder / "page", {})
    shipped_protocol.cache_clear()


def test_older_rules_are_behind_a_button_and_a_link(browser: Any, versions: Path) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(versions.as_uri())
    assert names(opened) == ["Newer"]
    older = opened.locator(f"nav a[data-id='{RULES.id}']")
    assert not older.is_visible()
    opened.get_by_role("button", name="Older rules").click()
    older.click()
    assert "Shaders-open" in names(opened)
    assert f"These are the older rules, {RULES.id}; the newest are {POCKET}-99." in opened.inner_text("main")
    opened.get_by_role("link", name=f"{POCKET}-99").click()
    opened.locator(".exports").get_by_role("link", name=RULES.id, exact=True).click()
    assert older.get_attribute("aria-current") == "page"
    opened.close()


def test_a_local_run_is_under_the_shipped_row_with_the_difference(browser: Any, versions: Path) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(f"{versions.as_uri()}#{RULES.id}")
    repeat = opened.locator("tr.again")
    assert repeat.count() == 1
    above = repeat.locator("xpath=preceding-sibling::tr[1]")
    assert above.locator(".name").inner_text() == repeat.locator(".name").inner_text() == "Shaders-open"
    assert re.fullmatch(
        r"local run\s*\+1\.0 \(−\d\.\d to \+\d\.\d\) from shipped", repeat.locator(".tags").inner_text()
    )
    assert repeat.locator("td.rank").inner_text().startswith("(")
    opened.get_by_label("Source").select_option("local")
    assert len(names(opened)) == 2
    assert "limit = 3: −" in " ".join(opened.locator(".tag.own").all_inner_texts())
    repeat.locator(".name").click()
    assert "points from the shipped row: within noise" in opened.inner_text("dialog")
    opened.close()


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_all_protocols_are_one_list_and_no_word_is_broken(browser: Any, versions: Path, width: int) -> None:
    opened = browser.new_page(viewport={"width": width, "height": 844})
    opened.goto(versions.as_uri())
    assert opened.locator("nav a:visible").count() == 0
    choice = opened.locator("nav select")
    assert "Protocol, one of " in opened.inner_text("nav")
    assert choice.locator("option").count() == len(block(versions, "data")["boards"])
    choice.select_option(f"{RULES.id}")
    opened.wait_for_function("document.querySelectorAll('main > table .name').length > 20")
    assert address(opened).endswith(f"{RULES.id}")
    broken = """() => [...document.querySelectorAll("main > table .name")].filter(name => {
        const range = document.createRange(), text = name.firstChild;
        return [...text.data.matchAll(/[\\p{L}\\p{N}]+/gu)].some(word => {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
        });
    }).map(name => name.textContent)"""
    assert opened.evaluate(broken) == []
    opened.close()


def test_on_the_desktop_a_name_is_a_line(browser: Any, versions: Path) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(f"{versions.as_uri()}#{POCKET}-v1")
    heights = opened.locator("main > table .name").evaluate_all(
        "names => names.map(e => [e.getClientRects()[0].height, e.textContent])"
    )
    assert len(heights) > 20
    assert [text for height, text in heights if height > 30 and len(text) < 42] == []
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_the_screen(browser: Any, site: Path, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    opened = context.new_page()
    opened.goto(site.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.goto(site.as_uri() + "#simclr-resnet18-pocket/alpha")
    assert opened.evaluate(
        "document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth"
    )
    ink, paper = opened.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert (sum(map(int, ink[4:-1].split(","))) < sum(map(int, paper[4:-1].split(",")))) == (scheme == "light")
    context.close()


def test_many_rows_are_drawn_when_they_are_asked_for(browser: Any, tmp_path: Path) -> None:
    for i in range(160):
        path = tmp_path / "runs" / str(i) / "result.json"
        path.parent.mkdir(parents=True)
        path.write_text(make(f"e{i}", both([900 - i])).model_dump_json())
    index = build(load_rows([tmp_path / "runs"], shipped=False), tmp_path / "page", {})
    opened = browser.new_page()
    opened.goto(index.as_uri())
    assert 40 <= len(names(opened)) < 160
    opened.get_by_label("Search rows").fill("e159")
    assert names(opened) == ["E159"]
    opened.get_by_label("Search rows").fill("")
    drawn = len(names(opened))
    # it comes into view, so more is drawn; keyboard focus moves to the first new row
    opened.locator(".more button").focus()
    opened.wait_for_function("n => document.querySelectorAll('main > table .name').length > n", arg=drawn)
    assert opened.evaluate("document.activeElement.textContent") == f"E{drawn}"
    opened.reload()
    opened.mouse.move(640, 450)
    opened.wait_for_selector("main > table .name")
    for _ in range(40):
        opened.mouse.wheel(0, 2000)
        opened.wait_for_timeout(30)
        if len(names(opened)) == 160:
            break
    assert len(names(opened)) == 160
    opened.close()
