"""``synthbench pretrain``: an encoder, without the evaluation."""

from __future__ import annotations

from pathlib import Path

from synthbench.cli.options import (
    DEFAULT_PROTOCOL,
    DeviceOption,
    EntrantArgument,
    LiveOption,
    OutOption,
    ParamOption,
    ProtocolOption,
    SeedOption,
    SetOption,
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
) -> None:
    """Render and pretrain only: writes `encoder.safetensors` into the run folder. `synthbench run` with the same words goes on from there.

    Examples:

        synthbench pretrain shaders-open

        synthbench pretrain my_generator.py:Stripes --set optimizer.epochs=2
    """
    from synthbench import protocol as protocols
    from synthbench import recipe as recipes
    from synthbench.cli import console

    recipe = recipes.resolve(entrant, console.assignments(generator, "-g"))
    rules = protocols.load(protocol).override(console.assignments(set_, "--set"))
    with console.err.status("starting"):
        from synthbench import run as runs
        from synthbench.pretrain import device as devices

        where = devices.pick(device)
    with console.resumable(), console.Terminal() as terminal:
        path = runs.pretrain_only(recipe, rules, seed=seed, out=out, device=where, workers=workers, live=live, report=terminal)
    console.err.print(f"wrote [bold]{path}[/]")
