"""``synthbench run``: the main job."""

from __future__ import annotations

from pathlib import Path

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    DeviceOption,
    EntrantArgument,
    JsonOption,
    LiveOption,
    OutOption,
    ParamOption,
    ProtocolOption,
    SeedOption,
    SetOption,
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
    json: JsonOption = False,
) -> None:
    """Render an entrant's images, pretrain an encoder on them, evaluate it on real images, and show where it stands.

    Everything goes into `OUT/<entrant>/<protocol>/seed-<S>/`. Ctrl-C or a kill loses at most a minute: the same command goes on.

    Examples:

        synthbench run shaders-open

        synthbench run my_generator.py:Stripes --seed 1

        synthbench run shaders -g limit=10 --protocol simclr-resnet18-pocket
    """
    from synthbench import protocol as protocols
    from synthbench import recipe as recipes
    from synthbench.cli import console
    from synthbench.cli.board import show_standing

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    rules = protocols.load(protocol)
    overrides = console.assignments(set_, "--set")
    rules = rules.override(overrides)

    with console.err.status("starting"):
        from synthbench.pretrain import device as devices
        from synthbench.run import run as main_job

        where = devices.pick(device)
    with console.resumable(), console.Terminal() as terminal:
        finished = main_job(
            recipe, rules, seed=seed, out=out, overrides=overrides, device=where, workers=workers, live=live,
            command=console.command_line(), report=terminal,
        )  # fmt: skip
    if json:
        console.print_json({"folder": str(finished.path), "reused": finished.reused, **finished.result.model_dump(mode="json")})
    else:
        show_standing(finished, out)
