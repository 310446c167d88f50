"""``synthbench study``: find what makes a program good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    DeviceOption,
    EntrantArgument,
    JsonOption,
    OutOption,
    ParamOption,
    RayOption,
    SeedOption,
    SetOption,
    WorkersOption,
)

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")

SINGLE = "simclr-resnet18-single-pocket"
SingleOption = Annotated[str, typer.Option("--protocol", "-p", help="The protocol for one program.")]
SeedsOption = Annotated[str, typer.Option("--seeds", help="Seeds, as in `0,1,2`; scores are means over them.")]
SizeOption = Annotated[
    int, typer.Option("--size", min=0, help="Size of the frames in pixels.", show_default="the encoder's")
]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="The folder of a study.", show_default=False)]


@app.callback()
def study() -> None:
    """Study what makes a program good: score single programs, predict scores, select programs, scale, walk.

    Example:

        synthbench study programs shaders-open --programs 24
    """


@app.command()
def programs(
    entrant: EntrantArgument,
    protocol: SingleOption = SINGLE,
    number: Annotated[
        int, typer.Option("--programs", "-n", min=0, help="Number of programs, in a fixed random order; 0 for all.")
    ] = 0,
    labels: Annotated[str, typer.Option("--labels", help="Use these programs instead, as in `a,b,c`.")] = "",
    seeds: SeedsOption = "0",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder that holds the studies.")] = Path("studies"),
    workers: WorkersOption = None,
    ray: RayOption = "",
    device: DeviceOption = "auto",
    measured: Annotated[
        Path | None,
        typer.Option(
            "--measured",
            help="A measurement.json with more properties (from `synthbench measure --per-program`).",
            show_default=False,
        ),
    ] = None,
    generator: ParamOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    set_: SetOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Pretrain and score one small encoder per program of an entrant: writes a table of scores and properties, a ranked
    curve with frames, and the score against each property.

    Everything is written to `OUT/<entrant>/<protocol>/`, one small file per program and seed: after Ctrl-C or a kill
    the same command continues, and more programs or seeds are added to the existing ones. A program that fails is
    marked as missing, and is tried again next time.

    Examples:

        synthbench study programs shaders-open --programs 24 --seeds 0,1

        synthbench study programs shaders-synth-1k --protocol simclr-resnet18-single --ray auto --device cuda
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.protocol import protocol as protocols

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    rules = protocols.load(protocol).override(console.assignments(set_, "--set"))
    with console.err.status("starting"):
        from synthbench.study import programs as studies

    with console.resumable(), console.Terminal() as terminal:
        done = studies.study(
            recipe, rules, out=out, programs=number, labels=_names(labels), seeds=console.numbers(seeds, "--seeds"),
            workers=workers, ray=ray, device=device, measured=measured, report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(done.path), **studies.summary(done.path)})
        return
    _show(done.table)
    if done.noise > 0:
        own = f"{done.reliability:.0%} of the variance of the scores is between programs"
        text = f"  from seed to seed a score varies by {100 * done.noise:.1f} points; {own}"
        console.err.print(
            text + ("" if done.reliability >= 0.5 else ": take more --seeds to tell them apart"), highlight=False
        )
    for name, found in done.correlations.items():
        text = (
            f"no r ({found.gap})"
            if found.gap
            else f"r = {found.r:+.2f} [{found.low:+.2f}, {found.high:+.2f}], rank correlation {found.rank:+.2f}"
        )
        console.err.print(f"  {name:<16} {text}", highlight=False)
    console.err.print(f"In [bold]{done.path}[/]: programs.csv, study.json, ranked.png, scatter.png.")


@app.command()
def fit(
    table: StudyArgument,
    features: Annotated[
        str, typer.Option("--features", "-f", help="The encoder for the frames: a run folder or `user/repo`.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            "--kind", help="`frames`: mean, minimum, maximum over a program's frames; `single`: frame by frame."
        ),
    ] = "frames",
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames per program.")] = 50,
    splits: Annotated[
        int, typer.Option("--splits", min=1, help="Random splits; the first one is the predictor's.")
    ] = 20,
    size: SizeOption = 0,
    seed: SeedOption = 0,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Train a predictor of a program's score on a study: two linear layers on features of its frames, trained on 85 %
    of the programs.

    Writes `STUDY/predictor-KIND/`: the predictor, its errors on held-out programs, and a copy of the encoder.

    Examples:

        synthbench study fit studies/shaders-open/simclr-resnet18-single-pocket --features
            runs/photographs/simclr-resnet18-pocket-3/seed-0
    """
    from synthbench.cli import console
    from synthbench.errors import UsageError

    if kind not in ("frames", "single"):
        raise UsageError(f"--kind {kind!r}: frames or single.")
    with console.err.status("starting"):
        from synthbench.study import learn

    with console.resumable(), console.Terminal() as terminal:
        found, path = learn.fit_study(
            table, features, kind=kind, frames=frames, splits=splits, size=size, seed=seed, workers=workers,
            device=device, report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(path), **learn.about(path)})
        return
    n, mean, median = (
        len(found.errors),
        100 * sum(found.errors) / len(found.errors),
        100 * sum(found.median_errors) / len(found.errors),
    )
    console.err.print(
        f"  held out ({len(found.held)} programs): error "
        f"{100 * found.error:.2f} points, rank correlation {found.rank:.2f}"
    )
    console.err.print(
        f"  over {n} splits: error {mean:.2f} points (always the "
        f"median: {median:.2f}), rank correlation {found.split_rank:.2f}"
    )
    console.err.print(f"wrote [bold]{path}[/]")


