"""``synthbench render`` and ``synthbench preview``: render images to disk, or to a contact sheet."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import (
    EntrantArgument,
    JsonOption,
    ParamOption,
    RenderRayOption,
    SeedOption,
    WorkersOption,
    folder_only,
)


def render(
    entrant: EntrantArgument,
    images: Annotated[int, typer.Option("--images", "-n", min=1, help="Number of images.")],
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels.")],
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help="Folder or address (`s3://bucket/prefix`) of the shards; a partial one is completed."
        ),
    ],
    seed: SeedOption = 0,
    format: Annotated[str, typer.Option("--format", help="png (lossless) or jpeg.")] = "png",
    quality: Annotated[int, typer.Option("--quality", help="JPEG quality, 1 to 100.")] = 95,
    deadline: Annotated[
        float, typer.Option("--deadline", help="Seconds without output after which a program is stopped and left out.")
    ] = 20.0,
    workers: WorkersOption = None,
    ray: RenderRayOption = "",
    renderer: Annotated[
        str,
        typer.Option(
            "--renderer", metavar="NAME", help="With --ray: use only nodes with this renderer.", show_default=False
        ),
    ] = "",
    generator: ParamOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Render a data set to WebDataset shards (tar) with a manifest and hashes. A killed run resumes and writes the same
    bytes.

    Examples:

        synthbench render shaders-open -n 10000 --size 256 --out shards/

        synthbench render shaders-synth-21k -n 1300000 --size 384 --format jpeg --ray auto --out /shared/shards

        synthbench render dead-leaves-mixed -n 1300000 --size 384 --format jpeg --out s3://bucket/shards

        synthbench render dead-leaves -g shape=circle -n 1000 --size 128 --format jpeg --out leaves/
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.errors import UsageError

    if format not in ("png", "jpeg"):
        raise UsageError(f"--format {format!r}: use png or jpeg.")
    if renderer and not ray:
        raise UsageError("--renderer selects nodes of a cluster: give --ray ADDRESS too.")
    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    recipe.require_outside(out)
    from synthbench.render.place import is_complete
    from synthbench.render.preflight import preflight
    from synthbench.render.render import render as render_to

    check: Callable[..., list[str]] = preflight
    if ray:
        from synthbench.cluster import farm

        check = functools.partial(farm.check, address=ray)

    with console.resumable(), console.Terminal() as terminal:
        if not is_complete(out):
            terminal.stage("check", f"{recipe.name}: a few images twice")
            for warning in check(recipe, size=size, seed=seed, deadline=deadline):
                terminal.note(f"warning: {warning}")
        terminal.stage("render", f"{images:,} images of {recipe.name} at {size} px")
        data = render_to(
            recipe, images=images, size=size, seed=seed, out=out, format=format, quality=quality, workers=workers,  # type: ignore[arg-type]
            deadline=deadline, progress=lambda done, total: terminal.progress(done, total, "images"), ray=ray,
            renderer=renderer,
        )  # fmt: skip
        for left in data.manifest.left_out[:5]:
            terminal.note(f"warning: image {left.k} of {data.labels[left.label]} left out: {left.reason}")
    if json:
        console.print_json(data.manifest.model_dump(mode="json"))
    else:
        console.err.print(
            f"{len(data):,} images in [bold]{out}[/] ({len(data.manifest.left_out)} left out), fingerprint "
            f"{data.manifest.fingerprint[:12]}"
        )


def preview(
    entrant: EntrantArgument,
    out: Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="The PNG to write.")] = Path(
        "preview.png"
    ),
    size: Annotated[int, typer.Option("--size", help="Height and width of a tile in pixels.")] = 128,
    seed: SeedOption = 0,
    generator: ParamOption = [],  # noqa: B006
) -> None:
    """Write a labelled contact sheet of an entrant, to look at before a run.

    Examples:

        synthbench preview shaders-open --out sheet.png

        synthbench preview my_generator.py:Stripes

        synthbench preview my_program.glsl
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.errors import UsageError

    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {str(out)!r}: a preview is a .png file.")
    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    from synthbench.render.sheet import preview as sheet
    from synthbench.result.canvas import save_image

    with console.resumable():
        save_image(sheet(recipe, size=size, seed=seed), out)
    console.err.print(f"wrote [bold]{out}[/]")
