"""Draw the pictures of finished studies from their tables in docs/studies:

    python docs/scripts/studies.py [PICTURE ...]

`make pictures` runs it. After a new study, copy its table to docs/studies and run it again:

    scaling.jpg                            scaling.csv of `synthbench study scaling`, without the column folder
    study-ranked.jpg, study-scatter.jpg    study.json of `synthbench study programs`
    neighbours.jpg                         neighbours.json: what `synthbench neighbours --json` prints, as `queries`
                                           beside the `bank` and the run (`by`)
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.measure import neighbours as near
from synthbench.study import figures
from synthbench.study.job import thumbnail
from synthbench.study.statistics import correlation, log_fit

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "docs" / "studies"
PICTURES = ROOT / "docs" / "pictures"
SCALED = "shaders-synth-1k"
"""The entrant of scaling.csv."""


class Study(NamedTuple):
    """A picture: its table in docs/studies, and the function that draws it as a PNG."""

    table: str
    draw: Callable[[Path, Path], None]


def scaling(table: Path, png: Path) -> None:
    """Score against the number of programs."""
    runs = pd.read_csv(table)
    runs = runs[runs["score"].notna()]
    fits = {
        str(curve): log_fit(own["programs"].to_numpy(float), own["score"].to_numpy(float))
        for curve, own in runs.groupby("curve", sort=False)
    }
    title = f"{recipe.resolve(SCALED).title}: score against the number of programs"
    figures.scaling(runs, fits, png, title=title)


def _study(table: Path) -> tuple[dict[str, Any], pd.DataFrame, str]:
    study = json.loads(table.read_text(encoding="utf-8"))
    programs = pd.DataFrame(study["programs"])
    scored = programs[programs["score"].notna()].reset_index(drop=True)
    return study, scored, f"{study['recipe']['title']}: {len(scored)} programs, {study['protocol']}"


def ranked(table: Path, png: Path) -> None:
    """The programs in the order of their score; the thumbnails are drawn again."""
    study, scored, title = _study(table)
    generator = recipe.Recipe.model_validate(study["recipe"]).load()
    try:
        labels = list(generator.labels)
        items = {name: labels.index(name) for name in scored["program"]}
        thumbnails = {name: thumbnail(generator.render(k, stream(0, k), 96)) for name, k in items.items()}
    finally:
        generator.close()
    figures.ranked(scored, thumbnails, png, title=title)


def scatter(table: Path, png: Path) -> None:
    """The score against each property."""
    study, scored, title = _study(table)
    score = scored["score"].to_numpy(float)
    found = {name: correlation(scored[name].to_numpy(float), score) for name in study["correlations"]}
    figures.scatter(scored, found, png, title=title)


def neighbours(table: Path, png: Path) -> None:
    """Test images of a task and their nearest training images."""
    kept = json.loads(table.read_text(encoding="utf-8"))
    bank, queries = near.shelves(kept["bank"], near.SIDE)
    rows = kept["queries"]
    found = near.Neighbours(
        queries or bank,
        bank,
        np.array([row["query"] for row in rows]),
        np.array([[each["image"] for each in row["neighbours"]] for row in rows]),
        np.array([[each["similarity"] for each in row["neighbours"]] for row in rows]),
        comparable=True,
        side=near.SIDE,
    )
    near.picture(found, title=f"{found.found.shape[1]} nearest in {kept['bank']}, by {kept['by']}").save(png)


STUDIES = {
    "scaling.jpg": Study("scaling.csv", scaling),
    "study-ranked.jpg": Study("study.json", ranked),
    "study-scatter.jpg": Study("study.json", scatter),
    "neighbours.jpg": Study("neighbours.json", neighbours),
}


def main(names: list[str]) -> None:
    """Draw these pictures, or all whose table is in docs/studies."""
    import drawn

    done = [name for name in names or STUDIES if (TABLES / STUDIES[name].table).is_file()]
    for name in done:
        with tempfile.TemporaryDirectory() as folder:
            png = Path(folder) / "drawn.png"
            STUDIES[name].draw(TABLES / STUDIES[name].table, png)
            Image.open(png).convert("RGB").save(PICTURES / name, quality=85, optimize=True)
    drawn.record(*done)


if __name__ == "__main__":
    main(sys.argv[1:])
