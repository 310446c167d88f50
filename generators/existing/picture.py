"""The pixels of an image file: any format that Pillow reads becomes a square of RGB."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from synthbench.errors import UndecodableError

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""EXIF's orientation -> what sets it right."""


def decode(data: bytes, size: int) -> np.ndarray:
    """The centre square of an image, resized to ``size`` (bicubic, antialiased; small images grow).

    A JPEG of four times the size or more is decoded at half, a quarter or an eighth of its size (the DCT's own scales), never below
    twice the size. EXIF's orientation is followed, colour profiles are not. Of several frames, the first is taken.

    Returns:
        (size, size, 3) uint8.

    Raises:
        UndecodableError: no image, cut short, or so large that it might be a decompression bomb (179 million pixels).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow tells of odd metadata, image by image
            with Image.open(io.BytesIO(data)) as opened:
                opened.draft(None, (2 * size, 2 * size))
                opened.load()
                turn = TURNS.get(opened.getexif().get(ORIENTATION, 1))
                image = to_rgb(opened)
            side = min(image.size)
            left, top = (image.width - side) / 2, (image.height - side) / 2
            square = image.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
            return np.asarray(square if turn is None else square.transpose(turn))
    except UnidentifiedImageError as error:  # its message has an address in memory, which changes from run to run
        raise UndecodableError("it is no image of a known format") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise UndecodableError(" ".join(str(error).split()) or type(error).__name__) from error
    except Image.DecompressionBombError as error:
        raise UndecodableError(str(error)) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of any mode: 16-bit gray is scaled to 8 bits, transparency is laid over white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        top = 255.0 if image.mode == "F" and values.max(initial=0) <= 255 else 65535.0
        image = Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")
