"""``synthbench convert``: convert checkpoints of others to files that are safe to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import folder_only


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="CHECKPOINT",
            help="A StyleGAN2-ADA pickle, or a ResNet of MoCo, SupContrast, lightly, torchvision, timm, ...",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=folder_only,
            help="A .safetensors file for a StyleGAN2, or a new folder for an encoder.",
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="Name of the encoder as an entrant.", show_default="the folder's")
    ] = "",
    title: Annotated[str, typer.Option("--title", help="Title on the board.", show_default="the name")] = "",
    license_: Annotated[str, typer.Option("--license", help="Its licence.")] = "unknown",
    citation: Annotated[str, typer.Option("--citation", help="Citation.")] = "",
    real_data: Annotated[
        list[str],
        typer.Option("--real-data", metavar="NAME", help="Real images it was trained on; may be repeated."),
    ] = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    no_real_data: Annotated[bool, typer.Option("--no-real-data", help="It was not trained on real images.")] = False,
    pretrained: Annotated[
        bool, typer.Option("--pretrained", help="Other pretrained networks were used in training.")
    ] = False,
    size: Annotated[
        int | None,
        typer.Option("--size", help="Input size in pixels.", show_default="224, or 64 for SupContrast's stem"),
    ] = None,
    mean: Annotated[
        str, typer.Option("--mean", metavar="R,G,B", help="Mean of the input, per channel.", show_default="ImageNet's")
    ] = "",
    std: Annotated[
        str,
        typer.Option(
            "--std", metavar="R,G,B", help="Standard deviation of the input, per channel.", show_default="ImageNet's"
        ),
    ] = "",
) -> None:
    """Convert a checkpoint's tensors without running any code in it.

    An encoder becomes a folder for `evaluate`, `load_encoder` and, once evaluated with `--out`, `submit`. The folder
    records the input size, mean and standard deviation, and the source. The board shows it as trained elsewhere,
    unranked.

    Examples:

        synthbench convert network-snapshot-025000.pkl --out shaders21k-256.safetensors

        synthbench convert checkpoint_0199.pth.tar --out encoders/moco-shaders21k --license MIT --no-real-data

        synthbench convert moco_v2_200ep_pretrain.pth.tar --out encoders/moco-imagenet --license CC-BY-NC-4.0
            --real-data ImageNet-1k
    """
    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.run import inert_pickle as stylegan

    if out.suffix == ".safetensors":
        n = stylegan.convert(source, out)
        console.err.print(f"wrote [bold]{out}[/]: {n} tensors of {stylegan.NETWORK}", highlight=False)
        return
    if source.suffix == ".pkl":
        raise UsageError(
            f"{source} looks like a StyleGAN2 checkpoint; its tensors are written to a file: --out {out}.safetensors."
        )
    if no_real_data == bool(real_data):
        raise UsageError(
            "was it trained on real images? Name them with --real-data, as in --real-data ImageNet-1k (may be "
            "repeated), or pass --no-real-data."
        )
    from synthbench.run import imported

    extra = {"mean": _three(mean, "--mean")} if mean else {}
    extra |= {"std": _three(std, "--std")} if std else {}
    spec = imported.convert(
        source, out, name=name or out.name, title=title, license=license_, citation=citation, real_data=real_data,
        pretrained=pretrained, size=size, **extra,
    )  # fmt: skip
    console.out.print(
        f"{out}: {spec.architecture}, {spec.size} px, mean {list(spec.mean)}, std {list(spec.std)}",
        highlight=False,
        soft_wrap=True,
    )
    if (out / "config.json").is_file():
        console.out.print(f'  timm.create_model("local-dir:{out}", pretrained=True)', highlight=False, soft_wrap=True)
    console.err.print(
        f"Score it: `synthbench evaluate {out} --protocol P --out runs`; the run folder can be submitted.",
        highlight=False,
    )


def evaluate_converted(encoder: str, protocol: str, changed: bool, out: str, device: str, json: bool) -> None:
    """``synthbench evaluate ENCODER --out RUNS``: evaluate a converted encoder into a run folder that can be
    submitted."""
    from synthbench.cli import console
    from synthbench.errors import UsageError
    from synthbench.pretrain import device as devices
    from synthbench.protocol import protocol as protocols
    from synthbench.run import imported
    from synthbench.storage.mirror import address_of

    if changed:
        raise UsageError("a record needs the unchanged protocol: leave out --set or --out.")
    rules, where = protocols.load(protocol), devices.pick(device)
    with console.resumable(), console.Terminal() as terminal:
        path, record = imported.evaluate(
            Path(encoder), rules, out, device=where, command=console.command_line(), report=terminal
        )
    if json:
        console.print_json(record.model_dump(mode="json"))
        return
    place = address_of(path) or path
    console.out.print(f"{place}: {record.aggregate.value:.1%} {record.aggregate.name}", highlight=False, soft_wrap=True)
    console.err.print(f"`synthbench submit {place} --third-party` sends it to a leaderboard", highlight=False)


def _three(text: str, option: str) -> tuple[float, ...]:
    from synthbench.errors import UsageError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r}: expected three numbers separated by commas, as in 0.485,0.456,0.406."
        ) from error
