"""Convert a parquet file of the Hub to a tar shard with the original image bytes and the labels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthbench.dataset.manifest import tar_member
from synthbench.errors import DataError, UsageError
from synthbench.storage.files import write_bytes

BATCH = 32
"""Rows held in memory at once."""
MAGIC = {b"\xff\xd8": "jpg", b"\x89P": "png", b"RI": "webp", b"GI": "gif", b"BM": "bmp", b"II": "tif", b"MM": "tif"}


def repack(parquet: Path, tar: Path, *, first: int, column: str, label: str, what: str) -> dict[str, Any]:
    """Write the images of a parquet file to a tar file, atomically: ``FFFFF-RRRRRRRRR.jpg`` (file and row) and a
    ``.json`` with the label.

    Args:
        first: number of the file.
        column, label: names, or empty to find them.
        what: the file, for people.

    Returns:
        images, without_image, column, label, classes (their names by number, where the file notes them).

    Raises:
        UsageError: unknown column, several candidates, or none with images.
        DataError: the file cannot be read, or pyarrow is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DataError("data sets on the Hub need pyarrow: pip install 'synthbench-vision[hub]'.") from error
    try:
        with pq.ParquetFile(parquet) as file:
            schema = file.schema_arrow
            features = _features(schema.metadata or {})
            image = _chosen(
                column, _image_columns(schema, features, pa), schema.names, f"{what}: column of images", "column"
            )
            if not _holds_images(schema.field(image).type, pa):
                raise UsageError(
                    f"{what}: column {image!r} holds {schema.field(image).type}, not images; addresses are not "
                    "followed. Choose a column of bytes, or of structs with a field `bytes`."
                )
            labels = [name for name, kind in features.items() if kind.get("_type") == "ClassLabel"]
            labels = labels or [name for name in ("label", "labels") if name in schema.names]
            named = (
                _chosen(label, labels, schema.names, f"{what}: column of labels", "label") if label or labels else ""
            )
            names = _unique([str(x) for x in features.get(named, {}).get("names") or ()])
            count = {"images": 0, "without_image": 0, "column": image, "label": named, "classes": names}
            write_bytes(
                tar, _read(_members(file, first, image, named, names, count), what, (pa.ArrowException, OSError))
            )
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(what, error) from error
    return count


def _read(parts: Iterator[bytes], what: str, errors: tuple[type[Exception], ...]) -> Iterator[bytes]:
    """The parts of a tar file. Errors of the parquet file being read are told apart from those of the file being
    written."""
    try:
        yield from parts
    except errors as error:
        raise _unreadable(what, error) from error


def _unreadable(what: str, error: Exception) -> DataError:
    return DataError(f"{what} is not readable as parquet: {error}")


def _members(file: Any, first: int, image: str, label: str, names: list[str], count: dict[str, Any]) -> Iterator[bytes]:
    row = 0
    for batch in file.iter_batches(batch_size=BATCH, columns=[image, label] if label else [image]):
        for values in batch.to_pylist():
            found, key = values[image], f"{first:05d}-{row:09d}"
            data = found.get("bytes") if isinstance(found, dict) else found
            row += 1
            if not data:
                count["without_image"] += 1
                continue
            count["images"] += 1
            yield tar_member(f"{key}.{MAGIC.get(data[:2], 'png')}", data)
            value = values[label] if label else None
            if value is not None:
                text = names[value] if isinstance(value, int) and 0 <= value < len(names) else str(value)
                yield tar_member(f"{key}.json", json.dumps({"label": text}).encode())
    yield b"\0" * 1024


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """The `datasets` library's notes about the columns."""
    try:
        found = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return {name: kind for name, kind in found.items() if isinstance(kind, dict)} if isinstance(found, dict) else {}


def _image_columns(schema: Any, features: dict[str, dict[str, Any]], pa: Any) -> list[str]:
    noted = [name for name, kind in features.items() if kind.get("_type") == "Image"]
    if noted:
        return noted
    found = [f for f in schema if not pa.types.is_null(f.type) and _holds_images(f.type, pa)]
    return [f.name for f in found if pa.types.is_struct(f.type)] or [f.name for f in found]


def _holds_images(kind: Any, pa: Any) -> bool:
    """Whether a column of this type holds bytes (or nulls: no image was stored), or structs with a field ``bytes``."""
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field(kind.get_field_index("bytes")).type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_null(kind))


def _chosen(given: str, candidates: list[str], names: list[str], what: str, option: str) -> str:
    if given:
        if given not in names:
            raise UsageError(f"{what}: there is no {given!r}; there are {', '.join(names)}.")
        return given
    if not candidates:
        raise UsageError(
            f"{what}: none; there are {', '.join(names)}. Take a data set whose parquet files hold the images' bytes."
        )
    if len(candidates) > 1:
        raise UsageError(f"{what}: several ({', '.join(candidates)}). Choose with -g {option}=...")
    return candidates[0]


def _unique(names: list[str]) -> list[str]:
    """Names of classes, with their number appended to names that occur twice (ImageNet has two cranes)."""
    many = Counter(names)
    return [name if many[name] == 1 else f"{name} ({i})" for i, name in enumerate(names)]
