"""Candidates for packaged tasks that ask for classes, made of what ships inside Python packages: typefaces, digits, faces and photographs.

No pixel of a photograph serves training and test, or pretraining: the training images take their backgrounds and surfaces from the upper
left of every photo, the test images from the upper right. Everything
else that may differ between training and test does: typefaces, writers, faces.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synthbench.evaluate import photos

SIZE = 64
GROUND, THING, GAP = (0.1, 0.4), (0.1, 0.3), (75, 130)
"""Contrast of backgrounds and of surfaces, as a share of the photo's own, and gray values between their means: uniform."""
TRAIN, TEST = 1500, 1500
Part = tuple[np.ndarray, np.ndarray]
"""(N, 64, 64, 3) uint8 images and (N,) int64 labels."""


def candidates() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Every candidate by name: training images, training labels, test images, test labels."""
    return {name: made(name) for name in MAKERS}


def made(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One candidate: training images, training labels, test images, test labels."""
    return *MAKERS[name](0), *MAKERS[name](1)


def _rng(task: int, test: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([100 + task, test], np.uint64)))


# --- surfaces: crops of photos under light of their own -----------------------------------------------------------------------------------


@cache
def _bank(test: int, low: int = 48, high: int = 192, n: int = 1500) -> np.ndarray:
    """(n, 64, 64, 3) uint8 crops of one part of the photos, turned and mirrored, for backgrounds and surfaces."""
    part = photos.upper_right if test else photos.upper_left
    rng, out = _rng(0, 2 * low + test), []
    for i in range(n):
        photo = part(photos.NAMES[i % len(photos.NAMES)])
        height, width = photo.shape[:2]
        side = int(rng.integers(low, min(high, height, width) + 1))
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        crop = Image.fromarray(photo[top : top + side, left : left + side]).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        out.append(np.rot90(np.asarray(crop), int(rng.integers(4))))
    return np.stack(out)


