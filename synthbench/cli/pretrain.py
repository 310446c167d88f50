"""``synthbench pretrain``: an encoder, without the evaluation."""

from __future__ import annotations

from pathlib import Path

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    CheckpointOption,
    DeviceOption,
    EntrantArgument,
    LiveOption,
    OutOption,
    ParamOption,
    PassesOption,
    ProtocolOption,
    RecomputeOption,
    SeedOption,
    SetOption,
    ShrinkOption,
    TrackOption,
    WorkersOption,
)


def pretrain(
    entrant: EntrantArgument,
    protocol: ProtocolOption = DEFAULT_PROTOCOL,
    seed: SeedOption = 0,
    out: OutOption = Path("runs"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    live: LiveOption = False,
    generator: ParamOption = [],  # noqa: B006
    set_: SetOption = [],  # noqa: B006
    shrink: ShrinkOption = 1.0,
    passes: PassesOption = 1,
    recompute: RecomputeOption = False,
    checkpoint_minutes: CheckpointOption = 1.0,
    track: TrackOption = None,
) -> None:
    """Render and pretrain only: writes `encoder.safetensors` into the run folder. `synthbench run` with the same words goes on from there.

    Examples:

        synthbench pretrain shaders-open

        synthbench pretrain my_generator.py:Stripes --set optimizer.epochs=2
    """
    from synthbench.cli import console
    from synthbench.entrant import recipe as recipes
    from synthbench.protocol import protocol as protocols
    from synthbench.protocol import shrink as shrinking

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    rules = protocols.load(protocol)
    rules = rules.override(shrinking.shrink(rules, shrink) | console.assignments(set_, "--set"))
    with console.err.status("starting"):
        from synthbench.pretrain import device as devices
        from synthbench.pretrain.execution import Execution
        from synthbench.pretrain.ranks import join
        from synthbench.run import run as runs

    with console.resumable(), join() as ranks:
        where = devices.pick(device, ranks.local)
        execution = Execution(where, workers, ranks, passes, recompute, 60 * checkpoint_minutes, track)
        job = runs.Job(recipe, rules, seed, out, live, execution)
        if not ranks.first:
            runs.assist(job)
            return
        with console.Terminal() as terminal:
            path = runs.pretrain_only(job, report=terminal)
    console.err.print(f"wrote [bold]{path}[/]")
