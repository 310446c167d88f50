"""The photographs that are packaged in scikit-image, scikit-learn and matplotlib: the pocket scale needs no download.

The upper half of every photo is for evaluation (the left part to train the probes, the right part to test them); the
lower half is for the ``photographs`` entrant. No pixel is used for two purposes.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from synthbench.errors import DataError
from synthbench.storage.files import sha256_of

_FILES = {  # name -> package, file in it, first 16 hex digits of its sha256
    "astronaut": ("skimage", "data/astronaut.png", "88431cd9653ccd53"),
    "brick": ("skimage", "data/brick.png", "7966caf324f6ba84"),
    "camera": ("skimage", "data/camera.png", "b0793d2adda0fa6a"),
    "cell": ("skimage", "data/cell.png", "8d23a7fb81f7cc87"),
    "chelsea": ("skimage", "data/chelsea.png", "596aa1e7cb875eb7"),
    "clock-motion": ("skimage", "data/clock_motion.png", "f029226b28b642e8"),
    "coffee": ("skimage", "data/coffee.png", "cc02f8ca188b167c"),
    "coins": ("skimage", "data/coins.png", "f8d773fc9cfa6f4d"),
    "grass": ("skimage", "data/grass.png", "b6b6022426b38936"),
    "gravel": ("skimage", "data/gravel.png", "c48615b451bf1e60"),
    "hubble-deep-field": ("skimage", "data/hubble_deep_field.jpg", "3a19c5dd8a927a93"),
    "ihc": ("skimage", "data/ihc.png", "f8dd1aa387ddd1f4"),
    "moon": ("skimage", "data/moon.png", "78739619d11f7eb9"),
    "motorcycle-left": ("skimage", "data/motorcycle_left.png", "db18e9c415761740"),
    "page": ("skimage", "data/page.png", "341a6f0a61557662"),
    "retina": ("skimage", "data/retina.jpg", "38a07f36f27f095e"),
    "rocket": ("skimage", "data/rocket.jpg", "c2dd0de7c538df8d"),
    "text": ("skimage", "data/text.png", "bd84aa3a6e3c9887"),
    "china": ("sklearn", "datasets/images/china.jpg", "8378025ad2519d64"),
    "flower": ("sklearn", "datasets/images/flower.jpg", "a77f6ec41e353afd"),
    "grace-hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "a8ca6d734765703b"),
}
NAMES = tuple(_FILES)
TALLEST = 512
"""Larger photos are downscaled so that the shorter side has this many pixels."""


@cache
def photo(name: str) -> np.ndarray:
    """A whole photo: (H, W, 3) uint8.

    Raises:
        DataError: its package is missing, or has a file that differs from the one the protocols were made with.
    """
    package, file, digest = _FILES[name]
    path = packaged(package, file)
    if sha256_of(path)[:16] != digest:
        raise DataError(
            f"{path} is not the photo that the protocol was made with; {package} may have another version. See "
            "constraints.txt."
        )
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if min(image.size) > TALLEST:
        scale = TALLEST / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    return np.asarray(image)


def packaged(package: str, file: str) -> Path:
    """The path of a data file inside an installed package, without importing the package.

    Raises:
        DataError: it is missing.
    """
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin or "").parent / file if spec else None
    if path is None or not path.is_file():
        raise DataError(f"the package {package} does not contain {file}: `pip install --force-reinstall {package}`.")
    return path


def lower_half(name: str) -> np.ndarray:
    """The part of a photo that the ``photographs`` entrant may use."""
    image = photo(name)
    return image[image.shape[0] // 2 :]


def upper_left(name: str) -> np.ndarray:
    """The part of a photo that probes are trained on."""
    image = photo(name)
    return image[: image.shape[0] // 2, : image.shape[1] // 2]


def upper_right(name: str) -> np.ndarray:
    """The part of a photo that probes are tested on."""
    image = photo(name)
    return image[: image.shape[0] // 2, image.shape[1] // 2 :]
