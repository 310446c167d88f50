"""``synthbench study fit``, ``predict`` and ``select``: the predictor of a program's score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthbench.cli.options import (
    DeviceOption,
    EntrantArgument,
    JsonOption,
    ParamOption,
    SeedOption,
    WorkersOption,
    folder_only,
)

if TYPE_CHECKING:
    import pandas as pd

SizeOption = Annotated[
    int, typer.Option("--size", min=0, help="Size of the frames in pixels.", show_default="the encoder's")
]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="The folder of a study.", show_default=False)]


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
            runs/photographs/simclr-resnet18-pocket-2/seed-0
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


def predict(
    predictor: Annotated[
        Path, typer.Argument(metavar="PREDICTOR", help="A folder written by `study fit`.", show_default=False)
    ],
    entrant: EntrantArgument,
    out: Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="Folder for predictions.csv.")] = Path(
        "predictions"
    ),
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
        console.print_json({"file": str(path), "programs": records(found)})
        return
    show(found)
    console.err.print(f"wrote [bold]{path}[/]")


def select(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="A study's folder, or a folder written by `study predict`.", show_default=False
        ),
    ],
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="Number of programs.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", callback=folder_only, help="The recipe to write (.toml); its name becomes the entrant's."
        ),
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


def show(table: pd.DataFrame) -> None:
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


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON; missing values are null."""
    import json

    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows
