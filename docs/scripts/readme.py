"""Write the standings into README.md, between its two markers, from the shipped rows of the default protocol.

    python docs/scripts/readme.py

Run it again whenever rows change (`make pictures` does); tests/docs/test_readme.py fails otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path

import standings

from synthbench.cli.options import DEFAULT_PROTOCOL

README = Path(__file__).resolve().parents[2] / "README.md"
PART = re.compile(r"(<!-- standings: .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str) -> str:
    """The README with today's standings.

    Raises:
        SystemExit: a marker is missing.
    """
    told = "\n\n".join(
        f"`{name}`, {standings.size(name)}{note}. {standings.trust(name)}"
        for name, note in ((DEFAULT_PROTOCOL, ""), (standings.LONGER, ", trained four times as long"))
    )
    part = f"{standings.best()}\n\n{told}\n"
    text, n = PART.subn(lambda found: f"{found[1]}{part}{found[2]}", text)
    if n != 1:
        raise SystemExit(f"{README} needs one line <!-- standings: ... --> and, below it, one line <!-- end -->")
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
