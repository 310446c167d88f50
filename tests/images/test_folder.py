"""A folder of images as an entrant: every kind of file becomes RGB, and undecodable files are named."""

from __future__ import annotations

import os

import numpy as np
import pictures
import pytest
import tifffile
from PIL import Image

from synthbench.entrant.recipe import resolve
from synthbench.errors import GeneratorError, UndecodableError, UsageError
from synthbench.generator import stream
from synthbench.registry import load_class
from synthbench.render.render import render


def load(path):
    return load_class("folder")(path=str(path))


def only(path, size: int = 16) -> np.ndarray:
    return load(path).render(0, stream(0, 0), size)


def flat(mode: str, colour, side: int = 16) -> Image.Image:
    return Image.new(mode, (side, side), colour)


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("gray.png", flat("L", 77), (77, 77, 77)),
        ("rgb.png", flat("RGB", (1, 2, 3)), (1, 2, 3)),
        ("bits.png", flat("1", 1), (255, 255, 255)),
        ("clear.png", flat("RGBA", (255, 0, 0, 0)), (255, 255, 255)),
        ("opaque.png", flat("RGBA", (9, 8, 7, 255)), (9, 8, 7)),
        ("half.png", flat("RGBA", (0, 0, 0, 128)), (127, 127, 127)),
        ("gray-alpha.png", flat("LA", (40, 0)), (255, 255, 255)),
        ("palette.png", flat("RGB", (200, 10, 60)).quantize(4), (200, 10, 60)),
        ("cmyk.tif", flat("CMYK", (0, 255, 255, 0)), (255, 0, 0)),
        ("float.tif", flat("F", 100.0), (100, 100, 100)),
        ("16-bit-white.png", flat("I;16", 65535), (255, 255, 255)),
        ("16-bit-gray.png", flat("I;16", 128 * 257), (128, 128, 128)),
        ("16-bit-dark.png", flat("I;16", 200), (0, 0, 0)),
        ("lossless.webp", flat("RGB", (1, 2, 3)), (1, 2, 3)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_mode_becomes_rgb(tmp_path, name, image, expected):
    image.save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
    made = only(tmp_path)
    assert made.shape == (16, 16, 3)
    assert made.dtype == np.uint8
    assert set(map(tuple, made.reshape(-1, 3).tolist())) == {expected}


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.float32, (0, 0.5, 1), (0, 127, 255)),
        (np.float32, (-0.02, 0.5, 1.05), (0, 127, 255)),
        (np.float32, (0, 100, 255), (0, 100, 255)),
        (np.float32, (0, 257 * 100, 65535), (0, 100, 255)),
        (np.float32, (0, 0, 0), (0, 0, 0)),
        (np.int32, (0, 100, 255), (0, 100, 255)),
        (np.int32, (0, 257 * 100, 65535), (0, 100, 255)),
        (np.int32, (0, 2**30, 2**31 - 1), (0, 127, 255)),
        (np.uint32, (0, 2**31, 2**32 - 1), (0, 127, 255)),
        (np.uint16, (0, 257 * 100, 65535), (0, 100, 255)),
        (np.int16, (0, 2**14, 2**15 - 1), (0, 127, 255)),
    ],
)
def test_tiff_of_any_depth_is_scaled_by_its_range(tmp_path, dtype, values, expected):
    tifffile.imwrite(tmp_path / "a.tif", np.repeat(np.array(values, dtype)[:, None], 3, axis=1))
    assert only(tmp_path, 3)[:, 0, 0].tolist() == list(expected)


@pytest.mark.parametrize(
    ("dtype", "values", "what"),
    [
        (np.float32, (0, 12.0), "floats from 0 to 12, in none of the ranges 0 to 1, 0 to 255, 0 to 65535"),
        (np.float32, (-1, 1), "floats from -1 to 1, in none"),
        (np.float32, (0, np.nan), "floats from nan to nan"),
        (np.float32, (0, np.inf), "floats from 0 to inf"),
        (np.int32, (0, 7), "32-bit integers from 0 to 7, in none of the ranges 0 to 255"),
        (np.int32, (-1000, 3000), "32-bit integers from -1000 to 3000"),
    ],
)
def test_tiff_that_would_be_black_is_refused_by_name(tmp_path, dtype, values, what):
    tifffile.imwrite(tmp_path / "a.tif", np.repeat(np.array(values, dtype)[:, None], 2, axis=1))
    with pytest.raises(UndecodableError, match=rf"a\.tif does not decode: its pixels are {what}"):
        only(tmp_path, 2)


def test_a_palette_with_a_transparent_colour_lies_on_white(tmp_path):
    image = flat("RGB", (200, 10, 60)).quantize(2)
    image.save(tmp_path / "p.png", transparency=image.getpixel((0, 0)))
    assert (only(tmp_path) == 255).all()


def test_a_16_bit_ramp_keeps_its_order(tmp_path):
    ramp = np.linspace(0, 65535, 16 * 16).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    made = only(tmp_path)[..., 0].ravel().astype(int)
    assert (np.diff(made) >= 0).all()
    assert (made[0], made[-1]) == (0, 255)


@pytest.mark.parametrize(("width", "height"), [(80, 40), (40, 80), (7, 5), (33, 33), (300, 2), (1, 1)])
@pytest.mark.parametrize("size", [16, 33])
def test_any_size_fits(tmp_path, width, height, size):
    flat("RGB", (5, 6, 7)).resize((width, height)).save(tmp_path / "a.png")
    made = only(tmp_path, size)
    assert made.shape == (size, size, 3)
    assert (made == (5, 6, 7)).all()


def test_the_centre_is_kept(tmp_path):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert (only(tmp_path, 20) == 255).all()