@app.command()
def predict(
    predictor: Annotated[
        Path, typer.Argument(metavar="PREDICTOR", help="A folder written by `study fit`.", show_default=False)
    ],
    entrant: EntrantArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for predictions.csv.")] = Path("predictions"),
    number: Annotated[
        int, typer.Option("--programs", "-n", min=0, help="Number of programs, in a fixed random order; 0 for all.")
    ] = 0,
    seed: SeedOption = 0,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    generator: ParamOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Predict the scores of an entrant's programs without training on them.

    Examples:

        synthbench study predict studies/shaders-open/simclr-resnet18-single-pocket/predictor-frames shaders-synth-300
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    with console.err.status("starting"):
        from synthbench.study import learn

    with console.resumable(), console.Terminal() as terminal:
        path, found = learn.predict_entrant(
            predictor, recipe, out=out, programs=number, seed=seed, workers=workers, device=device, report=terminal
        )
    if json:
        console.print_json({"file": str(path), "programs": _records(found)})
        return
    _show(found)
    console.err.print(f"wrote [bold]{path}[/]")


@app.command()
def select(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="A study's folder, or a folder written by `study predict`.", show_default=False
        ),
    ],
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="Number of programs.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The recipe to write (.toml); its name becomes the entrant's.")
    ],
    by: Annotated[
        str, typer.Option("--by", help="`score`: the best; `diverse`: good and different ones; `random`.")
    ] = "score",
    trade: Annotated[
        float, typer.Option("--trade", help="For `diverse`: weight of the score; 0 selects by difference only.")
    ] = 1.0,
    predictor: Annotated[
        Path | None,
        typer.Option(
            "--predictor",
            help="For `diverse`: the predictor whose encoder measures how programs differ.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = 0,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Select programs by their studied or predicted scores, and write a recipe of them for `synthbench run`.

    Examples:

        synthbench study select studies/shaders-open/simclr-resnet18-single-pocket -n 10 --out best-10.toml

        synthbench study select predictions --by diverse --predictor predictor-frames -n 100 --out diverse-100.toml

        synthbench run best-10.toml
    """
    from synthbench.cli import console

    with console.err.status("starting"):
        from synthbench.study import learn

    with console.resumable(), console.Terminal() as terminal:
        made = learn.select_from(
            table, n, out, by=by, trade=trade, predictor=predictor, seed=seed, workers=workers, device=device,
            report=terminal
        )  # fmt: skip
    if json:
        console.print_json({"recipe": str(out), "programs": list(made.labels or ())})
        return
    console.err.print(f"wrote [bold]{out}[/] with {len(made.labels or ())} programs. `synthbench run {out}` scores it.")


@app.command()
def scaling(
    entrant: EntrantArgument,
    counts: Annotated[str, typer.Option("--counts", help="Numbers of programs, as in `1,10,100`.")],
    protocol: Annotated[
        list[str] | None,
        typer.Option("--protocol", "-p", help="A protocol; may be repeated.", show_default=DEFAULT_PROTOCOL),
    ] = None,
    seeds: SeedsOption = "0",
    best: Annotated[
        Path | None,
        typer.Option("--best", help="Add a second curve: the best n by this study or prediction.", show_default=False),
    ] = None,
    out: OutOption = Path("runs"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    generator: ParamOption = [],  # noqa: B006
    set_: SetOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Run an entrant with 1, 10, 100, ... of its programs and a constant number of images, and fit the score against
    the logarithm of the number of programs.

    The runs are normal runs in `OUT`: finished ones are reused, an interrupted one continues. A run that fails is
    marked as missing.

    Examples:

        synthbench study scaling shaders-open --counts 1,4,16,64,152 --seeds 0,1,2

        synthbench study scaling shaders-synth-1k --counts 1,10,100,1000 -p simclr-resnet18 -p supcon-resnet18
            -p ce-resnet18
    """
    from rich.table import Table

    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.protocol import protocol as protocols

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    changes = console.assignments(set_, "--set")
    rules = [protocols.load(name).override(changes) for name in protocol or [DEFAULT_PROTOCOL]]
    with console.err.status("starting"):
        from synthbench.pretrain import device as devices
        from synthbench.pretrain.execution import Execution
        from synthbench.study import programs as studies
        from synthbench.study import scaling as scale
        from synthbench.study import select as selection

    known = None if best is None else studies.read(best).dropna(subset="score")
    names = [] if known is None else selection.best(list(known["program"]), known["score"].to_numpy(float), len(known))
    with console.resumable(), console.Terminal() as terminal:
        done = scale.scaling(
            recipe, rules, counts=console.numbers(counts, "--counts"), seeds=console.numbers(seeds, "--seeds"),
            out=out, best=names, overrides=changes, execution=Execution(devices.pick(device), workers),
            command=console.command_line(), report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(done.path), "runs": _records(done.table)})
        return
    shown = Table("", "programs", "seed", "score")
    for row in done.table.itertuples():
        shown.add_row(
            row.curve,
            str(row.programs),
            str(row.seed),
            f"[yellow]{console.escape(row.failed)}[/]" if row.failed else f"{row.score:.1%}",
        )
    console.out.print(shown)
    for name, line in done.fits.items():
        text = (
            "too few runs for a fit"
            if line is None
            else f"{100 * line.slope:+.1f} [{100 * line.low:+.1f}, {100 * line.high:+.1f}]"
        )
        console.err.print(f"  {name}: {text} points for ten times the programs", highlight=False)
    console.err.print(f"In [bold]{done.path}[/]: scaling.csv, scaling.json, scaling.png.")


@app.command()
def walk(
    predictor: Annotated[
        Path,
        typer.Argument(metavar="PREDICTOR", help="A folder written by `study fit --kind single`.", show_default=False),
    ],
    entrant: EntrantArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The .mp4 to write; the picture is written next to it (.png).")
    ],
    label: Annotated[int, typer.Option("--label", help="Index of the latent class (network).")] = 0,
    starts: Annotated[int, typer.Option("--starts", help="Random images to start from.")] = 2,
    steps: Annotated[int, typer.Option("--steps", help="Steps in each direction.")] = 24,
    step: Annotated[float, typer.Option("--step", help="Length of a step, as a fraction of the norm of w.")] = 0.02,
    size: SizeOption = 0,
    seed: SeedOption = 0,
    generator: ParamOption = [],  # noqa: B006
) -> None:
    """Walk through the latent space of a StyleGAN2 entrant in the directions in which the predicted score rises and
    falls; write a video and a picture.

    Needs PyAV: `pip install 'synthbench-vision[video]'`.

    Examples:

        synthbench study walk predictor-single stylegan-oriented --out steered.mp4
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.errors import Interrupted

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    with console.err.status("starting"):
        from synthbench.study.predictor import load
        from synthbench.study.steer import steer

    try:
        with console.Terminal() as terminal:
            terminal.stage("walk", f"{recipe.name}: {steps} steps up and down from {starts} images")
            picture, walks = steer(
                recipe, load(predictor), out, label=label, starts=starts, steps=steps, step=step, size=size, seed=seed,
                progress=lambda done, total: terminal.progress(done, total, "starts"),
            )  # fmt: skip
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was written.") from None
    for down, up in walks:
        console.err.print(
            f"  predicted {up.scores[0]:.1%}: raised to {up.scores[-1]:.1%}, lowered to {down.scores[-1]:.1%}",
            highlight=False,
        )
    console.err.print(f"wrote [bold]{out}[/] and [bold]{picture}[/]")


def _show(table: pd.DataFrame) -> None:
    """Show the best, the worst and the failed programs."""
    from rich.table import Table

    from synthbench.cli import console

    shown = Table("", "program", "score")
    shown.columns[2].justify = "right"
    scored = table[table["score"].notna()]
    for i, row in enumerate(scored.itertuples(), 1):
        if i <= 10 or i > len(scored) - 5:
            shown.add_row(str(i), console.escape(console.one_line(row.program)), f"{row.score:.1%}")
        elif i == 11:
            shown.add_row("…", "", "")
    console.out.print(shown)
    failed = table[table["score"].isna()]
    if len(failed):
        console.err.print(f"[yellow]{len(failed)} of {len(table)} programs failed[/] and are missing in the table.")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON; missing values are null."""
    import json

    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
