"""Write a data set: deterministic tar shards and their records."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from synthbench.dataset.manifest import SUFFIX, LeftOut, Sidecar, shard_name, tar_member
from synthbench.errors import DataError
from synthbench.storage.files import write_bytes

BYTES_PER_PIXEL = {"png": 0.6, "jpeg": 0.15}
"""A low estimate (smooth images): the check refuses only what cannot fit."""


def write_record(path: Path, record: BaseModel) -> None:
    """Write a record of ``dataset.manifest`` as JSON, atomically.

    Raises:
        DataError: as ``files.whole``.
    """
    write_bytes(path, [record.model_dump_json(indent=None).encode() + b"\n"])


def write_shard(
    folder: Path,
    j: int,
    images: Mapping[int, tuple[int, bytes]],
    left_out: Iterable[LeftOut],
    *,
    format: str,
    renderer: str,
    redrawn: int = 0,
    seconds: float = 0.0,
) -> Sidecar:
    """Write shard j and its sidecar. The bytes depend only on the arguments.

    Args:
        images: k -> (label, encoded image).

    Raises:
        DataError: as ``files.whole``.
    """
    path = folder / f"{shard_name(j)}.tar"
    digest, rows, position = hashlib.sha256(), list[tuple[int, int, int, int]](), 0

    def parts() -> Iterator[bytes]:
        nonlocal position
        for k in sorted(images):
            label, data = images[k]
            rows.append((k, label, position + tarfile.BLOCKSIZE, len(data)))
            for name, content in ((f"{k:09d}.{SUFFIX[format]}", data), (f"{k:09d}.cls", str(label).encode())):
                member = tar_member(name, content)
                digest.update(member)
                position += len(member)
                yield member
        end = b"\0" * (2 * tarfile.BLOCKSIZE)
        end += b"\0" * (-(position + len(end)) % tarfile.RECORDSIZE)
        digest.update(end)
        position += len(end)
        yield end

    write_bytes(path, parts())
    sidecar = Sidecar(
        name=path.name, sha256=digest.hexdigest(), bytes=position, n_images=len(rows), images=rows,
        left_out=sorted(left_out, key=lambda x: x.k), redrawn=redrawn, renderer=renderer, seconds=round(seconds, 3),
    )  # fmt: skip
    write_record(path.with_suffix(".json"), sidecar)
    return sidecar


def require_space(folder: Path, n_images: int, size: int, format: str) -> None:
    """Refuse early what cannot fit on the disk.

    Raises:
        DataError: there is less free space than a low estimate of the images' size.
    """
    need, free = n_images * size**2 * BYTES_PER_PIXEL[format], shutil.disk_usage(folder).free
    if free < need:
        raise DataError(
            f"{folder} has {free / 1e9:.1f} GB free; {n_images} {format} images of {size} px take {need / 1e9:.1f} GB "
            "or more. Free some space, choose another disk, or ask for fewer or smaller images."
        )
