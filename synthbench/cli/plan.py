"""``synthbench plan``: estimate what a run needs."""

from __future__ import annotations

from dataclasses import asdict

from synthbench.cli.job import JobOptions, spread
from synthbench.cli.options import DataOption, JsonOption


@spread
def plan(
    told: JobOptions,
    data: DataOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    json: JsonOption = False,
) -> None:
    """Time a few images and steps, and estimate what the run needs: hours, memory, disk, and missing real images.

    Examples:

        synthbench plan shaders-synth-1k --protocol simclr-resnet18

        synthbench plan shaders-synth-1k --protocol moco_v2-resnet50 --passes 4 --json

        synthbench plan shaders-synth-1k --protocol simclr-resnet18 --data imagenet-1k=/data/imagenet
    """
    from rich.table import Table

    from synthbench.cli import console

    recipe, (rules, _) = told.recipe(), told.rules()
    with console.err.status("starting"):
        from synthbench.evaluate import on_disk
        from synthbench.run.plan import plan as measure

        execution = told.execution()
    on_disk.choose(console.assignments(data, "--data"))
    where = execution.device
    with console.resumable(), console.Terminal() as terminal:
        found = measure(recipe, rules, live=told.live, execution=execution, report=terminal)
    if json:
        console.print_json(
            {"entrant": recipe.name, "protocol": rules.id, "device": str(where), "hours": found.hours, **asdict(found)}
        )
        return
    table = Table(title=f"{recipe.name} under {rules.id} on {where}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    rendering = "render, while it trains" if found.alongside else "render"
    for stage, hours in ((rendering, found.render_h), ("pretrain", found.pretrain_h), ("evaluate", found.evaluate_h)):
        table.add_row(stage, _duration(hours))
    table.add_row("[bold]all[/]", f"[bold]{_duration(found.hours)}[/]")
    table.add_section()
    table.add_row("steps of pretraining", f"{found.steps:,}")
    table.add_row("views/s", f"{found.views_per_s:,.0f}")
    table.add_row(
        "GPU memory at peak" if where.type == "cuda" else "memory at peak, of the timed batch",
        f"{found.peak_gb:.1f} GB",
    )
    table.add_row("images in memory (else read step by step)", f"{found.pixels_gb:.1f} GB")
    table.add_row("images on disk", f"{found.images_gb:.1f} GB")
    table.add_row("checkpoint on disk (twice while it is written)", f"{found.checkpoint_gb:.2f} GB")
    console.out.print(table)
    if found.missing:
        console.err.print(f"[yellow]Missing real images: {', '.join(found.missing)}; see `synthbench datasets`.[/]")


def _duration(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:,.1f} days"
    if hours >= 1:
        return f"{hours:.1f} h"
    seconds = hours * 3600
    return (
        f"{seconds / 60:.1f} min"
        if seconds >= 60
        else f"{seconds:.0f} s"
        if seconds >= 1 or not seconds
        else f"{seconds:.2g} s"
    )
