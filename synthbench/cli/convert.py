"""``synthbench convert``: a trained network's pickle to a file that can be read safely."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def convert(
    source: Annotated[Path, typer.Argument(metavar="PICKLE", help="A StyleGAN2-ADA checkpoint (.pkl).", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .safetensors file to write.")],
) -> None:
    """Read the tensors of a StyleGAN2-ADA checkpoint, running nothing of what it carries.

    Examples:

        synthbench convert network-snapshot-025000.pkl --out shaders21k-256.safetensors

        synthbench preview stylegan-trained -g path=shaders21k-256.safetensors
    """
    from synthbench import convert as converting
    from synthbench.cli import console

    n = converting.convert(source, out)
    console.err.print(f"wrote [bold]{out}[/]: {n} tensors of {converting.NETWORK}", highlight=False)
