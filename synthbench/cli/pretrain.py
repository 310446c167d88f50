"""``synthbench pretrain``: pretrain an encoder without evaluating it."""

from __future__ import annotations

from synthbench.cli.job import RunOptions, spread


@spread
def pretrain(told: RunOptions) -> None:
    """Render and pretrain only: writes `encoder.safetensors` into the run folder. `synthbench run` with the same
    arguments continues from there.

    Examples:

        synthbench pretrain shaders-open

        synthbench pretrain my_generator.py:Stripes --set optimizer.epochs=2
    """
    from synthbench.cli import console

    recipe, (rules, _) = told.recipe(), told.rules()
    with console.err.status("starting"):
        from synthbench.pretrain.ranks import join
        from synthbench.run import run as runs

    with console.resumable(), join() as ranks:
        job = told.job(recipe, rules, ranks)
        if not ranks.first:
            runs.assist(job)
            return
        with console.Terminal() as terminal:
            path = runs.pretrain_only(job, report=terminal)
    console.err.print(f"wrote [bold]{job.place}/{path.name}[/]", highlight=False, soft_wrap=True)
