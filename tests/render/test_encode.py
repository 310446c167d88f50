"""The encoders: PNG files that others decode to the same pixels, JPEG files with the right colours."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from synthbench.render.encode import encode, png


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (33, 20), (96, 96)])
@pytest.mark.parametrize("kind", ["noise", "flat", "ramp"])
def test_png_is_lossless(shape, kind):
    rng = np.random.default_rng(0)
    image = np.full((*shape, 3), (255, 0, 128), np.uint8)
    if kind == "noise":
        image = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    elif kind == "ramp":
        image = (np.add.outer(np.arange(shape[0]) * 9, np.arange(shape[1]))[..., None] * (1, 2, 3)).astype(np.uint8)
    with Image.open(io.BytesIO(png(image))) as opened:
        opened.load()  # checks the checksums
        assert (opened.format, opened.mode) == ("PNG", "RGB")
        np.testing.assert_array_equal(np.asarray(opened), image)


def test_png_takes_a_view_that_stands_on_its_head():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    assert png(image[::-1]) == png(image[::-1].copy())


def test_png_chunks_have_their_lengths_and_checksums():
    data, position, names = png(np.zeros((4, 5, 3), np.uint8)), 8, []
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        body = data[position + 4 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length) == (zlib.crc32(body),)
        names.append(body[:4])
        position += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_a_smooth_image_gets_small():
    y, x = np.mgrid[:128, :128]
    image = np.repeat((x + y)[..., None], 3, 2).astype(np.uint8)
    assert len(png(image)) < image.size / 10


def test_jpeg_keeps_full_colour_resolution_from_quality_95_on():
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (200, 30, 30), (30, 30, 200)
    fine, coarse = (np.asarray(Image.open(io.BytesIO(encode(stripes, "jpeg", q))), int) for q in (95, 90))
    assert np.abs(fine - stripes).mean() < 6 < np.abs(coarse - stripes).mean()
