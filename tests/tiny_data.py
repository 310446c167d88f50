"""The real data sets' formats with a handful of images, and the catalogue's counts changed to fit."""

from __future__ import annotations

import io
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets as vision

from synthbench.evaluate import on_disk, registry
from synthbench.evaluate.task import Splits
from synthbench.evaluate.tasks.imagenet import imagenet100


def picture(label: int, seed: int, sides: tuple[int, int] = (40, 52)) -> Image.Image:
    """(width, height) pixels of noise around a colour that indicates the label."""
    rng = np.random.default_rng([label, seed])
    colour = np.random.default_rng(label).integers(40, 216, 3)
    pixels = colour + rng.normal(0, 8, (sides[1], sides[0], 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def class_folders(path: Path, names: list[str], each: int) -> None:
    """``path/<name>/<name>_<i>.JPEG``, as in ImageNet; sides differ."""
    for label, name in enumerate(names):
        (path / name).mkdir(parents=True)
        for i in range(each):
            picture(label, i, (40 + i, 60 - i)).save(path / name / f"{name}_{i}.JPEG", quality=95)


def shards(path: Path, labels: list[int], seed: int, per_shard: int = 10) -> None:
    """``path/0.tar``, ... with ``s0000000.webp`` and ``s0000000.cls``, as in clip-benchmark's copies."""
    path.mkdir(parents=True)
    starts = range(0, len(labels), per_shard)
    for number, start in enumerate(starts):
        with tarfile.open(path / f"{number}.tar", "w") as tar:
            for i in range(start, min(start + per_shard, len(labels))):
                buffer = io.BytesIO()
                picture(labels[i], seed + i).save(buffer, "webp", lossless=True)
                for kind, data in (("cls", str(labels[i]).encode()), ("webp", buffer.getvalue())):
                    member = tarfile.TarInfo(f"s{i:07d}.{kind}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    (path / "nshards.txt").write_text(f"{len(starts)}\n")


def change(patch: pytest.MonkeyPatch, name: str, **values: Any) -> None:
    """Change a task's metadata."""
    task = registry.tasks()[name]
    patch.setitem(registry.tasks(), name, replace(task, about=replace(task.about, **values)))


def load(name: str) -> Splits:
    """Open a data set."""
    return registry.task(name).splits(0)


def forget() -> None:
    """Make data sets be opened again, at their own locations."""
    on_disk._opened.cache_clear()
    on_disk._chosen.clear()


def imagenet(root: Path, patch: pytest.MonkeyPatch, *, train: int = 2, val: int = 1) -> None:
    """ImageNet with the 100 classes of ImageNet-100 and one more, under its own name."""
    names = sorted([*imagenet100(), "n99999999"])
    class_folders(root / "imagenet" / "train", names, train)
    class_folders(root / "imagenet" / "val", names, val)
    change(patch, "imagenet-1k", classes=101, counts=(101 * train, 0, 101 * val))
    change(patch, "imagenet-100", counts=(100 * train, 0, 100 * val))


def vtab(root: Path, patch: pytest.MonkeyPatch, name: str, *, train: int = 24, test: int = 8) -> None:
    """A copy of one of VTAB's tasks, without a validation split, as on the Hub."""
    task = registry.tasks()[name]
    about = task.about
    top = {"dsprites-location": 32, "dsprites-orientation": 40}.get(name.rpartition("/")[2], about.classes)
    shards(root / task.folder / "train", [i * 7 % top for i in range(train)], 0)
    shards(root / task.folder / "test", [i * 7 % top for i in range(test)], 1000)
    change(patch, name, counts=(train, 6, test))


def cifar10(root: Path) -> np.ndarray:
    """``cifar-10-batches-py``: pickled dicts of rows of 3072 bytes, one plane after another; 4 per batch."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (24, 3072), dtype=np.uint8)
    for i, name in enumerate([f"data_batch_{n}" for n in range(1, 6)] + ["test_batch"]):
        rows = slice(4 * i, 4 * i + 4)
        (folder / name).write_bytes(
            pickle.dumps({"data": pixels[rows], "labels": [(4 * i + j) % 10 for j in range(4)]})
        )
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(i) for i in range(10)]}))
    return pixels


def cifar10_is_whole(patch: pytest.MonkeyPatch) -> None:
    """Replaces torchvision's check of the real files by their hashes."""
    patch.setattr(vision.cifar, "check_integrity", lambda *_: True)
    change(patch, "cifar10", counts=(18, 2, 4))


def eurosat(root: Path, patch: pytest.MonkeyPatch) -> None:
    """EuroSAT's folders; the split is ours."""
    class_folders(root / "eurosat" / "2750", [f"c{i}" for i in range(10)], 3)
    change(patch, "eurosat", counts=(22, 2, 6))
