"""Measure an entrant: properties, diversity, distances to other images, render rate; for all its images and by
program."""

from __future__ import annotations

import numpy as np

from synthbench.entrant.recipe import Recipe
from synthbench.errors import UsageError
from synthbench.measure import distances as dist
from synthbench.measure.collect import ALL, Rows, collect
from synthbench.measure.measurement import Measurement, Value, summary
from synthbench.measure.networks import Networks, Pooled, Stages
from synthbench.measure.properties import UNITS
from synthbench.measure.rate import render_rate
from synthbench.progress import Reporter
from synthbench.result.environment import cpu_name

IMAGES, SIZE = 400, 384
"""The paper's values (Baradad et al. 2022, Table 1 and Fig. 6)."""
CONSTANT = "the image is constant"
NAMES = {"fid": "frechet_distance", "kid": "kernel_distance", "precision": "precision", "recall": "recall"}
"""The usual name, with Inception -> the name with another network."""


def measure(
    recipe: Recipe,
    *,
    n: int = IMAGES,
    size: int = SIZE,
    seed: int = 0,
    networks: Networks | None = None,
    against: Recipe | None = None,
    per_program: bool = False,
    workers: int | None = None,
    deadline: float = 20.0,
    report: Reporter | None = None,
) -> Measurement:
    """Measure an entrant. Results are stored and reused by (recipe, seed, n, size, networks).

    Args:
        n: number of images; with ``per_program``, of each program.
        size: height and width in pixels.
        networks: for the perceptual metrics and the distances; None for neither.
        against: the reference for the distances, with the same size and number of images.
        per_program: also measure each program separately.

    Raises:
        UsageError: a value out of range, ``against`` without a network for distances, an entrant without images.
        GeneratorError, DataError: see ``collect``.
    """
    networks, report = networks or Networks(), report or Reporter()
    if against is not None and networks.pooled is None:
        raise UsageError(
            "distances need a feature extractor: Inception, or --features RUN, the encoder of a finished run."
        )
    report.stage("measure", f"{recipe.name}: {n:,} images{' of each program' if per_program else ''} at {size} px")
    seen = networks if against is not None else Networks(networks.stages, None, networks.missing)
    rows = collect(
        recipe, images=n, per_program=per_program, size=size, seed=seed, networks=seen, workers=workers,
        deadline=deadline, report=report,
    )  # fmt: skip
    reference = None
    if against is not None:
        report.stage("against", f"{against.name}: {len(rows.ks):,} images at {size} px")
        reference = collect(
            against, images=len(rows.ks), per_program=False, size=size, seed=seed,
            networks=Networks(None, networks.pooled), with_properties=False, workers=workers, deadline=deadline,
            report=report,
        )  # fmt: skip
    report.stage("rate", "images a second of one process")
    rates = render_rate(recipe, size=size, seed=seed, every=per_program, deadline=deadline)
    everything = np.ones(len(rows.ks), bool)
    programs = {}
    if per_program:
        for label, name in enumerate(rows.labels):
            rate = np.array([rates[name]] if name in rates else [])
            programs[name] = _metrics(rows, rows.label == label, rows.inter.get(label), rate, networks, reference)
    return Measurement(
        entrant=recipe.name, title=recipe.title or recipe.name, recipe_sha256=recipe.sha256(), seed=seed, size=size,
        n_images=len(rows.ks), n_programs=len(rows.labels), n_left_out=len(rows.left_out),
        n_constant=int(rows.constant.sum()), n_distinct=_distinct(rows), renderer=rows.renderer, cpu=cpu_name(),
        against=against.name if against else None, against_sha256=against.sha256() if against else None,
        metrics=_metrics(rows, everything, rows.inter.get(ALL), np.array(list(rates.values())), networks, reference),
        programs=programs, notes=_notes(rows, networks, against, reference),
        images=rows.properties | _intra(rows, networks),
    )  # fmt: skip


def _metrics(
    rows: Rows, chosen: np.ndarray, inter: float | None, rates: np.ndarray, networks: Networks, reference: Rows | None
) -> dict[str, Value]:
    missing = {"spectrum_slope": CONSTANT}
    found = {
        name: summary(values[chosen], UNITS[name], missing.get(name, "not defined"))
        for name, values in rows.properties.items()
    }
    found |= _diversity(rows, chosen, inter, networks)
    found["render_rate"] = summary(rates, "images/s")
    if rates.size == 0:
        found["render_rate"] = Value(value=None, unit="images/s", n=0, gap="none of its images could be rendered")
    else:  # images per second as in rendering a data set: the harmonic mean over the programs
        found["render_rate"] = found["render_rate"].model_copy(update={"value": float(len(rates) / (1 / rates).sum())})
    if reference is not None:
        assert networks.pooled is not None
        found |= _distances(rows, chosen, reference, networks.pooled)
    return found


def _diversity(rows: Rows, chosen: np.ndarray, inter: float | None, networks: Networks) -> dict[str, Value]:
    if networks.stages is None:
        why = networks.missing or "no feature extractor was requested"
        return {f"lpips_{what}": Value(value=None, n=0, gap=why) for what in ("intra", "inter")}
    stages: Stages = networks.stages
    images, flat = int(chosen.sum()), bool(rows.constant[chosen].all())
    if inter is None or not np.isfinite(inter) or flat:
        why = "all images are constant" if flat and images else f"needs two images or more; has {images}"
        between = Value(value=None, n=0, gap=why)
    else:
        between = Value(value=inter, n=images)
    return {stages.metric("intra"): summary(rows.intra[chosen], missing=CONSTANT), stages.metric("inter"): between}


def _intra(rows: Rows, networks: Networks) -> dict[str, np.ndarray]:
    return {} if networks.stages is None else {networks.stages.metric("intra"): rows.intra}


def _distances(rows: Rows, chosen: np.ndarray, reference: Rows, pooled: Pooled) -> dict[str, Value]:
    ours = dist.Features(_once(rows.features[chosen], rows.digest[chosen]), pooled.identity)
    theirs = dist.Features(_once(reference.features, reference.digest), pooled.identity)
    n = min(len(ours.values), len(theirs.values))
    return {
        pooled.metric(name, NAMES[name]): Value(value=d.value, std=d.std, n=n if d.value is not None else 0, gap=d.gap)
        for name, d in dist.distances(ours, theirs).items()
    }


def _once(features: np.ndarray, digest: np.ndarray) -> np.ndarray:
    """Features of distinct images, in their order: a folder with fewer images than requested repeats them."""
    _, first = np.unique(digest, return_index=True)
    return features[np.sort(first)]


def _distinct(rows: Rows) -> int:
    return len(np.unique(rows.digest))


def _notes(rows: Rows, networks: Networks, against: Recipe | None, reference: Rows | None) -> list[str]:
    n, notes = len(rows.ks), []
    if rows.left_out:
        reasons = sorted({x.cause for x in rows.left_out})
        notes.append(f"{len(rows.left_out)} images could not be rendered and are left out: {'; '.join(reasons[:3])}")
    if flat := int(rows.constant.sum()):
        notes.append(
            f"{flat} of {n} images are constant: their compressed sizes are meaningless, and LPIPS and the spectrum "
            "are not defined for them"
        )
    if (distinct := _distinct(rows)) < n:
        notes.append(f"only {distinct} of {n} images are distinct")
    if against is not None and reference is not None and (distinct := _distinct(reference)) < len(reference.ks):
        notes.append(
            f"only {distinct} of {len(reference.ks)} images of the reference "
            f"{against.name} are distinct; distances count each one once"
        )
    if networks.missing:
        notes.append(networks.missing)
    return notes
