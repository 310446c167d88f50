"""``synthbench sweep``: run several entrants and seeds in parallel."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    CheckpointOption,
    DataOption,
    DeviceOption,
    JsonOption,
    LiveOption,
    OutOption,
    ParamOption,
    PassesOption,
    ProtocolOption,
    RayOption,
    RecomputeOption,
    SetOption,
    ShrinkOption,
)

if TYPE_CHECKING:
    from synthbench.cluster.sweep import Ended
    from synthbench.result.result import Result


def sweep(
    entrants: Annotated[
        list[str], typer.Argument(metavar="ENTRANT...", help="Entrants, as for `synthbench run`.", show_default=False)
    ],
    protocol: ProtocolOption = DEFAULT_PROTOCOL,
    seeds: Annotated[str, typer.Option("--seeds", help="Seeds of the runs.")] = "0,1,2",
    out: OutOption = "runs",
    lanes: Annotated[
        int | None,
        typer.Option(
            "--lanes", min=1, help="Parallel runs on this machine.", show_default="one per GPU, or per --cpus CPUs"
        ),
    ] = None,
    cpus: Annotated[
        int | None,
        typer.Option(
            "--cpus",
            min=1,
            help="Threads and render processes of each run.",
            show_default="1, or a GPU's share of the CPUs",
        ),
    ] = None,
    ray: RayOption = "",
    device: DeviceOption = "auto",
    live: LiveOption = False,
    generator: ParamOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    set_: SetOption = [],  # noqa: B006
    shrink: ShrinkOption = 1.0,
    passes: PassesOption = 1,
    recompute: RecomputeOption = False,
    checkpoint_minutes: CheckpointOption = 1.0,
    data: DataOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Run entrants with several seeds in parallel, and write their rows for the board.

    Each run is the same as with `synthbench run`, in its own folder `OUT/<entrant>/<protocol>/seed-<S>/`. Finished runs
    are not repeated and interrupted ones continue: after Ctrl-C or a kill, give the same command. If a run fails, it is
    named and the others continue. The rows are in `OUT/rows/<protocol>/`, one file per entrant.

    Examples:

        synthbench sweep shaders-open dead-leaves-squares white-noise --seeds 0,1,2

        synthbench sweep shaders-synth-1k --protocol simclr-resnet18 --device cuda --lanes 4

        synthbench sweep my_generator.py:Stripes --seeds 0,1,2 --ray auto --cpus 4 --out s3://bucket/runs
    """
    from synthbench.cli import console
    from synthbench.cli.job import JobOptions
    from synthbench.errors import UsageError

    numbers = console.numbers(seeds, "--seeds")
    if not numbers:
        raise UsageError(f"--seeds {seeds!r}: one seed or more, as in 0,1,2.")
    if ray and lanes is not None:
        raise UsageError("--lanes is for one machine: with --ray, Ray runs as many as fit on the cluster.")
    told = {
        name: JobOptions(entrant=name, protocol=protocol, generator=generator, set_=set_, shrink=shrink)
        for name in dict.fromkeys(entrants)
    }
    found = {name: each.recipe() for name, each in told.items()}
    for recipe in found.values():
        if recipe.renders:
            recipe.arguments()  # its images exist, or the error says how to get them
    rules, overrides = next(iter(told.values())).rules()
    places = console.assignments(data, "--data")
    with console.err.status("starting"):
        from synthbench.cli.screen import Screen
        from synthbench.cluster import sweep as sweeps
        from synthbench.evaluate import on_disk, registry
        from synthbench.pretrain.execution import Execution
        from synthbench.run.run import Job

    on_disk.choose(places)
    changes = [f"--protocol={protocol}", *(f"-g={p}" for p in generator), *(f"--set={p}" for p in set_)]
    changes += [f"--shrink={shrink:g}"] * (shrink != 1) + ["--live"] * live
    environments: list[dict[str, str]] = []
    if ray:
        where, needs = sweeps.on_cluster(device, cpus)
    else:
        registry.ready(rules.evaluate)
        where, environments, needs = sweeps.lanes_of(device, lanes, cpus, runs=len(found) * len(numbers))
    execution = Execution(where, passes=passes, recompute=recompute, checkpoint_s=60 * checkpoint_minutes)
    plan = [
        sweeps.Planned(
            Job(recipe, rules, seed, out, live, execution),
            shlex.join(["synthbench", "run", name, *changes, f"--seed={seed}"]),
            overrides,
            places,
        )
        for name, recipe in found.items()
        for seed in numbers
    ]
    sweeps.check([planned.job for planned in plan])
    ended = [
        sweeps.Ended(planned, record, reused=True)
        for planned in plan
        if (record := sweeps.finished(planned)) is not None
    ]
    held = {id(each.planned) for each in ended}
    todo = [planned for planned in plan if id(planned) not in held]
    place = f"Ray at {ray}" if ray else f"{len(environments)} lane{'s'[: len(environments) > 1]} on the {where.type}"
    err = console.err
    err.print(
        f"[bold]sweep[/]     {len(plan)} runs under {rules.id}, {len(ended)} of them already finished; {place}, {needs}"
        f" each. Logs: {console.escape(out)}/ENTRANT/{rules.id}/seed-S/log.txt",
        highlight=False,
        soft_wrap=True,
    )
    with console.resumable(), Screen(len(plan), len(ended)) as screen:
        going = (
            sweeps.on_ray(todo, ray, needs)
            if ray
            else sweeps.local(todo, environments, needs.cpus, lambda p: screen.watch(p.name))
        )
        for each in going:
            ended.append(each)
            done = each.result
            screen.end(
                each.planned.name,
                each.failed or (f"{done.aggregate.value:.1%}" if done else ""),
                failed=bool(each.failed),
            )
    order = {id(planned): i for i, planned in enumerate(plan)}
    ended.sort(key=lambda each: order[id(each.planned)])
    words = [f"--seeds={seeds}", *changes]
    rows = sweeps.write_rows(
        ended, out, {recipe.name: shlex.join(["synthbench", "sweep", name, *words]) for name, recipe in found.items()}
    )
    failed = [each for each in ended if each.failed]
    if json:
        console.print_json(_document(ended, rows))
    else:
        _show(ended, rows, out)
    if failed:
        raise typer.Exit(1)


