"""Verification of submissions in four tiers.

A submission is only read as data: its code is never fetched, imported or run. Images are rendered again only with a
generator that is installed here, or that the maintainer has read and named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthbench.board.checks import conflicts, problems
from synthbench.board.store import TIERS, Check, Verification
from synthbench.dataset.manifest import FINGERPRINT_IMAGES, fingerprint
from synthbench.entrant.recipe import Recipe
from synthbench.errors import DataError, SynthbenchError
from synthbench.generator import label_of
from synthbench.progress import Reporter
from synthbench.protocol import protocol
from synthbench.protocol.protocol import Protocol
from synthbench.result import environment, result
from synthbench.result.encoder_file import inspect
from synthbench.result.result import Result
from synthbench.storage.files import sha256_of

NOISE = 0.005
"""Tolerance of a re-evaluated score: half a point, and at least two test images. The evaluation is deterministic on
one machine; other thread counts and devices add in another order. Measured (``benchmarks/verify.py scores``; one
thread, two threads, another memory layout): no difference for a trained encoder, at most 1 of 1,260 test images for
a random one. Other devices were not measured, hence the margin."""
PIXEL_NOISE, SAME_IMAGES = 8 / 255, 0.5
"""Across renderers, an image counts as the same if its mean absolute difference is below the first value; the second
is the share of the first images that must be the same. Measured (``benchmarks/verify.py images``; ten shaders, eight
images of each): llvmpipe with vectors of 128 and of 256 bits draws equal images; between llvmpipe and softpipe, 84 %
of the images are the same in this sense (chaotic programs amplify a rounding error), and 1 % of the pairs of
different images of one program. If the first 16 images were independent, 3 honest submissions in 10,000 would be
refused, and almost no submission with other images would be accepted. GPU drivers were not measured."""
DEADLINE = 20.0


def review(
    author: str, changes: Mapping[str, bytes | None], board: Iterable[Result]
) -> tuple[Result | None, list[str]]:
    """A pull request's submission, and what is wrong with it (empty: tier "checked").

    Args:
        author: who opened it, according to the Hub.
        changes: path -> bytes of the files that it adds or changes, None for deleted files.
        board: the records on main.
    """
    board = list(board)
    if len(changes) != 1:
        named = ", ".join(repr(p[:120]) for p in sorted(changes)[:5]) or "none"
        return None, [f"a submission adds one file; this one changes {len(changes)}: {named}"]
    ((path, raw),) = changes.items()
    if raw is None:
        return None, [f"it deletes {path[:120]!r}; a correction is a new file with `supersedes`"]
    if not path.startswith("results/"):
        return None, [
            f"it changes {path[:120]!r}; a submission may only add a file in results/; maintainers change the rest"
        ]
    try:
        record = result.parse(raw, path[:200])
    except DataError as error:
        return None, [str(error)]
    found = [*problems(record, path), *conflicts(record, board)]
    if any(record.submission_id == other.submission_id for other in board):
        found.append("it is on the board already")
    if record.submitter is not None and record.submitter.hf_user != author:
        found.append(f"it was sent by {author}, but names {record.submitter.hf_user[:80]!r} as its submitter")
    return record, found


def check_record(record: Result, path: str | None, board: Iterable[Result]) -> Check:
    """Check for the tier "checked": schema, recomputed sums, rules, history."""
    found = [*problems(record, path), *conflicts(record, board)]
    return Check(name="record", passed=not found, detail="; ".join(found) or "consistent and within the rules")


def check_images(
    record: Result, recipe: Recipe | None, strips: Mapping[int, tuple[Path, Sequence[int]]]
) -> list[Check]:
    """Render the first images of each seed again and compare them with the fingerprint; across renderers, with the
    submitted first images.

    Args:
        recipe: the entrant, as installed or read here; None if its code is not available.
        strips: by seed, the submitted PNG with the first images in a row, and their labels.
    """
    if record.data is None:
        return []
    if record.protocol.overrides:
        return [Check(name="images", passed=None, detail="made under changed rules, which are not verified")]
    if recipe is None:
        return [
            Check(
                name="images",
                passed=None,
                detail="the generator is not installed here; read its code, then pass it with --entrant",
            )
        ]
    if json.dumps(recipe.recorded, sort_keys=True) != json.dumps(record.generator.params, sort_keys=True):
        return [Check(name="images", passed=None, detail=f"{recipe.name} has other parameters here")]
    if recipe.source_sha256() != record.generator.source_sha256:
        return [
            Check(
                name="images",
                passed=None,
                detail=f"{recipe.name} has other code here (version {record.generator.version[:20]} there)",
            )
        ]
    rules = protocol.load(record.protocol.id)
    out = []
    for run in record.runs:
        printed = run.fingerprint or (record.data.fingerprint if run.seed == record.data.seed else None)
        if printed is None:
            out.append(
                Check(name=f"images, seed {run.seed}", passed=None, detail="the record has no fingerprint of this seed")
            )
        else:
            out.append(_compare(recipe, rules, run.seed, printed, record.data.renderer, strips.get(run.seed)))
    return out


def _compare(
    recipe: Recipe, rules: Protocol, seed: int, printed: str, renderer: str, strip: tuple[Path, Sequence[int]] | None
) -> Check:
    name = f"images, seed {seed}"
    try:
        mine, labels, own = render_first(recipe, rules, seed)
    except SynthbenchError as error:  # no OpenGL, missing files, ...
        return Check(name=name, passed=None, detail=f"cannot be rendered here: {str(error)[:300]}")
    if fingerprint(mine, labels) == printed:
        return Check(name=name, passed=True, detail=f"the first {len(mine)} images are the same, bit by bit")
    if own == renderer:
        return Check(
            name=name, passed=False, detail=f"the first images differ although the renderer is the same ({own[:80]})"
        )
    if strip is None:
        return Check(
            name=name, passed=None, detail=f"another renderer ({renderer[:80]}) and no first images to compare with"
        )
    theirs = read_strip(strip[0], len(mine), rules.data.size)
    if theirs is None or fingerprint(theirs, strip[1]) != printed:
        return Check(name=name, passed=False, detail="the submitted first images do not match the fingerprint")
    same = [float(np.abs(a.astype(np.int16) - b).mean()) / 255 < PIXEL_NOISE for a, b in zip(mine, theirs, strict=True)]
    detail = (
        f"another renderer ({renderer[:80]}): {sum(same)} of {len(same)} "
        f"first images within {PIXEL_NOISE:.3f} mean absolute difference"
    )
    return Check(name=name, passed=sum(same) >= SAME_IMAGES * len(same), detail=detail)


def render_first(recipe: Recipe, rules: Protocol, seed: int) -> tuple[list[np.ndarray], list[int], str]:
    """The first images of a data set (those of its fingerprint), their labels, and the renderer; drawn in a process
    with a deadline."""
    import io

    from synthbench.render.pool import Pool, Settings

    n = min(2 * FINGERPRINT_IMAGES, rules.data.images)  # some may be left out
    settings = Settings(rules.data.size, seed, 1, DEADLINE, rules.data.format, rules.data.quality)
    with Pool(recipe, settings) as pool:
        (done,) = pool.run([(0, [(k, label_of(k, len(pool.labels))) for k in range(n)])], limit=n)
        renderer = pool.renderer
    ks = sorted(done.images)[:FINGERPRINT_IMAGES]
    images = [np.asarray(Image.open(io.BytesIO(done.images[k][1])).convert("RGB")) for k in ks]
    return images, [done.images[k][0] for k in ks], renderer


def read_strip(path: Path, n: int, size: int) -> list[np.ndarray] | None:
    """The tiles of an untrusted PNG, if it consists of n tiles of this size."""
    try:
        with Image.open(path, formats=["PNG"]) as opened:
            if opened.size != (n * size, size):
                return None
            pixels = np.asarray(opened.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return [pixels[:, i * size : (i + 1) * size] for i in range(n)]


def check_weights(
    record: Result, weights: Mapping[int, Path], report: Reporter | None = None, device: Any = "cpu"
) -> list[Check]:
    """Check for the tier "weights-verified": hash the pinned weights of every seed, evaluate them again, compare the
    scores."""
    from synthbench.evaluate.evaluate import evaluate
    from synthbench.pretrain.encoder import load_encoder

    out, rules = [], protocol.load(record.protocol.id)
    if record.protocol.sha256 != rules.sha256():
        return [Check(name="weights", passed=None, detail="made under changed rules, which are not verified")]
    for i, run in enumerate(record.runs):
        name = f"weights, seed {run.seed}"
        if run.seed not in weights:
            out.append(Check(name=name, passed=False, detail="the record does not pin weights"))
            continue
        path = weights[run.seed]
        try:
            if sha256_of(path) != run.encoder.weights_sha256:
                raise DataError("the hash of the weights differs from the record's")
            spec, _ = inspect(path)
            if spec.protocol_sha256 and spec.protocol_sha256 != record.protocol.sha256:
                raise DataError("according to their metadata, the weights were made under other rules")
            encoder = load_encoder(path).to(device)
            outcomes = evaluate(encoder, rules.evaluate, report)
        except SynthbenchError as error:
            out.append(Check(name=name, passed=False, detail=str(error)[:500]))
            continue
        off, worst = [], 0
        reported = {(s.task, s.probe): (s.per_seed[i].value, s.n_test) for s in record.scores}
        for outcome in outcomes:
            value, n_test = reported.get((outcome.task, outcome.probe), (-1.0, 0))
            gap = round(abs(outcome.value - value) * outcome.n_test)
            worst = max(worst, gap)
            if n_test != outcome.n_test or gap > max(2, NOISE * n_test):
                here, there = round(outcome.value * outcome.n_test), round(value * n_test)
                off.append(
                    f"{outcome.task}/{outcome.probe}: {here} of {outcome.n_test} here, {there} of {n_test} there"
                )
        detail = "; ".join(off) or f"all {len(outcomes)} scores are the same to within {worst} test images"
        out.append(Check(name=name, passed=not off, detail=detail))
    return out


def check_reproduction(record: Result, again: Sequence[Result]) -> Check:
    """Check for the tier "reproduced": runs with new seeds, whose 95 % interval of the mean overlaps the
    submission's."""
    from synthbench.board.merge import merge
    from synthbench.board.rank import rank
    from synthbench.board.row import from_result

    mine = merge(again)
    if {r.seed for r in mine.runs} & {r.seed for r in record.runs}:
        raise DataError("a reproduction needs seeds that the submission does not have")
    if mine.protocol != record.protocol:
        raise DataError(
            f"these runs are under {mine.protocol.id} or other rules, the submission is under {record.protocol.id}"
        )
    rows = [from_result(r, origin="local", submissions=frozenset({r.submission_id})) for r in (record, mine)]
    spans = {next(iter(row.submissions)): row.ci for row in rank(rows)}
    a, b = spans[record.submission_id], spans[mine.submission_id]
    assert a is not None and b is not None
    text = [f"{100 * low:.1f} to {100 * high:.1f}" for low, high in (a, b)]
    overlap = a[0] <= b[1] and b[0] <= a[1]
    seeds = ", ".join(str(run.seed) for run in mine.runs)
    return Check(
        name="reproduction", passed=overlap, detail=f"95 % interval {text[0]} there, {text[1]} with seeds {seeds} here"
    )


def verification(record: Result, checks: Sequence[Check], verifier: str) -> Verification:
    """The tier that follows from the checks: each needs those below it; a check that was not possible (images of
    unavailable code) does not count against it."""
    groups = {"checked": ("record", "images"), "weights-verified": ("weights",), "reproduced": ("reproduction",)}
    tier = TIERS[0]
    for name, prefixes in groups.items():
        mine = [c for c in checks if c.name.split(",")[0] in prefixes]
        if not any(c.passed for c in mine) or any(c.passed is False for c in mine):
            break
        tier = name
    return Verification.model_validate(
        {
            "submission_id": record.submission_id,
            "tier": tier,
            "created_at": datetime.now(UTC).replace(microsecond=0),
            "verifier": verifier,
            "synthbench": environment.version(),
            "checks": list(checks),
        }
    )
