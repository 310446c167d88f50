"""The command line: one file per command. The only part of synthbench that prints; progress and messages go to stderr."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Any

import typer

from synthbench.cli import (
    board,
    convert,
    data,
    datasets,
    doctor,
    evaluate,
    fetch,
    leaderboard,
    listing,
    measure,
    new,
    plan,
    pretrain,
    protocol,
    report,
    run,
    shaders,
    study,
    submit,
    walk,
)
from synthbench.errors import SynthbenchError, SynthbenchWarning
from synthbench.home import settle

EPILOG = "Start: `synthbench new my_generator.py`, then `synthbench run my_generator.py:Stripes`."

app = typer.Typer(
    name="synthbench",
    help="The benchmark and leaderboard for synthetic pretraining data: is this image generator good pretraining data?",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("render")(data.render)
app.command("preview")(data.preview)
app.command("pretrain")(pretrain.pretrain)
app.command("evaluate")(evaluate.evaluate)
app.command("measure")(measure.measure)
app.command("neighbours")(measure.neighbours)
app.command("report")(report.report)
app.command("walk")(walk.walk)
app.command("convert")(convert.convert)
leaderboard.register(board.app)
app.add_typer(board.app, name="board")
app.command("submit")(submit.submit)
app.command("pull")(submit.pull)
app.command("encoders")(submit.encoders)
app.command("plan")(plan.plan)
app.add_typer(protocol.app, name="protocol")
app.add_typer(shaders.app, name="shaders")
app.add_typer(study.app, name="study")
app.command("datasets")(datasets.datasets)
app.command("fetch")(fetch.fetch)
app.command("list")(listing.list_)
app.command("new")(new.new)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line; errors that a user can act on end in one message and the right exit code, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows ? for what it lacks
    warnings.showwarning = _show
    try:
        settle()
        app()
    except SynthbenchError as error:
        from synthbench.cli.console import err

        err.print(f"[bold red]error:[/] {_plain(str(error))}", highlight=False)
        sys.exit(error.exit_code)


_show_others = warnings.showwarning


def _show(message: Warning | str, category: type[Warning], *place: Any, **how: Any) -> None:
    """Our own warnings are for users: one line, without a place in the source."""
    if not issubclass(category, SynthbenchWarning):
        return _show_others(message, category, *place, **how)
    from synthbench.cli.console import err

    err.print(f"[yellow]warning:[/] {_plain(str(message))}", highlight=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
