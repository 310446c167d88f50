"""The output of a render: a local folder (``Place``), or an address (``Address``) to which finished shards are
uploaded."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from synthbench.dataset.address import kept, records
from synthbench.dataset.manifest import MANIFEST, REQUEST, Manifest, Request, Sidecar, parsed, read_record, shard_name
from synthbench.errors import DataError, StorageError
from synthbench.render import write
from synthbench.render.shards import Dataset
from synthbench.storage.arriving import Arriving
from synthbench.storage.copy import Copy
from synthbench.storage.files import clear, disk_errors, is_draft, sha256_of
from synthbench.storage.lock import LOCK
from synthbench.storage.remote import Remote, local

Chunks = list[list[tuple[int, int]]]
"""The (k, label) of each shard, from ``dataset.manifest.layout``."""
UPLOADS = 4
"""Concurrent uploads; rendering pauses while more than three times as many shards are pending."""


def place(out: str | Path) -> Place:
    """The output for a folder or an address."""
    out = local(out)
    return Address(out) if isinstance(out, str) else Place(out)


def is_complete(out: str | Path) -> bool:
    """Whether a folder or an address has a manifest, which completes a data set.

    Raises:
        StorageError: the address cannot be read.
    """
    out = local(out)
    return (out / MANIFEST).is_file() if isinstance(out, Path) else Remote(out).read(MANIFEST) is not None


class Place:
    """A local folder. ``render`` calls the methods from top to bottom.

    Attributes:
        folder: where shards are written.
        name: for messages.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, str(folder)

    def begun(self, request: Request) -> Request | None:
        """The request with which the place was started; None if it is new or empty.

        Raises:
            DataError: it holds another data set, or other files.
        """
        with disk_errors(self.folder):
            files = list(self.folder.iterdir()) if self.folder.exists() else []
        names = [file.name for file in files if file.name != LOCK and not is_draft(file)]
        path = self.folder / REQUEST
        return self._same(names, read_record(path, Request) if path.exists() else None, request)

    def _same(self, names: list[str], found: Request | None, request: Request) -> Request | None:
        if not names:
            return None
        if found is None:
            some = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
            raise DataError(
                f"{self.name} holds files that are not a data set ({some}). Choose an empty or a new folder."
            )
        if differences := found.differences(request):
            raise DataError(
                f"{self.name} holds another data set ({'; '.join(differences)}). "
                "Choose another folder, or delete that one if it is not needed. Nothing was changed."
            )
        return found

    def complete(self) -> Dataset | None:
        """The data set, if it is complete and every hash matches. A damaged one counts as interrupted."""
        if not (self.folder / MANIFEST).exists():
            return None
        try:
            dataset = Dataset.open(self.folder)
            dataset.verify()
        except DataError:
            return None
        return dataset

    def begin(self, request: Request) -> None:
        """Prepare the folder; there is no manifest until all shards are valid."""
        clear(self.folder)
        with disk_errors(self.folder):
            (self.folder / MANIFEST).unlink(missing_ok=True)
        write.write_record(self.folder / REQUEST, request)

    def kept(self, chunks: Chunks, renderer: str) -> dict[int, Sidecar | None]:
        """Valid shards of an earlier run, drawn by the same renderer; None if ``settled`` reads the record."""
        return {j: side for j, chunk in enumerate(chunks) if (side := self._held(j, chunk, renderer)) is not None}

    def _held(self, j: int, chunk: list[tuple[int, int]], renderer: str) -> Sidecar | None:
        """The record of a local shard; None unless the shard is complete and holds the right images."""
        path = self.folder / f"{shard_name(j)}.tar"
        side = kept(self.folder, path.name)
        if side is None or not _fits(side, chunk, renderer) or not path.is_file():
            return None
        return side if sha256_of(path) == side.sha256 else None

    def require_space(self, n_images: int, request: Request) -> None:
        """As ``write.require_space``."""
        write.require_space(self.folder, n_images, request.size, request.format)

    def add(self, side: Sidecar) -> None:
        """Called when a shard and its record have been written to the folder."""

    def settled(self, sides: Mapping[int, Sidecar | None], chunks: Chunks, renderer: str) -> dict[int, Sidecar]:
        """The records of all valid shards, after pending uploads."""
        return {j: side for j, side in sides.items() if side is not None}

    def end(self, manifest: Manifest, sides: list[Sidecar]) -> Dataset:
        """Write the manifest, which completes the data set."""
        manifest = manifest.model_copy(update={"fingerprint": Dataset(self.folder, manifest, sides).fingerprint()})
        write.write_record(self.folder / MANIFEST, manifest)
        return Dataset.open(self.folder)

    def close(self) -> None:
        """Release what is held."""


