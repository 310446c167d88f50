"""``synthbench walk``: draw a video of a walk through a generator's latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import EntrantArgument, ParamOption, SeedOption, folder_only


def walk(
    entrant: EntrantArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", callback=folder_only, help="The .mp4 to write; a contact sheet is written next to it (.png)."
        ),
    ],
    stops: Annotated[int, typer.Option("--stops", help="Random images along the walk, which ends where it began.")] = 6,
    seconds: Annotated[float, typer.Option("--seconds", help="Length.")] = 12.0,
    fps: Annotated[int, typer.Option("--fps", help="Frames a second.")] = 24,
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels, even.")] = 256,
    label: Annotated[int, typer.Option("--label", help="Index of the latent class (network).")] = 0,
    seed: SeedOption = 0,
    generator: ParamOption = [],  # noqa: B006
) -> None:
    """Write a video of a walk through the latent space of a StyleGAN2 entrant, in straight lines in w, and a contact
    sheet of it.

    Needs PyAV: `pip install 'synthbench-vision[video]'`.

    Examples:

        synthbench walk stylegan-oriented --out walk.mp4

        synthbench walk stylegan-trained -g path=shaders21k-256.safetensors --out walk.mp4
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.errors import Interrupted
    from synthbench.study.walk import walk as write

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    try:
        with console.Terminal() as terminal:
            terminal.stage("walk", f"{recipe.name}: {seconds:g} s at {fps} frames/s, {size} px")
            sheet = write(
                recipe, out, stops=stops, seconds=seconds, fps=fps, size=size, label=label, seed=seed,
                progress=lambda done, total: terminal.progress(done, total, "frames"),
            )  # fmt: skip
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing was written.") from None
    console.err.print(f"wrote [bold]{out}[/] and [bold]{sheet}[/]")
