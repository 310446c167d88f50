"""``synthbench evaluate``: score an encoder that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthbench.cli.options import DEFAULT_PROTOCOL, DeviceOption, JsonOption, ProtocolOption, SetOption

ENCODER = "A run folder, an `encoder.safetensors`, `user/repo` on the Hub, or a checkpoint of MoCo, SupContrast, torchvision or timm."


def evaluate(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help=ENCODER, show_default=False)],
    protocol: ProtocolOption = DEFAULT_PROTOCOL,
    device: DeviceOption = "auto",
    set_: SetOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    json: JsonOption = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Of a converted encoder: a folder of runs, for `submit`.")] = None,
) -> None:
    """Evaluate a pretrained encoder on the tasks of a protocol.

    Examples:

        synthbench evaluate runs/shaders-open/simclr-resnet18-pocket/seed-0

        synthbench evaluate encoders/moco-shaders21k --protocol moco_v2-resnet50 --out runs

        synthbench evaluate encoder.safetensors --json

        synthbench evaluate moco_v2_200ep_pretrain.pth.tar --protocol moco_v2-resnet50
    """
    from rich.table import Table

    from synthbench import protocol as protocols
    from synthbench.cli import console

    if out is not None:
        from synthbench.cli.convert import evaluate_converted

        evaluate_converted(Path(encoder), protocol, bool(set_), out, device, json)
        return
    rules = protocols.load(protocol).override(console.assignments(set_, "--set"))
    with console.err.status("starting"):
        from synthbench import load_encoder
        from synthbench.evaluate import evaluate as evaluation
        from synthbench.evaluate import tasks
        from synthbench.evaluate.foreign import load_any
        from synthbench.pretrain import device as devices
        from synthbench.result import mean_score

        where = devices.pick(device)
    model = (load_any(encoder) if Path(encoder).exists() else load_encoder(encoder)).to(where)
    tasks.ready(rules.evaluate.tasks)
    with console.resumable(), console.Terminal() as terminal:
        terminal.stage("evaluate", f"{encoder} on {len(rules.evaluate.tasks)} tasks")
        scores = evaluation.scores(evaluation.evaluate(model, rules.evaluate, terminal), seed=0)
    mean = mean_score(scores)
    if json:
        console.print_json({"protocol": rules.id, "mean": mean, "scores": [s.model_dump(mode="json") for s in scores]})
        return
    table = Table(title=f"{encoder} under {rules.id}", title_justify="left")
    for column in ("task", "probe", "top-1", "best epoch", "95 % interval", "chance", "test images"):
        table.add_column(column, justify="left" if column in ("task", "probe") else "right")
    for s in scores:
        value = s.per_seed[0].value
        best = "" if s.best is None else f"{s.best:.1%}"
        table.add_row(s.task, s.probe, f"{value:.1%}", best, f"{s.ci[0]:.1%} to {s.ci[1]:.1%}", f"{s.chance:.1%}", f"{s.n_test:,}")
    table.add_section()
    table.add_row("mean", "", f"[bold]{mean:.1%}[/]", "", "", "", "")
    console.out.print(table)
