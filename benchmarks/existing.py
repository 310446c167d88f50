"""Reading existing images (folder of JPEG, zip, WebDataset) compared with torchvision's ImageFolder.

Both decode, resize and crop the same random images in one thread; they alternate batch by batch, so that all have the
same load. CPU time is compared, because it does not include other processes. The JPEG files are crops of the packaged
photographs.

    python benchmarks/existing.py [--images 400] [--size 256] [--width 500]
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from synthbench.entrant.recipe import resolve
from synthbench.evaluate import photos
from synthbench.generator import label_of, stream

BATCH = 20


def make(root: Path, images: int, width: int) -> dict[str, Path]:
    """Write the same JPEG files in three containers: 4:3, ``width`` pixels wide."""
    rng, tree = np.random.default_rng(0), root / "tree"
    each = -(-images // len(photos.NAMES))
    for name in photos.NAMES:
        (tree / name).mkdir(parents=True)
        photo = photos.photo(name)
        for i in range(each):
            side = int(min(photo.shape[:2]) * rng.uniform(0.5, 1))
            top, left = rng.integers(0, photo.shape[0] - side + 1), rng.integers(0, photo.shape[1] - side + 1)
            crop = Image.fromarray(photo[top : top + side, left : left + side]).resize((width, width * 3 // 4))
            crop.save(tree / name / f"{i:04d}.jpg", quality=90)
    files = sorted(tree.rglob("*.jpg"))
    (root / "shards").mkdir()
    with zipfile.ZipFile(root / "images.zip", "w") as archive, tarfile.open(root / "shards" / "0.tar", "w") as tar:
        for i, file in enumerate(files):
            archive.write(file, file.relative_to(tree).as_posix())
            tar.add(file, f"{file.parent.name}/{i:06d}.jpg")
    return {"folder": tree, "zip file": root / "images.zip", "shards": root / "shards"}


def readers(places: dict[str, Path], size: int, images: int) -> dict[str, Callable[[int], object]]:
    """Name -> function that reads image k."""
    plain = ImageFolder(
        str(places["folder"]), v2.Compose([v2.Resize(size, antialias=True), v2.CenterCrop(size), v2.PILToTensor()])
    )
    order = np.random.default_rng(1).permutation(len(plain))
    found: dict[str, Callable[[int], object]] = {"torchvision ImageFolder": lambda k: plain[int(order[k % len(order)])]}

    def ours(path: Path) -> Callable[[int], object]:
        made = resolve(str(path)).load()
        return lambda k: made.render(label_of(k, len(made.labels)), stream(0, k), size)

    return found | {f"synthbench, {name}": ours(path) for name, path in places.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=400, help="read by each way")
    parser.add_argument("--size", type=int, default=256, help="of the images made")
    parser.add_argument("--width", type=int, default=500, help="of the JPEG files")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        ways = readers(make(Path(folder), options.images, options.width), options.size, options.images)
        cpu, wall = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
        for start in range(0, options.images, BATCH):
            for name, read in ways.items():
                c, w = time.process_time(), time.perf_counter()
                for k in range(start, min(start + BATCH, options.images)):
                    read(k)
                cpu[name] += time.process_time() - c
                wall[name] += time.perf_counter() - w
    plain = next(iter(ways))
    for name in ways:
        print(
            f"{name:26s} {options.images / cpu[name]:7.1f} images per CPU second ({cpu[plain] / cpu[name]:.2f}x), "
            f"{options.images / wall[name]:7.1f} images/s"
        )


if __name__ == "__main__":
    main()