def test_labels_are_the_direct_subfolders(tmp_path):
    for name in ("b/1.png", "a/2.PNG", "a/deep/3.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        flat("L", int(name[-5]) * 10).save(tmp_path / name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("no image")
    generator = load(tmp_path)
    assert generator.labels == ("a", "b")
    assert (generator.render(1, stream(0, 0), 16) == 10).all()
    assert {int(generator.render(0, stream(0, k), 16)[0, 0, 0]) for k in range(20)} == {20, 30}


def test_images_next_to_the_subfolders_have_a_label_too(tmp_path):
    (tmp_path / "a").mkdir()
    flat("L", 10).save(tmp_path / "a" / "1.png")
    flat("L", 20).save(tmp_path / "2.png")
    assert load(tmp_path).labels == ("a", "images")


def test_the_order_of_the_directory_does_not_matter(tmp_path):
    drawn = []
    for names in ("abcdef", "fedcba"):
        folder = tmp_path / names
        folder.mkdir()
        for name in names:
            flat("L", ord(name)).save(folder / f"{name}.png")
        drawn.append([load(folder).render(0, stream(0, k), 8)[0, 0, 0] for k in range(12)])
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 2


@pytest.mark.parametrize(
    "content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\xff\xd8\xff\xe0" * 9]
)
def test_a_file_that_does_not_decode_is_named(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(GeneratorError, match=r"broken\.png does not decode"):
        only(tmp_path)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it mends
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp"])
def test_a_damaged_file_is_named(tmp_path, suffix):
    """Truncated, or with bytes changed anywhere: an image, or an error that names the file; never another exception."""
    rng = np.random.default_rng(0)
    file = tmp_path / f"damaged.{suffix}"
    Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GeneratorError, match=rf"damaged\.{suffix} does not decode"):
        only(tmp_path)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 120), 4):
            damaged[place] = rng.integers(256)
        file.write_bytes(bytes(damaged))
        try:
            made = only(tmp_path)
        except GeneratorError as error:
            assert file.name in str(error)  # noqa: PT017 - any other exception fails the test
        else:
            assert made.shape == (16, 16, 3)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_named(tmp_path, monkeypatch):
    flat("L", 1, 64).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(GeneratorError, match=r"bomb\.png does not decode"):
        only(tmp_path)


def test_decoding_errors_are_the_same_in_every_run(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image at all")
    with pytest.raises(UndecodableError) as error:
        only(tmp_path)
    assert str(error.value) == f"{tmp_path}/broken.png does not decode: it is no image of a known format"


def test_links(tmp_path):
    """Links to images and to folders are followed, by the index and by the identity, without loops."""
    folder = pictures.tree(tmp_path / "folder", ["a/0.png", "b/0.png"])
    before = resolve(str(folder)).sha256()
    (folder / "self").symlink_to(".")
    (folder / "a" / "up").symlink_to("..")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "nowhere").symlink_to("absent")
    assert resolve(str(folder)).sha256() == before
    assert load(folder).labels == ("a", "b")
    (folder / "c").symlink_to(pictures.tree(tmp_path / "elsewhere", ["c/0.png"]) / "c")
    assert resolve(str(folder)).sha256() != before
    assert load(folder).labels == ("a", "b", "c")
    assert (
        load(folder).render(2, stream(0, 0), 8).tobytes()
        == load(tmp_path / "elsewhere").render(0, stream(0, 0), 8).tobytes()
    )
    (folder / "a" / "1.png").symlink_to(tmp_path / "elsewhere" / "c" / "0.png")
    assert len({load(folder).render(0, stream(0, k), 8).tobytes() for k in range(4)}) == 2


def test_folders_that_link_to_each_other_end(tmp_path):
    pictures.tree(tmp_path, ["a/0.png", "b/0.png"])
    (tmp_path / "a" / "other").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "other").symlink_to(tmp_path / "a")
    found = load(tmp_path)
    assert found.labels == ("a", "b")
    assert len(found._index) == 4


def test_a_folder_of_links_is_a_collection(tmp_path):
    pictures.tree(tmp_path / "elsewhere", ["a/0.png"])
    (tmp_path / "linked").mkdir()
    for name in "ab":
        (tmp_path / "linked" / name).symlink_to(tmp_path / "elsewhere" / "a")
    recipe = resolve(str(tmp_path / "linked"))
    assert (recipe.generator, recipe.load().labels) == ("folder", ("a", "b"))


def test_a_folder_of_zip_files_says_what_to_do(tmp_path):
    (tmp_path / "zips").mkdir()
    pictures.zipped(tmp_path / "zips" / "a.zip")
    with pytest.raises(UsageError, match=r"at any depth\. It holds \.zip files: name one, as in '.*/zips/a\.zip'"):
        load(tmp_path / "zips")


def test_names_that_are_not_utf_8(tmp_path):
    folder = tmp_path / "photos"
    for name in (b"caf\xe9", b"ok"):
        pictures.tree(folder / os.fsdecode(name), [f"{i}.png" for i in range(8)])
    (folder / os.fsdecode(b"caf\xe9") / "broken.png").write_bytes(b"no image")
    data = render(resolve(str(folder)), images=18, size=16, seed=0, out=tmp_path / "out", workers=1)
    assert data.labels == [r"caf\udce9", "ok"]
    assert [x.reason for x in data.manifest.left_out] == [
        (
            rf"{folder}/caf\udce9/broken.png does not decode: it is no "
            f"image of a known format (k={data.manifest.left_out[0].k})"
        )
    ]
    with pytest.raises(UsageError, match=r"photos/caf\\udce9' is not UTF-8: rename the folder"):
        load(folder / os.fsdecode(b"caf\xe9"))


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(UsageError, match=r"does not hold images \(\.bmp, .*\.png"):
        load(tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder .*absent"):
        load(tmp_path / "absent")
