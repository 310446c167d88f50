"""Data sets on the Hugging Face Hub, fetched once as tar shards with random access to the images.

In a parquet file, reading an image means reading the hundred others of its row group, so random reads from it, or over
the network, would move a hundred times the bytes. Its images are therefore copied unchanged into one tar file per
parquet file. The commit is part of the folder's name: a data set that changes on the Hub does not change here.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, field_validator

from synthbench.errors import DataError, UsageError
from synthbench.home import data_folder
from synthbench.images.hub_calls import downloaded, info_of
from synthbench.images.hub_layout import layout
from synthbench.images.parquet import repack
from synthbench.storage.files import clear, write_bytes
from synthbench.storage.lock import locked
from synthbench.storage.model import FrozenModel

COMPLETE = "source.json"
CONVERTED = "refs/convert/parquet"
"""The branch where the Hub keeps its own parquet copy of a data set that has none."""
REPO = r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?"
COMMIT = r"[0-9a-f]{40}"

Progress = Callable[[int, int], None]
"""Called with bytes of the repository's files done and in all."""


class Wanted(FrozenModel):
    """Which images of which data set."""

    repo: str
    """``user/name``; ``hf://datasets/user/name`` is the same."""
    revision: str = ""
    """A branch, tag or commit; empty for the newest commit."""
    config: str = ""
    """The configuration, if there are several."""
    split: str = "train"
    column: str = ""
    """The column of images, if there are several."""
    label: str = ""
    """The column of labels; empty for the one that the data set marks as such."""
    files: int = Field(default=0, ge=0)
    """Take this many parquet files, spread over the split; 0 for all."""

    @field_validator("repo")
    @classmethod
    def _short(cls, repo: str) -> str:
        return repo.removeprefix("hf://datasets/").strip("/")

    def key(self) -> str:
        """The folder's name for everything but the repository and the revision."""
        options = json.dumps(self.model_dump(exclude={"repo", "revision"}), sort_keys=True)
        return hashlib.sha256(options.encode()).hexdigest()[:12]

    def command(self) -> str:
        """The command that fetches it."""
        given = self.model_dump(exclude_defaults=True)
        return "synthbench fetch hub " + " ".join(f"-g {key}={value}" for key, value in given.items())


class Plan(BaseModel):
    """What to fetch."""

    revision: str
    files: list[tuple[str, int]]
    """(path, bytes)"""
    partial: bool
    """The Hub converted only the first part of the data set."""


def fetched(wanted: Wanted) -> Path:
    """The folder of a data set that ``fetch`` has fetched; without a commit in ``wanted``, that of the latest fetch.

    Raises:
        DataError: it was not fetched; names the command that does it.
    """
    base = _base(wanted.repo)
    exact = re.fullmatch(COMMIT, wanted.revision)
    found = [f for f in base.glob(f"{wanted.revision if exact else '*'}/{wanted.key()}/{COMPLETE}") if f.is_file()]
    if not exact and wanted.revision:
        found = [f for f in found if json.loads(f.read_text(encoding="utf-8"))["wanted"]["revision"] == wanted.revision]
    if not found:
        raise DataError(
            f"the data set {wanted.repo!r} (or this part of it) has not been fetched. `{wanted.command()}` fetches it "
            "from the Hub."
        )
    return max(found, key=lambda f: f.stat().st_mtime_ns).parent


