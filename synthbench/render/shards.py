"""The reader of data sets on disk or at an address; their format is in ``dataset.manifest``."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from synthbench.dataset.address import brought
from synthbench.dataset.manifest import (
    FINGERPRINT_IMAGES,
    FORMAT_VERSION,
    MANIFEST,
    REQUEST,
    Manifest,
    Sidecar,
    fingerprint,
    read_record,
)
from synthbench.errors import DataError
from synthbench.storage.arriving import Arriving
from synthbench.storage.files import sha256_of
from synthbench.storage.remote import local


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
            arriving, manifest = brought(folder)
            here = arriving.copy.folder
            return cls(here, manifest, [_record(here, shard.name) for shard in manifest.shards], arriving)
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
            side = _record(folder, shard.name)
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


def _record(folder: Path, shard: str) -> Sidecar:
    return read_record((folder / shard).with_suffix(".json"), Sidecar)


def _corrupt(path: Path, what: str) -> DataError:
    return DataError(f"shard {path} {what}. The same render command renders this shard again and keeps the others.")
