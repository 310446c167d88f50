"""Draw docs/pictures/sheets/FAMILY.jpg: six images of each recipe of a family, at the size of its data set.

    python docs/scripts/sheets.py statistical dead_leaves

A family is a folder of generators/. The labels are evenly spaced, or there are several images of a single label, as in
`synthbench preview`; seed 0.
"""

from __future__ import annotations

import argparse
from contextlib import closing

import drawn
import numpy as np
from drawable import ROOT, recipes
from PIL import Image, ImageDraw, ImageFont

from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.render.sheet import BACKGROUND, TEXT, chosen

SIZES = {"statistical": 128, "dead_leaves": 128}
"""Image size in pixels of a family's data set, if it is not 256."""
IMAGES, GAP, CAPTION, MOST = 6, 4, 22, 250_000


def images(name: str, size: int) -> np.ndarray:
    """(6, size, size, 3) images of a recipe."""
    with closing(recipe.resolve(name).load()) as generator:
        picked = chosen(len(generator.labels), 1, IMAGES)
        return np.asarray(
            generator.render_batch([label for _, label in picked], [stream(0, k) for k, _ in picked], size)
        )


def sheet(family: str) -> Image.Image:
    """One row of images per recipe, under its name."""
    size = SIZES.get(family, 256)
    rows = {name: images(name, size) for name in recipes(family)}
    if not rows:
        raise SystemExit(
            f"generators/{family} has no recipe that can be drawn without a download; the families are the folders of "
            "generators/."
        )
    picture = Image.new("RGB", (GAP + IMAGES * (size + GAP), GAP + len(rows) * (CAPTION + size + GAP)), BACKGROUND)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=14)
    for i, (name, six) in enumerate(rows.items()):
        y = GAP + i * (CAPTION + size + GAP)
        draw.text((GAP + 1, y), f"{name}, {size} px", font=font, fill=TEXT)
        for j, pixels in enumerate(six):
            picture.paste(Image.fromarray(np.ascontiguousarray(pixels)), (GAP + j * (size + GAP), y + CAPTION))
    return picture


def main() -> None:
    """Draw and save, at the highest JPEG quality up to 90 that keeps the file small."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="+", metavar="FAMILY")
    for family in parser.parse_args().families:
        picture, path, quality = sheet(family), ROOT / "docs" / "pictures" / "sheets" / f"{family}.jpg", 90
        path.parent.mkdir(exist_ok=True)
        picture.save(path, quality=quality, optimize=True)
        while path.stat().st_size > MOST and quality > 50:
            quality -= 5
            picture.save(path, quality=quality, optimize=True)
        drawn.record(f"sheets/{path.name}")
        print(
            (
                f"{path.relative_to(ROOT)}: {picture.width} x {picture.height}, "
                f"{path.stat().st_size // 1000} kB, quality {quality}"
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
