"""Nearest neighbours in an evaluation set by an encoder's features (Baradad et al. 2022, Fig. 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from synthbench.entrant import recipe as recipes
from synthbench.errors import DataError, SynthbenchError, UnknownNameError, UsageError
from synthbench.evaluate import registry
from synthbench.evaluate.files import PICTURES, Images, central
from synthbench.evaluate.task import Labelled, Pixels
from synthbench.generator import label_of
from synthbench.images.folders import below, is_file
from synthbench.measure.networks import Pooled, as_tensor, of_encoder
from synthbench.pretrain.encoder import Encoder
from synthbench.render.pool import Pool, Settings
from synthbench.render.sheet import contact_sheet

SIDE = 128
"""Size in pixels at which images are read, unless the encoder needs more."""
BATCH = 128
"""Images per batch of the encoder."""
QUERY, SAME, OTHER, PLAIN = "#f4f4f5", "#38bdf8", "#f97316", "#52525b"
"""Frame colours: of a query, of neighbours of its class, of others, and if classes are not known."""


@dataclass(frozen=True)
class Shelf:
    """Images by number, read when they are needed.

    Attributes:
        count: number of images.
        image: (number, side) -> (side, side, 3) uint8.
        labels: (count,) int64; None if they are not known.
        names: of the labels, or of the images if there are no labels.
    """

    count: int
    image: Callable[[int, int], np.ndarray]
    labels: np.ndarray | None
    names: Sequence[str]

    def name(self, i: int) -> str:
        """The caption of image i."""
        return (
            self.names[i]
            if self.labels is None
            else self.names[self.labels[i]]
            if self.names
            else f"class {self.labels[i]}"
        )


@dataclass(frozen=True)
class Neighbours:
    """Queries and their neighbours.

    Attributes:
        queries, bank: the images.
        chosen: (Q,) numbers of the queries.
        found: (Q, K) numbers in the bank, the nearest first.
        similarity: (Q, K) float32, cosine.
        comparable: whether both use the same labels.
    """

    queries: Shelf
    bank: Shelf
    chosen: np.ndarray
    found: np.ndarray
    similarity: np.ndarray
    comparable: bool
    side: int

    def same(self) -> np.ndarray | None:
        """(Q, K) bool: whether neighbours have the query's class; None if that is not known."""
        if not self.comparable or self.queries.labels is None or self.bank.labels is None:
            return None
        return self.bank.labels[self.found] == self.queries.labels[self.chosen][:, None]

    def document(self) -> list[dict[str, Any]]:
        """For JSON: one object per query."""
        same = self.same()
        return [
            {
                "query": int(q),
                "name": self.queries.name(int(q)),
                "neighbours": [
                    {
                        "image": int(i),
                        "name": self.bank.name(int(i)),
                        "similarity": float(s),
                        "same_class": None if same is None else bool(same[row, column]),
                    }
                    for column, (i, s) in enumerate(zip(self.found[row], self.similarity[row], strict=True))
                ],
            }
            for row, q in enumerate(self.chosen)
        ]

    def sentence(self) -> str:
        """How many neighbours have the query's class, and how many would by chance."""
        same = self.same()
        if same is None or self.bank.labels is None:
            return f"{self.found.size} neighbours of {len(self.chosen)} images"
        chance = np.mean([(self.bank.labels == label).mean() for label in self.queries.labels[self.chosen]])  # type: ignore[index]
        return f"{same.mean():.0%} of {same.size} neighbours are of the query's class ({chance:.0%} by chance)"


@torch.inference_mode()
def neighbours(encoder: Encoder, *, bank: str, queries: str | None = None, rows: int = 8, k: int = 5) -> Neighbours:
    """The k images of a bank whose features are nearest to those of each query, by cosine similarity; an image is not
    its own neighbour.

    Images are resized to ``encoder.size``.

    Args:
        bank: an evaluation task or data set (its training images), or a folder of images, whose first folders are
            its classes.
        queries: a folder of images, or an entrant; by default the test images of the task or data set, or images of the
            folder itself.
        rows: number of queries, evenly spaced.

    Raises:
        UnknownNameError: unknown task, data set or folder.
        UsageError: the bank has no more than k images.
        DataError: a data set is missing, or an image cannot be decoded.
    """
    pooled, side = of_encoder(encoder, "")[1], max(SIDE, encoder.size)
    shelf, own = shelves(bank, side)
    if shelf.count <= k:
        raise UsageError(
            f"{bank!r} has {shelf.count} images; {k} neighbours of an image that may be among them need {k + 1} or "
            "more."
        )
    asked = own if queries is None else _queries(queries, side, rows)
    asked = shelf if asked is None else asked
    chosen = np.linspace(0, asked.count - 1, min(rows, asked.count)).round().astype(np.int64)
    theirs, ours = (
        _features(pooled, s, numbers, side) for s, numbers in ((shelf, np.arange(shelf.count)), (asked, chosen))
    )
    cosine = ours @ theirs.T
    if asked is shelf:
        cosine[torch.arange(len(chosen)), torch.from_numpy(chosen)] = -torch.inf
    nearest = cosine.topk(k)
    return Neighbours(
        asked, shelf, chosen, nearest.indices.numpy(), nearest.values.numpy(), comparable=queries is None, side=side
    )


