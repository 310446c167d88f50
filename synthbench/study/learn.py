"""Train a predictor on a study, predict with it, and select programs from either: files in, files out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

import synthbench
from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError, GeneratorError, UsageError
from synthbench.pretrain import device as devices
from synthbench.progress import Reporter
from synthbench.result import folder
from synthbench.result.encoder_file import WEIGHTS
from synthbench.storage.files import sha256_of, write_json
from synthbench.study import predictor as predictors
from synthbench.study import select as selection
from synthbench.study.frames import Frames, extract
from synthbench.study.predictor import Fit, Kind, Saved
from synthbench.study.programs import labels_of, order
from synthbench.study.table import PREDICTIONS, TABLE, read, summary, write_table


def fit_study(
    study: Path,
    features: str,
    *,
    kind: str,
    frames: int,
    splits: int,
    size: int,
    seed: int,
    workers: int | None,
    device: str,
    report: Reporter | None = None,
) -> tuple[Fit, Path]:
    """Train a predictor on a study's programs and write it into ``STUDY/predictor-KIND``.

    Args:
        features: the encoder, as for ``synthbench.load_encoder``.

    Raises:
        DataError: the study or the encoder is missing.
        UsageError: see ``predictor.fit``.
    """
    report, known = report or Reporter(), summary(study)
    table = read(study).dropna(subset="score")
    if len(table) < predictors.LEAST:
        raise UsageError(
            f"the study has {len(table)} programs with a score; the predictor needs at least {predictors.LEAST}. Study "
            "more programs."
        )
    recipe, encoder = Recipe.model_validate(known["recipe"]), synthbench.load_encoder(features)
    with tempfile.TemporaryDirectory(prefix="synthbench-study-") as scratch:
        encoder.save(Path(scratch) / WEIGHTS)
        digest = sha256_of(Path(scratch) / WEIGHTS)  # of the copy that the predictor will have
    size = size or encoder.size
    report.stage("frames", f"{frames} of each of {len(table)} programs at {size} px")
    seen = extract(
        recipe, list(table["program"]), encoder.to(devices.pick(device)), encoder_sha256=digest, n=frames, cache=study,
        size=size, seed=seed, workers=workers, report=report,
    )  # fmt: skip
    score = dict(zip(table["program"], table["score"], strict=True))
    report.stage("fit", f"{splits} splits of {len(seen.programs)} programs")
    scores = np.array([score[name] for name in seen.programs])
    found = predictors.fit(seen.programs, seen.values, scores, kind=cast(Kind, kind), splits=splits, seed=seed)
    path = predictors.save(
        found, encoder, study / f"predictor-{kind}", frames=frames, size=size, study=known["recipe"]["name"],
        protocol=known["protocol"], protocol_sha256=known["protocol_sha256"], encoder_from=str(features),
    )  # fmt: skip
    return found, path


def about(path: Path) -> dict[str, Any]:
    """The description in a predictor's folder."""
    found: dict[str, Any] = json.loads((path / predictors.ABOUT).read_text(encoding="utf-8"))
    return found


def predict_entrant(
    predictor: Path,
    recipe: Recipe,
    *,
    out: Path,
    programs: int,
    seed: int,
    workers: int | None,
    device: str,
    report: Reporter | None = None,
) -> tuple[Path, pd.DataFrame]:
    """Predict the scores of an entrant's programs: a table like a study's, the best first. Programs that cannot be
    rendered come last, with missing scores.

    Raises:
        GeneratorError: none of the programs can be rendered.
    """
    report, saved, known = report or Reporter(), predictors.load(predictor), labels_of(recipe)
    if not 0 <= programs <= len(known):
        raise UsageError(f"--programs {programs}: {recipe.name} has {len(known)}; 0 for all.")
    report.stage("predict", f"{programs or len(known)} programs of {recipe.name}")
    path = out / recipe.name
    with folder.claim(path, {"recipe_sha256": recipe.sha256(), "encoder_sha256": saved.encoder_sha256}):
        seen = _seen(saved, recipe, order(known)[: programs or None], path, seed, workers, device, report)
        if not seen.programs:
            raise GeneratorError(
                f"no program of {recipe.name} could be rendered. Reasons: "
                f"{'; '.join(sorted(set(seen.failed.values()))[:3])}"
            )
        index = {name: i for i, name in enumerate(known)}
        table = pd.DataFrame({"program": seen.programs, "score": saved.scores(seen.values), "failed": ""})
        table = table.sort_values("score", ascending=False, kind="stable", ignore_index=True)
        gaps = pd.DataFrame(
            [{"program": name, "score": np.nan, "failed": reason} for name, reason in seen.failed.items()]
        )
        table = pd.concat([table, gaps], ignore_index=True) if len(gaps) else table
        table.insert(1, "label", [index[name] for name in table["program"]])
        write_table(table, path / PREDICTIONS)
        write_json(path / folder.RECIPE, recipe.model_dump(mode="json"))
    return path / PREDICTIONS, table


def select_from(
    source: Path,
    n: int,
    out: Path,
    *,
    by: str,
    trade: float = 1.0,
    predictor: Path | None = None,
    seed: int = 0,
    workers: int | None = None,
    device: str = "auto",
    report: Reporter | None = None,
) -> Recipe:
    """Select programs of a study or of predictions and write their recipe.

    Raises:
        UsageError: an unknown rule, ``diverse`` without a predictor, or n out of range.
        DataError: the folder holds neither a study nor predictions.
    """
    if by not in selection.BY:
        raise UsageError(f"--by {by!r}: {', '.join(selection.BY)}.")
    table = read(source).dropna(subset="score")
    recipe, names, scores = _recipe(source), list(table["program"]), table["score"].to_numpy(float)
    if by == "random":
        chosen = selection.anyone(names, n, seed)
    elif by == "score":
        chosen = selection.best(names, scores, n)
    else:
        if predictor is None:
            raise UsageError("--by diverse needs --predictor, whose encoder measures how programs differ.")
        saved = predictors.load(predictor)
        seen = _seen(
            saved,
            recipe,
            names,
            source if source.is_dir() else source.parent,
            seed,
            workers,
            device,
            report or Reporter(),
        )
        score = dict(zip(names, scores, strict=True))
        chosen = selection.diverse(
            seen.programs, seen.values.mean(1), np.array([score[name] for name in seen.programs]), n, trade=trade
        )
    how = {
        "score": "the best by score",
        "random": f"random, seed {seed}",
        "diverse": f"good ones that differ (trade {trade:g})",
    }[by]
    return selection.write(recipe, chosen, out, description=f"{n} of {len(names)} programs of {recipe.name}: {how}.")


def _seen(
    saved: Saved,
    recipe: Recipe,
    programs: list[str],
    cache: Path,
    seed: int,
    workers: int | None,
    device: str,
    report: Reporter,
) -> Frames:
    return extract(
        recipe, programs, saved.encoder.to(devices.pick(device)), encoder_sha256=saved.encoder_sha256, n=saved.frames,
        cache=cache, size=saved.size, seed=seed, workers=workers, report=report,
    )  # fmt: skip


def _recipe(source: Path) -> Recipe:
    """The entrant of a study or of predictions."""
    place = source if source.is_dir() else source.parent
    if (place / TABLE).is_file():
        return Recipe.model_validate(summary(place)["recipe"])
    try:
        return Recipe.model_validate_json((place / folder.RECIPE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{str(place)!r} does not name its entrant: give the folder of a study or of predictions."
        ) from error
