"""Contact sheets of a generator's images."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synthbench.dataset.manifest import validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import UsageError
from synthbench.render.pool import Pool, Settings

BACKGROUND, TEXT, TITLE = (24, 24, 27), (190, 190, 196), (240, 240, 244)
TILE, GAP, CAPTION, HEADER = 128, 6, 16, 34
"""In pixels: size of an image on the sheet, gap between images, height of a caption and of the title."""
ROWS, COLUMNS = 8, 8
"""Size of a preview."""
DEADLINE = 20.0
"""Seconds without output after which a program is left out of a preview."""
ELLIPSIS = "..."


def contact_sheet(images: np.ndarray, captions: Sequence[str], columns: int, title: str | None = None) -> Image.Image:
    """Images in rows, each above its caption (shortened to fit).

    Args:
        images: (N, S, S, 3) uint8.
        captions: N strings.
        columns: images per row.
        title: a line at the top.

    Raises:
        UsageError: no images, a different number of captions than images, or no columns.
    """
    if len(images) == 0 or len(images) != len(captions) or columns < 1:
        raise UsageError(
            f"a sheet of {len(images)} images, {len(captions)} captions, {columns} columns: "
            "it needs one image or more, a caption each and one column or more."
        )
    columns = min(columns, len(images))
    rows, top = -(-len(images) // columns), HEADER if title else GAP
    step = TILE + GAP + CAPTION
    sheet = Image.new("RGB", (GAP + columns * (TILE + GAP), top + rows * step), BACKGROUND)
    draw, small, large = ImageDraw.Draw(sheet), ImageFont.load_default(size=11), ImageFont.load_default(size=17)
    if title:
        draw.text((GAP + 2, 7), elided(title, large, sheet.width - 2 * GAP - 2), font=large, fill=TITLE)
    for i, (pixels, caption) in enumerate(zip(images, captions, strict=True)):
        x, y = GAP + i % columns * (TILE + GAP), top + i // columns * step
        grow = pixels.shape[0] < TILE
        picture = Image.fromarray(pixels).resize(
            (TILE, TILE), Image.Resampling.NEAREST if grow else Image.Resampling.LANCZOS
        )
        sheet.paste(picture, (x, y))
        draw.text((x + 1, y + TILE + 2), elided(caption, small, TILE - 2), font=small, fill=TEXT)
    return sheet


def elided(text: str, font: Any, width: float) -> str:
    """``text`` shortened with dots if it is wider than ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + ELLIPSIS) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def preview(recipe: Recipe, *, size: int, seed: int) -> Image.Image:
    """A contact sheet of a recipe: one image of each of ``ROWS`` x ``COLUMNS`` evenly spaced labels or, if there are
    fewer labels, several images of each. Images that cannot be rendered are left blank, with a caption.

    Raises:
        UsageError: the recipe cannot be loaded.
        GeneratorError: the generator cannot be loaded, or fails on more than half of the images.
    """
    validate(size=size, seed=seed)
    with Pool(recipe, Settings(size=size, seed=seed, workers=os.cpu_count() or 1, deadline=DEADLINE)) as pool:
        names, n = pool.labels, len(pool.labels)
        items = chosen(n, ROWS, COLUMNS)
        pixels: dict[int, np.ndarray] = {}
        for done in pool.run([(0, items)], limit=len(items) // 2):
            pixels |= {k: np.asarray(Image.open(io.BytesIO(data))) for k, (_, data) in done.images.items()}
    blank = np.full((size, size, 3), 40, np.uint8)
    captions = [names[label] if k in pixels else f"left out: {names[label]}" for k, label in items]
    title = f"{recipe.name}   {n} label{'s' if n > 1 else ''}, {size} px, seed {seed}"
    return contact_sheet(np.stack([pixels.get(k, blank) for k, _ in items]), captions, COLUMNS, title=title)


def chosen(n_labels: int, rows: int, columns: int) -> list[tuple[int, int]]:
    """The (k, label) of a preview, label by label. Up to ``rows`` labels get whole rows."""
    tiles = rows * columns
    if n_labels >= tiles:
        return [(label, label) for label in (i * n_labels // tiles for i in range(tiles))]
    each = columns * (rows // n_labels) if n_labels <= rows else tiles // n_labels
    return [(label + i * n_labels, label) for label in range(n_labels) for i in range(each)]
