"""``synthbench measure`` and ``synthbench neighbours``: properties of an entrant's images, and nearest neighbours in an
encoder's features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from rich.table import Table

    from synthbench.measure.measurement import Measurement

FEATURES = (
    "Feature extractor: a run folder, an encoder file, `user/repo` "
    "on the Hub; `inception` for LPIPS's and FID's own networks."
)
PROGRAMS_SHOWN = 40


def measure(
    entrant: EntrantArgument,
    against: Annotated[
        str | None,
        typer.Option("--against", "-a", metavar="ENTRANT", help="Images to compare with: an entrant or a folder."),
    ] = None,
    features: Annotated[
        str | None, typer.Option("--features", "-f", metavar="RUN", help=FEATURES, show_default="inception")
    ] = None,
    images: Annotated[
        int, typer.Option("--images", "-n", min=1, help="Number of images; with --per-program, of each program.")
    ] = 400,
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels.")] = 384,
    per_program: Annotated[
        bool, typer.Option("--per-program", help="Also measure each program (latent class) separately.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", callback=folder_only, help="Folder for the files.", show_default="measured/ENTRANT"
        ),
    ] = None,
    seed: SeedOption = 0,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    deadline: Annotated[
        float, typer.Option("--deadline", help="Seconds without output after which a program is stopped and left out.")
    ] = 20.0,
    generator: ParamOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Measure an entrant's images: compressed size, colourfulness, coverage, spectrum, diversity (LPIPS), distances to
    other images (FID, KID, precision, recall), render rate. Writes `measurement.json`, `.csv`, `.parquet` and `.png`.

    The paper uses 400 images at 384 px. LPIPS and FID need networks that must be downloaded; the command names them.
    The encoder of a finished run can be used instead, and every value then carries its name.

    Examples:

        synthbench measure shaders-open

        synthbench measure dead-leaves-squares --against photographs --features
            runs/shaders-open/simclr-resnet18-pocket-2/seed-0 --size 96

        synthbench measure my_generator.py:Stripes --per-program -n 32 --size 96
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    reference = recipes.resolve(against) if against is not None else None
    with console.err.status("starting"):
        from synthbench.measure.measure import measure as run
        from synthbench.measure.networks import networks
        from synthbench.pretrain import device as devices

        nets = networks(features, distances=reference is not None, device=devices.pick(device))
    with console.resumable(), console.Terminal() as terminal:
        found = run(
            recipe, n=images, size=size, seed=seed, networks=nets, against=reference, per_program=per_program,
            workers=workers, deadline=deadline, report=terminal,
        )  # fmt: skip
        paths = found.write(out or Path("measured") / recipe.name)
        for note in found.notes:
            terminal.note(f"warning: {note}")
    if json:
        console.print_json(found.model_dump(mode="json"))
        return
    width = console.out.width
    console.out.print(_metrics(found, width))
    if per_program and found.programs:
        console.out.print(_programs(found, width))
    console.err.print("wrote " + ", ".join(f"[bold]{console.escape(str(path))}[/]" for path in paths))


def _metrics(found: Measurement, width: int) -> Table:
    from rich.markup import escape

    from synthbench.cli.columns import columns
    from synthbench.measure.measurement import number

    title = f"{found.title}: {found.n_images:,} images at {found.size} px" + (
        f", against {found.against}" if found.against else ""
    )
    shown = list[dict[str, str]]()
    below = [
        f"[…] = seen by the encoder {name}" for name in sorted({n.partition("[")[2][:-1] for n in found.metrics} - {""})
    ]
    for name, v in found.metrics.items():
        short = name.partition("[")[0] + ("[…]" if "[" in name else "")
        if v.value is None:
            below.append(f"{short}: {v.gap}")
        low, high = (number(x) if x is not None and v.n > 1 else "" for x in (v.low, v.high))
        value = f"[bold]{number(v.value)}[/]"
        shown.append(
            {"metric": escape(short), "value": value, "unit": v.unit, "5 %": low, "95 %": high, "of": f"{v.n:,}"}
        )
    table = columns(shown, width, right=("value", "5 %", "95 %", "of"), title=escape(title))
    below = [str(table.caption), *below] if table.caption else below
    table.caption, table.caption_style = escape("\n".join(below)), "dim"
    return table


def _programs(found: Measurement, width: int) -> Table:
    from rich.markup import escape

    from synthbench.cli.columns import columns
    from synthbench.measure.measurement import number

    chosen = dict(list(found.programs.items())[:PROGRAMS_SHOWN])
    names = [name for name in found.metrics if any(m[name].value is not None for m in chosen.values() if name in m)]
    short = [name.partition("[")[0].replace("_", " ") for name in names]
    heads = [name if short.count(head) > 1 else head for name, head in zip(names, short, strict=True)]
    more = len(found.programs) - len(chosen)
    shown = [
        {"program": escape(label)}
        | {head: number(m[name].value) if name in m else "–" for name, head in zip(names, heads, strict=True)}
        for label, m in chosen.items()
    ]
    title = f"by program{f' (and {more:,} more in the files)' if more else ''}"
    return columns(shown, width, right=heads, title=title)


def neighbours(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="The encoder: a run folder, an encoder file or `user/repo`.", show_default=False
        ),
    ],
    bank: Annotated[
        str,
        typer.Option(
            "--in",
            "-i",
            metavar="TASK|FOLDER",
            help="Where to search: an evaluation task or data set, or a folder of images.",
        ),
    ] = "photos-tinted",
    queries: Annotated[
        str | None,
        typer.Option(
            "--queries",
            "-q",
            metavar="FOLDER|ENTRANT",
            help="Query images.",
            show_default="test images of the task",
        ),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=64, help="Number of queries.")] = 8,
    k: Annotated[int, typer.Option("-k", min=1, max=24, help="Neighbours per query.")] = 5,
    out: Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="The PNG to write.")] = Path(
        "neighbours.png"
    ),
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Draw the nearest neighbours of images in an evaluation set, by cosine similarity of an encoder's features.

    Examples:

        synthbench neighbours runs/shaders-open/simclr-resnet18-pocket-2/seed-0

        synthbench neighbours RUN --in imagenet-100 --queries dead-leaves-squares --out neighbours.png
    """
    from synthbench.cli import console
    from synthbench.errors import UsageError

    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {str(out)!r}: must be a .png file.")
    with console.err.status("starting"):
        from synthbench.measure import neighbours as near
        from synthbench.measure.networks import any_encoder, run_name
        from synthbench.pretrain import device as devices
        from synthbench.result.canvas import save_image

        encoder = any_encoder(run).to(devices.pick(device))
    with console.resumable(), console.Terminal() as terminal:
        terminal.stage("features", f"of {bank}, by {run_name(run)}")
        found = near.neighbours(encoder, bank=bank, queries=queries, rows=rows, k=k)
        save_image(near.picture(found, title=f"{k} nearest in {bank}, by {run_name(run)}"), out)
    if json:
        console.print_json(found.document())
    else:
        console.err.print(found.sentence())
        console.err.print(f"wrote [bold]{console.escape(str(out))}[/]")
