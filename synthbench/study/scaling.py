"""Scaling: the score against the number of programs, with a constant number of images (Baradad et al. 2022, Fig. 3;
with a study's order next to a random one, Fig. 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthbench.entrant.recipe import Recipe
from synthbench.errors import GeneratorError, SynthbenchError, UsageError
from synthbench.pretrain.execution import Execution
from synthbench.progress import Reporter
from synthbench.protocol.protocol import Protocol
from synthbench.run.run import Job, run
from synthbench.storage.files import make_folder, write_json
from synthbench.study import figures
from synthbench.study.programs import labels_of, order, restricted
from synthbench.study.statistics import LogFit, log_fit
from synthbench.study.table import write_table

TABLE, FIGURE = "scaling.csv", "scaling.png"
Order = Callable[[int], list[str]]
"""The order of the programs for a seed; n programs are its first n."""


@dataclass(frozen=True)
class Scaling:
    """Runs and fits.

    Attributes:
        table: one row per run: ``curve`` (the protocol, and the order if there are two), ``protocol``, ``order``,
            ``programs``, ``seed``, ``score`` (NaN if it failed), ``failed`` (the reason, or empty), ``folder``.
        fits: of each curve over the runs that have a score; None if there are too few.
    """

    path: Path
    table: pd.DataFrame
    fits: dict[str, LogFit | None]


def scaling(
    recipe: Recipe,
    protocols: Sequence[Protocol],
    *,
    counts: Sequence[int],
    seeds: Sequence[int],
    out: Path,
    best: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    execution: Execution | None = None,
    command: str = "",
    report: Reporter | None = None,
) -> Scaling:
    """Run an entrant with its first n programs, for each n, protocol and seed.

    Runs are normal runs: finished ones are reused.

    A seed draws an order of the programs, and n programs are its first n, so the interval includes the choice of
    programs.

    Args:
        counts: numbers of programs.
        out: contains the runs, and ``scaling-<entrant>/`` with the table and the figure.
        best: names, the best first: a second curve uses the first n of these.
        overrides: changed constants of the protocols, for the records; also ``command``.

    Raises:
        UsageError: a count larger than the number of programs, or a repeated one.
        GeneratorError: no run has a score; quotes a reason.
    """
    report, known = report or Reporter(), labels_of(recipe)
    orders: dict[str, Order] = {"random": lambda seed: order(known, seed)}
    if best:
        orders["best first"] = lambda _: list(best)
    most = min(len(known), len(best) or len(known))
    if not counts or len(set(counts)) < len(counts) or not all(1 <= n <= most for n in counts):
        raise UsageError(f"--counts {','.join(map(str, counts))}: numbers of programs from 1 to {most}, each once.")
    rows: list[dict[str, Any]] = []
    total = len(protocols) * len(orders) * len(counts) * len(seeds)
    for rules in protocols:
        for name, pick in orders.items():
            for n in sorted(counts):
                for seed in seeds:
                    report.stage(
                        "scaling", f"run {len(rows) + 1} of {total}: {n} programs ({name}), {rules.id}, seed {seed}"
                    )
                    rows.append(
                        {
                            "curve": rules.id if len(orders) == 1 else f"{rules.id}, {name}",
                            "protocol": rules.id,
                            "order": name,
                        }
                    )
                    rows[-1] |= {"programs": n, "seed": seed}
                    part = restricted(recipe, pick(seed)[:n], f"{'' if name == 'random' else 'best-'}{n}of{len(known)}")
                    job = Job(part, rules, seed, out, execution=execution or Execution())
                    rows[-1] |= _one(job, report, overrides=overrides, command=command)
    path = out / f"scaling-{recipe.name}"
    make_folder(path)
    table = pd.DataFrame(rows)
    scored = table[table["score"].notna()]
    if scored.empty:
        raise GeneratorError(
            f"none of the {total} runs has a score. Reasons: {'; '.join(sorted(set(table['failed']))[:3])}"
        )
    fits = {
        str(curve): log_fit(own["programs"].to_numpy(float), own["score"].to_numpy(float))
        for curve, own in scored.groupby("curve", sort=False)
    }
    write_table(table, path / TABLE)
    write_json(
        path / "scaling.json", {"runs": rows, "fits": {name: found and found.json() for name, found in fits.items()}}
    )
    figures.scaling(
        scored, fits, path / FIGURE, title=f"{recipe.title or recipe.name}: score against the number of programs"
    )
    return Scaling(path, table, fits)


def _one(job: Job, report: Reporter, *, overrides: Mapping[str, Any] | None, command: str) -> dict[str, Any]:
    """Score and folder of a run, or the reason of its failure."""
    gap, recipe, objective = {"score": None, "failed": "", "folder": ""}, job.recipe, job.protocol.objective
    assert recipe.labels is not None
    if len(recipe.labels) < 2 and objective.needs_labels:
        return gap | {"failed": f"{objective.name} learns to tell programs apart, but there is only one"}
    try:
        done = run(job, overrides=overrides, command=command, report=report)
    except UsageError:
        raise
    except SynthbenchError as error:
        report.note(f"warning: {recipe.name}, seed {job.seed}: {error}")
        return gap | {"failed": str(error)}
    return gap | {"score": done.result.aggregate.value, "folder": str(done.path)}
