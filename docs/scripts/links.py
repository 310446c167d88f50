"""Check a built site: every link and picture leads to an existing file and anchor, and nothing is loaded from another
site.

python docs/scripts/links.py build/site
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Elements that a browser loads by itself; other sites may appear in links only."""


class Page(HTMLParser):
    """Where a page links to, what it loads, and its anchors."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors = {""}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in LOADED and LOADED[tag] in given and given.get("rel") != "canonical":
            self.loads.append(given[LOADED[tag]])


def problems(site: Path) -> list[str]:
    """One line for each broken link and each resource loaded from another site."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    out = []
    for path, page in pages.items():
        if path.name == "404.html":  # served at any depth; its links are absolute
            continue
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if link in page.loads:
                    out.append(f"{path.name}: loads {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                out.append(f"{path.name}: there is no file {link}")
            elif target in pages and unquote(parts.fragment) not in pages[target].anchors | {"__top"}:
                out.append(f"{path.name}: there is no anchor {link}")
    return out


def main() -> None:
    """Print the problems; exit with 1 if there are any."""
    site = Path(sys.argv[1])
    if not (site / "index.html").is_file():
        raise SystemExit(f"{site} does not hold a site: run make docs")
    if found := problems(site):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
