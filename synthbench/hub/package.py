"""The content of an encoder's repo, from run folders: the files of each seed as bytes, before anything is sent."""

from __future__ import annotations

import io
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthbench.board.merge import merge, merge_key
from synthbench.dataset.manifest import FINGERPRINT_IMAGES, fingerprint
from synthbench.errors import DataError, SynthbenchError, UsageError
from synthbench.hub.card import encoder_card
from synthbench.hub.pull import ABOUT, FIRST
from synthbench.measure import measurement
from synthbench.pretrain.timm_config import timm_config
from synthbench.render.shards import Dataset
from synthbench.result import address, folder, result
from synthbench.result.encoder_file import MODEL, WEIGHTS, Spec, inspect
from synthbench.result.result import Result
from synthbench.storage.files import sha256_of


@dataclass(frozen=True)
class Seed:
    """A run folder that is ready to be submitted."""

    seed: int
    path: Path
    record: Result
    spec: Spec
    shapes: dict[str, tuple[int, ...]]


def collect(runs: list[Path]) -> tuple[list[Seed], Result]:
    """Read the runs of one entrant under one protocol; returns them by seed, and their record with all seeds pooled.

    Raises:
        UsageError: no run, or runs that do not belong together.
        DataError: an unfinished run, or one whose weights differ from those that were scored.
    """
    found = []
    for path in runs:
        if not (path / folder.RESULT).is_file():
            raise DataError(
                f"{path} is not a finished run: it lacks {folder.RESULT}. "
                "`synthbench run` writes it; the same command continues an interrupted run."
            )
        record = result.read(path / folder.RESULT)
        if len(record.runs) != 1:
            raise UsageError(f"{path} holds a record of {len(record.runs)} seeds; give the run folder of each seed.")
        weights = path / WEIGHTS
        spec, shapes = inspect(weights)
        if sha256_of(weights) != record.runs[0].encoder.weights_sha256:
            raise DataError(
                f"{weights} is not the encoder that was scored: its hash differs from the one in {folder.RESULT}."
            )
        found.append(Seed(record.runs[0].seed, path, record, spec, shapes))
    if not found:
        raise UsageError("name at least one run folder, as in runs/my-entrant/simclr-resnet18-pocket-2/seed-0.")
    found.sort(key=lambda each: each.seed)
    first = found[0]
    for before, each in itertools.pairwise(found):
        if each.seed == before.seed:
            raise UsageError(f"seed {each.seed} appears twice; submit each seed once.")
        if merge_key(each.record) != merge_key(first.record):
            raise UsageError(
                f"{each.path} and {first.path} are runs of different "
                "entrants, parameters, code or protocols; submit them separately."
            )
    return found, merge([each.record for each in found])


def files(seed: Seed, whole: Result, repo: str, leaderboard: str) -> dict[str, bytes | Path]:
    """The files of a seed's branch: path -> content. The same runs give the same bytes."""
    config = timm_config(seed.spec, seed.shapes, whole.generator.license)
    sheet, about = seed.path / folder.SHEET, _about(seed)
    out: dict[str, bytes | Path] = {
        "README.md": encoder_card(
            whole, seed.spec, repo, leaderboard, timm=config is not None, sheet=sheet.is_file()
        ).encode(),
        MODEL: seed.path / WEIGHTS,
        folder.RESULT: result.to_json(seed.record).encode(),
        folder.PROTOCOL: (seed.path / folder.PROTOCOL).read_bytes(),
    }
    if config is not None:
        out["config.json"] = _json(config)
    for name in (folder.SHEET, folder.LOSS_FIGURE, folder.LOSSES, folder.ORIGIN):
        if (seed.path / name).is_file():
            out[name] = seed.path / name
    if (strip := first_images(seed)) is not None:
        out[FIRST], about["first_labels"] = strip
    out[ABOUT] = _json(about)
    return out


def _about(seed: Seed) -> dict[str, Any]:
    recipe = json.loads((seed.path / folder.RECIPE).read_text(encoding="utf-8"))
    file, colon, name = str(recipe["generator"]).rpartition(":")
    # do not publish local paths
    recipe["generator"] = f"{Path(file).name}:{name}" if colon else recipe["generator"]
    if "path" in recipe.get("params", {}):
        recipe["params"]["path"] = Path(str(recipe["params"]["path"])).name
    return {
        "format": 1, "recipe": recipe, "protocol": seed.record.protocol.id,
        "protocol_sha256": seed.record.protocol.sha256, "seed": seed.seed, "architecture": seed.spec.architecture,
        "size": seed.spec.size, "mean": list(seed.spec.mean), "std": list(seed.spec.std),
        "weights_sha256": seed.record.runs[0].encoder.weights_sha256,
    }  # fmt: skip


def first_images(seed: Seed) -> tuple[bytes, list[int]] | None:
    """The images of the fingerprint as one lossless PNG, and their labels; None if the run's images are missing."""
    if seed.record.data is None:
        return None
    try:
        data = Dataset.open(address.images(seed.path))
        n = min(FINGERPRINT_IMAGES, len(data))
        tiles, labels = [data.image(i) for i in range(n)], [int(data.class_of[i]) for i in range(n)]
    except SynthbenchError:
        return None
    if fingerprint(tiles, labels) != seed.record.data.fingerprint:
        raise DataError(f"the images in {address.images(seed.path)} do not match its record: the fingerprint differs.")
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(tiles, axis=1)).save(buffer, "PNG")
    return buffer.getvalue(), labels


def properties(seeds: list[Seed]) -> dict[str, float] | None:
    """The output of ``synthbench measure ENTRANT --out RUN`` in the folder of the first run that has it, without
    missing values.

    Raises:
        DataError: it is not a measurement, or of another recipe.
    """
    for seed in seeds:
        path = seed.path / folder.MEASUREMENT
        if not path.is_file():
            continue
        found = measurement.read(path)
        values = found.properties()
        if wrong := [name for name in values if not re.fullmatch(result.PROPERTY, name)]:
            raise DataError(f"{path} has the metric {wrong[0]!r}; in a record, names must match {result.PROPERTY}")
        asked = json.loads((seed.path / folder.REQUEST).read_text(encoding="utf-8"))
        if found.recipe_sha256 != asked["recipe_sha256"]:
            raise DataError(
                f"{path} is of another recipe than the run. Move it away, or `synthbench measure ENTRANT --out RUN`."
            )
        return values
    return None


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
