"""``synthbench protocol``: show and compare protocols."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import typer

from synthbench.cli.options import JsonOption, SetOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
NameArgument = Annotated[
    str, typer.Argument(metavar="PROTOCOL", help="A protocol's id, or a TOML file.", show_default=False)
]


@app.callback()
def protocol() -> None:
    """Show protocols, compare them, and pin them by hash.

    Example: `synthbench protocol diff simclr-resnet18 simclr-resnet18-upstream`
    """


@app.command()
def show(
    protocol: NameArgument,
    set_: SetOption = [],  # noqa: B006 - Typer reads the default, nothing mutates it
    json: JsonOption = False,
) -> None:
    """Show every constant of a protocol and its hash.

    Examples:

        synthbench protocol show simclr-resnet18

        synthbench protocol show simclr-resnet18 --set optimizer.epochs=100 --json
    """
    from synthbench.cli import console
    from synthbench.cli.columns import columns
    from synthbench.protocol import protocol as protocols

    changes = console.assignments(set_, "--set")
    rules = protocols.load(protocol).override(changes)
    if json:
        console.print_json({"sha256": rules.sha256(), **rules.constants()})
        return
    flat = rules.flat()
    sections = [key.partition(".")[0] for key in flat]
    ends = [i for i, (here, after) in enumerate(pairwise(sections)) if here != after and "." in list(flat)[i + 1]]
    shown = [
        {"constant": _changed(key) if key in changes else key, "value": _changed(text) if key in changes else text}
        for key, text in ((key, _text(value)) for key, value in flat.items())
    ]
    title = f"{rules.id}, sha256 {rules.sha256()[:16]}"
    console.out.print(columns(shown, console.out.width, title=title, sections=ends))
    if changes:
        console.err.print("[yellow]Changed constants (yellow): a run under these rules is unranked.[/]")


@app.command()
def diff(first: NameArgument, second: NameArgument, json: JsonOption = False) -> None:
    """Show the constants in which two protocols differ.

    Examples:

        synthbench protocol diff simclr-resnet18 simclr-resnet18-upstream

        synthbench protocol diff simclr-resnet18 mine.toml --json
    """
    from synthbench.cli import console
    from synthbench.cli.columns import columns
    from synthbench.protocol import protocol as protocols

    a, b = (protocols.load(name).flat() for name in (first, second))
    found = {key: [a.get(key), b.get(key)] for key in dict.fromkeys([*a, *b]) if a.get(key) != b.get(key)}
    if json:
        console.print_json(found)
        return
    shown = [{"constant": key, first: _text(one), second: _text(other)} for key, (one, other) in found.items()]
    if not shown:
        console.err.print(f"{first} and {second} have the same constants.")
        return
    console.out.print(columns(shown, console.out.width, keep=3))


@app.command()
def lock(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PROTOCOL]...", help="Protocols; all shipped ones if none is given.")
    ] = None,
) -> None:
    """Check protocols and print their hashes as JSON: `tests/protocol/test_protocol.py` pins them once a protocol is
    released.

    Examples:

        synthbench protocol lock

        synthbench protocol lock mine.toml
    """
    from synthbench import registry
    from synthbench.cli import console
    from synthbench.evaluate import registry as evaluation
    from synthbench.protocol import protocol as protocols

    found = [protocols.load(name) for name in names or sorted(registry.protocols())]
    for rules in found:
        evaluation.check(rules.evaluate)
    console.print_json({rules.id: rules.sha256() for rules in found})


def _changed(text: str) -> str:
    return f"[yellow]{text}[/]"


def _text(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return "[dim]absent[/]"
    return escape(", ".join(f"{x}" for x in value) if isinstance(value, list) else f"{value}")
