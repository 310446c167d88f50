"""``synthbench run``: render, pretrain and evaluate."""

from __future__ import annotations

from synthbench.cli.job import RunOptions, spread
from synthbench.cli.options import DataOption, JsonOption


@spread
def run(
    told: RunOptions,
    data: DataOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    json: JsonOption = False,
) -> None:
    """Render an entrant's images, pretrain an encoder on them, evaluate it on real images, and show its rank.

    Everything is written to `OUT/<entrant>/<protocol>/seed-<S>/`. After Ctrl-C or a kill, the same command continues,
    and on another machine too if OUT is an address; at most a minute of work is lost.

    Examples:

        synthbench run shaders-open

        synthbench run my_generator.py:Stripes --seed 1

        synthbench run shaders-synth-1k --protocol simclr-resnet18 --out s3://bucket/runs

        synthbench run shaders -g limit=10 --protocol simclr-resnet18-pocket-2

        torchrun --nproc-per-node 8 -m synthbench run shaders-synth-1k --protocol moco_v2-resnet50
    """
    from synthbench.cli import console
    from synthbench.cli.board import show_standing

    recipe, (rules, changed) = told.recipe(), told.rules()
    with console.err.status("starting"):
        from synthbench.evaluate import on_disk
        from synthbench.pretrain.ranks import join
        from synthbench.run import run as runs
        from synthbench.storage.mirror import here

    on_disk.choose(console.assignments(data, "--data"))
    with console.resumable(), join() as ranks:
        job = told.job(recipe, rules, ranks)
        if not ranks.first:
            runs.assist(job)
            return
        with console.Terminal() as terminal:
            finished = runs.run(job, overrides=changed, command=console.command_line(), report=terminal)
    if json:
        console.print_json({"folder": job.place, "reused": finished.reused, **finished.result.model_dump(mode="json")})
    else:
        show_standing(finished, here(told.out))
