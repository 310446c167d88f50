"""Decode the pixels of an image file: any format that Pillow supports becomes a square of RGB."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from synthbench.errors import UndecodableError

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation -> the operation that corrects it."""
BITS, KIND, UNSIGNED = 258, 339, 1
"""TIFF's tags BitsPerSample and SampleFormat, and the latter's value for unsigned integers."""
RANGES = ((1, 255, 65535), (255, 65535, 2**31 - 1, 2**32 - 1))
"""Common ranges of floats and of 32-bit integers."""
SLACK = 0.1
"""Fraction of a range by which values may exceed it: resizing overshoots."""


def decode(data: bytes, size: int) -> np.ndarray:
    """The centre square of an image, resized to ``size`` (bicubic, antialiased; small images grow).

    A JPEG of four times the size or more is decoded at half, a quarter or an eighth of its size (the DCT's own scales),
    never below twice the size. EXIF's orientation is applied, colour profiles are not. Of several frames, the first is
    used.

    Returns:
        (size, size, 3) uint8.

    Raises:
        UndecodableError: not an image, truncated, or so large that it might be a decompression bomb (179 million
            pixels).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about odd metadata for every image
            with Image.open(io.BytesIO(data)) as opened:
                opened.draft(None, (2 * size, 2 * size))
                opened.load()
                turn = TURNS.get(opened.getexif().get(ORIENTATION, 1))
                image = to_rgb(opened)
            side = min(image.size)
            left, top = (image.width - side) / 2, (image.height - side) / 2
            square = image.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
            return np.asarray(square if turn is None else square.transpose(turn))
    except UnidentifiedImageError as error:  # its message contains a memory address, which differs between runs
        raise UndecodableError("it is no image of a known format") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise UndecodableError(" ".join(str(error).split()) or type(error).__name__) from error
    except Image.DecompressionBombError as error:
        raise UndecodableError(str(error)) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB: gray of high bit depth is scaled to 8 bits (``shallow``), transparency is composed
    over white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(shallow(image))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")


def shallow(image: Image.Image) -> np.ndarray:
    """Gray of more than 8 bits, or of floats, as 8 bits.

    12 and 16 bits are scaled by the range of their type. Floats and 32-bit integers rarely use the range of their type:
    they are scaled by the first of ``RANGES`` that contains the values.

    Returns:
        (H, W) uint8.

    Raises:
        ValueError: NaN, values below 0, or values that use less than a sixteenth of the range that contains them (the
            image would be black).
    """
    tags = getattr(image, "tag_v2", {})
    bits, kind = (int(np.ravel(tags.get(tag, default))[0]) for tag, default in ((BITS, 16), (KIND, UNSIGNED)))
    values = np.asarray(image)
    if image.mode != "F" and bits < 32:
        top = 2 ** (bits if kind == UNSIGNED else bits - 1) - 1
        return np.clip(values * (255 / top), 0, 255).astype(np.uint8)
    if image.mode != "F" and kind == UNSIGNED:
        values = values.astype(np.int32, copy=False).view(np.uint32)
    low, high = (float(edge) for edge in (values.min(), values.max()))
    what = "floats" if image.mode == "F" else "32-bit integers"
    top = next((top for top in RANGES[image.mode != "F"] if high <= top * (1 + SLACK)), np.inf)
    if not (low >= -SLACK * max(high, 1) and (high <= 0 or top / 16 <= high < np.inf)):
        allowed = ", ".join(f"0 to {top:.0f}" for top in RANGES[image.mode != "F"])
        raise ValueError(
            f"its pixels are {what} from {low:g} to {high:g}, in "
            f"none of the ranges {allowed}; save it with 8 or 16 bits"
        )
    return np.clip(values * (255 / top), 0, 255).astype(np.uint8)
