"""Small collections of images in every container that synthbench supports."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from synthbench.generator import Generator, label_of, stream

NAMES = [f"{label}/{i}.{'png' if i % 2 else 'jpg'}" for label in ("cats", "dogs", "eels") for i in range(7)]


def picture(name: str, side: int = 24) -> bytes:
    """An image that is unique to this name: noise, enlarged."""
    rng = np.random.default_rng(list(name.encode()))
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    small.resize((side + 8, side)).save(buffer, "PNG" if name.endswith("png") else "JPEG")
    return buffer.getvalue()


def tree(root: Path, names: list[str] = NAMES) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(name))
    return root


def zipped(path: Path, names: list[str] = NAMES, prefix: str = "", method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in names:
            archive.writestr(prefix + name, picture(name))
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def webdataset(folder: Path, names: list[str] = NAMES) -> Path:
    """Two shards; the label of a sample is in its JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(2):
        files: dict[str, bytes] = {}
        for i, name in enumerate(names):
            if i % 2 == shard:
                key = f"{i:06d}"
                files[f"{key}.{name.rpartition('.')[2]}"] = picture(name)
                files[f"{key}.json"] = json.dumps({"label": name.partition("/")[0], "more": [1]}).encode()
        tarred(folder / f"part-{shard}.tar", files)
    return folder


def drawn(generator: Generator, ks: Iterable[int] = range(9), size: int = 20, seed: int = 3) -> list[bytes]:
    """The pixels of images k of a generator."""
    return [generator.render(label_of(k, len(generator.labels)), stream(seed, k), size).tobytes() for k in ks]
