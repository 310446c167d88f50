"""Draw the pictures again that are older than the rows and recipes that they show, and write the README's standings.

    python docs/scripts/redraw.py

`make pictures` runs it. To be run whenever rows or recipes change.
"""

from __future__ import annotations

import subprocess
import sys

import drawn


def commands() -> list[tuple[str, ...]]:
    """The scripts to run, each once."""
    return [("docs/scripts/readme.py",), *dict.fromkeys(drawn.stale().values())]


def main() -> None:
    """Run them."""
    for words in commands():
        print(f"python {' '.join(words)}", flush=True)
        subprocess.run([sys.executable, *words], cwd=drawn.ROOT, check=True)


if __name__ == "__main__":
    main()
