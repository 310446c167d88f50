"""Select programs: the best by score, the best that also differ (our addition), or random ones; and write a recipe of
them.

``diverse`` greedily maximises (1 / P) sum over all programs i of max over the chosen j of s(i, j), plus ``trade`` times
the mean quality of the chosen. s is (1 + cosine) / 2 of the centred features, the quality is the score scaled to 0..1.
The first term is facility location: it is monotone and submodular, so the greedy choice reaches 1 - 1/e of the optimum
(Nemhauser et al. 1978); evaluations are lazy (Minoux 1978).
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthbench.entrant import recipe
from synthbench.entrant.recipe import NAME, Recipe
from synthbench.errors import UsageError
from synthbench.storage.files import make_folder, write_text
from synthbench.study.programs import order

BY = ("score", "diverse", "random")


def best(programs: Sequence[str], scores: np.ndarray, n: int) -> list[str]:
    """The n with the highest score, the best first."""
    return [programs[i] for i in np.argsort(-scores, kind="stable")[: _fits(n, len(programs))]]


def anyone(programs: Sequence[str], n: int, seed: int) -> list[str]:
    """n at random."""
    return order(sorted(programs), seed)[: _fits(n, len(programs))]


def diverse(
    programs: Sequence[str], features: np.ndarray, scores: np.ndarray, n: int, *, trade: float = 1.0
) -> list[str]:
    """n by the greedy rule above, in the order in which they are chosen.

    Args:
        features: (P, F), one row per program.
        scores: (P,).
        trade: weight of the quality; 0 for facility location alone.

    Raises:
        UsageError: n out of range, or a trade that is negative or not finite.
    """
    n = _fits(n, len(programs))
    if not 0 <= trade < np.inf:
        raise UsageError(f"--trade {trade:g}: a number of at least 0.")
    x = features - features.mean(0)
    x = x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-12)
    quality = (scores - scores.min()) / max(float(np.ptp(scores)), 1e-12) * trade / n

    def gain(j: int) -> float:
        return float(np.maximum(_likeness(x, j) - covered, 0).mean() + quality[j])

    covered = np.zeros(len(x))
    heap = [(-gain(j), j) for j in range(len(x))]
    heapq.heapify(heap)
    chosen: list[int] = []
    while len(chosen) < n:
        _, j = heapq.heappop(heap)
        now = gain(j)  # gains only decrease: if this one still leads, it is the best
        if not heap or now >= -heap[0][0]:
            chosen.append(j)
            covered = np.maximum(covered, _likeness(x, j))
        else:
            heapq.heappush(heap, (-now, j))
    return [programs[j] for j in chosen]


def _likeness(x: np.ndarray, j: int) -> np.ndarray:
    likeness: np.ndarray = (1 + x @ x[j]) / 2
    return likeness


def _fits(n: int, most: int) -> int:
    if not 1 <= n <= most:
        raise UsageError(f"--n {n}: there are {most} programs with a score; from 1 to {most}.")
    return n


def write(base: Recipe, labels: Sequence[str], out: Path, *, description: str) -> Recipe:
    """Write a recipe of some programs of an entrant as TOML, atomically; ``synthbench run`` accepts the file.

    Raises:
        UsageError: the file's name cannot be an entrant's, or a parameter cannot be written as TOML.
    """
    if out.suffix != ".toml" or not re.fullmatch(NAME, out.stem):
        raise UsageError(
            f"--out {str(out)!r}: a recipe is a .toml file, and its "
            "name becomes the entrant's: letters, digits, '.', '_', '-'."
        )
    made = base.model_copy(
        update={
            "name": out.stem,
            "labels": tuple(labels),
            "title": f"{base.title or base.name}: {len(labels)} programs",
        }
    )
    made = made.model_copy(update={"description": description})
    text = toml(made)
    if recipe.read(out.stem, text) != made:
        raise UsageError(f"the parameters of {base.name} cannot be written as TOML: {base.params}.")
    make_folder(out.parent)
    write_text(out, text)
    return made


def toml(made: Recipe) -> str:
    """A recipe as TOML."""
    fields = made.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"name", "labels"})
    tables = {key: fields.pop(key) for key in ("params", "mix", "source") if key in fields}
    lines = [f"{key} = {_value(value)}" for key, value in fields.items()]
    if made.labels:
        lines += ["labels = [", *(f"    {_value(label)}," for label in made.labels), "]"]
    for name, table in tables.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{_value(key)} = {_value(value)}" for key, value in table.items() if value is not None),
        ]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """TOML of a JSON value: the same text, except for tables and null."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_value(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