class Address(Place):
    """An address, through its local copy. The record of a shard is uploaded after the shard, so a listing shows which
    shards exist without downloading them."""

    def __init__(self, address: str) -> None:
        self._copy = Copy(address)
        super().__init__(self._copy.folder)
        self.name, self._remote = address, self._copy.remote
        self._there: dict[str, int] = {}
        self._pool = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")
        self._going = deque[Future[None]]()

    def begun(self, request: Request) -> Request | None:
        self._there = self._there or self._remote.sizes()
        raw = self._remote.read(REQUEST) if REQUEST in self._there else None
        found = None if raw is None else parsed(raw, Request, f"{self.name}/{REQUEST}")
        return self._same([name for name in self._there if not name.startswith(".")], found, request)

    def complete(self) -> Dataset | None:
        """The data set, if it is complete and all sizes match; hashes are verified when it is read."""
        if MANIFEST not in self._there:
            return None
        try:
            dataset = Dataset.open(self.name)
        except StorageError:
            raise
        except DataError:
            return None
        whole = all(self._there.get(shard.name) == shard.bytes for shard in dataset.manifest.shards)
        return dataset if whole else None

    def begin(self, request: Request) -> None:
        path = self.folder / REQUEST
        try:
            same = read_record(path, Request) == request
        except DataError:
            same = False
        if not same:  # shards of another data set, earlier at this address
            with disk_errors(self.folder):
                for file in self.folder.glob("shard-*"):
                    file.unlink()
        super().begin(request)
        if REQUEST not in self._there:
            self._remote.put(path, REQUEST)

    def kept(self, chunks: Chunks, renderer: str) -> dict[int, Sidecar | None]:
        names = map(shard_name, range(len(chunks)))
        there = {j for j, name in enumerate(names) if f"{name}.json" in self._there and f"{name}.tar" in self._there}
        found: dict[int, Sidecar | None] = dict.fromkeys(there)
        for _, side in records(self._copy, [f"{shard_name(j)}.tar" for j in list(there)[:1]]):
            if side.renderer != renderer:
                raise DataError(
                    f"{self.name} was started with the renderer {side.renderer!r}, and this machine has {renderer!r}; "
                    "a data set must have one renderer. Continue on a machine with that renderer, or choose another "
                    "--out. Nothing was changed."
                )
        if MANIFEST in self._there:
            self._remote.delete(MANIFEST)
        here = {file.name for file in self.folder.glob("shard-*.json")}
        lacking = (j for j in range(len(chunks)) if j not in there)
        for j in (j for j in lacking if f"{shard_name(j)}.json" in here):
            if (held := self._held(j, chunks[j], renderer)) is not None:  # rendered, but not uploaded
                self.add(held)
                found[j] = held
        return found

    def require_space(self, n_images: int, request: Request) -> None:
        super().require_space(min(n_images, 3 * UPLOADS * request.shard_size), request)

    def add(self, side: Sidecar) -> None:
        """Start to upload the shard.

        Raises:
            StorageError: an upload has failed.
        """
        self._going.append(self._pool.submit(self._upload, side.name))
        while self._going and (len(self._going) > 3 * UPLOADS or self._going[0].done()):
            self._going.popleft().result()

    def _upload(self, name: str) -> None:
        path = self.folder / name
        record = path.with_suffix(".json")
        if record.name in self._there:
            self._remote.delete(record.name)  # no record while its shard is replaced
        self._remote.put(path, name)
        self._remote.put(record, record.name)
        if not self._copy.make_room(0):  # uploaded: the local copy is only kept for later reads
            path.unlink(missing_ok=True)

    def settled(self, sides: Mapping[int, Sidecar | None], chunks: Chunks, renderer: str) -> dict[int, Sidecar]:
        while self._going:
            self._going.popleft().result()
        found = super().settled(sides, chunks, renderer)
        names = {f"{shard_name(j)}.tar": j for j in sides if j not in found}
        for name, side in records(self._copy, names):
            if _fits(side, chunks[names[name]], renderer) and side.bytes == self._there[name]:
                found[names[name]] = side
        return found

    def end(self, manifest: Manifest, sides: list[Sidecar]) -> Dataset:
        first = Dataset(self.folder, manifest, sides, Arriving(self._copy, []))  # does not download shards
        path = self.folder / MANIFEST
        write.write_record(path, manifest.model_copy(update={"fingerprint": first.fingerprint()}))
        self._remote.put(path, MANIFEST)
        return Dataset.open(self.name)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _fits(side: Sidecar, chunk: list[tuple[int, int]], renderer: str) -> bool:
    """Whether a shard holds these images, drawn by this renderer."""
    held = sorted([(k, label) for k, label, _, _ in side.images] + [(x.k, x.label) for x in side.left_out])
    return held == sorted(chunk) and side.renderer == renderer
