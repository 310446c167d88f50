"""``synthbench study``: find what makes a program good."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli import predictor
from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    DeviceOption,
    EntrantArgument,
    JsonOption,
    ParamOption,
    RayOption,
    RunsFolderOption,
    SeedOption,
    SetOption,
    WorkersOption,
    folder_only,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")

SINGLE = "simclr-resnet18-single-pocket"
SingleOption = Annotated[str, typer.Option("--protocol", "-p", help="The protocol for one program.")]
SeedsOption = Annotated[str, typer.Option("--seeds", help="Seeds, as in `0,1,2`; scores are means over them.")]


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
    out: Annotated[
        Path, typer.Option("--out", "-o", callback=folder_only, help="Folder that holds the studies.")
    ] = Path("studies"),
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
        from synthbench.study.table import summary

    with console.resumable(), console.Terminal() as terminal:
        done = studies.study(
            recipe, rules, out=out, programs=number, labels=_names(labels), seeds=console.numbers(seeds, "--seeds"),
            workers=workers, ray=ray, device=device, measured=measured, report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(done.path), **summary(done.path)})
        return
    predictor.show(done.table)
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


app.command()(predictor.fit)
app.command()(predictor.predict)
app.command()(predictor.select)


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
    out: RunsFolderOption = Path("runs"),
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
        from synthbench.study import scaling as scale
        from synthbench.study import select as selection
        from synthbench.study.table import read

    known = None if best is None else read(best).dropna(subset="score")
    names = [] if known is None else selection.best(list(known["program"]), known["score"].to_numpy(float), len(known))
    with console.resumable(), console.Terminal() as terminal:
        done = scale.scaling(
            recipe, rules, counts=console.numbers(counts, "--counts"), seeds=console.numbers(seeds, "--seeds"),
            out=out, best=names, overrides=changes, execution=Execution(devices.pick(device), workers),
            command=console.command_line(), report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(done.path), "runs": predictor.records(done.table)})
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
        Path,
        typer.Option(
            "--out", "-o", callback=folder_only, help="The .mp4 to write; the picture is written next to it (.png)."
        ),
    ],
    label: Annotated[int, typer.Option("--label", help="Index of the latent class (network).")] = 0,
    starts: Annotated[int, typer.Option("--starts", help="Random images to start from.")] = 2,
    steps: Annotated[int, typer.Option("--steps", help="Steps in each direction.")] = 24,
    step: Annotated[float, typer.Option("--step", help="Length of a step, as a fraction of the norm of w.")] = 0.02,
    size: predictor.SizeOption = 0,
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


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
