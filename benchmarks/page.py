"""The leaderboard's page with many rows: time to build it, its size, and time to load it in Chromium.

    python benchmarks/page.py [ROWS]

The load time is from the start of the navigation to the first frame after everything is drawn, from a file, the median
of five; the CPU time is that of the page's process up to then, which matters on a busy machine.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from synthbench.board.checks import path_of
from synthbench.board.page import build
from synthbench.board.rank import load_rows
from synthbench.result.result import EncoderInfo, Result, SeedScore, Submitter, mean_score, seal, to_json, wilson


def submission(i: int, rng: np.random.Generator, real: Result) -> tuple[str, str]:
    """Path and text of a generated submission with three seeds, as large as a real one, with random scores and
    numbered names."""
    counts = [int(n) for n in rng.normal(rng.uniform(250, 650), 25, 3).clip(50, 1200)]
    scores = [
        s.model_copy(
            update={
                "per_seed": [SeedScore(seed=j, value=n / s.n_test, n_correct=n) for j, n in enumerate(counts)],
                "std": None,
                "ci": wilson(sum(counts), 3 * s.n_test),
            }
        )
        for s in real.scores
    ]
    runs = [
        run.model_copy(
            update={
                "encoder": EncoderInfo(
                    repo=f"user{i}/entrant-{i}", revision=f"{i:040x}", weights_sha256=f"{i:062x}{j:02x}"
                )
            }
        )
        for j, run in enumerate(real.runs)
    ]
    about = {"name": f"entrant-{i}", "title": f"Entrant number {i}", "license": ("MIT", "CC0-1.0", "CC-BY-4.0")[i % 3]}
    kept = {
        name: getattr(real, name) for name in type(real).model_fields if name not in ("schema_version", "submission_id")
    }
    record = seal(
        kept
        | {
            "generator": real.generator.model_copy(update=about),
            "runs": runs,
            "scores": scores,
            "submitter": Submitter(hf_user=f"user{i}", relationship="author"),
            "aggregate": real.aggregate.model_copy(update={"value": mean_score(scores)}),
            "properties": {"lpips_intra": float(rng.uniform(0.2, 0.6)), "jpeg_kb": float(rng.uniform(5, 60))},
        }
    )
    return path_of(record), to_json(record)


def main(n: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, rng = Path(name), np.random.default_rng(0)
        real = next(row.result for row in load_rows([]) if row.entrant == "shaders-open" and row.result)
        for i in range(n):
            path, text = submission(i, rng, real)
            (root / "board" / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "board" / path).write_text(text, encoding="utf-8")
        start, cpu = time.perf_counter(), time.process_time()
        rows = load_rows([], leaderboard=root / "board")
        read, cpu_read = time.perf_counter(), time.process_time()
        index = build(rows, root / "page", {}, leaderboard="user/board")
        built, cpu_built = time.perf_counter(), time.process_time()
        assert len(rows) >= n, rows.warnings[:3]
        sizes = {p: (index.parent / p).stat().st_size for p in ("index.html", "leaderboard.json")}
        print(
            (
                f"{len(rows)} rows: read and check {read - start:.1f} s ({cpu_read - cpu:.1f} s of CPU), rank and "
                f"write {built - read:.1f} s ({cpu_built - cpu_read:.1f} s of CPU); load of the machine "
                f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; "
            )
            + ", ".join(f"{p} {s / 1e6:.2f} MB" for p, s in sizes.items())
        )
        chromium = shutil.which("chromium")
        if chromium is None:
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            loaded, painted, busy, filters = [], [], [], []
            for _ in range(5):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                session = page.context.new_cdp_session(page)
                session.send("Performance.enable")
                page.goto(index.as_uri())
                loaded.append(
                    page.evaluate(
                        "new Promise(done => requestAnimationFrame(() => "
                        "setTimeout(() => done(performance.now() / 1000))))"
                    )
                )
                painted.append(
                    page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
                )
                busy.append(
                    next(
                        m["value"]
                        for m in session.send("Performance.getMetrics")["metrics"]
                        if m["name"] == "ProcessTime"
                    )
                )
                filters.append(
                    page.evaluate(
                        "new Promise(done => { const box = document.querySelector('[type=search]'); box.value = "
                        "'number 77';const start = performance.now(); box.dispatchEvent(new Event('input')); "
                        "requestAnimationFrame(() => setTimeout(() => done((performance.now() - start) / 1000))) })"
                    )
                )
                page.close()
            print(
                f"Chromium: first drawn after {statistics.median(painted):.2f} s, all loaded after "
                f"{statistics.median(loaded):.2f} s ({statistics.median(busy):.2f} s of CPU), filter "
                f"{statistics.median(filters):.2f} s"
            )
            browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
