"""``synthbench run``: the main job."""

from __future__ import annotations

from pathlib import Path

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    CheckpointOption,
    DataOption,
    DeviceOption,
    EntrantArgument,
    JsonOption,
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


def run(
    entrant: EntrantArgument,
    protocol: ProtocolOption = DEFAULT_PROTOCOL,
    seed: SeedOption = 0,
    out: OutOption = Path("runs"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    live: LiveOption = False,
    generator: ParamOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    set_: SetOption = [],  # noqa: B006
    shrink: ShrinkOption = 1.0,
    passes: PassesOption = 1,
    recompute: RecomputeOption = False,
    checkpoint_minutes: CheckpointOption = 1.0,
    track: TrackOption = None,
    data: DataOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Render an entrant's images, pretrain an encoder on them, evaluate it on real images, and show where it stands.

    Everything goes into `OUT/<entrant>/<protocol>/seed-<S>/`. Ctrl-C or a kill loses at most a minute: the same command goes on.

    Examples:

        synthbench run shaders-open

        synthbench run my_generator.py:Stripes --seed 1

        synthbench run shaders -g limit=10 --protocol simclr-resnet18-pocket

        torchrun --nproc-per-node 8 -m synthbench run shaders-synth-1k --protocol moco_v2-resnet50
    """
    from synthbench.cli import console
    from synthbench.cli.board import show_standing
    from synthbench.entrant import recipe as recipes
    from synthbench.protocol import protocol as protocols
    from synthbench.protocol import shrink as shrinking

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    rules = protocols.load(protocol)
    overrides = ({"shrink": shrink, **shrinking.shrink(rules, shrink)} if shrink != 1 else {}) | console.assignments(set_, "--set")
    rules = rules.override({key: value for key, value in overrides.items() if key != "shrink"})

    with console.err.status("starting"):
        from synthbench.evaluate import on_disk
        from synthbench.pretrain import device as devices
        from synthbench.pretrain.execution import Execution
        from synthbench.pretrain.ranks import join
        from synthbench.run import run as runs

    on_disk.choose(console.assignments(data, "--data"))
    with console.resumable(), join() as ranks:
        where = devices.pick(device, ranks.local)
        execution = Execution(where, workers, ranks, passes, recompute, 60 * checkpoint_minutes, track)
        job = runs.Job(recipe, rules, seed, out, live, execution)
        if not ranks.first:
            runs.assist(job)
            return
        with console.Terminal() as terminal:
            finished = runs.run(job, overrides=overrides, command=console.command_line(), report=terminal)
    if json:
        console.print_json({"folder": str(finished.path), "reused": finished.reused, **finished.result.model_dump(mode="json")})
    else:
        show_standing(finished, out)
