"""Test a generator on a few images before a long run: errors that would spoil it are found in seconds."""

from __future__ import annotations

from synthbench.dataset.manifest import validate
from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError
from synthbench.generator import label_of
from synthbench.render.batches import batch_size
from synthbench.render.process import Loss, WorkerProcess, events, unloadable

FIRST, SPREAD = 8, 8


def preflight(recipe: Recipe, *, size: int, seed: int, deadline: float = 20.0) -> list[str]:
    """Render the first images and some of other labels, each by ``render`` and again by ``render_batch``, in a
    worker process.

    Args:
        size: height and width in pixels.
        seed: of the data set.
        deadline: seconds that one image may take.

    Returns:
        Warnings: the generator's notes, and results that are allowed but rarely intended.

    Raises:
        UsageError: the recipe cannot be loaded: a wrong name or parameter.
        GeneratorError: the generator cannot be loaded, raises, hangs, crashes, does not return (size, size, 3) uint8
            images, draws constant images, is not deterministic, or its ``render_batch`` differs from its ``render``;
            names the entrant, the label and k. Or more than half of the existing images cannot be decoded.
    """
    validate(size=size, seed=seed)
    process = WorkerProcess(recipe, size=size, seed=seed, format="png", quality=95)
    try:
        return _talk(process, recipe, size, deadline)
    finally:
        process.kill()


def _talk(process: WorkerProcess, recipe: Recipe, size: int, deadline: float) -> list[str]:
    labels, notes = list[str](), list[str]()
    seen, left = list[tuple[int, int, bool, str]](), list[str]()
    while True:
        for _, event in events([process], deadline):
            if isinstance(event, Loss):
                raise GeneratorError(
                    f"{recipe.name}: {_where(process, labels)}: the generator {event.what}. {_advice(event)}"
                )
            kind, *values = event.head
            if kind == "unloadable":
                raise unloadable(*values)
            if kind == "ready":
                labels, notes = values[0], [f"{recipe.name}: {note}" for note in values[2]]
                process.busy = True
                process.send("check", [(k, label_of(k, len(labels))) for k in tried(len(labels), size)], {})
            elif kind == "seen":
                k, label, constant, sha256 = values
                seen.append((k, label, constant, sha256))
            elif kind == "left":
                left.append(values[1])
            elif kind == "problem":
                k, label, what = values
                raise GeneratorError(f"{recipe.name}: label {labels[label]!r}, image k={k}: {what}.")
            elif kind == "done":
                return notes + _judge(recipe, labels, seen, left)


def tried(n_labels: int, size: int) -> list[int]:
    """The k that are tried: 0 to 7, one of each of 8 evenly spaced labels, and second images of labels 0 and 1.

    Fewer if images are so large that a batch cannot hold them.
    """
    spread = [n_labels * i // SPREAD for i in range(SPREAD)]
    first = [*range(FIRST), n_labels, n_labels + 1]
    both = sorted({*first, *spread}) if batch_size(size) >= FIRST + SPREAD + 2 else [0, 1, n_labels]
    return sorted(set(both))


def _where(process: WorkerProcess, labels: list[str]) -> str:
    if not labels:
        return "while it was loaded"
    if process.k is None:
        return f"in a render_batch (the last announced label is {process.label!r})"
    return f"label {process.label!r}, image k={process.k}"


def _advice(loss: Loss) -> str:
    if "hung" in loss.what:
        return "Check for an endless loop, or allow a longer deadline if it is only slow."
    return "Call its render in a Python shell to see why."


def _judge(recipe: Recipe, labels: list[str], seen: list[tuple[int, int, bool, str]], left: list[str]) -> list[str]:
    reasons = "; ".join(list(dict.fromkeys(left))[:3])
    lost = f"{recipe.name}: {len(left)} of {len(seen) + len(left)} images tried are left out: {reasons}"
    if len(left) > len(seen):
        raise GeneratorError(
            f"{lost}. Repair or remove such files: at most half of a data set's images may be left out."
        )
    constant = [(k, label) for k, label, flat, _ in seen if flat]
    named = ", ".join(f"{labels[label]!r} (k={k})" for k, label in constant[:3])
    if 2 * len(constant) > len(seen):
        raise GeneratorError(
            f"{recipe.name}: {len(constant)} of {len(seen)} images tried are constant, all pixels equal: {named}. "
            "Nothing can be learnt from them; values must be in 0..255, not 0..1."
        )
    warnings = [f"{lost}."] if left else []
    if constant:
        warnings.append(f"{recipe.name}: {len(constant)} of {len(seen)} images tried are constant: {named}.")
    for label, name in enumerate(labels):
        hashes = [sha256 for _, own, _, sha256 in seen if own == label]
        if len(hashes) > 1 and len(set(hashes)) == 1:
            warnings.append(
                f"{recipe.name}: label {name!r} draws the same image for "
                "every k: it does not use its rng, or has only one image."
            )
    return warnings