def _lit(crops: np.ndarray, levels: np.ndarray, contrast: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Crops with their mean moved to ``levels`` (N,), their contrast times ``contrast`` (N,), each in a light of its own colour: float32."""
    mean = (crops.sum((1, 2, 3), dtype=np.int64) / crops[0].size).astype(np.float32)[:, None, None, None]
    gains = rng.uniform(0.6, 1.4, (len(crops), 3))
    gains = (gains * 3 / gains.sum(1, keepdims=True)).astype(np.float32)[:, None, None, :]
    pixels = crops.astype(np.float32) - mean
    pixels *= contrast.astype(np.float32)[:, None, None, None]
    pixels += levels.astype(np.float32)[:, None, None, None]
    pixels *= gains
    return pixels


def _over(mask: np.ndarray, test: int, rng: np.random.Generator) -> np.ndarray:
    """Things cut out of one photo's crop by ``mask`` (N, 64, 64) uint8, over the crop of another: (N, 64, 64, 3) uint8. The mean of the thing
    is GAP gray values lighter or darker than the mean of the background."""
    n, bank = len(mask), _bank(test)
    back, front = rng.integers(0, len(bank), n), rng.integers(0, len(bank), n)
    distance = rng.uniform(*GAP, n)
    lighter = rng.random(n) < 0.5
    low = rng.uniform(35, 215 - distance)
    ground = _lit(bank[back], np.where(lighter, low, low + distance), rng.uniform(*GROUND, n), rng)
    thing = _lit(bank[front], np.where(lighter, low + distance, low), rng.uniform(*THING, n), rng)
    alpha = mask[..., None].astype(np.float32) / np.float32(255)
    return np.clip(ground + alpha * (thing - ground), 0, 255).astype(np.uint8)


def _labels(n: int, classes: int) -> np.ndarray:
    return np.arange(n, dtype=np.int64) % classes


# --- glyphs -----------------------------------------------------------------------------------------------------------------------------------

CANVAS, EM = 128, 92


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
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.BILINEAR)
    square = Image.new("L", (CANVAS, CANVAS))
    square.paste(picture, ((CANVAS - picture.width) // 2, (CANVAS - picture.height) // 2))
    return square


def _posed(square: Image.Image, rng: np.random.Generator, turn: float, sizes: tuple[float, float] = (46, 58)) -> np.ndarray:
    """A square of 128 px as seen: turned by up to ``turn`` radians, sheared, its 92 px ``sizes`` px large, anywhere: (64, 64) uint8."""
    angle, shear, squeeze = rng.uniform(-turn, turn), rng.uniform(-0.25, 0.25), rng.uniform(0.8, 1.25)
    size = rng.uniform(*sizes)
    scale = EM / size
    room = max(0.0, (SIZE - size) / 2 - 1)
    x, y = SIZE / 2 + rng.uniform(-room, room), SIZE / 2 + rng.uniform(-room, room)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    a, b = scale * (cos + shear * sin) * squeeze, scale * (sin - shear * cos) * squeeze
    d, e = -scale * sin / squeeze, scale * cos / squeeze
    middle = CANVAS / 2
    back: tuple[float, ...] = (a, b, middle - a * x - b * y, d, e, middle - d * x - e * y)
    half = square.reduce(2) if scale > 2.4 else None  # no aliasing
    if half is not None:
        back = tuple(v / 2 for v in back)
    return np.asarray((half or square).transform((SIZE, SIZE), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR))


DEJAVU = [f"DejaVu{face}" for face in ("Sans", "Sans-Bold", "Sans-Oblique", "Sans-BoldOblique", "SansMono", "SansMono-Bold", "SansMono-Oblique",
          "Serif", "Serif-Bold", "Serif-Italic", "Serif-BoldItalic")]  # fmt: skip
OTHERS = ["STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta", "cmr10", "cmb10", "cmss10", "cmtt10", "cmti10"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letters(test: int) -> Part:
    """26 capital letters; the test's typefaces (Times-like STIX and Computer Modern) were never seen in training (DejaVu)."""
    rng, n = _rng(1, test), TEST if test else TRAIN
    y = _labels(n, len(ALPHABET))
    faces = OTHERS if test else DEJAVU
    masks = [_posed(_glyph(faces[int(rng.integers(len(faces)))], ALPHABET[label]), rng, 0.2) for label in y]
    return _over(np.stack(masks), test, rng), y


PICTOGRAMS = (0x2601, 0x2602, 0x2605, 0x260E, 0x2618, 0x261B, 0x2620, 0x2622, 0x262E, 0x262F, 0x2638, 0x263B, 0x265A, 0x265C, 0x265E, 0x2660,
              0x2665, 0x266B, 0x267B, 0x267F, 0x2691, 0x2693, 0x2699, 0x269C, 0x26A1, 0x2702, 0x2708, 0x2709, 0x2740, 0x2744)  # fmt: skip


def pictograms(test: int) -> Part:
    """30 pictograms (umbrella, knight, anchor ...) at any angle; the test takes surfaces and backgrounds from other parts of the photos."""
    rng, n = _rng(2, test), TEST if test else TRAIN
    y = _labels(n, len(PICTOGRAMS))
    masks = [_posed(_glyph("DejaVuSans", chr(PICTOGRAMS[label])), rng, 0.35) for label in y]
    return _over(np.stack(masks), test, rng), y


SCRIPTS = {
    "greek": (*range(0x0393, 0x0397), 0x0398, 0x039B, 0x039E, 0x03A0, 0x03A3,
              *range(0x03A6, 0x03AA), *range(0x03B1, 0x03BF), *range(0x03C0, 0x03CA)),
    "cyrillic": (0x0411, *range(0x0413, 0x041A), 0x041B, 0x041F, *range(0x0423, 0x0430), 0x0431,
                 *range(0x0432, 0x0435), *range(0x0436, 0x043E), 0x044E),
    "armenian": tuple(range(0x0531, 0x0557)),
    "hebrew": tuple(range(0x05D0, 0x05EB)),
    "arabic": (*range(0x0628, 0x063B), *range(0x0641, 0x0649)),
    "nko": tuple(range(0x07CA, 0x07EB)),
    "lao": (0x0E81, 0x0E82, 0x0E84, 0x0E87, 0x0E88, 0x0E8A, 0x0E8D, *range(0x0E94, 0x0E98), *range(0x0E99, 0x0EA0), 0x0EA1, 0x0EA2, 0x0EA3),
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
    """15 kinds of signs (Greek, Arabic, arrows, dominoes ...), two rows of two signs; the test's signs were never seen in training."""
    rng, n = _rng(3, test), TEST if test else TRAIN
    y, masks = _labels(n, len(SCRIPTS)), []
    kinds: list[Sequence[int]] = list(SCRIPTS.values())
    font = _font("DejaVuSans", 60)
    missing = bytes(font.getmask("\U0010fffd"))
    kinds = [[sign for sign in kind if bytes(font.getmask(chr(sign))) != missing] for kind in kinds]
    halves = [np.random.Generator(np.random.Philox(key=np.array([99, i], np.uint64))).permutation(kind) for i, kind in enumerate(kinds)]
    for label in y:
        signs = halves[label]
        signs = signs[len(signs) * 2 // 3 :] if test else signs[: len(signs) * 2 // 3]
        square = Image.new("L", (CANVAS, CANVAS))
        draw = ImageDraw.Draw(square)
        for place in ((33, 33), (95, 33), (33, 95), (95, 95)):
            draw.text(place, chr(int(signs[int(rng.integers(len(signs)))])), font=font, fill=255, anchor="mm")
        masks.append(_posed(square, rng, 0.15, (44, 50)))
    return _over(np.stack(masks), test, rng), y


# --- handwritten digits -----------------------------------------------------------------------------------------------------------------------


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 1,797 digits (8 x 8, 0 to 16)."""
    with gzip.open(photos.packaged("sklearn", "datasets/data/digits.csv.gz"), "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1]


def digits(test: int) -> Part:
    """Handwritten digits over photos; other writers at test (the file lists one writer after the other)."""
    rng, n = _rng(4, test), TEST if test else TRAIN
    images, labels = _digits()
    middle = 900
    rows = np.arange(n) % middle + middle * test if not test else middle + np.arange(n) % (len(labels) - middle)
    masks = []
    for row in rows:
        square = Image.new("L", (14, 14))
        square.paste(Image.fromarray((images[row] * 255 // 16).astype(np.uint8)), (3, 3))
        big = np.asarray(square.resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)).astype(np.int64)
        sharp = np.clip((big - 128) * 3 + 128, 0, 255).astype(np.uint8)
        masks.append(_posed(Image.fromarray(sharp), rng, 0.2, (48, 62)))
    return _over(np.stack(masks), test, rng), labels[rows]


# --- faces ------------------------------------------------------------------------------------------------------------------------------------


def faces(test: int) -> Part:
    """Is there a face in the scene? scikit-image's 100 faces of LFW and 100 other crops (25 px, gray), tinted, somewhere in a photo."""
    rng, n = _rng(5, test), 1000
    everything = np.load(photos.packaged("skimage", "data/lfw_subset.npy"))
    pixels = np.rint(everything * 255).astype(np.uint8)
    y = _labels(n, 2)
    bank = _bank(test)
    ground = _lit(bank[rng.integers(0, len(bank), n)], rng.uniform(80, 176, n), rng.uniform(0.5, 1.1, n), rng)
    crops, alphas = [], []
    for i, label in enumerate(y):
        row = (0 if label else 100) + 50 * test + (i // 2) % 50
        picture = Image.fromarray(pixels[row]).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)
        if rng.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        side = int(rng.integers(28, 57))
        top, left = int(rng.integers(0, SIZE - side + 1)), int(rng.integers(0, SIZE - side + 1))
        crop, alpha = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
        crop[top : top + side, left : left + side] = np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR))
        alpha[top : top + side, left : left + side] = np.asarray(_oval(side))
        crops.append(crop)
        alphas.append(alpha)
    thing = _lit(np.repeat(np.stack(crops)[..., None], 3, 3), np.zeros(n), rng.uniform(0.6, 1.0, n), rng) + np.float32(120)
    cover = np.stack(alphas)[..., None].astype(np.float32) / np.float32(255)
    return np.clip(ground + cover * (thing - ground), 0, 255).astype(np.uint8), y


@cache
def _oval(side: int) -> Image.Image:
    big = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(big).ellipse((2, 2, side * 4 - 3, side * 4 - 3), fill=255)
    return big.reduce(4)


# --- materials --------------------------------------------------------------------------------------------------------------------------------

MATERIALS = ("brick", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble-deep-field", "ihc", "moon", "page", "retina", "text",
             "flower", "china", "motorcycle-left")  # fmt: skip


def materials(test: int) -> Part:
    """Of which of 16 stuffs is this thing? A blob cut out of a gray crop (32 to 72 px) of one photo, turned, over the crop of another."""
    rng, n = _rng(6, test), TEST if test else TRAIN
    y = _labels(n, len(MATERIALS))
    part = photos.upper_right if test else photos.upper_left
    surfaces, masks = [], []
    for label in y:
        photo = part(MATERIALS[label])
        height, width = photo.shape[:2]
        side = int(rng.integers(40, 91))
        reach = min(int(side * 1.42) + 1, height, width)
        side = int(reach / 1.42)
        top, left = int(rng.integers(0, height - reach + 1)), int(rng.integers(0, width - reach + 1))
        crop = Image.fromarray(photo[top : top + reach, left : left + reach]).convert("L")
        crop = crop.rotate(rng.uniform(0, 360), Image.Resampling.BICUBIC)
        edge = (reach - side) // 2
        crop = crop.resize((SIZE, SIZE), Image.Resampling.BILINEAR, (edge, edge, edge + side, edge + side))
        surfaces.append(np.repeat(np.asarray(crop)[..., None], 3, 2))
        masks.append(_blob(rng))
    bank = _bank(test)
    ground = _lit(bank[rng.integers(0, len(bank), n)], rng.uniform(60, 196, n), rng.uniform(0.2, 0.6, n), rng)
    thing = _lit(np.stack(surfaces), rng.uniform(70, 186, n), rng.uniform(0.6, 1.4, n), rng)
    alpha = np.stack(masks)[..., None].astype(np.float32) / np.float32(255)
    return np.clip(ground + alpha * (thing - ground), 0, 255).astype(np.uint8), y


def _blob(rng: np.random.Generator) -> np.ndarray:
    """A random smooth outline over about half of the image: (64, 64) uint8."""
    angles = np.arange(48) * (2 * np.pi / 48)
    radius = np.full(48, rng.uniform(21, 28))
    for k in (2, 3, 4):
        radius += rng.uniform(-4, 4) * np.cos(k * angles + rng.uniform(0, 2 * np.pi))
    x, y = rng.uniform(27, 37, 2)
    points = [(float(2 * (x + r * c)), float(2 * (y + r * s))) for r, c, s in zip(radius, np.cos(angles), np.sin(angles), strict=True)]
    big = Image.new("L", (2 * SIZE, 2 * SIZE))
    ImageDraw.Draw(big).polygon(points, fill=255)
    return np.asarray(big.reduce(2))


# --- shapes under light -----------------------------------------------------------------------------------------------------------------------

Hit = tuple[np.ndarray, np.ndarray]
"""For each ray: where it enters and leaves a convex body (in >= out: it misses), along the ray."""
FAR = 1e9


def _between(p: np.ndarray, d: np.ndarray, normal: Sequence[float], low: float, high: float) -> Hit:
    """The slab low <= normal . x <= high."""
    a, b = (sum(np.float32(n) * x[i] for i, n in enumerate(normal) if n) for x in (p, d))
    b = np.where(np.abs(b) < 1e-9, 1e-9, b)
    one, two = (low - a) / b, (high - a) / b
    return np.minimum(one, two), np.maximum(one, two)


def _quadric(p: np.ndarray, d: np.ndarray, weights: Sequence[float], constant: float) -> Hit:
    """The solid weights . x^2 <= constant, weights >= 0."""
    a = sum(w * d[i] * d[i] for i, w in enumerate(weights) if w)
    b = sum(w * d[i] * p[i] for i, w in enumerate(weights) if w)
    c = sum(w * p[i] * p[i] for i, w in enumerate(weights) if w) - constant
    a = np.maximum(a, 1e-9)
    root = b * b - a * c
    spread = np.sqrt(np.maximum(root, 0)) / a
    return np.where(root > 0, -b / a - spread, FAR), np.where(root > 0, -b / a + spread, -FAR)


def _cone(p: np.ndarray, d: np.ndarray) -> Hit:
    """x^2 + y^2 <= ((0.8 - z) / 2)^2, -0.8 <= z <= 0.8: a double cone of which the slab keeps one half."""
    k, z, dz = 0.25, 0.8 - p[2], -d[2]
    a = d[0] * d[0] + d[1] * d[1] - k * dz * dz
    b = d[0] * p[0] + d[1] * p[1] - k * dz * z
    c = p[0] * p[0] + p[1] * p[1] - k * z * z
    a = np.where(np.abs(a) < 1e-9, 1e-9, a)
    root = b * b - a * c
    spread = np.sqrt(np.maximum(root, 0)) / np.abs(a)
    low, high = -b / a - spread, -b / a + spread
    slab = _between(p, d, (0, 0, 1), -0.8, 0.8)
    hit = root > 0
    # Where a < 0 the ray is inside below the first root or above the second; the slab's end tells which.
    inside = (np.where(hit, np.where(a > 0, low, np.where(high < slab[1], high, slab[0])), FAR),
              np.where(hit, np.where(a > 0, high, np.where(high < slab[1], slab[1], low)), -FAR))  # fmt: skip
    return _both(inside, slab)


def _both(*hits: Hit) -> Hit:
    enter, leave = hits[0]
    for one, two in hits[1:]:
        enter, leave = np.maximum(enter, one), np.minimum(leave, two)
    return enter, leave


def _either(*hits: Hit) -> Hit:
    first = np.full_like(hits[0][0], FAR)
    for enter, leave in hits:
        first = np.where(enter < leave, np.minimum(first, enter), first)
    return first, np.where(first < FAR, FAR, -FAR)


def _box(p: np.ndarray, d: np.ndarray, low: Sequence[float], high: Sequence[float]) -> Hit:
    return _both(*(_between(p, d, [float(i == axis) for i in range(3)], low[axis], high[axis]) for axis in range(3)))


def _torus(p: np.ndarray, d: np.ndarray, big: float = 0.66, small: float = 0.27, steps: int = 24) -> Hit:
    """By sphere tracing."""
    t = np.zeros_like(d[0])
    for _ in range(steps):
        x, y, z = p[0] + t * d[0], p[1] + t * d[1], p[2] + t * d[2]
        ring = np.sqrt(x * x + y * y) - big
        gap = np.sqrt(ring * ring + z * z) - small
        t = t + gap
    hit = (gap < 0.02) & (t < 6)
    return np.where(hit, t, FAR), np.where(hit, FAR, -FAR)


def _planes(p: np.ndarray, d: np.ndarray, normals: Sequence[Sequence[float]], high: float, low: float = -FAR) -> Hit:
    scaled = [np.array(n) / np.sqrt(sum(v * v for v in n)) for n in normals]
    return _both(*(_between(p, d, n, low, high) for n in scaled))


_CORNERS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
_S3 = 0.8660254037844386
BODIES: dict[str, Callable[[np.ndarray, np.ndarray], Hit]] = {
    "ball": lambda p, d: _quadric(p, d, (1, 1, 1), 0.6),
    "cube": lambda p, d: _box(p, d, (-0.55,) * 3, (0.55,) * 3),
    "cylinder": lambda p, d: _both(_quadric(p, d, (1, 1, 0), 0.2), _between(p, d, (0, 0, 1), -0.8, 0.8)),
    "cone": _cone,
    "ring": _torus,
    "tetrahedron": lambda p, d: _planes(p, d, _CORNERS, 0.36),
    "octahedron": lambda p, d: _planes(p, d, _CORNERS, 0.5, -0.5),
    "bowl": lambda p, d: _both(_quadric(p, d, (1, 1, 1), 0.75), _between(p, d, (0, 0, 1), -0.1, 2)),
    "disc": lambda p, d: _both(_quadric(p, d, (1, 1, 0), 0.75), _between(p, d, (0, 0, 1), -0.13, 0.13)),
    "plank": lambda p, d: _box(p, d, (-0.9, -0.33, -0.12), (0.9, 0.33, 0.12)),
    "jack": lambda p, d: _either(*(_box(p, d, *([s * (0.9 if i == a else 0.2) for i in range(3)] for s in (-1, 1))) for a in range(3))),
    "prism": lambda p, d: _both(_planes(p, d, ((1, 0, 0), (-0.5, _S3, 0), (-0.5, -_S3, 0)), 0.4), _between(p, d, (0, 0, 1), -0.7, 0.7)),
    "egg": lambda p, d: _quadric(p, d, (3.6, 3.6, 1), 0.8),
    "corner": lambda p, d: _either(_box(p, d, (-0.75, -0.3, -0.75), (-0.2, 0.3, 0.75)), _box(p, d, (-0.75, -0.3, -0.75), (0.75, 0.3, -0.2))),
}  # fmt: skip
"""Solids within the ball of radius 1."""


def shapes(test: int) -> Part:
    """14 solids (cube, cone, ring, bowl ...) from any side, papered with a photo's crop, under one lamp, over another photo."""
    rng, n = _rng(7, test), 1120
    y = _labels(n, len(BODIES))
    masks, shades, uv = np.zeros((n, SIZE, SIZE)), np.ones((n, SIZE, SIZE)), np.zeros((2, n, SIZE, SIZE), np.int64)
    for label, body in enumerate(BODIES.values()):
        rows = np.flatnonzero(y == label)
        masks[rows], shades[rows], uv[:, rows] = _seen(body, len(rows), rng)
    return _papered(masks, shades, uv, test, rng), y


def _seen(body: Callable[[np.ndarray, np.ndarray], Hit], n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n views of a body: its mask in [0, 1], its shade, and the place in the paper (2, n, 64, 64) int64 of each pixel."""
    q = rng.normal(size=(4, n))
    w, x, y, z = q / np.sqrt((q * q).sum(0))
    turn = np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                     [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                     [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])  # fmt: skip
    radius = rng.uniform(25, 31, n)
    centre = SIZE / 2 + rng.uniform(-1, 1, (2, n)) * (SIZE / 2 - radius)
    lamp = rng.normal(size=(3, n))
    lamp[2] = np.abs(lamp[2]) + 0.3
    lamp /= np.sqrt((lamp * lamp).sum(0))
    grid = np.arange(SIZE) + 0.5
    u = (grid[None, None, :] - centre[0][:, None, None]) / radius[:, None, None]
    v = (grid[None, :, None] - centre[1][:, None, None]) / radius[:, None, None]
    u, v = np.broadcast_arrays(u, v)
    which, rows, columns = np.nonzero(u * u + v * v < 1)
    at = (which, rows, columns)
    screen = (u[at], v[at])
    d = -turn[2][:, which]  # the ray's direction (0, 0, -1) in the body's own axes: its axes are the columns of `turn`
    p = turn[0][:, which] * screen[0] + turn[1][:, which] * screen[1] + 2 * turn[2][:, which]
    enter, leave = body(p, d)
    hit = enter < leave
    at = (at[0][hit], at[1][hit], at[2][hit])
    p, d, which, enter = p[:, hit], d[:, hit], which[hit], enter[hit]
    point = p + enter * d
    depth = np.full((n, SIZE, SIZE), np.nan)
    depth[at] = 2 - enter
    normal = _normals(depth, radius, at)
    shade = np.full((n, SIZE, SIZE), 1.0)
    shade[at] = 0.35 + 1.1 * np.maximum((normal * lamp[:, which]).sum(0), 0)
    mask = np.zeros((n, SIZE, SIZE))
    mask[at] = 1
    # The paper lies on each of three axes; the largest part of the normal, in the body's axes, chooses.
    own = np.abs(sum(turn[i][:, which] * normal[i] for i in range(3)))
    axis = own.argmax(0)
    places = np.clip(((point + 1) * 32).astype(np.int64), 0, SIZE - 1)
    uv = np.zeros((2, n, SIZE, SIZE), np.int64)
    uv[0][at] = np.where(axis == 0, places[1], places[0])
    uv[1][at] = np.where(axis == 2, places[1], places[2])
    return mask, shade, uv


def _normals(depth: np.ndarray, radius: np.ndarray, at: tuple[np.ndarray, ...]) -> np.ndarray:
    """(3, M) unit normals of the points at ``at``, from the flatter of the differences to both neighbours."""
    which, rows, columns = at
    here = depth[at]
    sides = []
    for shift in ((0, 1), (1, 0)):
        after = depth[which, np.minimum(rows + shift[0], SIZE - 1), np.minimum(columns + shift[1], SIZE - 1)] - here
        before = here - depth[which, np.maximum(rows - shift[0], 0), np.maximum(columns - shift[1], 0)]
        after, before = np.where(np.isnan(after), FAR, after), np.where(np.isnan(before), FAR, before)
        flatter = np.where(np.abs(after) < np.abs(before), after, before)
        sides.append(np.where(np.abs(flatter) < FAR, flatter, 0) * radius[which])
    length = np.sqrt(sides[0] * sides[0] + sides[1] * sides[1] + 1)
    return np.stack([-sides[0] / length, -sides[1] / length, 1 / length])


def _papered(masks: np.ndarray, shades: np.ndarray, uv: np.ndarray, test: int, rng: np.random.Generator) -> np.ndarray:
    n, bank = len(masks), _bank(test)
    ground = _lit(bank[rng.integers(0, len(bank), n)], rng.uniform(40, 210, n), rng.uniform(*GROUND, n), rng)
    paper = _lit(bank[rng.integers(0, len(bank), n)], rng.uniform(100, 190, n), rng.uniform(*THING, n), rng)
    thing = paper[np.arange(n)[:, None, None], uv[0], uv[1]] * shades[..., None].astype(np.float32)
    thing = np.clip(thing, 0, 255)
    return np.clip(ground + _soft(masks)[..., None] * (thing - ground), 0, 255).astype(np.uint8)


def _soft(masks: np.ndarray) -> np.ndarray:
    """Masks whose outline is one pixel soft, shrunk by half a pixel, so that nothing outside the thing shows."""
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    near = sum(padded[:, i : i + SIZE, j : j + SIZE] for i in range(3) for j in range(3)) / 9
    return (masks * np.clip(near * 1.5 - 0.25, 0, 1)).astype(np.float32)


MAKERS: dict[str, Callable[[int], Part]] = {
    "letters": letters,
    "pictograms": pictograms,
    "scripts": scripts,
    "digits": digits,
    "faces": faces,
    "materials": materials,
    "shapes": shapes,
}
