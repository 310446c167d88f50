"""Linear evaluation as in the papers: a linear classifier trained by SGD on features of augmented images.

Source: SupContrast main_linear.py and MoCo main_lincls.py. Both report the best epoch on the validation set; we record
that too, but score the last epoch. Deviation: each training image is decoded once and stored at ``stored_side``
squared, together with its true aspect ratio, and random crops are cut from that on the device. The crop's geometry is
exact; its pixels have been resampled twice, first by Lanczos' filter: crops then keep 99 % of their gradients' energy
(for photographs of 500 x 375 px, at 64 px), while a bilinear filter would keep 83 %.

The frozen encoder takes most of the time, and crops of different epochs differ only by chance. Rules with a number of
``views`` store the features of that many epochs and reuse them: the accuracy stays within its noise, at a fraction of
the cost (``benchmarks/linear.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from synthbench.evaluate.files import batches
from synthbench.evaluate.frozen import Forward, frozen
from synthbench.evaluate.metrics import Predicted
from synthbench.evaluate.task import Labelled
from synthbench.pretrain import augment_cpu
from synthbench.pretrain.augment import TRIES, resized_crop, still
from synthbench.pretrain.encoder import Encoder
from synthbench.pretrain.source import DEVICE_SHARE, fits_host
from synthbench.protocol.protocol import SgdProbe
from synthbench.storage.files import disk_errors, whole

RATIO = (3 / 4, 4 / 3)
"""Aspect ratios of the random crops, torchvision's default."""


def stored_side(size: int) -> int:
    """Side in pixels at which training images are stored: twice that of the crops."""
    return min(512, max(160, 2 * size))


