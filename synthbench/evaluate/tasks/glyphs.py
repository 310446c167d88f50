"""Tasks drawn with matplotlib's typefaces over photographs: letters in unseen typefaces, pictograms, and scripts
with unseen signs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synthbench.evaluate import photos
from synthbench.evaluate.clutter import CANVAS, EM, Part, balanced, cut_out, packaged, posed, stream


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = photos.packaged("matplotlib", f"mpl-data/fonts/ttf/{name}.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _glyph(font: str, text: str) -> Image.Image:
    """A glyph in the middle of a black square of 128 px, its longer side 92 px."""
    drawn = _font(font, 120)
    left, top, right, bottom = drawn.getbbox(text)
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, font=drawn, fill=255)
    scale = EM / max(picture.size)
    picture = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.BILINEAR
    )
    square = Image.new("L", (CANVAS, CANVAS))
    square.paste(picture, ((CANVAS - picture.width) // 2, (CANVAS - picture.height) // 2))
    return square


DEJAVU = [f"DejaVu{face}" for face in ("Sans", "Sans-Bold", "Sans-Oblique", "Sans-BoldOblique", "SansMono",
          "SansMono-Bold", "SansMono-Oblique",
          "Serif", "Serif-Bold", "Serif-Italic", "Serif-BoldItalic")]  # fmt: skip
OTHERS = [
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
    "cmr10",
    "cmb10",
    "cmss10",
    "cmtt10",
    "cmti10",
]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letters(test: int) -> Part:
    """26 capital letters; the typefaces of the test images (Times-like STIX and Computer Modern) do not occur in
    training (DejaVu)."""
    rng, n = stream(1, test), 1500
    y = balanced(n, len(ALPHABET))
    faces = OTHERS if test else DEJAVU
    masks = [posed(_glyph(faces[int(rng.integers(len(faces)))], ALPHABET[label]), rng, 0.2) for label in y]
    return cut_out(np.stack(masks), test, rng), y


PICTOGRAMS = (0x2601, 0x2602, 0x2605, 0x260E, 0x2618, 0x261B, 0x2620, 0x2622, 0x262E, 0x262F, 0x2638, 0x263B, 0x265A,
              0x265C, 0x265E, 0x2660, 0x2665, 0x266B, 0x267B, 0x267F, 0x2691, 0x2693, 0x2699, 0x269C, 0x26A1, 0x2702,
              0x2708, 0x2709, 0x2740, 0x2744)  # fmt: skip


def pictograms(test: int) -> Part:
    """30 pictograms (umbrella, knight, anchor, plane ...); surfaces and backgrounds of the test images are from
    other parts of the photos."""
    rng, n = stream(2, test), 1500
    y = balanced(n, len(PICTOGRAMS))
    masks = [posed(_glyph("DejaVuSans", chr(PICTOGRAMS[label])), rng, 0.35) for label in y]
    return cut_out(np.stack(masks), test, rng), y


SCRIPTS = {
    "greek": (
        *range(0x0393, 0x0397), 0x0398, 0x039B, 0x039E, 0x03A0, 0x03A3, *range(0x03A6, 0x03AA), *range(0x03B1, 0x03BF),
        *range(0x03C0, 0x03CA),
    ),
    "cyrillic": (
        0x0411, *range(0x0413, 0x041A), 0x041B, 0x041F, *range(0x0423, 0x0430), 0x0431, *range(0x0432, 0x0435),
        *range(0x0436, 0x043E), 0x044E,
    ),
    "armenian": tuple(range(0x0531, 0x0557)),
    "hebrew": tuple(range(0x05D0, 0x05EB)),
    "arabic": (*range(0x0628, 0x063B), *range(0x0641, 0x0649)),
    "nko": tuple(range(0x07CA, 0x07EB)),
    "lao": (0x0E81, 0x0E82, 0x0E84, 0x0E87, 0x0E88, 0x0E8A, 0x0E8D, *range(0x0E94, 0x0E98), *range(0x0E99, 0x0EA0),
        0x0EA1, 0x0EA2, 0x0EA3),
    "georgian": tuple(range(0x10D0, 0x10F1)),
    "canadian": tuple(range(0x1401, 0x166D)),
    "tifinagh": tuple(range(0x2D30, 0x2D60)),
    "latin": tuple(map(ord, "ABDEFGJKLMNPQRTUVWXYZabdefghijkmnqrt")),
    "operators": tuple(range(0x2200, 0x22F0)),
    "arrows": tuple(range(0x2190, 0x21FF)),
    "hexagrams": tuple(range(0x4DC0, 0x4E00)),
    "dominoes": tuple(range(0x1F031, 0x1F062)),
}  # fmt: skip


def scripts(test: int) -> Part:
    """15 kinds of signs (Greek, Arabic, arrows, dominoes ...), two rows of two signs; the signs of the test images
    do not occur in training."""
    rng, n = stream(3, test), 1500
    y, masks = balanced(n, len(SCRIPTS)), []
    kinds: list[Sequence[int]] = list(SCRIPTS.values())
    font = _font("DejaVuSans", 60)
    missing = bytes(font.getmask("\U0010fffd"))
    kinds = [[sign for sign in kind if bytes(font.getmask(chr(sign))) != missing] for kind in kinds]
    halves = [
        np.random.Generator(np.random.Philox(key=np.array([99, i], np.uint64))).permutation(kind)
        for i, kind in enumerate(kinds)
    ]
    for label in y:
        signs = halves[label]
        signs = signs[len(signs) * 2 // 3 :] if test else signs[: len(signs) * 2 // 3]
        square = Image.new("L", (CANVAS, CANVAS))
        draw = ImageDraw.Draw(square)
        for place in ((33, 33), (95, 33), (33, 95), (95, 95)):
            draw.text(place, chr(int(signs[int(rng.integers(len(signs)))])), font=font, fill=255, anchor="mm")
        masks.append(posed(square, rng, 0.15, (44, 50)))
    return cut_out(np.stack(masks), test, rng), y


_FROM = "matplotlib+scikit-image+scikit-learn"
TASKS = (
    packaged(
        "letters",
        "Which of 26 capital letters, in a typeface that training did not have?",
        _FROM,
        len(ALPHABET),
        1500,
        letters,
    ),
    packaged(
        "pictograms",
        "Which of 30 pictograms: an umbrella, a knight, an anchor, ...?",
        _FROM,
        len(PICTOGRAMS),
        1500,
        pictograms,
    ),
    packaged(
        "scripts",
        "Which of 15 kinds of signs: Greek, Arabic, arrows, dominoes, ...?",
        _FROM,
        len(SCRIPTS),
        1500,
        scripts,
    ),
)
