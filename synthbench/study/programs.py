"""A study of an entrant's programs: one small encoder per program, and a table of scores and properties (Baradad et al.
2022, Sec. 5, Fig. 5 and 6)."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError, GeneratorError, UnknownNameError, UsageError
from synthbench.evaluate import registry
from synthbench.generator import stream
from synthbench.measure.measurement import read as read_measurement
from synthbench.progress import Log, Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.result import folder
from synthbench.storage.files import make_folder, write_json
from synthbench.study import figures, sweep
from synthbench.study.job import Job
from synthbench.study.statistics import Correlation, correlation
from synthbench.study.table import SUMMARY, TABLE, write_table

RESULTS = "programs"
"""The folder of the result files, one per program and seed."""
RANKED, SCATTER = "ranked.png", "scatter.png"


@dataclass(frozen=True)
class Study:
    """A finished study.

    Attributes:
        table: one row per program in the order of the score, failed ones last: ``program``, ``label`` (its index in the
            entrant), ``score`` (mean over the seeds, 0 to 1), ``noise`` (standard deviation over the seeds after
            subtracting each seed's common effect on all programs, which start from the same weights; NaN for one seed),
            ``seeds``, ``images``, ``failed`` (the reason, or empty), then the tasks and the properties.
        correlations: of the score with each property, over the programs that have both.
        noise: that standard deviation of one seed's score, pooled over the programs; NaN with one seed.
        reliability: the share of the variance of the programs' scores that is due to the programs and not to the seeds,
            0 to 1: the expected correlation of these scores with those of the same number of other seeds. NaN with one
            seed.
    """

    path: Path
    table: pd.DataFrame
    correlations: dict[str, Correlation]
    noise: float
    reliability: float


def order(labels: Sequence[str], seed: int = 0) -> list[str]:
    """The labels in an order shuffled by the seed: the first n are the same for any requested number."""
    return [labels[i] for i in stream(seed, len(labels)).permutation(len(labels))]


def study(  # noqa: PLR0913 - what is studied, and where and how
    recipe: Recipe,
    protocol: Protocol,
    *,
    out: Path,
    programs: int = 0,
    labels: Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    workers: int | None = None,
    ray: str = "",
    device: str = "auto",
    measured: Path | None = None,
    report: Reporter | None = None,
) -> Study:
    """Train and score one encoder per program, in parallel; finished results are kept, failed ones are tried again.

    Args:
        recipe: the entrant.
        protocol: for one program; its objective must not need labels.
        out: contains ``<entrant>/<protocol>/``.
        programs: how many, drawn in a fixed order, so that a larger study contains a smaller one; 0 for all.
        labels: these programs instead.
        seeds: a program's score is the mean over them.
        workers: processes; by default one per CPU.
        ray: the address of a Ray cluster, or ``local``; empty for processes of this machine.
        device: of each job.
        measured: a ``measurement.json`` with these programs (``synthbench measure --per-program``): its metrics are
            added to the properties, and replace those of the same name.

    Raises:
        UsageError: a generator with one program, a protocol that needs labels, or a value out of range.
        GeneratorError: fewer than two programs could be scored; quotes a reason.
        DataError: the folder belongs to another study, the measurement to another entrant, or a data set of the
            evaluation is missing.
    """
    report = report or Reporter()
    if not seeds or len(set(seeds)) < len(seeds):
        raise UsageError(f"seeds {list(seeds)}: one or more, each once.")
    index, chosen = _chosen(recipe, protocol, programs, labels)
    registry.ready(protocol.evaluate)
    metrics = {} if measured is None else _measured(measured, recipe)
    jobs = [
        Job(
            name,
            restricted(recipe, [name], name).model_dump(mode="json"),
            protocol.model_dump(mode="json"),
            seed,
            device,
        )
        for seed in seeds
        for name in chosen
    ]
    path = out / recipe.name / protocol.id
    with folder.claim(path, {"recipe_sha256": recipe.sha256(), "protocol_sha256": protocol.sha256()}):
        report = Log(path / folder.LOG, report)
        make_folder(path / RESULTS)
        results = {
            (job.program, job.seed): found
            for job in jobs
            if (found := _read(_file(path, index[job.program], job.seed))) is not None
        }
        missing = [job for job in jobs if "failed" in results.get((job.program, job.seed), {"failed": ""})]
        report.stage(
            "study", f"{len(chosen)} programs of {recipe.name}, {len(seeds)} seed{'s'[: len(seeds) > 1]}, {protocol.id}"
        )
        if len(missing) < len(jobs):
            report.note(f"{len(jobs) - len(missing)} of {len(jobs)} jobs were done already")
        done = (
            sweep.on_ray(missing, address=ray) if ray else sweep.local(missing, workers=workers or os.cpu_count() or 1)
        )
        for n, (job, result) in enumerate(done, 1):
            write_json(_file(path, index[job.program], job.seed), result)
            results[job.program, job.seed] = result
            report.progress(len(jobs) - len(missing) + n, len(jobs), job.program)
            if "failed" in result:
                report.note(f"warning: {job.program}, seed {job.seed}: {result['failed']}")
        return _summarise(
            path, recipe, protocol, index, [[results[name, seed] for seed in seeds] for name in chosen], metrics
        )


def _chosen(
    recipe: Recipe, protocol: Protocol, programs: int, labels: Sequence[str]
) -> tuple[dict[str, int], list[str]]:
    """All programs with their numbers, and the names of those to study: arguments and exceptions as of ``study``."""
    if protocol.objective.needs_labels:
        raise UsageError(
            f"{protocol.id} learns from labels ({protocol.objective.name}), but a program has only one: use a simclr "
            "protocol."
        )
    known = labels_of(recipe)
    if len(known) < 2:
        raise UsageError(
            f"{recipe.name} has one program ({known[0]}): a study "
            f"compares programs. `synthbench run {recipe.name}` scores it."
        )
    if programs < 0 or programs == 1 or programs > len(known):
        raise UsageError(
            f"--programs {programs}: {recipe.name} has {len(known)}; from 2 to {len(known)}, or 0 for all."
        )
    index, chosen = {name: i for i, name in enumerate(known)}, list(labels) or order(known)[: programs or None]
    for name in chosen:
        if name not in index:
            raise UnknownNameError("program", name, known)
    if len(set(chosen)) < max(2, len(chosen)):
        raise UsageError(f"--labels {','.join(chosen)}: two programs or more, each once.")
    return index, chosen


def labels_of(recipe: Recipe) -> list[str]:
    """Names of the programs."""
    generator = recipe.load()
    try:
        return [str(name) for name in generator.labels]
    finally:
        generator.close()


def restricted(recipe: Recipe, labels: Sequence[str], suffix: str) -> Recipe:
    """The recipe with some of its programs only; the suffix becomes part of its name.

    Raises:
        UnknownNameError: when it is loaded, for an unknown label.
    """
    clean = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in f"{recipe.name}-{suffix}")
    return recipe.model_copy(update={"name": clean[:80], "labels": tuple(labels)})


def _file(path: Path, label: int, seed: int) -> Path:
    return path / RESULTS / f"{label:06d}-seed-{seed}.json"


def _read(path: Path) -> dict[str, Any] | None:
    """A result; None if it is missing or damaged."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _measured(path: Path, recipe: Recipe) -> dict[str, dict[str, float]]:
    """Metrics of a measurement by program; NaN for missing values.

    Raises:
        DataError: it is of another entrant, or not by program.
    """
    found = read_measurement(path)
    part = recipe.model_copy(update={"labels": tuple(found.programs)})
    if not found.programs or found.recipe_sha256 not in (recipe.sha256(), part.sha256()):
        raise DataError(
            f"{path} is a measurement of {found.entrant}, {'' if found.programs else 'not '}by program; this study is "
            f"of {recipe.name}: `synthbench measure {recipe.name} --per-program` writes a matching one."
        )
    return {
        program: {name: np.nan if value.value is None else value.value for name, value in metrics.items()}
        for program, metrics in found.programs.items()
    }


def _summarise(
    path: Path,
    recipe: Recipe,
    protocol: Protocol,
    index: dict[str, int],
    results: list[list[dict[str, Any]]],
    metrics: dict[str, dict[str, float]],
) -> Study:
    """Compute the table, the summary and the figures of the results: one list per program, one entry per seed."""
    whole = [[result["score"] for result in each] for each in results if not any("failed" in result for result in each)]
    shift = np.mean(whole, axis=0) - np.mean(whole) if whole else np.zeros(len(results[0]))
    blank = {name: np.nan for found in metrics.values() for name in found}  # a metric is of one measurement, or missing
    rows = [
        _row(index[each[0]["program"]], each, shift) | blank | metrics.get(each[0]["program"], {}) for each in results
    ]
    table = pd.DataFrame(rows).sort_values(
        "score", ascending=False, na_position="last", kind="stable", ignore_index=True
    )
    scored = table[table["score"].notna()]
    if len(scored) < 2:
        reasons = sorted(set(table["failed"]) - {""})
        raise GeneratorError(
            f"{len(scored)} of {len(table)} programs could be scored; a study needs two. Reasons: "
            f"{'; '.join(reasons[:3])}"
        )
    own = [name for each in results for result in each for name in result.get("properties", ())]
    names = dict.fromkeys([*own, *(name for found in metrics.values() for name in found)])
    correlations = {name: correlation(scored[name].to_numpy(float), scored["score"].to_numpy(float)) for name in names}
    noise = float(np.sqrt((scored["noise"] ** 2).mean()))
    shared = float(scored["score"].var())
    reliability = max(0.0, 1 - noise**2 / len(results[0]) / shared) if shared > 0 else math.nan
    write_table(table, path / TABLE)
    body = {
        "recipe": recipe.model_dump(mode="json"),
        "protocol": protocol.id,
        "protocol_sha256": protocol.sha256(),
        "programs": json.loads(table.to_json(orient="records")),
        "correlations": {name: found.json() for name, found in correlations.items()},
        "noise": None if math.isnan(noise) else noise,
        "reliability": None if math.isnan(noise) or math.isnan(reliability) else reliability,
    }
    write_json(path / SUMMARY, body)
    thumbnails = {
        each[0]["program"]: found for each in results for result in each[:1] if (found := result.get("thumbnail"))
    }
    title = f"{recipe.title or recipe.name}: {len(scored)} programs, {protocol.id}"
    figures.ranked(scored, thumbnails, path / RANKED, title=title)
    figures.scatter(scored, correlations, path / SCATTER, title=title)
    return Study(path, table, correlations, noise, math.nan if math.isnan(noise) else reliability)


def _row(label: int, results: list[dict[str, Any]], shift: np.ndarray) -> dict[str, Any]:
    """A program's row: means over the seeds. All seeds are needed, because a mean over fewer would not be comparable.

    ``shift`` is each seed's effect on the mean of the programs.
    """
    failed = [f"seed {result['seed']}: {result['failed']}" for result in results if "failed" in result]
    row: dict[str, Any] = {"program": results[0]["program"], "label": label, "score": np.nan, "noise": np.nan}
    row |= {"seeds": len(results), "images": 0, "failed": "; ".join(failed)}
    if not failed:
        scores = [result["score"] for result in results]
        row |= {
            "score": float(np.mean(scores)),
            "noise": float(np.std(scores - shift, ddof=1)) if len(scores) > 1 else np.nan,
        }
        row["images"] = min(result["images"] for result in results)
        for part in ("scores", "properties"):
            for name in results[0][part]:
                found = [result[part][name] for result in results if result[part][name] is not None]
                row[name] = float(np.mean(found)) if found else np.nan
    return row
