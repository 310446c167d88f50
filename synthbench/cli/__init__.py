"""The command line: one file per command.

The only part of synthbench that prints; progress and messages go to stderr.
"""

from __future__ import annotations

import io
import sys
import warnings
from typing import Annotated, Any

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
    sweep,
    walk,
)
from synthbench.errors import SynthbenchError, SynthbenchWarning
from synthbench.home import settle

HELP = "The benchmark and leaderboard for synthetic pretraining data: is this image generator good pretraining data?"
EPILOG = "Start: `synthbench new my_generator.py`, then `synthbench run my_generator.py:Stripes`."

app = typer.Typer(
    name="synthbench",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
SCORE, DATA, BOARD, STUDY, SETUP = "Score a generator", "Data", "Leaderboard", "Study", "Information and setup"
app.command("run", rich_help_panel=SCORE)(run.run)
app.command("sweep", rich_help_panel=SCORE)(sweep.sweep)
app.command("plan", rich_help_panel=SCORE)(plan.plan)
app.command("pretrain", rich_help_panel=SCORE)(pretrain.pretrain)
app.command("evaluate", rich_help_panel=SCORE)(evaluate.evaluate)
app.command("report", rich_help_panel=SCORE)(report.report)
app.command("new", rich_help_panel=DATA)(new.new)
app.command("preview", rich_help_panel=DATA)(data.preview)
app.command("render", rich_help_panel=DATA)(data.render)
app.command("measure", rich_help_panel=DATA)(measure.measure)
app.command("neighbours", rich_help_panel=DATA)(measure.neighbours)
app.add_typer(shaders.app, name="shaders", rich_help_panel=DATA)
app.command("fetch", rich_help_panel=DATA)(fetch.fetch)
leaderboard.register(board.app)
app.add_typer(board.app, name="board", rich_help_panel=BOARD)
app.command("submit", rich_help_panel=BOARD)(submit.submit)
app.command("pull", rich_help_panel=BOARD)(submit.pull)
app.command("encoders", rich_help_panel=BOARD)(submit.encoders)
app.command("convert", rich_help_panel=BOARD)(convert.convert)
app.add_typer(study.app, name="study", rich_help_panel=STUDY)
app.command("walk", rich_help_panel=STUDY)(walk.walk)
app.command("list", rich_help_panel=SETUP)(listing.list_)
app.add_typer(protocol.app, name="protocol", rich_help_panel=SETUP)
app.command("datasets", rich_help_panel=SETUP)(datasets.datasets)
app.command("doctor", rich_help_panel=SETUP)(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        from synthbench.result.environment import version

        typer.echo(f"synthbench {version()}")
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line; errors that a user can act on end in one message and the right exit code, without a
    traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows ? for characters it lacks
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
    """Print synthbench's own warnings on one line, without the place in the source."""
    if not issubclass(category, SynthbenchWarning):
        return _show_others(message, category, *place, **how)
    from synthbench.cli.console import err

    err.print(f"[yellow]warning:[/] {_plain(str(message))}", highlight=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