def _document(ended: Sequence[Ended], rows: Mapping[str, tuple[Path | str, Result]]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "entrant": each.planned.job.recipe.name,
                "seed": each.planned.job.seed,
                "folder": each.planned.job.place,
                "reused": each.reused,
                "failed": each.failed,
                "score": each.result.aggregate.value if each.result else None,
            }
            for each in ended
        ],
        "rows": {name: {"file": str(path), **row.model_dump(mode="json")} for name, (path, row) in rows.items()},
    }


def _show(ended: Sequence[Ended], rows: Mapping[str, tuple[Path | str, Result]], out: str) -> None:
    """Print the sweep's table: one line per entrant, the best first; then the failures and the location of the rows."""
    from synthbench.cli import console
    from synthbench.cli.columns import columns

    shown = list[dict[str, str]]()
    runs: dict[str, list[Ended]] = {}
    for each in ended:
        runs.setdefault(each.planned.job.recipe.name, []).append(each)

    def mean(found: list[Ended]) -> float:
        values = [each.result.aggregate.value for each in found if each.result]
        return sum(values) / len(values) if values else -1.0

    for name, found in sorted(runs.items(), key=lambda item: -mean(item[1])):
        total = rows[name][1].aggregate if name in rows else None
        cells = (
            ["", ""]
            if total is None
            else [f"{100 * total.value:.1f}", "" if total.std is None else f"{100 * total.std:.1f}"]
        )
        seeds = " ".join(f"{100 * each.result.aggregate.value:.1f}" if each.result else "failed" for each in found)
        hours = sum(run.wall_s for each in found if each.result for run in each.result.runs) / 3600
        heads = ("entrant", "mean top-1", "std", "each seed", "hours")
        texts = (console.escape(name), *cells, seeds, f"{hours:.2f}")
        shown.append(dict(zip(heads, texts, strict=True)))
    console.out.print(columns(shown, console.out.width, right=("mean top-1", "std", "hours")))
    for each in ended:
        if each.failed:
            text = f"[red]{console.escape(each.planned.name)} failed:[/] {console.escape(each.failed)}"
            console.err.print(text, highlight=False, soft_wrap=True)
    if len(rows) < len(runs):
        console.err.print("An entrant with a failed run has no row. The same command repeats only the failed runs.")
    if rows:
        place = console.escape(str(next(iter(rows.values()))[0]).rpartition("/")[0])
        text = (
            f"{len(rows)} row{'s'[: len(rows) > 1]} for the board in "
            f"[bold]{place}[/]. To see them on the board: `synthbench board --runs {out}`."
        )
        console.err.print(text, highlight=False, soft_wrap=True)
