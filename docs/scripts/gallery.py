"""Draw docs/pictures/gallery.jpg: six images of every recipe that can be drawn without a download.

    python docs/scripts/gallery.py

The labels are evenly spaced, or there are several images of a single label, as in `synthbench preview`; seed 0, drawn
at 96 px as in the pocket protocols.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import drawn
import numpy as np
from drawable import drawable
from PIL import Image, ImageDraw, ImageFont

from synthbench import registry
from synthbench.entrant import recipe
from synthbench.generator import stream
from synthbench.render.sheet import BACKGROUND, TEXT, chosen

TILE, IMAGES, COLUMNS, GAP, CAPTION, MARGIN = 96, 6, 2, 2, 18, 14


def main() -> None:
    """Draw and save."""
    rows = []
    for name in sorted(registry.recipes()):
        if not drawable(name):
            continue
        with closing(recipe.resolve(name).load()) as generator:
            picked = chosen(len(generator.labels), 1, IMAGES)
            images = generator.render_batch([label for _, label in picked], [stream(0, k) for k, _ in picked], TILE)
        rows.append((name, images))
        print(name, flush=True)
    width, height = IMAGES * (TILE + GAP) + MARGIN, TILE + CAPTION + 6
    deep = -(-len(rows) // COLUMNS)
    sheet = Image.new("RGB", (MARGIN + COLUMNS * width, MARGIN // 2 + deep * height), BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for i, (name, images) in enumerate(rows):
        x, y = MARGIN + i // deep * width, MARGIN // 2 + i % deep * height
        draw.text((x, y), name, font=font, fill=TEXT)
        for j, pixels in enumerate(images):
            sheet.paste(Image.fromarray(np.ascontiguousarray(pixels)), (x + j * (TILE + GAP), y + CAPTION))
    sheet.save(Path(__file__).parents[1] / "pictures" / "gallery.jpg", quality=82, optimize=True)
    drawn.record("gallery.jpg")


if __name__ == "__main__":
    main()
