"""The on-disk format of a data set: its files, their records, and the layout of its shards.

A folder holds ``shard-00000.tar`` ... (WebDataset: ``{k:09d}.png|jpg`` and ``{k:09d}.cls``, the label's index in
ASCII), next to each a ``shard-00000.json`` (hash and byte offsets), ``request.json`` (the request; written first) and
``manifest.json`` (written last: a folder with a manifest is complete).
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from pydantic import ValidationError

from synthbench.errors import DataError, UsageError
from synthbench.generator import label_of
from synthbench.storage.model import FrozenModel

FORMAT_VERSION = 1
FINGERPRINT_IMAGES = 16
REQUEST, MANIFEST = "request.json", "manifest.json"
SUFFIX = {"png": "png", "jpeg": "jpg"}


class LeftOut(FrozenModel):
    """An image that could not be rendered, with the reason. ``label`` is an index."""

    k: int
    label: int
    reason: str

    @property
    def cause(self) -> str:
        """The reason without the image's number, equal for images that fail alike."""
        return self.reason.partition(" (k=")[0]


class Request(FrozenModel):
    """The request for a data set. Two requests that differ only in ``shard_size`` describe the same images."""

    format_version: int = FORMAT_VERSION
    identity: dict[str, Any]
    """``Recipe.identity()``."""
    recipe_sha256: str
    seed: int
    n_images: int
    size: int
    format: Literal["png", "jpeg"]
    quality: int | None
    """JPEG quality; None for PNG."""
    shard_size: int

    def differences(self, other: Request) -> list[str]:
        """The differences between this request and ``other``, as in ``["seed 1, not 0"]``."""
        keys = ["format_version", "recipe_sha256", "seed", "n_images", "size", "format", "quality"]
        pairs = [(key, getattr(self, key), getattr(other, key)) for key in keys]
        return [f"{key} {own}, not {theirs}" for key, own, theirs in pairs if own != theirs]


class Sidecar(FrozenModel):
    """The index of one shard. ``images`` holds (k, label, byte offset, byte length), sorted by k."""

    name: str
    sha256: str
    bytes: int
    n_images: int
    images: list[tuple[int, int, int, int]]
    left_out: list[LeftOut]
    redrawn: int = 0
    """Number of drawings that broke a rule of the generator and were drawn again."""
    renderer: str
    seconds: float = 0.0
    """Wall-clock seconds since the previous shard was written, or since the run started."""


class ShardRow(FrozenModel):
    """A shard in the manifest."""

    name: str
    sha256: str
    bytes: int
    n_images: int


class Manifest(Request):
    """A complete data set: the request and its result."""

    recipe: str
    """The recipe's name, for display; it does not determine the images."""
    n_rendered: int
    labels: list[str]
    renderer: str
    versions: dict[str, str]
    shards: list[ShardRow]
    left_out: list[LeftOut]
    redrawn: int = 0
    fingerprint: str
    seconds: float
    """Wall-clock seconds of all runs; for an interrupted one, up to its last shard."""


LIMITS = {
    "images": (1, 10**9),
    "size": (8, 4096),
    "seed": (0, 2**63 - 1),
    "workers": (1, 10**4),
    "shard_size": (1, 10**6),
    "quality": (1, 100),
}


def validate(*, format: str = "png", **values: int) -> None:
    """Refuse a format or a value outside ``LIMITS``, before anything is written.

    Raises:
        UsageError: names the value and the allowed range.
    """
    for name, value in values.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise UsageError(f"{name} {value}: must be from {low} to {high}.")
    if format not in SUFFIX:
        raise UsageError(f"format {format!r}: must be {' or '.join(SUFFIX)}.")


def shard_name(j: int) -> str:
    """The file name of shard j without its suffix."""
    return f"shard-{j:05d}"


def layout(n_images: int, n_labels: int, shard_size: int) -> list[list[tuple[int, int]]]:
    """The images of each shard: (k, label) sorted by (label, k), cut into chunks, so that a shard holds few
    programs."""
    ks = np.arange(n_images)
    labels = np.array([label_of(k, n_labels) for k in range(n_images)])
    order = np.lexsort((ks, labels))
    items = list(zip(ks[order].tolist(), labels[order].tolist(), strict=True))
    return [items[start : start + shard_size] for start in range(0, n_images, shard_size)]


def fingerprint(images: Iterable[np.ndarray], labels: Iterable[int]) -> str:
    """SHA-256 over label (8 bytes, little-endian) and raw pixels ((S, S, 3) uint8) of each image in turn.

    The manifest's is over the first 16 rendered images in the order of k, as decoded.
    """
    digest = hashlib.sha256()
    for image, label in zip(images, labels, strict=True):
        digest.update(int(label).to_bytes(8, "little") + np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()


_R = TypeVar("_R", bound=FrozenModel)


def read_record(path: Path, kind: type[_R]) -> _R:
    """Read one of the JSON files above.

    Raises:
        DataError: the file is missing, unreadable, or of another kind.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing. Render into that folder again; complete shards are kept.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return parsed(raw, kind, path)


def parsed(raw: bytes, kind: type[_R], name: str | Path) -> _R:
    """One of the JSON files above, from what it holds.

    Args:
        name: of the file, for the error.

    Raises:
        DataError: it is not of this kind.
    """
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        what = error.errors()[0]
        where = ".".join(map(str, what["loc"])) or "the file"
        raise DataError(
            f"{name} is corrupt ({where}: {what['msg']}). Delete it and render into that folder again."
        ) from error


def tar_member(name: str, content: bytes) -> bytes:
    """A file as it is stored in a tar file: header, content, padding."""
    info = tarfile.TarInfo(name)  # its defaults are ours: mtime 0, uid and gid 0, mode 0644, no user or group name
    info.size = len(content)
    return info.tobuf(tarfile.USTAR_FORMAT) + content + b"\0" * (-len(content) % tarfile.BLOCKSIZE)
