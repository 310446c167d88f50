"""Existing images as entrants: a folder or a zip file, WebDataset shards, a data set on the Hub.

    synthbench run path/to/images
    synthbench run images.zip
    synthbench run shards/
    synthbench run hub -g repo=user/name

Images are read one by one from any container without unpacking it, and are the same for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError
from synthbench.generators.existing.picture import decode

from synthbench.errors import UndecodableError, UnknownNameError, UsageError
from synthbench.generator import Generator
from synthbench.home import expanded
from synthbench.images import address, hub, tarred, tree, zipped
from synthbench.images.index import Index, open_index, require_images
from synthbench.storage.remote import local


class _Images(Generator):
    """Images of an index.

    A file that cannot be decoded raises an error that names it; rendering leaves that image out and counts it.
    """

    def __init__(self, index: Index, only: Sequence[str] | None) -> None:
        for name in only or ():
            if name not in index.labels:
                raise UnknownNameError("label", name, index.labels, hint=f"(in {index.root})")
        chosen = [i for i, name in enumerate(index.labels) if only is None or name in only]
        self.labels = tuple(index.labels[i] for i in chosen)
        self._ranges = [(int(index.starts[i]), int(index.starts[i + 1])) for i in chosen]
        self._index, self.notes = index, index.notes

    def render(self, label: int, rng: np.random.Generator, size: int) -> np.ndarray:
        first, end = self._ranges[label]
        i = first + place(rng, len(self.labels), end - first)
        try:
            return decode(self._index.read(i), size)
        except (OSError, ValueError, UndecodableError) as error:
            raise UndecodableError(f"{self._index.name(i)} does not decode: {error}") from error


class Folder(_Images):
    """Images of a folder tree or of a zip file.

    The labels are the first folders in which the paths of the images differ; images above them have the label
    ``images``. A table ``metadata.csv`` or ``metadata.jsonl`` next to the images (columns ``file_name`` and ``label``)
    gives labels instead. Of folders ``train`` and ``val`` or ``test`` (``Train`` and ``Test``, ``training_set`` and
    ``test_set``, ...), at any depth, only those of ``train`` are used; ``notes`` says what was left out. Links to
    images and to folders are followed. Image k of a data set is file k of its label, in an order shuffled by the seed,
    so no file is repeated before all have been used; a mix draws at random.

    The centre square of an image is resized to ``size`` (see ``picture.decode``, also for gray, palette, 16-bit, float,
    CMYK and transparent images).

    Args:
        path: a folder, or a zip file, which is read in place.
        only: the labels to use; None for all.
    """

    def __init__(self, path: str, only: Sequence[str] | None = None) -> None:
        root = expanded(path)
        if root.is_dir():
            super().__init__(require_images(open_index(root, "tree", tree.look), f"the folder {path!r}"), only)
        elif root.is_file():
            super().__init__(require_images(open_index(root, "zip", zipped.look), f"the zip file {path!r}"), only)
        else:
            raise UsageError(f"there is no folder and no zip file {path!r}.")


class WebDataset(_Images):
    """Images of tar files: WebDataset shards, a data set that ``synthbench render`` wrote, or a class tree in a
    tar file.

    The labels are those in the samples' ``.cls`` or ``.json`` files (``label``, ``cls`` or ``class``), those of the
    rendered generator, or folders as in ``Folder``, which also describes how images are drawn and resized.

    Args:
        path: a folder of .tar files, at any depth (of folders or shards called ``train`` and ``val`` or ``test``, only
            those of ``train``), or a single one; not compressed. Or an address (``s3://bucket/prefix``) of a data set
            that ``synthbench render`` wrote.
        only: the labels to use; None for all.
    """

    def __init__(self, path: str, only: Sequence[str] | None = None) -> None:
        place = local(path)
        if isinstance(place, str):
            super().__init__(require_images(address.index(place), f"{path!r}"), only)
            return
        root = expanded(place)
        if not root.exists():
            raise UsageError(f"there is no folder and no tar file {path!r}.")
        super().__init__(require_images(open_index(root, "tar", tarred.look), f"{path!r}"), only)


class Hub(_Images):
    """Images of a data set on the Hugging Face Hub, fetched with ``synthbench fetch hub -g repo=user/name``.

    Args:
        repo: ``user/name``.
        revision: the commit (40 hex digits); if missing, that of the last fetch is filled in, so that a record always
            has it.
        config, split, column, label, files: as given to ``fetch`` (``synthbench.images.hub.Wanted``).
        only: the labels to use; None for all.
    """

    def __init__(
        self,
        repo: str,
        revision: str = "",
        config: str = "",
        split: str = "train",
        column: str = "",
        label: str = "",
        files: int = 0,
        only: Sequence[str] | None = None,
    ) -> None:
        folder = hub.fetched(
            hub.Wanted(
                repo=repo, revision=revision, config=config, split=split, column=column, label=label, files=files
            )
        )
        super().__init__(require_images(open_index(folder, "tar", tarred.look), f"{repo!r}"), only)

    @staticmethod
    def pin(params: dict[str, Any]) -> dict[str, Any]:
        """The parameters with the repository's short name and the commit that was fetched.

        Raises:
            UsageError: a parameter with a wrong name or type.
            DataError: nothing was fetched.
        """
        try:
            wanted = hub.Wanted.model_validate({key: value for key, value in params.items() if key != "only"})
        except ValidationError as error:
            wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
            raise UsageError(f"hub: {wrong}. Parameters: only, {', '.join(hub.Wanted.model_fields)}.") from error
        return {**params, "repo": wanted.repo, "revision": hub.fetched(wanted).parent.name}


def place(rng: np.random.Generator, n_labels: int, count: int) -> int:
    """Index of an image among the ``count`` images of its label.

    A data set's own streams (Philox keyed by seed and k, unused so far) go through the images in an order shuffled by
    the seed: image k is number k // n_labels of its label. Any other stream draws at random. In both cases the stream
    advances.
    """
    state = rng.bit_generator.state
    number = int(rng.integers(2**64, dtype=np.uint64))
    if (
        state["bit_generator"] != "Philox"
        or state["state"]["counter"].any()
        or state["buffer_pos"] != 4
        or state["has_uint32"]
    ):
        return number % count
    seed, k = state["state"]["key"].tolist()
    return shuffled(k // n_labels % count, count, seed)


def shuffled(i: int, n: int, seed: int) -> int:
    """Position of i in a shuffle of 0..n-1, without computing the whole shuffle: four Feistel rounds over the next
    power of four, repeated until the result is below n (Black and Rogaway 2002, cycle walking)."""
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = i >> half, i & mask
        for turn in range(4):
            raw = hashlib.blake2b(b"%d %d %d" % (seed, turn, right), digest_size=8).digest()
            left, right = right, left ^ (int.from_bytes(raw, "little") & mask)
        i = left << half | right
        if i < n:
            return i
