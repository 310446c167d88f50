"""The leaderboard's page with many rows: seconds to build it, its size, seconds to load it in Chromium.

    python benchmarks/page.py [ROWS]

Load time is from the start of the navigation to the first frame after everything is drawn, from a file, the median of five; CPU time is
what the page's process had taken by then, which is what counts on a busy machine.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "board"))

from hand_made import both, make

from synthbench.board.checks import path_of
from synthbench.board.page import build
from synthbench.board.rank import load_rows
from synthbench.result import Submitter, seal, to_json


def submission(i: int, rng: np.random.Generator) -> tuple[str, str]:
    """Path and text of a made-up submission with three seeds."""
    level = rng.uniform(250, 650)
    counts = [int(n) for n in rng.normal(level, 25, 3).clip(50, 1200)]
    made = make(f"entrant-{i}", both(counts), n_test=1260, title=f"Entrant number {i}", license=("MIT", "CC0-1.0", "CC-BY-4.0")[i % 3])
    kept = {name: getattr(made, name) for name in type(made).model_fields if name not in ("schema_version", "submission_id")}
    scores = [
        s.model_copy(update={"chance": 1 / 21, "dataset_id": "packaged:scikit-image+scikit-learn+matplotlib", "dataset_revision": "v1"})
        for s in made.scores
    ]
    record = seal(kept | {"scores": scores, "submitter": Submitter(hf_user=f"user{i}", relationship="author")})
    return path_of(record), to_json(record)


def main(n: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, rng = Path(name), np.random.default_rng(0)
        for i in range(n):
            path, text = submission(i, rng)
            (root / "board" / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "board" / path).write_text(text)
        start = time.perf_counter()
        rows = load_rows([], leaderboard=root / "board")
        read = time.perf_counter()
        index = build(rows, root / "page", {}, leaderboard="user/board")
        built = time.perf_counter()
        assert len(rows) >= n, rows.warnings[:3]
        sizes = {p: (index.parent / p).stat().st_size for p in ("index.html", "leaderboard.json")}
        print(
            f"{len(rows)} rows: read and check {read - start:.1f} s, rank and write {built - read:.1f} s; "
            + ", ".join(f"{p} {s / 1e6:.2f} MB" for p, s in sizes.items())
        )
        chromium = shutil.which("chromium")
        if chromium is None:
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            seconds, cpu, filters = [], [], []
            for _ in range(5):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                session = page.context.new_cdp_session(page)
                session.send("Performance.enable")
                page.goto(index.as_uri())
                seconds.append(
                    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now() / 1000))))")
                )
                cpu.append(next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == "ProcessTime"))
                filters.append(page.evaluate(
                    "new Promise(done => { const box = document.querySelector('[type=search]'); box.value = 'number 77';"
                    "const start = performance.now(); box.dispatchEvent(new Event('input')); requestAnimationFrame("
                    "() => setTimeout(() => done((performance.now() - start) / 1000))) })"
                ))  # fmt: skip
                page.close()
            print(
                f"Chromium: load {statistics.median(seconds):.2f} s ({statistics.median(cpu):.2f} s of CPU), "
                f"filter {statistics.median(filters):.2f} s"
            )
            browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
