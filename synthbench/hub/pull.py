"""Fetch encoders from ``user/repo``, or by the id of a submission on a leaderboard."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from synthbench.errors import DataError, HubError, UnknownNameError, UsageError
from synthbench.hub import client
from synthbench.result.encoder_file import MAX_WEIGHTS, MODEL, WEIGHTS, Spec, inspect
from synthbench.result.folder import ORIGIN, PROTOCOL, RESULT, SHEET
from synthbench.result.result import MAX_BYTES, Result
from synthbench.storage.files import sha256_of, whole_folder

ABOUT, FIRST = "synthbench.json", "first-images.png"
"""Files of an encoder's repo: recipe, protocol, seed and labels of the first images; and the first images in a row,
losslessly."""
SMALL = {
    ABOUT: MAX_BYTES,
    "config.json": MAX_BYTES,
    "README.md": MAX_BYTES,
    RESULT: MAX_BYTES,
    PROTOCOL: MAX_BYTES,
    ORIGIN: MAX_BYTES,
    SHEET: 30 * 2**20,
    FIRST: 60 * 2**20,
}
"""Additional files that are fetched if they exist, and the maximum size of each in bytes."""


@dataclass(frozen=True)
class Address:
    """Location of an encoder, with the ``sha256`` of its weights if the leaderboard has it."""

    repo: str
    revision: str | None = None
    sha256: str | None = None
    seed: int | None = None


def is_address(text: str) -> bool:
    """Whether a text has the form ``user/repo`` or ``user/repo@revision``."""
    return bool(re.fullmatch(rf"{client.REPO}(@[A-Za-z0-9._/-]+)?", text))


def address(text: str, records: list[Result], seed: int | None = None) -> Address:
    """The encoder of ID: ``user/repo[@revision]``, or the first characters (6 or more) of a submission's id.

    Args:
        records: those of the leaderboard.
        seed: which seed of a submission; the first by default.

    Raises:
        UsageError, UnknownNameError: unknown name or seed.
        DataError: the submission does not pin an encoder.
    """
    if is_address(text):
        repo, _, revision = text.partition("@")
        pinned = [
            run
            for r in records
            for run in r.runs
            if run.encoder.repo == repo and run.encoder.revision == (revision or None)
        ]
        return Address(
            repo,
            revision or (f"seed-{seed}" if seed else None),
            pinned[0].encoder.weights_sha256 if pinned else None,
            seed,
        )
    found = [r for r in records if re.fullmatch("[0-9a-f]{6,64}", text) and r.submission_id.startswith(text)]
    if not found:
        names = {r.submission_id[:12] for r in records}
        raise UnknownNameError(
            "submission",
            text,
            names or {"(the leaderboard is empty)"},
            hint="`synthbench encoders` lists them; user/repo works too.",
        )
    if len(found) > 1:
        raise UsageError(f"{text!r} begins {len(found)} ids; write more digits.")
    runs = {run.seed: run for run in found[0].runs}
    seed = found[0].runs[0].seed if seed is None else seed
    if seed not in runs:
        raise UsageError(f"submission {text} does not have seed {seed}; it has {', '.join(map(str, runs))}.")
    held = runs[seed].encoder
    if held.repo is None or held.revision is None:
        raise DataError(f"submission {text} does not name an encoder repo; its weights are not public.")
    return Address(held.repo, held.revision, held.weights_sha256, seed)


def fetch(where: Address) -> tuple[Path, Spec]:
    """Fetch the weights into the cache and check them before they are loaded.

    Raises:
        HubError: they cannot be fetched, or the repo holds a pickle instead of safetensors.
        DataError: too large, malformed, or not the submission's weights.
    """
    try:
        path = client.download(where.repo, MODEL, revision=where.revision, limit=MAX_WEIGHTS)
    except HubError as error:
        if client.NO_FILE in str(error):
            raise HubError(
                f"{where.repo} does not hold {MODEL}. Encoders are read from safetensors only, because a pickle can "
                "run code."
            ) from error
        raise
    if where.sha256 is not None and (found := sha256_of(path)) != where.sha256:
        raise DataError(
            f"the weights in {where.repo} have the hash {found[:12]}, the "
            f"submission's have {where.sha256[:12]}: they differ."
        )
    return path, inspect(path)[0]


def pull(where: Address, out: Path) -> tuple[Path, Spec]:
    """Copy an encoder and its description into the folder ``out``, atomically; it loads like a run folder.

    Raises:
        UsageError: the folder exists and has other content.
        HubError, DataError: as ``fetch``.
    """
    weights, spec = fetch(where)
    if out.exists() and any(out.iterdir()):
        held = out / MODEL
        if held.is_file() and sha256_of(held) == sha256_of(weights):
            return out, spec
        raise UsageError(f"{out} exists and has other content; give another folder with --out.")
    with whole_folder(out) as draft:
        shutil.copyfile(weights, draft / MODEL)
        (draft / WEIGHTS).hardlink_to(draft / MODEL)  # the file name in run folders
        for name, limit in SMALL.items():
            try:
                shutil.copyfile(client.download(where.repo, name, revision=where.revision, limit=limit), draft / name)
            except HubError as error:
                if client.NO_FILE not in str(error):
                    raise
    return out, spec


def in_cache(text: str) -> Path:
    """The weights of ``user/repo[@revision]``, fetched if needed (for ``synthbench.load_encoder``).

    Raises:
        HubError, DataError: as ``fetch``; the message adds that there is no such folder either.
    """
    try:
        return fetch(address(text, []))[0]
    except HubError as error:
        raise HubError(f"there is no file or folder {text!r} here, and from the Hub: {error}") from error
