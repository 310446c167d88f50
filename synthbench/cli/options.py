"""Arguments and options that several commands share, described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_PROTOCOL = "simclr-resnet18-pocket-2"

EntrantArgument = Annotated[
    str,
    typer.Argument(
        metavar="ENTRANT",
        help="A recipe, generator, `file.py:Class`, `file.glsl`, folder or zip of images, or shards.",
        show_default=False,
    ),
]
ProtocolOption = Annotated[
    str, typer.Option("--protocol", "-p", help="The rules: a protocol's id (see `synthbench list protocols`).")
]
SeedOption = Annotated[int, typer.Option("--seed", "-s", min=0, help="Seed of the images, the weights and the order.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder that holds the runs.")]
DeviceOption = Annotated[str, typer.Option("--device", "-d", help="auto, cpu, cuda or cuda:N.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", "-w", min=1, help="Render processes.", show_default="one per CPU")
]
LiveOption = Annotated[
    bool,
    typer.Option(
        "--live",
        help="Fresh images in every epoch, rendered while training goes on, none stored; the run is then unranked.",
    ),
]
ParamOption = Annotated[
    list[str],
    typer.Option("--generator", "-g", metavar="KEY=VALUE", help="A parameter of the generator; may be repeated."),
]
RayOption = Annotated[
    str,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Work on a Ray cluster: `auto`, HOST:PORT, or `local`.", show_default=False
    ),
]
RenderRayOption = Annotated[
    str,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Render on a Ray cluster: `auto`, HOST:PORT, or `local`.", show_default=False
    ),
]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a protocol constant, as in `optimizer.epochs=2`; the run is then unranked.",
    ),
]
ShrinkOption = Annotated[
    float,
    typer.Option(
        "--shrink",
        metavar="FACTOR",
        help="The whole path that many times smaller, for a trial; the run is then unranked.",
    ),
]
PassesOption = Annotated[
    int,
    typer.Option(
        "--passes", min=1, help="Passes in which a step is done, to save GPU memory, with the same result (MoCo only)."
    ),
]
RecomputeOption = Annotated[
    bool,
    typer.Option("--recompute", help="Compute parts of each step twice, to save GPU memory, with the same result."),
]
TrackOption = Annotated[
    str | None,
    typer.Option(
        "--track", metavar="WHERE", help="Draw curves: tensorboard, wandb or trackio.", show_default="nowhere"
    ),
]
CheckpointOption = Annotated[float, typer.Option("--checkpoint-minutes", min=0, help="Minutes between checkpoints.")]
DataOption = Annotated[
    list[str],
    typer.Option(
        "--data",
        metavar="NAME=PLACE",
        help="Where real images lie: `imagenet-1k=/data/imagenet` or `=hf://datasets/user/name`.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
