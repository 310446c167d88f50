"""Encode pixels as PNG or JPEG.

PNG is written here, not by Pillow: one filter for all rows (*up*, the difference to the row above), computed by numpy,
and deflate's run-length strategy. On two hundred shader frames this takes half the time of Pillow's fastest setting for
files that are a tenth larger.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
UP = 2
"""The number of the filter *up* (PNG specification, section 9.2)."""


def encode(image: np.ndarray, format: str, quality: int) -> bytes:
    """PNG or JPEG bytes of (S, S, 3) uint8, or the pixels for ``raw``; JPEG has full colour resolution (4:4:4) from
    quality 95 on."""
    if format == "raw":
        return image.tobytes()
    return png(image) if format == "png" else jpeg(image, quality)


def png(image: np.ndarray) -> bytes:
    """Lossless PNG bytes of (H, W, 3) uint8."""
    height, width, _ = image.shape
    rows = image.reshape(height, 3 * width)
    filtered = np.empty((height, 1 + 3 * width), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])  # modulo 256, as in the format
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    data = packer.compress(filtered.data) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits per channel, RGB
    return PNG_MAGIC + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def jpeg(image: np.ndarray, quality: int) -> bytes:
    """JPEG bytes of (H, W, 3) uint8."""
    buffer = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.save(buffer, "JPEG", quality=quality, subsampling=0 if quality >= 95 else 2)
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
