"""Arguments and options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_PROTOCOL = "simclr-resnet18-pocket-2"

EntrantArgument = Annotated[
    str,
    typer.Argument(
        metavar="ENTRANT",
        help="A recipe, generator, `file.py:Class`, `file.glsl`, folder or zip of images, or shards (`s3://`).",
        show_default=False,
    ),
]
ProtocolOption = Annotated[
    str, typer.Option("--protocol", "-p", help="A protocol's id (see `synthbench list protocols`) or a TOML file.")
]


def _seed(text: str) -> int:
    """One seed; for several, the message names the command."""
    if "," in text:
        raise typer.BadParameter(
            f"{text!r} is more than one seed: `synthbench sweep ENTRANT --seeds {text}` runs them."
        )
    if not re.fullmatch(r"[0-9]+", text):
        raise typer.BadParameter(f"{text!r} is not a seed: an integer of at least 0.")
    return int(text)


SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        "-s",
        metavar="N",
        parser=lambda value: _seed(str(value)),  # a default is parsed too
        help="Seed of the images, the weights and the order.",
    ),
]


def _one_seed(text: str) -> str:
    """Refuse ``--seeds`` where there is one seed; the message names the command that has it."""
    if text:
        raise typer.BadParameter(f"this command takes one --seed; `synthbench sweep ENTRANT --seeds {text}` runs them.")
    return text


SeedsHint = Annotated[str, typer.Option("--seeds", hidden=True, callback=_one_seed)]


def folder_only(out: Path | None) -> Path | None:
    """A folder or a file to write.

    Raises:
        UsageError: it is an address; says what to do instead.
    """
    if out is not None and re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(out)):  # a Path has one slash of two
        from synthbench.errors import UsageError

        raise UsageError(
            f"{str(out).replace(':/', '://', 1)} is an address, and this command writes to the local disk: give a "
            "path, and copy the files. `synthbench render`, `run`, `pretrain` and `sweep` write to addresses."
        )
    return out


OutOption = Annotated[str, typer.Option("--out", "-o", help="Folder or address (`s3://bucket/prefix`) of the runs.")]
RunsFolderOption = Annotated[Path, typer.Option("--out", "-o", callback=folder_only, help="Folder of the runs.")]
DeviceOption = Annotated[str, typer.Option("--device", "-d", help="auto, cpu, cuda or cuda:N.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", "-w", min=1, help="Render processes.", show_default="one per CPU")
]
LiveOption = Annotated[
    bool,
    typer.Option(
        "--live",
        help="Render new images for every epoch during training and store none; the run is then unranked.",
    ),
]
ParamOption = Annotated[
    list[str],
    typer.Option("--generator", "-g", metavar="KEY=VALUE", help="A parameter of the generator; may be repeated."),
]
RayOption = Annotated[
    str,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Run on a Ray cluster: `auto`, HOST:PORT, or `local`.", show_default=False
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
        help="Override a protocol constant, as in `optimizer.epochs=2`; the run is then unranked.",
    ),
]
ShrinkOption = Annotated[
    float,
    typer.Option(
        "--shrink",
        metavar="FACTOR",
        help="Shrink the whole run by this factor, for a trial; the run is then unranked.",
    ),
]
PassesOption = Annotated[
    int,
    typer.Option(
        "--passes",
        min=1,
        help="Split each step into this many passes, to save GPU memory, with the same result (MoCo only).",
    ),
]
RecomputeOption = Annotated[
    bool,
    typer.Option(
        "--recompute", help="Recompute activations in the backward pass, to save GPU memory, with the same result."
    ),
]
TrackOption = Annotated[
    str | None,
    typer.Option(
        "--track", metavar="WHERE", help="Log curves to tensorboard, wandb or trackio.", show_default="nowhere"
    ),
]
CheckpointOption = Annotated[float, typer.Option("--checkpoint-minutes", min=0, help="Minutes between checkpoints.")]
DataOption = Annotated[
    list[str],
    typer.Option(
        "--data",
        metavar="NAME=PLACE",
        help="Location of real images: `imagenet-1k=/data/imagenet` or `=hf://datasets/user/name`.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
