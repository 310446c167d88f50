"""The on-disk format of a data set, and its reader.

A folder holds ``shard-00000.tar`` ... (WebDataset: ``{k:09d}.png|jpg`` and ``{k:09d}.cls``, the label's index in
ASCII), next to each a ``shard-00000.json`` (hash and byte offsets), ``request.json`` (the request; written first) and
``manifest.json`` (written last: a folder with a manifest is complete).
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from PIL import Image
from pydantic import ValidationError

from synthbench.errors import DataError, UsageError
from synthbench.generator import label_of
from synthbench.storage.arriving import Arriving
from synthbench.storage.files import sha256_of
from synthbench.storage.model import FrozenModel
from synthbench.storage.remote import local

FORMAT_VERSION = 1
FINGERPRINT_IMAGES = 16
REQUEST, MANIFEST = "request.json", "manifest.json"
SUFFIX = {"png": "png", "jpeg": "jpg"}

Progress = Callable[[int, int], None]
"""Called with (images done, images in all)."""


class LeftOut(FrozenModel):
    """An image that could not be rendered, with the reason. ``label`` is an index."""

    k: int
    label: int
    reason: str


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


class Dataset:
    """Rendered images on disk, with random access. Index i counts the images that exist, in the order of k.

    Attributes:
        folder: its path; for a data set at an address, that of the local copy.
        manifest: the ``Manifest``.
        labels: names of all labels.
        ks: (N,) int64, the k of image i, ascending.
        class_of: (N,) int64, the label index of image i.
    """

    def __init__(
        self, folder: Path, manifest: Manifest, sidecars: list[Sidecar], arriving: Arriving | None = None
    ) -> None:
        self.folder, self.manifest, self.labels = folder, manifest, manifest.labels
        self._arriving = arriving
        rows = [(k, label, j, start, n) for j, side in enumerate(sidecars) for k, label, start, n in side.images]
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 5)
        self.ks, self.class_of = table[:, 0].copy(), table[:, 1].copy()
        self._where = table[:, 2:]  # shard, offset, length

    @classmethod
    def open(cls, folder: str | Path) -> Dataset:
        """Open a complete data set; shard sizes are checked here, hashes by ``verify``.

        Args:
            folder: a folder or an address; shards at an address are downloaded and verified while they are read.

        Raises:
            DataError: missing, incomplete, or inconsistent files.
            StorageError: the address cannot be read.
        """
        folder = local(folder)
        if isinstance(folder, str):
            from synthbench.render.address import opened

            return opened(folder)
        if not folder.is_dir():
            raise DataError(
                f"there is no data set {str(folder)!r}. `synthbench render ENTRANT --out {folder}` makes one."
            )
        if not (folder / MANIFEST).exists():
            begun = (folder / REQUEST).exists()
            why = (
                "its rendering was interrupted; the same render command continues it"
                if begun
                else "it is not a data set"
            )
            raise DataError(f"{folder} does not hold {MANIFEST}: {why}.")
        manifest = read_record(folder / MANIFEST, Manifest)
        if manifest.format_version != FORMAT_VERSION:
            raise DataError(
                f"{folder} has format version {manifest.format_version}; this version of synthbench reads "
                f"{FORMAT_VERSION}."
            )
        sidecars = []
        for shard in manifest.shards:
            side = read_record((folder / shard.name).with_suffix(".json"), Sidecar)
            path = folder / shard.name
            found = path.stat().st_size if path.is_file() else None
            fits = (side.sha256, side.bytes, side.n_images) == (shard.sha256, shard.bytes, shard.n_images)
            if found != shard.bytes:
                raise _corrupt(path, "is missing" if found is None else f"has {found} bytes, not {shard.bytes}")
            if not fits or any(start + n > shard.bytes for _, _, start, n in side.images):
                raise _corrupt(path, "has an index that does not match it")
            sidecars.append(side)
        dataset = cls(folder, manifest, sidecars)
        if len(dataset) != manifest.n_rendered:
            raise DataError(
                f"{folder} indexes {len(dataset)} images, but its manifest lists {manifest.n_rendered}. Render it "
                "again."
            )
        return dataset

    def __len__(self) -> int:
        return len(self.ks)

    def image(self, i: int) -> np.ndarray:
        """Image i, (S, S, 3) uint8. Safe to call from many threads and processes.

        Raises:
            IndexError: i is not in [0, len).
            DataError: the shard is missing or the image cannot be decoded.
        """
        data = self.encoded(i)
        path, size = self.folder / self.manifest.shards[int(self._where[i, 0])].name, self.manifest.size
        try:
            pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:  # PIL raises SyntaxError on a broken PNG
            raise _corrupt(path, f"cannot read image k={self.ks[i]} ({error})") from error
        if pixels.shape != (size, size, 3):
            raise _corrupt(path, f"returns image k={self.ks[i]} as {pixels.shape}, not {(size, size, 3)}")
        return pixels

    def encoded(self, i: int) -> bytes:
        """Image i's file, PNG or JPEG.

        Raises:
            IndexError: i is not in [0, len).
            DataError: the shard is missing.
        """
        if not 0 <= i < len(self):
            raise IndexError(f"image {i} of a data set of {len(self)}")
        j, start, n = self._where[i].tolist()
        if self._arriving is not None:
            return self._arriving.read(self.manifest.shards[j].name, start, n)
        path = self.folder / self.manifest.shards[j].name
        try:
            with path.open("rb") as file:
                return os.pread(file.fileno(), n, start)
        except OSError as error:
            raise _corrupt(path, f"cannot read image k={self.ks[i]} ({error})") from error

    def load_all(self, threads: int | None = None) -> np.ndarray:
        """All images, (N, S, S, 3) uint8 in the order of k, decoded by a pool of threads (by default one per CPU).

        Raises:
            DataError: as ``image``.
        """
        images = np.empty((len(self), self.manifest.size, self.manifest.size, 3), np.uint8)
        if self._arriving is not None:
            self._arriving.all()  # consecutive images are in different shards

        def decode(start: int) -> None:
            for i in range(start, min(start + 64, len(self))):
                images[i] = self.image(i)

        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            try:
                for _ in pool.map(decode, range(0, len(self), 64)):
                    pass
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return images

    def fingerprint(self) -> str:
        """``fingerprint`` of the first 16 images, recomputed (``manifest.fingerprint`` is the recorded one)."""
        first = range(min(FINGERPRINT_IMAGES, len(self)))
        return fingerprint((self.image(i) for i in first), (int(self.class_of[i]) for i in first))

    def verify(self) -> None:
        """Hash every shard again.

        Raises:
            DataError: a shard does not match its recorded hash; names it.
        """
        if self._arriving is not None:
            self._arriving.all()
        for shard in self.manifest.shards:
            path = self.folder / shard.name
            try:
                same = sha256_of(path) == shard.sha256
            except DataError as error:
                raise _corrupt(path, f"cannot be read ({error})") from error
            if not same:
                raise _corrupt(path, "does not match its SHA-256 in the manifest")


def _corrupt(path: Path, what: str) -> DataError:
    return DataError(f"shard {path} {what}. The same render command renders this shard again and keeps the others.")
