"""``synthbench evaluate``: evaluate an existing encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import DEFAULT_PROTOCOL, DataOption, DeviceOption, JsonOption, ProtocolOption, SetOption

ENCODER = (
    "A run folder or its address, an `encoder.safetensors`, `user/repo` on the "
    "Hub, or a checkpoint of MoCo, SupContrast, torchvision or timm."
)


def evaluate(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help=ENCODER, show_default=False)],
    protocol: ProtocolOption = DEFAULT_PROTOCOL,
    device: DeviceOption = "auto",
    set_: SetOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    data: DataOption = [],  # noqa: B006
    json: JsonOption = False,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", help="For a converted encoder: folder or address of runs to write to, for `submit`."
        ),
    ] = None,
) -> None:
    """Evaluate a pretrained encoder on the tasks of a protocol.

    Examples:

        synthbench evaluate runs/shaders-open/simclr-resnet18-pocket-2/seed-0

        synthbench evaluate encoders/moco-shaders21k --protocol moco_v2-resnet50 --out runs

        synthbench evaluate encoder.safetensors --json

        synthbench evaluate moco_v2_200ep_pretrain.pth.tar --protocol moco_v2-resnet50

        synthbench evaluate encoder.safetensors --protocol simclr-resnet18 --data
            imagenet-1k=hf://datasets/ILSVRC/imagenet-1k
    """
    from synthbench.cli import console
    from synthbench.cli.columns import columns
    from synthbench.protocol import protocol as protocols

    rules = protocols.load(protocol).override(console.assignments(set_, "--set"))
    with console.err.status("starting"):
        from synthbench import load_encoder
        from synthbench.evaluate import evaluate as evaluation
        from synthbench.evaluate import on_disk, registry
        from synthbench.evaluate.foreign import load_any
        from synthbench.pretrain import device as devices
        from synthbench.result.metric_names import common, titled
        from synthbench.result.result import grouped_mean, mean_score

        where = devices.pick(device)
    on_disk.choose(console.assignments(data, "--data"))
    if out is not None:
        from synthbench.cli.convert import evaluate_converted

        evaluate_converted(encoder, protocol, bool(set_), out, device, json)
        return
    model = (load_any(encoder) if Path(encoder).exists() else load_encoder(encoder)).to(where)
    registry.ready(rules.evaluate)
    with console.resumable(), console.Terminal() as terminal:
        terminal.stage("evaluate", f"{encoder} on {len(rules.evaluate.tasks)} tasks")
        scores = evaluation.scores(evaluation.evaluate(model, rules.evaluate, terminal), seed=0)
    partial = registry.partial_groups(rules.evaluate.tasks)
    groups = sorted({name.partition("/")[0] for name in rules.evaluate.tasks if "/" in name} - set(partial))
    means = {
        g: grouped_mean([(s.task, s.per_seed[0].value) for s in scores if s.task.startswith(f"{g}/")]) for g in groups
    }
    mean = None if partial else mean_score(scores)
    if json:
        console.print_json(
            {"protocol": rules.id, "mean": mean, "groups": means, "scores": [s.model_dump(mode="json") for s in scores]}
        )
        return
    metric = common(s.metric for s in scores)
    heads = ("task", titled(metric), "probe", "chance", "95 % interval", "test images", "best epoch")
    lines = [
        (
            s.task if s.metric == metric else f"{s.task} ({titled(s.metric)})",
            f"{s.per_seed[0].value:.1%}",
            s.probe,
            f"{s.chance:.1%}",
            f"{s.ci[0]:.1%} to {s.ci[1]:.1%}",
            f"{s.n_test:,}",
            "" if s.best is None else f"{s.best:.1%}",
        )
        for s in scores
    ]
    lines += [(group, f"{value:.1%}", "", "", "", "", "") for group, value in means.items()]
    if mean is not None:
        lines.append(("mean", f"[bold]{mean:.1%}[/]", "", "", "", "", ""))
    shown = len(heads) - all(s.best is None for s in scores)  # only SGD probes have a best epoch
    table = columns(
        [dict(zip(heads[:shown], line[:shown], strict=True)) for line in lines],
        console.out.width,
        right=(heads[1], *heads[3:]),
        title=f"{console.escape(str(encoder))} under {rules.id}",
        sections=(len(scores) - 1,),
    )
    console.out.print(table)
    if partial:
        console.err.print(f"[yellow]No mean: only a part of {', '.join(partial)} was requested.[/]")