def sgd_probe(
    encoder: Encoder,
    train: Labelled,
    test_x: Tensor,
    test_y: Tensor,
    rules: SgdProbe,
    *,
    classes: int,
    size: int,
    seed: int = 0,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Predicted:
    """Train a linear classifier on augmented images and count its correct answers after every epoch; the last epoch's
    predictions are scored.

    Args:
        encoder: used frozen; its weights and statistics are not changed.
        train: the training images.
        test_x: (M, F) features of the test images.
        test_y: (M,) int64.
        size: of the crops in pixels.
        seed: of the classifier's initial weights, the order and the crops.
        keep: a file to store the classifier in after every epoch, so that a killed process resumes with the next one;
            stored features are next to it.
        progress: called with (epochs done, epochs).

    Raises:
        DataError: an image cannot be decoded, or the disk is full.
    """
    device = test_x.device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(test_x.shape[1], classes)
        if rules.init_std is not None:
            nn.init.normal_(layer.weight, std=rules.init_std)
            nn.init.zeros_(layer.bias)
    layer = layer.to(device)
    optimizer = torch.optim.SGD(
        layer.parameters(), lr=rules.lr, momentum=rules.momentum, weight_decay=rules.weight_decay
    )
    seen = _Seen(frozen(encoder), train, rules, size=size, features=test_x.shape[1], device=device, keep=keep)
    correct = _resume(keep, layer, optimizer) if seen.whole else []
    labels = torch.from_numpy(train.labels).to(device)
    for epoch in range(len(correct), rules.epochs):
        for group in optimizer.param_groups:
            group["lr"] = rules.lr * rules.factor ** sum(epoch >= m for m in rules.milestones)
        rng = np.random.default_rng([seed, epoch])
        order = np.array_split(rng.permutation(len(train)), range(rules.batch, len(train), rules.batch))
        for rows, features in zip(order, seen.of(epoch, order, rng), strict=True):
            loss = F.cross_entropy(layer(features), labels[torch.from_numpy(rows).to(device)])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            correct.append(int((layer(test_x).argmax(1) == test_y).sum()))
        if keep is not None:
            with whole(keep, also=(RuntimeError,)) as draft, draft.open("wb") as file:
                torch.save({"correct": correct, "layer": layer.state_dict(), "optimizer": optimizer.state_dict()}, file)
        if progress is not None:
            progress(epoch + 1, rules.epochs)
    with torch.no_grad():
        logits = layer(test_x)
    return Predicted(logits.argmax(1), logits, tuple(correct))


def _resume(keep: Path | None, layer: nn.Module, optimizer: torch.optim.Optimizer) -> list[int]:
    """Correct answers of the finished epochs, with the classifier restored to its state after them."""
    if keep is None or not keep.is_file():
        return []
    state = torch.load(keep, map_location="cpu", weights_only=True)
    layer.load_state_dict(state["layer"])
    optimizer.load_state_dict(state["optimizer"])
    return [int(n) for n in state["correct"]]


class _Seen:
    """Features of the training images' random crops: new ones or, after as many epochs as the rules have views, the
    stored ones.

    Attributes:
        whole: features stored before an interruption exist, if any are needed.
    """

    def __init__(
        self,
        forward: Forward,
        images: Labelled,
        rules: SgdProbe,
        *,
        size: int,
        features: int,
        device: torch.device,
        keep: Path | None,
    ) -> None:
        self._forward, self._images, self._scale, self._size, self._device = forward, images, rules.scale, size, device
        self._squares: _Squares | None = None
        self._views, self.whole = min(rules.views or rules.epochs, rules.epochs), True
        self._table: np.ndarray | None = None
        if self._views < rules.epochs:
            shape = self._views, len(images), features
            if keep is None:
                self._table = np.empty(shape, np.float32)
                return
            path = keep.with_suffix(".npy")
            self.whole = path.is_file()
            with disk_errors(path):
                self._table = np.lib.format.open_memmap(
                    path, "r+" if self.whole else "w+", None if self.whole else np.float32, shape
                )

    def of(self, epoch: int, order: list[np.ndarray], rng: np.random.Generator) -> Iterator[Tensor]:
        """(B, F) float32 of each batch; ``order`` has every image once."""
        view = epoch % self._views
        if epoch >= self._views and self._table is not None:
            for rows in order:
                yield torch.from_numpy(self._table[view][rows]).to(self._device)
            return
        if self._squares is None:
            self._aspect, self._squares = (
                _aspects(self._images),
                _Squares(self._images, stored_side(self._size), self._device),
            )
        for rows, pixels in zip(order, self._squares.of(order), strict=True):
            x = self._forward(_views(pixels, self._aspect[rows], self._scale, self._size, rng))
            if self._table is not None:
                self._table[view, rows] = x.cpu().numpy()
            yield x
        if isinstance(self._table, np.memmap):
            self._table.flush()


class _Squares:
    """Training images resized to squares, (side, 3, side) uint8 each: kept from the first epoch on if they fit into the
    device's memory or else the host's, and otherwise read again."""

    def __init__(self, images: Labelled, side: int, device: torch.device) -> None:
        self._images, self._side, self._device = images, side, device
        n = len(images)
        on_device = device.type == "cuda" and n * side * side * 3 <= DEVICE_SHARE * torch.cuda.mem_get_info(device)[0]
        kept = on_device or fits_host(n, side)
        self._held = (
            torch.empty((n, side, 3, side), dtype=torch.uint8, device=device if on_device else "cpu") if kept else None
        )
        self._whole = False

    def of(self, order: list[np.ndarray]) -> Iterator[Tensor]:
        """The images of each batch, (B, side, 3, side) uint8 on the device; ``order`` has every image once."""
        if self._held is not None and self._whole:
            for rows in order:
                yield self._held[torch.from_numpy(rows).to(self._held.device)].to(self._device)
            return
        for rows, read in zip(order, batches((rows.tolist() for rows in order), self._read), strict=True):
            pixels = torch.from_numpy(read)
            if self._held is not None:
                self._held[torch.from_numpy(rows).to(self._held.device)] = pixels.to(self._held.device)
            yield pixels.to(self._device)
        self._whole = True

    def _read(self, i: int) -> np.ndarray:
        square = np.asarray(self._images.image(i).resize((self._side, self._side), Image.Resampling.LANCZOS))
        return np.ascontiguousarray(square.transpose(0, 2, 1))


def _aspects(images: Labelled) -> np.ndarray:
    """(N,) width over height, from the files' headers."""

    def read(i: int) -> np.ndarray:
        width, height = images.size(i)
        return np.array(width / height)

    n = len(images)
    return np.concatenate(list(batches((list(range(a, min(a + 512, n))) for a in range(0, n, 512)), read)))


def crops(aspect: np.ndarray, scale: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """RandomResizedCrop's boxes for images of some aspect ratios, in units of the image's sides: (B, 4) top, left,
    height, width.

    torchvision rounds them to whole pixels; these are not rounded.
    """
    n = len(aspect)
    area = rng.uniform(*scale, (TRIES, n))
    shape = np.exp(rng.uniform(math.log(RATIO[0]), math.log(RATIO[1]), (TRIES, n)))
    width, height = np.sqrt(area * shape / aspect), np.sqrt(area / shape * aspect)
    fits = (width <= 1) & (height <= 1)
    first, column = fits.argmax(0), np.arange(n)
    w, h, found = width[first, column], height[first, column], fits.any(0)
    w = np.where(found, w, np.minimum(1, RATIO[1] / aspect))
    h = np.where(found, h, np.minimum(1, aspect / RATIO[0]))
    top = np.where(found, rng.uniform(size=n), 0.5) * (1 - h)
    left = np.where(found, rng.uniform(size=n), 0.5) * (1 - w)
    return np.stack([top, left, h, w], 1)


def _views(
    pixels: Tensor, aspect: np.ndarray, scale: tuple[float, float], size: int, rng: np.random.Generator
) -> Tensor:
    """(B, S, 3, S) uint8 -> (B, 3, size, size) float32 in [0, 1]: a random resized crop and a flip of each."""
    boxes = crops(aspect, scale, rng) * pixels.shape[1]
    params = still(len(pixels))._replace(
        top=boxes[:, 0], left=boxes[:, 1], height=boxes[:, 2], width=boxes[:, 3], flip=rng.random(len(pixels)) < 0.5
    )
    if pixels.device.type == "cpu":
        made = augment_cpu.views(
            pixels.numpy(), params, size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), torch.get_num_threads()
        )
        return torch.from_numpy(made).permute(0, 3, 1, 2)
    return resized_crop(pixels, params, size).permute(0, 2, 1, 3).contiguous(memory_format=torch.channels_last)