def fetch(wanted: Wanted, progress: Progress | None = None) -> dict[str, Any]:
    """Fetch a data set; parts that are complete are kept, so an interrupted fetch continues.

    Returns:
        The content of ``source.json``: wanted, revision, files, images, labels, partial, folder.

    Raises:
        UsageError: unknown configuration, split or column.
        DataError: the data set does not exist or is not accessible, no network, no images in it, or no space.
    """
    base = _base(wanted.repo)
    found = plan(wanted)
    folder = base / found.revision / wanted.key()
    if (folder / COMPLETE).is_file():
        about: dict[str, Any] = json.loads((folder / COMPLETE).read_text(encoding="utf-8"))
        (folder / COMPLETE).touch()  # the latest fetch
        return about
    total = sum(size for _, size in found.files)
    with locked(folder):
        clear(folder)
        here = [folder / f"{i:05d}.tar" for i in range(len(found.files))]
        need = sum(size for (_, size), tar in zip(found.files, here, strict=True) if not tar.is_file())
        free = shutil.disk_usage(folder).free
        if free < 1.1 * need + max(size for _, size in found.files):
            raise DataError(
                f"{folder} has {free / 1e9:.1f} GB free; {wanted.repo!r} takes "
                f"{1.1 * need / 1e9:.1f} GB. Free some space, or fetch a part with -g files=1."
            )
        counts, done = list[dict[str, Any]](), 0
        for i, (name, size) in enumerate(found.files):
            note = here[i].with_suffix(".count")
            if not (here[i].is_file() and note.is_file()):
                with downloaded(wanted.repo, found.revision, name, folder / ".download") as parquet:
                    count = repack(
                        parquet,
                        here[i],
                        first=i,
                        column=wanted.column,
                        label=wanted.label,
                        what=f"{wanted.repo}: {name}",
                    )
                write_bytes(note, [json.dumps(count).encode()])
            counts.append(json.loads(note.read_text(encoding="utf-8")))
            done += size
            if progress is not None:
                progress(done, total)
        images = sum(count["images"] for count in counts)
        if not images:
            raise DataError(
                f"{wanted.repo!r} lists its images by name but does not contain them: the column "
                f"{counts[0]['column']!r} has no bytes."
            )
        about = {
            "wanted": wanted.model_dump(), "revision": found.revision, "files": [name for name, _ in found.files],
            "images": images, "without_image": sum(count["without_image"] for count in counts),
            "column": counts[0]["column"], "label": counts[0]["label"], "classes": counts[0].get("classes", []),
            "partial": found.partial, "folder": str(folder),
        }  # fmt: skip
        write_bytes(folder / COMPLETE, [json.dumps(about, indent=2).encode()])
        shutil.rmtree(folder / ".download", ignore_errors=True)
    return about


def plan(wanted: Wanted) -> Plan:
    """The commit and the parquet files of a split.

    Raises:
        UsageError: unknown configuration or split; names those that exist.
        DataError: the Hub does not serve it, or it has no parquet files, not even converted ones.
    """
    info = info_of(wanted.repo, wanted.revision or None)
    files = _parquet(info)
    if not files and not wanted.revision:
        try:
            info = info_of(wanted.repo, CONVERTED)
        except DataError as error:
            raise DataError(
                f"{wanted.repo!r} has no parquet files, and the Hub has not converted it: {error}"
            ) from error
        files = _parquet(info)
    if not files:
        raise DataError(
            f"{wanted.repo!r} at {wanted.revision or info.sha} has no "
            f"parquet files. The Hub's own copy is -g revision={CONVERTED}."
        )
    card = info.card_data.get("configs") if info.card_data is not None else None
    parts = layout(sorted(files), card if isinstance(card, list) else [])
    configs = sorted({config for config, _ in parts})
    config = wanted.config or (configs[0] if len(configs) == 1 else "default")
    if config not in configs:
        raise UsageError(f"{wanted.repo!r} has no configuration {config!r}: give -g config=... ({', '.join(configs)}).")
    if (config, wanted.split) not in parts:
        splits = ", ".join(sorted(split for own, split in parts if own == config))
        raise UsageError(f"{wanted.repo!r} has no split {wanted.split!r}: give -g split=... ({splits}).")
    names = parts[config, wanted.split]
    if wanted.files:
        names = (
            [names[i * len(names) // wanted.files] for i in range(min(wanted.files, len(names)))]
            if wanted.files < len(names)
            else names
        )
    return Plan(
        revision=info.sha,
        files=[(name, files[name]) for name in names],
        partial=any("partial-" in name for name in names),
    )


def _base(repo: str) -> Path:
    if not re.fullmatch(REPO, repo) or ".." in repo:
        raise UsageError(f"{repo!r} is not a data set on the Hub: write -g repo=user/name.")
    return data_folder() / "hub" / repo.replace("/", "--")


def _parquet(info: Any) -> dict[str, int]:
    return {f.rfilename: int(f.size or 0) for f in info.siblings or () if f.rfilename.endswith(".parquet")}