def _features(pooled: Pooled, shelf: Shelf, numbers: np.ndarray, side: int) -> Tensor:
    """(N, F) features, normalised to length one."""
    found = []
    for start in range(0, len(numbers), BATCH):
        images = np.stack([shelf.image(int(i), side) for i in numbers[start : start + BATCH]])
        found.append(pooled.features(as_tensor(images)).float().cpu())
    return F.normalize(torch.cat(found))


def shelves(name: str, side: int) -> tuple[Shelf, Shelf | None]:
    """The images to search, and the queries that belong to them."""
    if name in registry.tasks():
        splits = registry.task(name).splits(side)
        return _of_images(splits.train), _of_images(splits.test)
    if Path(name).is_dir():
        return _of_images(_folder(Path(name))), None
    raise UnknownNameError("task, data set or folder", name, registry.tasks())


def _queries(name: str, side: int, rows: int) -> Shelf:
    if Path(name).is_dir():
        return _of_images(_folder(Path(name)))
    try:
        recipe = recipes.resolve(name)
    except SynthbenchError as error:
        raise UsageError(f"--queries {name!r} is neither a folder nor an entrant: {error}") from error
    with Pool(recipe, Settings(size=side, seed=0, format="raw")) as pool:
        n = len(pool.labels)
        labels = [i * n // rows for i in range(rows)] if n >= rows else [label_of(i, n) for i in range(rows)]
        items = [(label + i * n, label) for i, label in enumerate(labels)]
        (done,) = pool.run([(0, items)], limit=rows // 2)
        ks = sorted(done.images)
        pixels = done.pixels(ks, side)
        return Shelf(len(ks), lambda i, _: pixels[i], None, [pool.labels[done.images[k][0]] for k in ks])


def _of_images(images: Labelled) -> Shelf:
    """The centre squares; images in memory have their size."""
    if isinstance(images, Pixels):
        pixels = images.pixels
        return Shelf(len(images), lambda i, _: pixels[i], images.labels, images.names)
    return Shelf(
        len(images), lambda i, side: central(images.image(i), resize=side, size=side), images.labels, images.names
    )


def _folder(root: Path) -> Images:
    """Every image below a folder; its classes are the first folders, and images next to those have the class ``.``."""
    inside = (entry for _, entries in below(root, hidden=True) for entry in entries)
    files = sorted(Path(entry.path) for entry in inside if entry.name.lower().endswith(PICTURES) and is_file(entry))
    if not files:
        raise DataError(f"{root} does not hold images ({', '.join(PICTURES)}).")
    parts = [file.relative_to(root).parts for file in files]
    classes = [part[0] if len(part) > 1 else "." for part in parts]
    names = sorted(set(classes))
    return Images([(file, 0, -1) for file in files], np.array([names.index(c) for c in classes], np.int64), names)


def picture(found: Neighbours, *, title: str) -> Image.Image:
    """One row per query: the query, then its neighbours, with frames that show whether they have its class, and their
    similarity."""
    same = found.same()
    tiles, captions = [], []
    for row, q in enumerate(found.chosen):
        tiles.append(_framed(found.queries.image(int(q), found.side), QUERY))
        captions.append(found.queries.name(int(q)))
        for column, i in enumerate(found.found[row]):
            colour = PLAIN if same is None else SAME if same[row, column] else OTHER
            tiles.append(_framed(found.bank.image(int(i), found.side), colour))
            captions.append(f"{found.similarity[row, column]:.2f}  {found.bank.name(int(i))}")
    legend = "" if same is None else "blue: same class   "
    return contact_sheet(np.stack(tiles), captions, found.found.shape[1] + 1, title=legend + title)


def _framed(pixels: np.ndarray, colour: str) -> np.ndarray:
    width = 5
    inner = Image.fromarray(pixels).resize((SIDE - 2 * width, SIDE - 2 * width), Image.Resampling.LANCZOS)
    return np.asarray(ImageOps.expand(inner, width, colour))
